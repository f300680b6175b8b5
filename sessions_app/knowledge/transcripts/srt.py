"""SRT, and whatever has lines of times with an arrow. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .blocks import TIMES, Cutter, blocks_of
from .cues import Found
from .problems import Problems

_TAG = re.compile(r"</?(?:b|i|u|s|c|font|ruby|rt|lang)\b[^<>\n]{0,200}>|\{\\[^{}\n]{0,100}\}", re.IGNORECASE)
LOOKED_AT = 400  # lines in which the first times must stand


def is_srt(lines: Sequence[str]) -> bool:
    return any("-->" in line and TIMES.match(line) for line in lines[:LOOKED_AT])


def found_in(lines: Sequence[str], problems: Problems) -> list[Found]:
    cutter = Cutter(problems)
    for block in blocks_of(lines):
        cutter.take(block)
    return [
        Found(each.line, each.start_ms, each.end_ms, tuple(_TAG.sub("", line) for line in each.lines))
        for each in cutter.found
    ]
