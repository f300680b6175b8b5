from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.providers import sse
from sessions_app.providers.sse import EventParser, EventTooLarge

LINES = st.sampled_from(
    [
        "data: a",
        "data:b",
        "data",
        "data: {“ä”: 😀}",
        "event: ping",
        "event:x",
        ": comment",
        "id: 7",
        "",
        "",
        "",
    ]
)


def whole(stream: bytes) -> list[tuple[bytes, bytes]]:
    return EventParser().feed(stream)


def cut_at(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(
    lines=st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r", "\r\n"])), max_size=30),
    bom=st.booleans(),
    places=st.lists(st.integers(0, 10_000), max_size=40),
)
def test_events_are_the_same_however_the_bytes_are_split(
    lines: list[tuple[str, str]], bom: bool, places: list[int]
) -> None:
    stream = (("\ufeff" if bom else "") + "".join(line + end for line, end in lines)).encode()
    parser = EventParser()
    events = [event for piece in cut_at(stream, places) for event in parser.feed(piece)]
    assert events == whole(stream)


@given(lines=st.lists(LINES, max_size=30))
def test_events_are_the_same_with_every_kind_of_line_end(lines: list[str]) -> None:
    expected = whole("".join(f"{line}\n" for line in lines).encode())
    for end in ("\r\n", "\r"):
        assert whole("".join(line + end for line in lines).encode()) == expected


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"event: e\ndata: 1\n\n", [(b"e", b"1")]),
        (b"data: 1\ndata: 2\n\n", [(b"", b"1\n2")]),
        (b"data:  two blanks\n\n", [(b"", b" two blanks")]),
        (b": only a comment\n\n", []),
        (b"event: without data\n\n", []),
        (b"\xef\xbb\xbfdata: after a BOM\n\n", [(b"", b"after a BOM")]),
        (b"data: 1\r\rdata: 2\r\n\r\n", [(b"", b"1"), (b"", b"2")]),
        (b"data: never ended\n", []),
        (b"database: other field\n\n", []),
    ],
)
def test_fields_comments_and_blank_lines_are_read_as_the_standard_says(
    stream: bytes, events: list[tuple[bytes, bytes]]
) -> None:
    assert whole(stream) == events


def test_an_event_is_given_as_soon_as_its_last_byte_is_there() -> None:
    parser = EventParser()
    assert parser.feed(b"data: 1\r\n\r") == [(b"", b"1")]
    assert parser.feed(b"\ndata: 2\n\n") == [(b"", b"2")]


def test_an_event_without_an_end_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1_000)
    parser = EventParser()
    parser.feed(b"x" * 999)
    with pytest.raises(EventTooLarge):
        parser.feed(b"yz")
