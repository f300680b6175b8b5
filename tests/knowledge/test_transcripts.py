"""Transcripts are read: each format, what is broken in them, and what is told of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.knowledge.transcripts.problems import MOST, Unreadable
from sessions_app.knowledge.transcripts.reading import Read, read_transcript

VTT = """\ufeffWEBVTT - Brewing
Kind: captions

NOTE made by hand
over two lines

STYLE
::cue { color: red }

REGION
id:one

intro
00:01.000 --> 00:02.000 align:start position:0%
<v.loud Anna Smith>Hi &amp; <i>welcome</i>
to tea.<v Bob>Hey!

100:00:00.000 --> 100:00:01.000
Too late.

01:00:05.5 --> 01:00:07
An hour later.
"""

SRT = """1
00:00:01,000 --> 00:00:02,500
{\\an8}Hello <b>there</b> &lt;all&gt;

2
00:00:02.500 --> 00:00:04.000 X1:0 X2:100
ANNA: World
3
00:00:05,000 --> 00:00:06,000
No empty line above.
"""

TEXT = """[00:00:03] first
0:10 second
(0:20) Anna Smith: third
00:30 - 00:39 fourth
0:45
45 seconds
fifth
and more
Speaker 1 0:50
sixth
Bob (1:00): seventh
"""

ROLLING = """WEBVTT

00:00:00.160 --> 00:00:02.230 align:start position:0%
\x20
hello<00:00:00.480><c> and</c><00:00:00.640><c> welcome</c>

00:00:02.230 --> 00:00:02.240 align:start position:0%
hello and welcome
\x20

00:00:02.240 --> 00:00:04.000 align:start position:0%
hello and welcome
to<00:00:03.000><c> the</c> video
"""


def rows(read: Read) -> list[list[int | str]]:
    return [cue.row for cue in read.cues]


def test_webvtt_is_read_with_voices_and_without_what_is_no_cue() -> None:
    read = read_transcript(VTT)
    assert read.format == "vtt"
    assert rows(read) == [
        [1000, 1833, "Anna Smith", "Hi & welcome to tea."],
        [1833, 2000, "Bob", "Hey!"],
        [3605500, 3607000, "", "An hour later."],
    ]
    assert read.problems == [
        [18, "“100:00:00.000” is too late: a video may last 100 hours. The cue was left out."]
    ]


def test_srt_is_read_with_either_mark_of_fractions_and_without_empty_lines() -> None:
    read = read_transcript(SRT.replace("\n", "\r\n").encode())
    assert read.format == "srt"
    assert rows(read) == [
        [1000, 2500, "", "Hello there <all>"],
        [2500, 4000, "ANNA", "World"],
        [5000, 6000, "", "No empty line above."],
    ]
    assert read.problems == []


def test_times_of_plain_text_stand_before_above_or_behind_a_name() -> None:
    read = read_transcript(TEXT)
    assert read.format == "text"
    assert rows(read) == [
        [3000, 10000, "", "first"],
        [10000, 20000, "", "second"],
        [20000, 30000, "Anna Smith", "third"],
        [30000, 39000, "", "fourth"],
        [45000, 50000, "", "fifth and more"],
        [50000, 60000, "Speaker 1", "sixth"],
        [60000, 61000, "Bob", "seventh"],
    ]
    assert read.problems == []


def test_rolling_captions_are_unrolled() -> None:
    read = read_transcript(ROLLING)
    assert [cue.text for cue in read.cues] == ["hello and welcome", "to the video"]
    assert [line for line, _ in read.problems] == [3]


def test_a_refrain_is_no_rolling_caption() -> None:
    text = "WEBVTT\n\n" + "".join(
        f"00:0{at}.000 --> 00:0{at + 1}.000\n{words}\n\n"
        for at, words in enumerate(["La la", "La la", "Oh", "Yes", "No", "Well"])
    )
    assert [cue.text for cue in read_transcript(text).cues] == ["La la", "La la", "Oh", "Yes", "No", "Well"]


BROKEN = """1
00:00:05,000 --> 00:00:06,000
late

