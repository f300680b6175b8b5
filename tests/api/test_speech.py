"""What a simple client hears of a reply: tokens that joined are its text, whatever the chunks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.api.speech import LOST, Speech
from sessions_app.realtime.chunks import chunk


def content(text: str, *, whole: bool = False) -> Any:
    return chunk("r", 1, "content", text) | ({"replace": True} if whole else {})


def heard(*pieces: Any) -> list[tuple[str, str]]:
    speech = Speech()
    return [(each["type"], each["content"]) for piece in pieces for each in speech.of(piece)]


@given(st.lists(st.text(min_size=1), max_size=8), st.integers(0, 8), st.text())
def test_a_whole_text_brings_what_is_new_of_it(pieces: list[str], place: int, more: str) -> None:
    before, text = pieces[:place], "".join(pieces[:place]) + more
    found = heard(*map(content, before), content(text, whole=True), *map(content, pieces[place:]))
    assert "".join(words for _, words in found) == text + "".join(pieces[place:])
    assert {kind for kind, _ in found} <= {"token"}


def test_what_was_lost_cannot_be_taken_back_and_is_told() -> None:
    assert heard(content("one two three"), content("one two", whole=True))[-1] == ("error", LOST)
    assert heard(content("one"), content("two three", whole=True))[-1] == ("error", LOST)


def test_states_tools_and_retries_are_status() -> None:
    tool = {"id": "1", "tool_id": "analyze_token_usage", "status": "pending"}
    found = heard(
        chunk("r", 1, "metadata", {"status": "queued"}),
        chunk("r", 2, "thinking", "Hm"),
        chunk("r", 3, "thinking", "m"),
        chunk("r", 4, "tool_call", tool),
        chunk("r", 5, "metadata", {"status": "executing_tool", "tool_id": "x", "label": "Token usage"}),
        chunk("r", 6, "tool_call", tool | {"status": "error"}),
        chunk("r", 7, "metadata", {"status": "retrying", "attempt": 2, "message": "Try 2 of 3."}),
        chunk("r", 8, "metadata", {"status": "something_new"}),
        chunk("r", 9, "metadata", {"status": "complete"}),
    )
    assert [kind for kind, _ in found] == ["status"] * 6
    assert [words for _, words in found][1:5] == [
        "Thinking.", "Token usage: running.", "Token usage: failed.", "Try 2 of 3."
    ]  # fmt: skip


def test_an_end_that_is_none_is_an_error_told_once() -> None:
    failed = chunk("r", 1, "error", {"message": "Overloaded.", "error_type": "overloaded", "retryable": True})
    assert heard(failed, chunk("r", 2, "metadata", {"status": "failed"})) == [("error", "Overloaded.")]
    for status in ("stopped", "interrupted", "failed", "waiting"):
        assert [kind for kind, _ in heard(chunk("r", 1, "metadata", {"status": status}))] == ["error"]
    gone = Speech()
    assert [each["type"] for each in gone.gone()] == ["error"]
