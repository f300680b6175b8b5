"""Passages: within the video, of its words, none lost, cut where sentences and turns end."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.knowledge.chunking import Piece, Row, cut, spoken
from sessions_app.knowledge.transcripts.problems import Unreadable
from sessions_app.knowledge.transcripts.reading import read_transcript

WORDS = st.sampled_from(
    [
        "tea",
        "water.",
        "Why?",
        "e.g.",
        "steep",
        "水很热。",
        "很热",
        "“Yes!”",
        "Anna:",
        "x" * 60,
        "…",
        "Dr.",
        "naïve",
    ]
)
TEXTS = st.lists(WORDS, max_size=25).map(" ".join)
TIMES = st.integers(0, 900_000)


@st.composite
def broken_transcripts(draw: st.DrawFn) -> tuple[str, int]:
    """SRT with cues that are unordered, overlap, are empty or have no times; and the video's length."""
    blocks = []
    for start, end, speaker, text, broken in draw(
        st.lists(
            st.tuples(TIMES, TIMES, st.sampled_from(["", "Anna: ", "Bob: "]), TEXTS, st.integers(0, 9)),
            max_size=15,
        )
    ):
        arrow = "" if broken == 0 else f"{clock(start)} --> {clock(end) if broken != 1 else ''}"
        blocks.append(f"{arrow}\n{speaker}{text}\n")
    return "\n".join(blocks), draw(st.integers(1_000, 1_000_000))


def clock(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


def plain(text: str) -> str:
    return " ".join(text.split())


@given(broken_transcripts(), st.integers(10, 120), st.integers(200, 900))
def test_every_passage_lies_in_the_video_and_its_words_in_the_transcript(
    transcript: tuple[str, int], seconds: int, characters: int
) -> None:
    text, length_ms = transcript
    try:
        cues = [cue.row for cue in read_transcript(text, length_ms=length_ms).cues]
    except Unreadable:
        return
    pieces = cut(cues, seconds=seconds, characters=characters)
    whole = plain(spoken(cues))
    at = 0
    for piece in pieces:
        assert 0 <= piece.start_ms <= piece.end_ms <= length_ms
        assert len(piece.text) <= characters
        found = whole.find(plain(piece.text), 0)
        assert found >= 0
    starts = [piece.start_ms for piece in pieces]
    assert starts == sorted(starts)
    for before, piece in itertools.pairwise(pieces):
        assert before.end_ms <= piece.end_ms
    at = covered(whole, pieces)
    assert at == len(whole)


def covered(whole: str, pieces: list[Piece]) -> int:
    """How far the whole is held by the passages, each beginning at or before the end of those before it."""
    at = 0
    for piece in pieces:
        words = plain(piece.text)
        reached = [
            place + len(words)
            for place in range(max(0, at - len(words)), at + 2)
            if whole.startswith(words, place)
        ]
        assert reached
        at = max(at, *reached)
    return at


def talk(sentences: int, lasts: int = 5_000) -> list[Row]:
    return [
        [at * lasts, (at + 1) * lasts, "", f"Sentence number {at} is about tea and water."]
        for at in range(sentences)
    ]


def test_passages_end_with_sentences_last_about_as_long_as_told_and_overlap() -> None:
    pieces = cut(talk(60), seconds=60, characters=900)
    assert all(piece.text.endswith(".") for piece in pieces)
    assert all(piece.text.startswith("Sentence") for piece in pieces)
    assert all(45_000 <= piece.end_ms - piece.start_ms <= 60_000 for piece in pieces[:-1])
    for before, piece in itertools.pairwise(pieces):
        assert before.end_ms - piece.start_ms == 5_000


def test_times_within_a_cue_are_parted_by_characters() -> None:
    pieces = cut([[0, 100_000, "", "Aaaaaaaaa. " * 9 + "Aaaaaaaaa."]], seconds=21, characters=200)
    assert [(piece.start_ms, piece.end_ms) for piece in pieces][:2] == [(0, 19267), (20183, 39450)]


def test_a_speaker_is_named_where_their_turn_begins() -> None:
    rows: list[Row] = [
        [0, 20_000, "Anna", "How hot is it?"],
        [20_000, 40_000, "Anna", "I mean the water."],
        [40_000, 60_000, "Bob", "Eighty degrees."],
        [60_000, 80_000, "", "Not more."],
    ]
    texts = [piece.text for piece in cut(rows, seconds=60, characters=900)]
    assert texts == ["Anna: How hot is it? I mean the water.", "Bob: Eighty degrees. Not more."]


def test_without_marks_passages_end_where_cues_do() -> None:
    rows: list[Row] = [
        [at * 3_000, (at + 1) * 3_000, "", f"and then there is more {at}"] for at in range(100)
    ]
    pieces = cut(rows, seconds=30, characters=400)
    assert all(piece.text.startswith("and") and piece.text[-1].isdigit() for piece in pieces)
    assert all(20_000 <= piece.end_ms - piece.start_ms <= 30_000 for piece in pieces[:-1])


def test_chinese_ends_sentences_without_spaces() -> None:
    rows: list[Row] = [[0, 120_000, "", "水要热到八十度。" * 40]]
    pieces = cut(rows, seconds=30, characters=200)
    assert len(pieces) > 3
    assert all(piece.text.endswith("。") and piece.text.startswith("水") for piece in pieces)


def test_a_silence_ends_a_passage() -> None:
    rows: list[Row] = [[0, 4_000, "", "Before."], [600_000, 604_000, "", "After."]]
    assert [piece.text for piece in cut(rows, seconds=60, characters=900)] == ["Before.", "After."]


@pytest.mark.parametrize("rows", [[], [[0, 1000, "", ""]]])
def test_nothing_said_makes_no_passages(rows: list[Row]) -> None:
    assert cut(rows, seconds=60, characters=900) == []