2
00:00:01,000 --> 00:00:03,000
early

3
00:00:02,000 --> 00:00:01,000
turned

4
00:00:07,000 --> 00:00:08,000

5
00:00:09,000 -->
open

x --> y
lost

loose words
"""


def test_what_is_broken_is_mended_and_told_with_its_line() -> None:
    read = read_transcript(BROKEN)
    assert [cue.text for cue in read.cues] == ["early", "turned", "late", "open loose words"]
    assert [(cue.start_ms, cue.end_ms) for cue in read.cues] == [
        (1000, 2000),
        (2000, 5000),
        (5000, 6000),
        (9000, 10000),
    ]
    assert read.problems == [
        [6, "This cue begins before the one above it; it was put in its place."],
        [6, "This cue overlaps the next one; it ends where that begins."],
        [10, "This cue begins before the one above it; it was put in its place."],
        [10, "This cue ends before it begins; it ends where the next one begins."],
        [14, "There are no words in this cue; it was left out."],
        [17, "There is no time at which this cue ends. It ends where the next one begins."],
        [20, "“x --> y” has no time at which the cue begins. The cue was left out."],
        [23, "There are no times here; the words were added to the cue before."],
    ]


def test_cues_behind_the_end_of_the_video_are_left_out_and_ends_are_put_there() -> None:
    read = read_transcript("0:01 one\n0:05 two\n0:20 three\n", length_ms=10_000)
    assert rows(read) == [[1000, 5000, "", "one"], [5000, 10000, "", "two"]]
    assert read.problems == [
        [2, "This cue ends with the video, at 0:10."],
        [3, "This begins behind the end of the video (0:10)."],
    ]


def test_problems_are_kept_up_to_a_number_and_counted_beyond() -> None:
    text = "WEBVTT\n\n" + "00:09.000 --> 00:08.000\na\n\n" * (MOST + 5)
    problems = read_transcript(text).problems
    assert len(problems) == MOST + 1
    assert problems[-1] == [0, "And 5 more."]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "Line 1: There is nothing in it."),
        (b" \n\n", "Line 1: There is nothing in it."),
        (
            b"\n\nA talk\nabout tea",
            "Line 3: No time was found. Times stand before the words, such as 1:23 or",
        ),
        (b"a\nb\0c", "Line 2: This is no text: there are zero bytes in it."),
        (b"WEBVTT\n\n00:75.000 --> 00:76.000\nx", "Line 3: “00:75.000” is no time: seconds go to 59."),
        (b"WEBVTT\n\n00:05.000 --> 00:06.000\n\n", "Line 3: There are no words in this cue"),
        (b"WEBVTT\n", "Line 1: There is no cue in it."),
    ],
)
def test_what_cannot_be_used_says_the_line_and_why(raw: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_transcript(raw)
    assert refused.value.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("raw", "text", "told"),
    [
        ("0:01 café".encode(), "café", 0),
        ("\ufeff0:01 café".encode(), "café", 0),
        ("0:01 café".encode("utf-16"), "café", 0),
        ("0:01 café “tea”".encode("cp1252"), "café “tea”", 1),
        ("0:01 caféé thé".encode() + b"\xff", "caféé thé\ufffd", 1),
        (b"0:01 a\x07b\x1b[0m", "ab[0m", 0),
    ],
)
def test_encodings(raw: bytes, text: str, told: int) -> None:
    read = read_transcript(raw)
    assert [cue.text for cue in read.cues] == [text]
    assert [line for line, _ in read.problems] == [1] * told


@given(st.text(alphabet="0123456789:.,->[]()<>v&#;{}\\ \nWEBVTTaB\u3002é", max_size=400))
def test_nothing_that_is_pasted_breaks_the_reader(text: str) -> None:
    try:
        read = read_transcript(text)
    except Unreadable as refused:
        line = refused.line
    else:
        line = 1
        starts = [cue.start_ms for cue in read.cues]
        assert starts == sorted(starts)
        assert all(cue.start_ms <= cue.end_ms and cue.text for cue in read.cues)
    assert 1 <= line <= text.count("\n") + 1
