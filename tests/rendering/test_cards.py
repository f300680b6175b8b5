"""Cards as people read them: every tool, every status, and results that nobody expected."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.agent.labels import LOOKS
from sessions_app.rendering.body import Body, finished_body
from sessions_app.rendering.cards import card_html, tool_card
from tests.rendering import results

HOSTILE = """"><script>alert(1)</script><b hx-get="/x" hx-trigger='load' style="color:red" onclick=x>'&amp;"""
SPAN_KEYS = ("period", "before", "change", "rows", "note", "link", "counted")
KEYS = sorted({*SPAN_KEYS, *(key for result in results.RESULTS.values() for key in result)})
ROW_KEYS = sorted(
    {
        key
        for result in results.RESULTS.values()
        for value in result.values()
        if isinstance(value, list)
        for row in value
        for key in row
    }
)
INLINE = {"a", "mark", "span", "strong"}
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(ROW_KEYS), LEAVES | st.lists(LEAVES, max_size=2), max_size=6) | LEAVES,
    max_size=8,
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.dictionaries(st.sampled_from(KEYS), JSON | ROWS, max_size=8)


class Page(HTMLParser):
    """Elements with their attributes, and the text a person could read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.words.append("" if tag in INLINE else " ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).replace("\u00a0", " ").split())

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [
            found
            for each, found in self.elements
            if each == tag and all(found.get(k) == v for k, v in wanted.items())
        ]


def shown(name: str, result: Any = None, status: str = "success", **more: Any) -> Page:
    approve_url = more.pop("approve_url", "")
    return Page(
        card_html(
            tool_card(
                "card-1", results.call(name, result, status, **more), opened=True, approve_url=approve_url
            )
        )
    )


def expect_harmless(page: Page) -> None:
    """Nothing that acts, frames or styles; forms only where a person is asked."""
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "style", "iframe", "img", "object", "b"}
    for _, attributes in page.elements:
        assert not [name for name in attributes if name == "style" or name.startswith(("on", "hx-"))]


# ---------------------------------------------------------------- tools


@pytest.mark.parametrize("name", list(results.RESULTS))
def test_a_card_names_its_tool_and_shows_input_above_result(name: str) -> None:
    page = shown(name, results.RESULTS[name])
    label = LOOKS[name].label if name in LOOKS else "List tickets"
    assert page.text.startswith(label)
    assert page.text.index('"time_range"') < page.text.index("Result json")
    assert "done" in page.text
    assert "0.34 s" in page.text
    assert [each["value"] for each in page.all("input", type="radio")][-1] == "json"
    assert len([each for each in page.all("input", type="radio") if "checked" in each]) == 1
    expect_harmless(page)


@pytest.mark.parametrize("name", list(results.RESULTS))
def test_every_drawing_box_and_table_of_a_card_has_a_name(name: str) -> None:
    page = shown(name, results.RESULTS[name])
    assert all(each.get("aria-label") for each in page.all("svg", role="img"))
    assert all(each.get("aria-label") for each in page.all("table"))
    assert all(
        each.get("aria-label") and each.get("role") == "group" for each in page.all("div", tabindex="0")
    )
    assert all(
        each.get("role") == "img" or each.get("aria-hidden") == "true" or "viewbox" in each
        for each in page.all("svg")
    )


@pytest.mark.parametrize("name", sorted(name for name, each in results.RESULTS.items() if "counted" in each))
def test_a_card_says_what_was_counted_and_links_to_the_same_rows(name: str) -> None:
    page = shown(name, results.RESULTS[name])
    assert "Calls of your sessions in the last 7 days. Show these rows" in page.text
    assert page.all("a", href="/analytics/?period=week")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("analyze_session_metrics", ["Replies 107", "Response, median 4.23 s", "95 % within 12 s", "Questions", "24 November", "Messages +14 % (from 187)"]),
        ("analyze_token_usage", ["Claude Sonnet 5.5", "5,085,280", "$11.2836", "5.09 M", "price unknown", "Cache read"]),
        ("search_session_messages", ["Retry policy for webhooks", "assistant, tool result", "2026-11-20 14:00"]),
        ("get_active_sessions", ["Running now 1", "Online 2", "Weekly cost review", "running", "Title not shown"]),
        ("analyze_engagement", ["Satisfied 92 % of 12 ratings", "retries", "Token usage 312 99 % 0.31 s", "Wed 51", "Positive"]),
        ("check_system_health", ["Providers degraded 3 of 40 calls failed: overloaded. 7.5 %", "Error rate 7.5 %", "Replies down"]),
        ("analyze_costs", ["A day $3.41", "Next 7 days $25.10 ($21.00 to $30.00)", "November will likely cost $104.20 ($97.00 to $112.00), $71.60 of it spent. Spent so far, and the mean", "12 November", "one long Opus session", "Cache the instructions of long sessions", "Cost by purpose"]),
        ("web_search", ["1 result", "The tower's hours tower.example, May 2026", "Open from nine to six."]),
        ("read_web_page", ["Only a part of it was read.", "The tower's hours tower.example, 9,000 characters"]),
        ("search_repair_guides", ["1 guide", "Phone 12 Battery Replacement www.ifixit.com, Phone 12, Moderate"]),
        ("read_repair_guide", ["12 steps", "Difficulty Moderate", "CC BY-NC-SA", "Step 1: Heat the edge", "Caution: Do not bend the battery.", "Picture 1", "Step 2"]),
        ("list_tickets", ["Tickets", "Search is slow", "yes"]),
    ],
)  # fmt: skip
def test_a_card_shows_the_figures_of_its_tool(name: str, words: list[str]) -> None:
    text = shown(name, results.RESULTS[name]).text
    assert [each for each in words if each not in text] == []


def test_found_words_are_marked_and_each_message_is_linked() -> None:
    page = shown("search_session_messages", results.messages())
    assert len(page.all("mark")) == 7
    assert len([each for each in page.all("a") if "#message-" in each["href"]]) == 7
    assert [each["value"] for each in page.all("input", type="radio") if "checked" in each] == ["table"]


def test_a_cut_result_says_so() -> None:
    note = "Cut: the first 3 of 40 entries in rows."
    assert note in shown("analyze_token_usage", {**results.tokens(), "note": note}).text
    cut = shown("analyze_costs", {"note": "Cut: the beginning of a longer result.", "text": '{"per'})
    assert "the beginning of a longer result" in cut.text
    assert cut.all("input") == []


def test_topics_that_may_not_be_read_are_explained() -> None:
    result = {**results.engagement(), "topics": [], "topics_note": "Topics need the right to read messages."}
    assert "Topics need the right to read messages." in shown("analyze_engagement", result).text


# ---------------------------------------------------------------- statuses


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        ("error", "Costs took longer than 30 s and was ended.", "timed out, 30 s"),
        ("error", "Costs failed.", "failed, 30 s"),
        ("denied", "This tool needs the premium plan.", "premium only"),
        ("cancelled", "Cancelled.", "cancelled"),
    ],
)
def test_a_call_without_a_result_says_why_and_stays_closed(status: str, error: str, words: str) -> None:
    page = shown("analyze_costs", None, status, error=error, duration_ms=30_000)
    assert words in page.text
    assert error in page.text
    assert "open" not in page.elements[0][1]


def test_a_running_call_counts_from_when_its_id_was_made() -> None:
    page = shown(
        "analyze_costs", None, "pending", id="01932d3f-8c00-7000-8000-000000000001", duration_ms=None
    )
    assert "running" in page.text
    assert [each["data-began"] for each in page.all("tool-clock")] == [str(0x01932D3F8C00)]
    assert shown("analyze_costs", None, "pending", id="call_1").all("tool-clock") == []


def test_a_call_that_needs_the_person_shows_its_input_and_asks() -> None:
    page = shown(
        "close_tickets", None, "awaiting_approval", input={"ids": [7, 9], "reason": "Done."},
        approve_url="/sessions/1/messages/2/approve/", duration_ms=None,
    )  # fmt: skip
    assert "open" in page.elements[0][1]
    assert "The assistant wants to use Close tickets. Its input: ids [7, 9] reason Done." in page.text
    (form,) = page.all("form")
    assert form["action"] == form["hx-post"] == "/sessions/1/messages/2/approve/"
    assert [each["value"] for each in page.all("button", name="decision")] == ["once", "refuse", "always"]
    assert page.all("input", name="tool_call")[0]["value"] == "0199a000-0000-7000-8000-0000000000aa"


def test_who_may_not_answer_gets_no_buttons() -> None:
    page = shown("close_tickets", None, "awaiting_approval")
    assert "The answer goes on when the person who asked has decided." in page.text
    assert page.all("form") == []
    assert shown("close_tickets", {}, "success", approve_url="/x/").all("form") == []


# ---------------------------------------------------------------- whatever comes


def infected(value: Any) -> Any:
    """The same shape with hostile words in every text but dates, and all of them highlighted."""
    kept = {"day", "when", "month"}
    match value:
        case dict():
            hostile = {key: each if key in kept else infected(each) for key, each in value.items()}
            return hostile | ({"highlights": [[0, 20], [20, 99]]} if "highlights" in hostile else {})
        case list():
            return [infected(each) for each in value]
        case str():
            return HOSTILE
    return value


@pytest.mark.parametrize("name", list(results.RESULTS))
@pytest.mark.parametrize("status", ["success", "error", "awaiting_approval"])
def test_hostile_words_stay_words(name: str, status: str) -> None:
    data = infected(results.RESULTS[name])
    page = shown(name, data, status, error=HOSTILE, input={HOSTILE: HOSTILE, "query": HOSTILE})
    expect_harmless(page)
    assert "<script>" in page.text
    assert not [each for each in page.all("a") if "script" in each["href"]]


def test_a_hostile_name_of_a_tool_stays_a_name() -> None:
    page = shown(HOSTILE, [{HOSTILE: HOSTILE}])
    expect_harmless(page)
    assert page.elements[0][1]["class"] == "tool-card tool--other"


@given(
    JSON,
    st.sampled_from([*LOOKS, "other"]),
    st.sampled_from(["success", "error", "awaiting_approval", "pending", "odd"]),
)
def test_any_json_is_shown_in_any_status(result: Any, name: str, status: str) -> None:
    expect_harmless(shown(name, result, status, input=result))


@given(NEARLY, st.sampled_from(sorted(LOOKS)))
def test_results_that_are_nearly_right_are_shown_as_far_as_they_go(result: Any, name: str) -> None:
    expect_harmless(shown(name, result))


@pytest.mark.parametrize("depth", [300, 900])
def test_a_deeply_nested_result_breaks_nothing(depth: int) -> None:
    value: Any = []
    for _ in range(depth):
        value = [value]
    assert "Result" in shown("other", value).text


def test_numbers_and_texts_beyond_the_usual_are_shown() -> None:
    page = shown("other", {"big": 2**80, "half": "\ud800", "rows": [{"n": 2**80, "t": "\ud800"}]})
    assert str(2**80) in page.text
    card_html(tool_card("card-1", results.call("other", {"half": "\ud800"}))).encode()


# ---------------------------------------------------------------- in a message


def part(key: str, turn: int, name: str = "analyze_costs") -> dict[str, Any]:
    return {"kind": "tool_call", "turn": turn, "id": key, "name": name, "input": {}}


def opened(html: str) -> list[str]:
    return [found["id"] for found in Page(html).all("details") if "open" in found]


def test_the_one_card_of_the_last_turn_is_open_when_the_answer_is_finished_and_not_before() -> None:
    tools = {"a": results.call("analyze_costs", results.costs(), id="a")}
    body = Body("m")
    body.tool(tools["a"], 1)
    body.text("text", 2, "That much.")
    assert opened(body.html()) == []
    assert opened(body.finish()) == ["message-m-b-0"]


def test_of_several_cards_of_the_last_turn_none_is_open() -> None:
    tools = {key: results.call("analyze_costs", results.costs(), id=key) for key in "ab"}
    assert opened(finished_body("m", [part("a", 1), part("b", 1)], tools)) == []


def test_a_live_card_that_needs_the_person_is_open() -> None:
    body = Body("m", approve_url="/sessions/1/messages/m/approve/")
    body.tool(results.call("close_tickets", None, "awaiting_approval", id="a"), 1)
    html = body.html()
    assert opened(html) == ["message-m-b-0"]
    assert Page(html).all("form")


def test_earlier_turns_fold_into_one_line_however_many_they_are() -> None:
    names = [
        "analyze_costs",
        "analyze_token_usage",
        "check_system_health",
        "analyze_engagement",
        "analyze_costs",
    ]
    parts = [part(f"t{turn}", turn, name) for turn, name in enumerate([*names, "get_active_sessions"], 1)]
    tools = {
        each["id"]: results.call(each["name"], results.RESULTS[each["name"]], id=each["id"], duration_ms=200)
        for each in parts
    }
    tools["t2"] = results.call("analyze_token_usage", None, "error", id="t2", duration_ms=200)
    page = Page(finished_body("m", [*parts, {"kind": "text", "turn": 7, "text": "So."}], tools))
    assert "Costs, Token usage, System health and 1 more 5 tools in 5 turns, 1 failed, 1.00 s" in page.text
    assert len(page.all("details", **{"class": "fold turns"})) == 1


def test_a_card_of_a_tool_that_is_gone_still_reads() -> None:
    page = Page(finished_body("m", [part("a", 1, "count_sheep")], {}))
    assert "Count sheep cancelled" in page.text


def test_texts_of_cards_are_escaped_once() -> None:
    html = card_html(
        tool_card(
            "card-1", results.call("analyze_token_usage", {"rows": [results.group("a & b", "1", 1, 0, 0, 0)]})
        )
    )
    assert escape("a & b") in html
    assert "&amp;amp;" not in html


def test_thinking_that_came_sealed_alone_is_not_shown() -> None:
    """Some models give only what goes back to them, and no word of it."""
    sealed = {
        "kind": "thinking",
        "turn": 1,
        "text": "",
        "raw": {"provider": "gemini", "model": "m", "block": {}},
    }
    text = {"kind": "text", "turn": 2, "text": "Noon."}
    tool = {"kind": "tool_call", "turn": 1, "id": "a", "tool_use_id": "a", "name": "clock", "input": {}}
    assert "hinking" not in finished_body("m", [sealed, tool, text], {})
    thought = sealed | {"text": "Let me see."}
    assert "hinking" in finished_body("m", [thought, tool, text], {})
