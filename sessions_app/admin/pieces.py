"""Which piece of a conversation the review page shows, by position: a page further on never counts what lies before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sessions_app.actions.paths import path_through
from sessions_app.models import ChatSession, Message

PAGE = 50
ABOVE = 2  # messages shown above the one that was asked for
LONGEST_NUMBER = 9
TEXTS = ("content", "parts", "html", "revisions")


@dataclass(frozen=True, slots=True)
class Piece:
    """Messages below each other. `earlier` and `later` are the queries of the pages beside it, empty at the ends;
    `through` is the version whose path it is, where that is not the shown one."""

    rows: Sequence[Message]
    earlier: str = ""
    later: str = ""
    through: UUID | None = None


def piece(chat: ChatSession, asked: Mapping[str, str], *, with_text: bool) -> Piece:
    """By `before` or `after` a position, from `at` one, or from the beginning; of the path through `version`, else of
    the shown one."""
    version = key(asked.get("version", ""))
    if place := shown_at(chat, version):
        version, asked = None, {"at": f"{place}"}
    path = path_through(chat.pk, version) if version else []
    if version and path:
        return on_path(chat, path, version, asked, with_text=with_text)
    rows, more = shown(chat, asked, with_text=with_text)
    return _piece(rows, more, None)


def shown_at(chat: ChatSession, version: UUID | None) -> int | None:
    """The position of a version that is on the shown path: a link to it may be older than the switch."""
    if version is None:
        return None
    rows = Message.objects.filter(session=chat, pk=version).shown()
    return rows.values_list("position", flat=True).first()


def shown(chat: ChatSession, asked: Mapping[str, str], *, with_text: bool) -> tuple[list[Message], bool]:
    rows = _rows(chat, with_text).filter(active=True)
    before = number(asked.get("before", ""))
    if before is not None:
        found = list(rows.filter(position__lt=before).order_by("-position")[:PAGE])
        return found[::-1], bool(found)
    found = list(rows.filter(position__gt=_start(asked)).order_by("position")[: PAGE + 1])
    return found[:PAGE], len(found) > PAGE


def on_path(
    chat: ChatSession, path: Sequence[UUID], version: UUID, asked: Mapping[str, str], *, with_text: bool
) -> Piece:
    """Positions count from 1 without a gap: the path is cut by them."""
    before = number(asked.get("before", ""))
    if before is not None:
        start = max(0, before - 1 - PAGE)
        end = max(0, before - 1)
    else:
        named = {name for name in ("at", "after") if number(asked.get(name, "")) is not None}
        start = _start(asked) if named else max(0, path.index(version) - ABOVE)
        end = start + PAGE
    rows = _rows(chat, with_text).filter(pk__in=path[start:end]).order_by("position")
    return _piece(list(rows), end < len(path), version)


def _rows(chat: ChatSession, with_text: bool) -> Any:
    rows = Message.objects.filter(session=chat).kept().select_related("author", "reply")
    return rows if with_text else rows.defer(*TEXTS)


def _start(asked: Mapping[str, str]) -> int:
    """The position below which the page begins."""
    at, after = number(asked.get("at", "")), number(asked.get("after", ""))
    return max(0, at - 1 - ABOVE) if at is not None else after or 0


def _piece(rows: Sequence[Message], more: bool, through: UUID | None) -> Piece:
    kept = {"version": str(through)} if through else {}
    earlier = urlencode({**kept, "before": rows[0].position}) if rows and rows[0].position > 1 else ""
    later = urlencode({**kept, "after": rows[-1].position}) if rows and more else ""
    return Piece(rows, earlier, later, through)


def number(text: str) -> int | None:
    """A position in the address; None for what is none."""
    fits = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if fits else None


def key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
