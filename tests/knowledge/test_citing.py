"""Marks of passages in a text that comes in pieces: they become citations, and nobody sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sessions_app.agent.citing import Citing, keys_of
from sessions_app.agent.events import CallEnded, Finished, LoopEvent, TextAdded, TextSourced, ToolEnded
from sessions_app.agent.history import StoredMessage, turns
from sessions_app.agent.passages import TOOL, Passage, key_of, number_of
from sessions_app.providers.base import Citation, Counts, Raw, Text
from sessions_app.realtime.chunks import Folded, chunk, fold
from sessions_app.realtime.output import cited

pytestmark = pytest.mark.sqlite

VIDEO = "018f0000-0000-7000-8000-000000000001"
GIVEN = {
    key: Passage(key, VIDEO, "Towers", start, start + 60_000, 0.5)
    for key, start in (("v1", 0), ("v2", 60_000), ("v3", 83_200))
}
CUT = re.compile(r"\[cite:[^\[\]\n]{0,120}\Z", re.IGNORECASE)
MARK = re.compile(r"\[cite:[^\[\]\n]{0,120}\]", re.IGNORECASE)


def shown(pieces: Iterable[str], known: dict[str, Passage] | None = None, **more: Any) -> list[LoopEvent]:
    citing = Citing(GIVEN if known is None else known, **more)
    events = [each for piece in pieces for each in citing.take(TextAdded(1, piece))]
    return [*events, *citing.take(Finished("end", ""))]


def parts(events: Iterable[LoopEvent]) -> list[dict[str, Any]]:
    """As they are folded into the parts of a message."""
    folded = Folded()
    for event in events:
        if isinstance(event, TextAdded):
            fold(folded, chunk("r", 1, "content", event.text, event.turn))
        elif isinstance(event, TextSourced):
            data: dict[str, Any] = {"status": "cited", "length": event.length}
            data["citations"] = [cited(each) for each in event.citations]
            data |= {"marks": event.marks} if event.marks else {}
            fold(folded, chunk("r", 1, "metadata", data, event.turn))
    return folded.parts


def told(*pieces: str, **more: Any) -> list[tuple[str, list[str]]]:
    """The texts with the keys that they cite."""
    return [
        (part["text"], [each["passage"] for each in part.get("citations", [])])
        for part in parts(shown(pieces, **more))
    ]


def back(stored: Sequence[dict[str, Any]]) -> str:
    """What the model is told of its answer in the next request."""
    made = turns(
        [
            StoredMessage("user", [{"kind": "text", "text": "?"}]),
            StoredMessage("assistant", stored),
            StoredMessage("user", [{"kind": "text", "text": "?"}]),
        ],
        provider="anthropic",
        model="m",
    )
    return "".join(part.text for part in made[1].parts if isinstance(part, Text))


def test_a_mark_is_a_citation_of_the_text_before_it() -> None:
    assert told("It opens at nine [cite:v1]. It closes at six.[cite:v2,v3] So be early.") == [
        ("It opens at nine", ["v1"]),
        (". It closes at six.", ["v2", "v3"]),
        (" So be early.", []),
    ]


def test_a_citation_says_which_moment_of_which_video_and_none_of_its_words() -> None:
    [part] = parts(shown(["It closes.[cite:v3]"]))
    assert part["citations"] == [
        {
            "url": f"/videos/{VIDEO}/?at=83.2&passage=v3", "title": "Towers", "cited": "", "video": VIDEO,
            "passage": "v3", "start_ms": 83_200, "end_ms": 143_200, "similarity": 0.5,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No such.[cite:v9]", [("No such.", [])]),
        ("One of two [cite:v9,v2].", [("One of two", ["v2"]), (".", [])]),
        ("Nothing [cite:] and [cite:some words] here", [("Nothing and here", [])]),
        ("Twice [cite:v1][cite:v1].", [("Twice", ["v1"]), (".", [])]),
        ("Two marks [cite:v1] [cite:v2].", [("Two marks", ["v1", "v2"]), (".", [])]),
        ("Written [Cite: V1; cite:v2].", [("Written", ["v1", "v2"]), (".", [])]),
        ("[cite:v1] First.\nThen.", [(" First.", ["v1"]), ("\nThen.", [])]),
        ("[cite:v1] First [cite:v2].", [(" First", ["v1", "v2"]), (".", [])]),
        ("[cite:v1]", []),
        ("Own line.\n\n[cite:v1]\n\nNext.", [("Own line.", ["v1"]), ("\n\n\n\nNext.", [])]),
        ("A list:\n- one\n[cite:v1]\n- two", [("A list:\n- one", ["v1"]), ("\n\n- two", [])]),
        ("Not a mark [cite this] or [cit", [("Not a mark [cite this] or [cit", [])]),
        ("Cut off [cite:v1", [("Cut off", [])]),
        ("An array [c[cite:v1]", [("An array [c", ["v1"])]),
        ("Long [cite:" + "v1," * 60 + "]", [("Long [cite" + "v1," * 60 + "]", [])]),
        ("Nested [cite:[cite:v1]v2].", [("Nested [cite", ["v1"]), ("v2].", [])]),
        ("Nested [ci[cite:v9]te::v2].", [("Nested [citev2].", [])]),
        ("Blanks at the end  \n", [("Blanks at the end  \n", [])]),
    ],
)
def test_marks_as_models_write_them(text: str, expected: Any) -> None:
    assert told(text) == expected
    assert told(*text) == expected


def test_marks_in_code_stand_behind_it_for_nothing_can_be_shown_inside() -> None:
    fenced = "So:\n```py\nx = 1  # [cite:v1]\ny = 2\n```\nThat is all.\nMore."
    assert told(*fenced) == [
        ("So:\n```py\nx = 1  #\ny = 2\n```\nThat is all.", ["v1"]),
        ("\nMore.", []),
    ]
    assert told("```\nx [cite:v1]\n```") == [("```\nx\n```\n", ["v1"])]
    assert told("~~~\n``` [cite:v1]\n~~~\n\n") == [("~~~\n```\n~~~\n\n", ["v1"])]
    assert told("Never closed\n```\nx [cite:v1]") == [("Never closed\n```\nx\n```\n", ["v1"])]
    assert told("Only opened [cite:v1]\n~~~~") == [("Only opened", ["v1"]), ("\n~~~~", [])]
    listed = "1. So:\n\n    ```py\n    x [cite:v1]\n"
    assert told(listed) == [("1. So:\n\n    ```py\n    x\n    ```\n", ["v1"])]
    assert told(f"{listed}    ```\n2. Next") == [("1. So:\n\n    ```py\n    x\n    ```\n2. Next", ["v1"])]
    assert told("> - ```\n>   x [cite:v1]") == [("> - ```\n>   x\n>   ```\n", ["v1"])]
    assert told("```f``` is called. [cite:v1] So.") == [("```f``` is called.", ["v1"]), (" So.", [])]
    assert told("Call `f [cite:v1]` and\ngo on") == [("Call `f` and", ["v1"]), ("\ngo on", [])]
    assert told("```\nx\n```\n[cite:v2]\nSo.") == [("```\nx\n```\n\nSo.", ["v2"])]


def test_where_no_passages_were_told_text_is_left_alone() -> None:
    pieces = ["I write [", "cite:v1", "] in my notes", " "]
    citing = Citing({})
    assert [[*citing.take(TextAdded(1, piece))] for piece in pieces] == [
        [TextAdded(1, piece)] for piece in pieces
    ]


def test_where_they_may_not_be_told_any_more_marks_are_taken_out_all_the_same() -> None:
    assert told("It opens at nine [cite:v1].", known={}, active=True) == [("It opens at nine.", [])]


def test_text_without_marks_waits_for_nothing() -> None:
    citing = Citing(GIVEN)
    for piece in ("Plain", " words", ", and", " more."):
        assert [*citing.take(TextAdded(1, piece))] == [TextAdded(1, piece)]


def test_passages_that_a_tool_finds_can_be_cited_from_then_on() -> None:
    citing = Citing({})
    kept = {"query": "x", "passages": [GIVEN["v2"].kept]}
    ended = ToolEnded(1, "t", TOOL, "success", {}, "", 5, kept=kept)
    other = ToolEnded(1, "t", "mcp_x_y", "success", {"passages": [GIVEN["v3"].kept]}, "", 5)
    said: list[LoopEvent] = [
        TextAdded(1, "Before [cite:v2] "),
        other,
        ended,
        TextAdded(2, "After [cite:v2,v3]."),
    ]
    events = [each for event in said for each in citing.take(event)]
    assert [(part["text"], len(part.get("citations", []))) for part in parts(events)] == [
        ("Before [cite:v2] ", 0),
        ("After", 1),
        (".", 0),
    ]


def test_what_is_held_back_comes_before_what_follows_it() -> None:
    citing = Citing(GIVEN)
    ended = CallEnded(1, 1, True, "end", Counts(), "reported", "", None, 1, 1, "")
    events = [*citing.take(TextAdded(1, "A list [")), *citing.take(ended)]
    assert events == [TextAdded(1, "A list"), TextAdded(1, " ["), ended]


def test_texts_of_two_turns_are_two() -> None:
    citing = Citing(GIVEN)
    events = [each for n in (1, 2) for each in citing.take(TextAdded(n, f"Turn {n} [cite:v{n}]"))]
    events += [*citing.take(Finished("end", ""))]
    assert [(part["turn"], part["text"], part["citations"][0]["passage"]) for part in parts(events)] == [
        (1, "Turn 1", "v1"),
        (2, "Turn 2", "v2"),
    ]


def test_pages_that_the_provider_cites_itself_keep_their_place() -> None:
    page, raw = Citation("https://example.org/", "Page", "words"), Raw("anthropic", "m", {"text": "x"})
    citing = Citing(GIVEN)
    said: list[LoopEvent] = [TextAdded(1, "First [cite:v1]. "), TextAdded(1, "Second.")]
    events = [each for event in said for each in citing.take(event)]
    events += [*citing.take(TextSourced(1, 7, (page,), raw)), *citing.take(TextAdded(1, " Third[cite:v2]"))]
    events += [*citing.take(TextSourced(1, 15, (page,), raw))]
    assert [(part["text"], len(part.get("citations", []))) for part in parts(events)] == [
        ("First", 1),
        (". ", 0),
        ("Second.", 1),
        (" Third", 2),
    ]


def test_the_model_is_told_its_marks_again_as_it_wrote_them() -> None:
    for text in (
        "It opens at nine [cite:v1]. It closes.[cite:v2, v3] Go.",
        "A [cite:v1] [cite:v2]b[cite:v1]",
    ):
        assert back(parts(shown(text))) == text
    assert back(parts(shown("One of two [cite:v9,v2]."))) == "One of two[cite:v2]."


def test_a_text_that_led_to_a_tool_goes_back_as_the_one_block_it_was() -> None:
    text = "It opens at nine [cite:v1]. It closes at six [cite:v2]. I look further. "
    call = {"kind": "tool_call", "turn": 1, "id": "t", "tool_use_id": "t", "name": TOOL, "input": {}}
    after = [{**part, "turn": 2} for part in parts(shown("So it is[cite:v3], and more."))]
    asked = StoredMessage("user", [{"kind": "text", "text": "?"}])
    answer = StoredMessage("assistant", [*parts(shown(text)), call, *after])
    made = turns([asked, answer, asked], provider="anthropic", model="m")
    assert [part.text for turn in made for part in turn.parts if isinstance(part, Text)] == [
        "?",
        text,
        "So it is[cite:v3], and more.",
        "?",
    ]


def test_keys_are_read_as_models_write_them() -> None:
    assert keys_of("v1f3, cite:V1F4;v1f3 video nine") == ["v1f3", "v1f4", "video"]


def test_a_key_beyond_what_a_database_counts_is_none() -> None:
    assert number_of(key_of(2**63 - 1)) == 2**63 - 1
    assert number_of(key_of(2**63)) is None
    assert number_of("vzzzzzzzzzzzzz") is None


WORDS = st.sampled_from(
    [
        "It opens",
        " at nine",
        ".",
        "\n",
        "\n\n",
        "- item",
        "`",
        "```\n",
        " ",
        "  ",
        "[",
        "]",
        "[c",
        "ite:v1]",
        "é",
        "code",
        ", ",
    ]
)
MARKS = st.sampled_from(
    ["[cite:v1]", "[cite:v2,v3]", "[cite:v9]", "[cite:]", "[cite:v1", "[Cite: v2 ]", "[cite:v9,v1]"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(WORDS, MARKS), max_size=14), st.data())
@example(["[cite:v1", "\n"], None)
@example(["[cite:", "[cite:v1]", "v2]"], None)
@example(["[c", "[cite:v1]", "ite:", "[cite:v9]", "v2]"], None)
def test_however_a_text_is_cut_its_parts_are_the_same(pieces: list[str], data: Any) -> None:
    text = "".join(pieces)
    cuts = (
        sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8))) if data else list(range(len(text)))
    )
    split = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = parts(shown([text]))
    assert parts(shown(split)) == whole
    for part in whole:
        keys = [each["passage"] for each in part.get("citations", [])]
        assert set(keys) <= set(GIVEN)
        assert all(key in text for key in keys)
    left = re.sub(r"(?i)(\[cite):+", r"\1", MARK.sub("", CUT.sub("", text)))
    said = "".join(part["text"] for part in whole)
    assert not MARK.search(said)
    cited = whole[-1].get("citations") if whole else None  # then code that was never closed may have been
    bare, left = (re.sub(r"\s", "", each) for each in (said, left))
    assert bare == left or (cited and re.fullmatch(r"[`~]{3,}", bare.removeprefix(left)))
