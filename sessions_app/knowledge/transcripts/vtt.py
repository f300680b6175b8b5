"""WebVTT (https://www.w3.org/TR/webvtt1/). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .blocks import Block, Cutter, blocks_of
from .cues import Found
from .problems import Problems

_TAG = re.compile(r"</?(?!v[\s.])(?:[a-zA-Z][^<>\n]{0,200}|\d[\d:.]{3,20})?>")
_NOT_CUES = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


def is_vtt(text: str) -> bool:
    """By its head; empty lines above it are forgiven."""
    return text[:200].lstrip().startswith("WEBVTT")


def found_in(lines: Sequence[str], problems: Problems) -> list[Found]:
    """Cues with voices still marked in their lines, other tags taken out."""
    cutter = Cutter(problems)
    head = True
    for block in blocks_of(lines, blank_is_empty=True):
        if head:
            head = False
            block = _below_head(block)
        if block.lines and not _NOT_CUES.match(block.lines[0]):
            cutter.take(block)
    return [
        Found(each.line, each.start_ms, each.end_ms, tuple(_TAG.sub("", line) for line in each.lines))
        for each in cutter.found
    ]


def _below_head(block: Block) -> Block:
    """The head ends with the first line of times where no empty line ends it."""
    while block.lines and not block.lines[0].strip():
        block = Block(block.line + 1, block.lines[1:])
    if not block.lines or not block.lines[0].lstrip().startswith("WEBVTT"):
        return block
    for at, line in enumerate(block.lines):
        if "-->" in line:
            return Block(block.line + at, block.lines[at:])
    return Block(block.line)
