"""Files as chips: on messages, and in the composer before they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.urls import reverse

from sessions_app.agent.labels.words import size_words
from sessions_app.files import storage
from sessions_app.models import Attachment, ChatSession, Message

ICONS = {
    "picture": "photo",
    "pdf": "document",
    "text": "document-text",
    "code": "code-bracket-square",
    "log": "queue-list",
}
SHOWN = ("name", "kind", "language", "size", "pages", "width", "height", "note", "message", "stored")


@dataclass(frozen=True, slots=True)
class Chip:
    """What `_file_chip.html` shows. Without addresses it cannot be opened."""

    id: str
    name: str
    kind: str
    icon: str
    size: str
    about: str
    note: str = ""
    width: int | None = None
    height: int | None = None
    preview_url: str = ""
    download_url: str = ""
    remove_url: str = ""

    @property
    def closed(self) -> Chip:
        """The same with nothing to open: for readers who may see that it is there."""
        return replace(self, preview_url="", download_url="", remove_url="")


def chip(row: Attachment) -> Chip:
    """One whose contents are not here, as an import may bring it, cannot be opened."""
    shown = Chip(
        id=str(row.pk),
        name=row.name,
        kind=row.kind,
        icon=ICONS[row.kind],
        size=size_words(row.size) if row.size else "",
        about=about(row),
        note=row.note,
        width=row.width,
        height=row.height,
        preview_url=reverse("attachment_preview", args=[row.pk]),
        download_url=reverse("attachment", args=[row.pk]),
        remove_url=reverse("attachment_remove", args=[row.pk]),
    )
    if storage.path_of(row.stored).exists():
        return shown
    return replace(shown, preview_url="", download_url="", note=row.note or "Its contents are not here")


def about(row: Attachment) -> str:
    """Its kind in words, with what is known of it."""
    match row.kind:
        case "picture":
            known = f"picture, {row.width} × {row.height}"
        case "pdf":
            known = f"PDF, {row.pages} page{'' if row.pages == 1 else 's'}"
        case _:
            known = f"{row.kind}, {row.language}" if row.language else row.kind
    return f"{known}, {row.note}" if row.note else known


def chips_of(rows: Sequence[Message]) -> dict[UUID, tuple[Chip, ...]]:
    """The chips of messages that have any; without one among them the database is not asked."""
    keys = [row.pk for row in rows if any(part.get("kind") == "attachment" for part in row.parts)]
    if not keys:
        return {}
    found: dict[UUID, tuple[Chip, ...]] = {}
    for file in Attachment.objects.filter(message__in=keys).only(*SHOWN):
        if file.message_id is not None:
            found[file.message_id] = (*found.get(file.message_id, ()), chip(file))
    return found


def unsent_chips(user: Any, chat: ChatSession | None) -> list[Chip]:
    """What a person has uploaded here and not sent yet."""
    return chips(Attachment.objects.filter(owner=user, session=chat).unsent().order_by("pk").only(*SHOWN))


def chips(rows: Iterable[Attachment]) -> list[Chip]:
    return [chip(row) for row in rows]
