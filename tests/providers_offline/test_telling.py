from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.agent import labels
from sessions_app.providers.offline.telling import Answered, tell
from sessions_app.providers.offline.telling.facts import money
from sessions_app.rendering.markdown import render

from .conversation import answer, asked, returned, told, words
from .shapes import ACTIVE, COSTS, ENGAGEMENT, HEALTH, METRICS, RESULTS, SEARCH, SEVEN, TOKENS

NAMES = sorted(SEVEN)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


async def said(tool: str, question: str = "Well?", **changed: Any) -> str:
    return await told(tool, {**RESULTS[tool], **changed}, question)


# ---------------------------------------------------------------- the figures


@pytest.mark.parametrize(
    ("tool", "sentences"),
    [
        (
            METRICS,
            [
                "You had **12 active sessions** in the last 7 days, 3 of them new; 40 in all.",
                "**120 messages** (61 questions, 59 answers), 10.0 a session, 20 % more than the 7 days before.",
                "60 replies: 55 completed, 3 failed, 2 stopped. 40 % of them took more than one model turn.",
                "A reply took **3.2 s** on average (median 2.1 s, 95 % within 9.0 s).",
                "Its first words came after **410 ms** on average",
                "1,540 tokens were used for **$0.0123**, 50 % less than the 7 days before.",
                "| 2026-11-21 | 8 | 70 | 35 | 35 |",
            ],
        ),
        (
            TOKENS,
            [
                "You used **1,540 tokens** in 3 model calls in the last 7 days, 12 % more than the 7 days before: "
                "1,000 in, 300 read from the cache, 40 written to it, 200 out.",
                "They cost **$0.0123**, 50 % less than the 7 days before. 1 call without a known price",
                "| claude\\|x | 1,540 | 3 | $0.0123 |",
            ],
        ),
        (SEARCH, ["I found **3 messages** with “plan” in all time. Shown here: 1.", "the **plan** is a"]),
        (
            ACTIVE,
            [
                "**3 people have a page open** now.",
                "**2 sessions** were active today by 2 people (5 in the last 24 hours, 40 in all).",
                "1 reply is being written now.",
                "| [Release \\*notes\\*](/sessions/1/) | alice | 2026-11-21 14:02, running | 8 | 900 | $0.0100 |",
                "| title not shown | bob | 2026-11-21 13:00 | 2 | 640 | price unknown |",
            ],
        ),
        (
            ENGAGEMENT,
            [
                "You and the assistant wrote **120 messages** in 12 active sessions (10.0 a session)",
                "The busiest hour is from 23:00 to 00:00. The busiest day is Monday.",
                "**Topics**: release plan (14 messages), invoices (1 message).",
                "30 positive, 15 neutral, 5 negative; +0.31 on average",
                "8 of 10 are good (80 %)",
                "| analyze\\_costs | 4 | 75 % | 52 ms |",
            ],
        ),
        (
            HEALTH,
            [
                "**The system works, but not as well as it should.** Look at: Providers.",
                "Of 10 model calls in the last hour 2 failed (20 %). Replies: 2 running, 1 queued.",
                "| Database | ok | 1.25 ms | Answers at once. |",
                "| overloaded | 2 |",
            ],
        ),
        (
            COSTS,
            [
                "You spent **$0.0123** this month on 3 model calls with 1,540 tokens, 50 % less than the same days",
                "That is $0.0060 a day.",
                "**Next week** will cost about **$5.2500**, between $4.0000 and $7.0000.",
                "**November 2026** will come to about **$12.5000**, between $9.0000 and $16.0000; $0.0123 so far.",
                "- 2026-11-21: $0.0100, where $0.0020 is usual (five times the usual).",
                "Claude Haiku 5.5. It would save $3.2000 a month. Assumed: half of the calls are short.",
            ],
        ),
    ],
)
async def test_every_figure_of_the_answer_comes_from_the_result(tool: str, sentences: list[str]) -> None:
    text = await said(tool)
    assert [sentence for sentence in sentences if sentence not in text] == []


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for at, inner in enumerate(value) for leaf in leaves(inner, (*path, at))]
    return [(path, value)]


