"""Frames: server-rendered HTML that htmx swaps out of band. Each opens with the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sessions_app.rendering.body import Change

_ROOT = re.compile(r"<([a-z]+) ")


@dataclass(frozen=True, slots=True)
class Frame:
    """A growing frame: brings reply `reply` from seq `start` to `end`."""

    reply: str
    start: int
    end: int
    html: str


def cursor(version: int, reply: str, seq: int, start: int | None = None) -> str:
    """The first element of every frame; `start` is empty in snapshots, which always apply."""
    begin = "" if start is None else start
    return (
        f'<i id="cursor" hidden hx-swap-oob="true" data-version="{version}" data-reply="{reply}" '
        f'data-from="{begin}" data-seq="{seq}"></i>'
    )


def replace(html: str) -> str:
    """Markup whose root replaces the element of its id."""
    return _ROOT.sub(r'<\1 hx-swap-oob="true" ', html.lstrip(), count=1)


def append(html: str, target: str) -> str:
    """Markup that is added at the end of the element with id `target`."""
    return f'<div hx-swap-oob="beforeend:#{target}">{html}</div>'


def fill(html: str, target: str) -> str:
    """Markup that becomes the whole content of the element with id `target`."""
    return f'<div hx-swap-oob="innerHTML:#{target}">{html}</div>'


def changes(blocks: Iterable[Change]) -> str:
    return "".join(
        append(block.html, block.parent) if block.parent else replace(block.html) for block in blocks
    )


FILES_CHANGED = '<i id="files-changed" hidden hx-swap-oob="true" data-at="{at}"></i>'
LIMITS_CHANGED = '<i id="limits-changed" hidden hx-swap-oob="true" data-at="{at}"></i>'
PROVIDERS_CHANGED = '<i id="providers-changed" hidden hx-swap-oob="true" data-at="{at}"></i>'
LIST_CHANGED = '<i id="list-changed" hidden hx-swap-oob="true" data-at="{at}"></i>'
