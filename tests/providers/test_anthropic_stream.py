from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.providers.anthropic_stream import Reading, counts_with, tool_call
from sessions_app.providers.base import Counts, StreamGarbled, TextDelta, ThinkingDone
from sessions_app.providers.text import valid_text

HEAD = {"type": "tool_use", "id": "t1", "name": "clock", "input": {}}


def read(*events: Any) -> list[Any]:
    reading = Reading("claude-sonnet-5-5")
    return [out for event in events for out in reading.read(json.dumps(event).encode())]


def delta(index: int = 0, **fields: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": fields}


def opening(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": 0, "content_block": {"type": kind, **fields}}


CLOSING = {"type": "content_block_stop", "index": 0}


@given(
    pieces=st.lists(
        st.text(alphabet=st.sampled_from(["a", "ä", "\x00", "\ud83d", "\ude00", "😀"]), max_size=4),
        max_size=12,
    )
)
def test_text_is_the_clean_sum_of_its_deltas_however_pairs_are_split(pieces: list[str]) -> None:
    deltas = [delta(type="text_delta", text=piece) for piece in pieces]
    events = read(opening("text", text=""), *deltas, CLOSING)
    assert "".join(event.text for event in events) == valid_text("".join(pieces))
    assert all(event.text for event in events)


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"input_tokens": 5, "output_tokens": 1}, Counts(input=5, output=1)),
        (
            {"input_tokens": 5, "cache_read_input_tokens": 7, "cache_creation_input_tokens": 9},
            Counts(input=5, cache_read=7, cache_write_5m=9),
        ),
        (
            {
                "input_tokens": 5,
                "cache_creation_input_tokens": 9,
                "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 7},
            },
            Counts(input=5, cache_write_5m=2, cache_write_1h=7),
        ),
        ({"input_tokens": None, "cache_creation": None}, Counts()),
    ],
)
def test_counts_are_normalised(usage: dict[str, Any], counts: Counts) -> None:
    assert counts_with(Counts(), usage) == counts


def test_a_later_report_replaces_and_keeps_what_it_does_not_name() -> None:
    first = counts_with(Counts(), {"input_tokens": 5, "cache_read_input_tokens": 7, "output_tokens": 1})
    assert counts_with(first, {"output_tokens": 40}) == Counts(input=5, cache_read=7, output=40)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("", {}),
        ('{"id": 123456789012345678901234567890}', {"id": 123456789012345678901234567890}),
        ('{"a": "\\ud83d\\ude00 \\ud83d \\u0000"}', {"a": "😀 \ufffd \ufffd"}),
    ],
)
def test_tool_json_is_read_exactly(source: str, value: dict[str, Any]) -> None:
    assert tool_call(HEAD, source).input == value


@pytest.mark.parametrize(
    "source",
    [
        '{"a": 1',
        '{"a": NaN}',
        '{"a": 1e999}',
        "{'a': 1}",
        '{"a": 1} and more',
        "[" * 100_000,
        "[]",
        '"x"',
        "null",
    ],
)
def test_broken_tool_json_is_never_repaired(source: str) -> None:
    call = tool_call(HEAD, source)
    assert call.input is None
    assert call.problem


def test_thinking_that_could_not_be_sent_back_as_it_was_signed_is_not_kept() -> None:
    spoiled = delta(type="thinking_delta", thinking="a\ud83db")
    signed = delta(type="signature_delta", signature="s")
    events = read(opening("thinking", thinking="", signature=""), spoiled, signed, CLOSING)
    assert events[-1] == ThinkingDone(None)


def test_thinking_without_a_signature_is_not_kept() -> None:
    events = read(opening("thinking", thinking=""), delta(type="thinking_delta", thinking="a"), CLOSING)
    assert events[-1] == ThinkingDone(None)


def test_the_text_of_an_opening_block_is_text() -> None:
    assert read(opening("text", text="Hi")) == [TextDelta("Hi")]


@pytest.mark.parametrize(
    "event",
    [
        [],
        "x",
        {},
        {"type": "message_start"},
        {"type": "content_block_stop", "index": 3},
        delta(type="text_delta"),
    ],
)
def test_an_event_of_an_impossible_shape_is_garbled(event: Any) -> None:
    with pytest.raises(StreamGarbled):
        read(event)


def test_pings_and_unknown_events_do_not_count_as_progress() -> None:
    reading = Reading("claude-sonnet-5-5")
    for event in ({"type": "ping"}, {"type": "weather_report"}):
        assert reading.read(json.dumps(event).encode()) == []
    assert reading.known == 0