def changed(result: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copied = dict(result) if isinstance(result, dict) else list(result)
    copied[path[0]] = changed(result[path[0]], path[1:], value)
    return copied


# What a figure says twice, or what stands on the page of the link only.
UNTOLD = {
    METRICS: {"input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "calls", "active_users"},
    TOKENS: {"total_sessions", "active_sessions"},
    SEARCH: {"score"},
    ACTIVE: {"input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "calls"},
    ENGAGEMENT: {"total_sessions", "active_users", "hour"},
    HEALTH: set(),
    COSTS: {"total_sessions", "active_sessions", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"},
}  # fmt: skip
FIGURES = [
    (tool, path)
    for tool, result in RESULTS.items()
    for path, value in leaves(
        {key: value for key, value in result.items() if key not in ("before", "change")}
    )
    if (isinstance(value, int | float) and not isinstance(value, bool))
    and path[-1] not in UNTOLD[tool]
    and path[0] not in ("peak_hours", "peak_weekdays")
    and not (tool == TOKENS and path[0] == "rows" and path[-1] not in ("total_tokens", "calls"))
    and "highlights" not in path
]


@pytest.mark.parametrize(("tool", "path"), FIGURES)
async def test_another_figure_makes_another_answer(tool: str, path: tuple[Any, ...]) -> None:
    other = changed(RESULTS[tool], path, 21)
    assert await told(tool, other) != await told(tool, RESULTS[tool])


@pytest.mark.parametrize(
    ("share", "words_of_change"),
    [
        (0.12, "12 % more than the 7 days before"),
        (-0.5, "50 % less than the 7 days before"),
        (0.0, "as in the 7"),
    ],
)
async def test_a_change_is_told_against_the_span_before(share: float, words_of_change: str) -> None:
    assert words_of_change in await said(TOKENS, change={"total_tokens": share})


async def test_more_than_nothing_is_no_percentage() -> None:
    before = {"period": "the 7 days before", "total_tokens": 0}
    text = await said(TOKENS, before=before, change={"total_tokens": None})
    assert "after none in the 7 days before" in text


async def test_all_time_is_compared_with_nothing() -> None:
    text = await said(TOKENS, period="all time", before=None, change=None)
    assert "in all time: 1,000 in" in text


# ---------------------------------------------------------------- nothing, unknown, cut, refused


@pytest.mark.parametrize(
    ("tool", "nothing", "sentence"),
    [
        (METRICS, {"active_sessions": 0, "messages": 0, "replies": 0, "period": "today"}, "No sessions today; 40 in all."),
        (TOKENS, {"calls": 0, "rows": []}, "No model calls in the last 7 days, so no tokens were used"),
        (SEARCH, {"total_found": 0, "messages": [], "period": "today"}, "No message of yours holds “plan” today."),
        (ACTIVE, {"active_sessions": 0, "sessions": [], "online_users": 0}, "**Nobody has a page open** now. No session was active today"),
        (ENGAGEMENT, {"messages": 0}, "No messages in the last 7 days, so there is no engagement to measure."),
        (HEALTH, {"calls_last_hour": 0}, "No model calls in the last hour."),
        (COSTS, {"calls": 0, "total_cost": "0"}, "No model calls this month, so nothing was charged."),
    ],
)  # fmt: skip
async def test_nothing_is_told_as_nothing(tool: str, nothing: dict[str, Any], sentence: str) -> None:
    assert sentence in await said(tool, **nothing)


async def test_an_unknown_price_is_never_told_as_nothing() -> None:
    for tool in (TOKENS, METRICS, ACTIVE, COSTS):
        plain = {key: value for key, value in RESULTS[tool].items() if not isinstance(value, list | dict)}
        text = await told(tool, {**plain, "total_cost": None, "per_day": None})
        assert "price is unknown" in text or "price of these calls is unknown" in text
        assert "$" not in text


@pytest.mark.parametrize("tool", NAMES)
async def test_a_figure_that_is_not_known_is_left_out(tool: str) -> None:
    unknown = {path[0]: None for path, _ in leaves(RESULTS[tool]) if path[0] not in ("period", "scope")}
    text = await told(tool, {**RESULTS[tool], **unknown})
    assert text
    assert "None" not in text


async def test_a_tool_that_refuses_is_told_in_its_words() -> None:
    assert await told(TOKENS, "It took too long.") == "I could not look that up. It took too long."


@pytest.mark.parametrize("tool", NAMES)
async def test_what_was_cut_is_said_and_the_page_is_linked(tool: str) -> None:
    text = await said(tool, note="Cut: the first 5 of 50 entries in rows.")
    assert "Cut: the first 5 of 50 entries in rows." in text
    assert f"[See the same rows]({RESULTS[tool]['link']})" in text
    assert RESULTS[tool]["counted"] in text


async def test_a_result_cut_to_text_is_not_read() -> None:
    text = await told(TOKENS, {"note": "Cut: the beginning of a longer result.", "text": "{"})
    assert text == "The result is too long for me to read. Cut: the beginning of a longer result."


async def test_a_link_that_leads_elsewhere_is_not_made() -> None:
    for link in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/a b", "/x)(y"):
        assert "](" not in await told(TOKENS, {**RESULTS[TOKENS], "link": link})


# ---------------------------------------------------------------- what was asked for


async def test_a_question_about_next_week_is_answered_first() -> None:
    assert (await said(COSTS, "What will next week cost?")).startswith(
        "**Next week** will cost about **$5.2500**"
    )


async def test_a_question_about_odd_days_and_savings_is_answered_where_there_are_none() -> None:
    assert "No day stands out this month." in await said(COSTS, "Any cost anomalies?", anomalies=[])
    assert "I see nothing to save this month." in await said(COSTS, "Where can I save money?", savings=[])


async def test_where_nothing_was_spent_nothing_is_projected() -> None:
    nothing = {"expected": "0", "low": "0", "high": "0"}
    text = await said(COSTS, "What will next week cost?", next_week=nothing, projection=nothing)
    assert text.startswith("Nothing is expected to be spent in the **next week**")
    assert "will come to" not in text


async def test_a_search_that_needs_a_word_says_how_to_ask() -> None:
    text = await told(SEARCH, "A search needs at least one word.", query="")
    assert text.startswith(
        "I could not look that up. A search needs at least one word. What should I look for?"
    )


async def test_of_the_days_searched_yesterday_is_picked_out() -> None:
    [hit] = RESULTS[SEARCH]["messages"]
    today = {**hit, "when": "2026-11-21 08:00", "snippet": "of today"}
    text = await said(
        SEARCH, "What did we say about the plan yesterday?", total_found=2, messages=[today, hit]
    )
    assert "I found **1 message** with “plan” from yesterday (2026-11-20)." in text
    assert "of today" not in text
    text = await said(SEARCH, "messages from yesterday", total_found=1, messages=[today])
    assert "No message of yours holds “plan” from yesterday (2026-11-20)." in text


async def test_two_results_are_one_answer_with_a_heading_each() -> None:
    back = returned((METRICS, {}, RESULTS[METRICS]), (COSTS, {}, "Costs failed."))
    text = words(await answer(asked("How are my metrics and costs?"), *back))
    assert text.startswith("### Session metrics, last 7 days\n\nYou had **12")
    assert "### Costs\n\nI could not look that up. Costs failed." in text


async def test_one_tool_for_two_periods_is_compared_in_a_table() -> None:
    month = {**RESULTS[TOKENS], "period": "this month", "total_tokens": 20_000}
    back = returned((TOKENS, {}, RESULTS[TOKENS]), (TOKENS, {}, month))
    text = words(await answer(asked("Compare tokens this week and this month"), *back))
    assert text.startswith("| Period | Active sessions | Tokens | Cost |")
    assert "| this month | 12 | 20,000 | $0.0123 |" in text
    assert "### Tokens, this month" in text


# ---------------------------------------------------------------- any shape, any text


@given(st.sampled_from([*NAMES, "other"]), JSON, st.text())
def test_no_result_is_too_strange_to_be_told(tool: str, result: Any, question: str) -> None:
    assert tell([Answered(tool, {}, json.dumps(result), False)], question)


@given(st.data())
def test_a_result_with_any_value_in_any_place_is_told(data: st.DataObject) -> None:
    tool = data.draw(st.sampled_from(NAMES))
    path, _ = data.draw(st.sampled_from(leaves(RESULTS[tool])))
    path = path[: data.draw(st.integers(1, len(path)))]
    result = changed(RESULTS[tool], path, data.draw(JSON))
    question = data.draw(st.sampled_from(["next week", "savings and anomalies", "yesterday", ""]))
    assert tell([Answered(tool, {}, json.dumps(result), False)], question)


@pytest.mark.parametrize("content", ["not json", "[1]", "null", "[" * 9000, '{"total_cost": 1e999999}', ""])
def test_a_result_that_cannot_be_read_is_named(content: str) -> None:
    for tool in NAMES:
        assert tell([Answered(tool, {}, content, False)], "")


def test_a_price_out_of_all_bounds_is_unknown() -> None:
    assert money("1E+999999") == money("-1E+999999") == "price unknown"


HOSTILE = (
    "**b** _i_ `c` [x](http://evil.example) ![p](http://evil.example/p.png) <b>h</b> # | a | $x$ ~~s~~ "
    "www.evil.example www.evil.com http://evil.example/ a@evil.example [^1] &lt; \\"
)


@pytest.mark.parametrize("tool", NAMES)
def test_text_of_the_data_is_shown_as_it_is(tool: str) -> None:
    """Every text of a result is hostile: nothing of it becomes a link, a picture or a style of the answer."""
    kept = {"period", "time_range", "from", "until", "scope", "status", "month", "link", "total_cost"}
    result = RESULTS[tool]
    for path, value in leaves(result):
        if isinstance(value, str) and path[-1] not in kept and not re.fullmatch(r"[\d.]+", value):
            result = changed(result, path, HOSTILE)
    html = render(tell([Answered(tool, {}, json.dumps(result), False)], ""))
    assert "evil.example" in html
    assert re.findall(r"<(?:img|em|code|del|math|sup|h1)\b", html) == []
    assert [link for link in re.findall(r'href="([^"]*)"', html) if not link.startswith("/")] == []
    assert "<strong>b</strong>" not in html


@pytest.mark.parametrize("tool", NAMES)
def test_dollar_signs_of_an_answer_are_no_formulas(tool: str) -> None:
    html = render(tell([Answered(tool, {}, json.dumps(RESULTS[tool]), False)], "next week"))
    assert "<math" not in html
    assert "\\" not in html


@given(st.decimals(min_value=Decimal("-1e9"), max_value=Decimal("1e9"), allow_nan=False) | st.none())
def test_money_reads_as_on_the_cards(cost: Decimal | None) -> None:
    assert money(None if cost is None else str(cost)) == labels.money(cost)
