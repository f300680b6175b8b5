"""A transcript is read, whatever it is written in. Pure.

webvtt-py names no lines in what it refuses and refuses a whole file for one cue; so the formats are read here.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import plain, srt, vtt
from .cues import Cue, cues_of
from .decoding import decoded
from .problems import Problems, Unreadable


@dataclass(frozen=True, slots=True)
class Read:
    """What was read. `format` is one of `Transcript.Format`; `problems` are [[line, reason], …]."""

    format: str
    text: str
    cues: list[Cue]
    problems: list[list[int | str]]


def read_transcript(raw: bytes | str, *, length_ms: int | None = None, format: str | None = None) -> Read:
    """Cues of a file or of what was pasted, by its content where no format is named. Raises Unreadable where nothing of it
    can be used."""
    problems = Problems()
    text = decoded(raw, problems)
    if not text.strip():
        raise Unreadable(1, "There is nothing in it.")
    lines = text.split("\n")
    kind = format or kind_of(text, lines)
    found = {"vtt": vtt, "srt": srt, "text": plain}[kind].found_in(lines, problems)
    cues = cues_of(found, problems, length_ms=length_ms, markup=kind != "text")
    if not cues:
        raise Unreadable(*(problems.first or (1, "There is no cue in it.")))
    return Read(kind, text, cues, problems.rows)


def kind_of(text: str, lines: list[str]) -> str:
    if vtt.is_vtt(text):
        return "vtt"
    return "srt" if srt.is_srt(lines) else "text"
