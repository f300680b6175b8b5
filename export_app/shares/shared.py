"""What a link shows, as a transcript: of the session as it is, or of what was kept when the link was made.

Whatever a format asks for (other versions, thinking, costs), a link never tells more than was chosen for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cached_property, partial
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.db.models.functions import Length

from export_app.document import Entry, Head, Kept
from export_app.models import ShareEntry, ShareFile, ShareLink
from export_app.shares.strangers import entry_for, head_for, head_of, kept_entry, narrowed, unfinished
from export_app.transcript import PAGE, Transcript, Version, pieces
from sessions_app.models import Attachment, Message

ONLY: Version = (1, 1)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(token: str) -> ShareLink | None:
    """The open link of this token. The same work for every token: one that never was, one that ended, one that could
    never be."""
    rows = ShareLink.objects.open().select_related("session", "owner")
    return rows.filter(digest=digest_of(token)).first()


def shown_of(link: ShareLink) -> Kept:
    return Kept(
        tools=link.tools,
        thinking=link.thinking,
        costs=link.costs,
        names=link.names,
        files=link.files,
        marks=False,
    )


def shared(link: ShareLink, zone: tzinfo | None = None) -> SharedTranscript:
    kind = Snapshot if link.snapshot else Living
    return kind(chat=link.session, kept=shown_of(link), zone=zone, link=link)


@dataclass(frozen=True)
class SharedTranscript(Transcript):
    """Messages are known by their places from 1, which stand for keys too: 3 is UUID(int=3). With `room` only so many
    bytes of files are to be had of its entries; those that do not fit are named. `referring` ones keep the keys of
    passages, for a copy of one's own."""

    link: ShareLink = None  # type: ignore[assignment]  # after fields with defaults; `shared` always gives it
    room: int | None = None
    referring: bool = False

    @property
    def told(self) -> Kept:
        return narrowed(self.kept, shown_of(self.link))

    @cached_property
    def places(self) -> Sequence[int]:
        if self.keys is None:
            return range(1, self.total + 1)
        return [key.int for key in self.keys if 0 < key.int <= self.total]

    @cached_property
    def order(self) -> list[tuple[UUID, Version]]:
        return [(UUID(int=place), ONLY) for place in self.places]

    @cached_property
    def count(self) -> int:
        return len(self.places)

    def entries(self) -> Iterator[Entry]:
        """The messages; answers that are being written are left out."""
        left = self.room
        for at in range(0, self.count, PAGE):
            for entry in self.at(self.places[at : at + PAGE]):
                if left is not None:
                    entry, left = fitting(entry, left)
                if not unfinished(entry):
                    yield entry

    @property
    def total(self) -> int:
        """How many messages the link shows."""
        raise NotImplementedError

    def at(self, places: Sequence[int]) -> Iterator[Entry]:
        """The messages of these places, in their order; one that is being written says that it is."""
        raise NotImplementedError

    def stored(self, place: int, number: int) -> tuple[Entry, str] | None:
        """The message of this place and the stored name of its file of this number, where files are shown."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        return self.link.title or self.link.session.title


def fitting(entry: Entry, room: int) -> tuple[Entry, int]:
    """The entry with those of its files that fit, and the room that is left."""
    files = []
    for file in entry.files:
        fits = file.read is not None and file.size <= room
        room -= file.size if fits else 0
        files.append(file if fits else replace(file, read=None))
    return (replace(entry, files=tuple(files)) if files else entry), room


@dataclass(frozen=True)
class Living(SharedTranscript):
    """The shown path of the session as it is."""

    @cached_property
    def head(self) -> Head:
        head = Transcript(self.chat, kept=self.told, zone=self.zone, keys=(), part=self.part).head
        return head_for(head, self.told, key=str(self.link.pk), title=self.title, count=self.count)

    @property
    def total(self) -> int:
        return self.link.session.message_count

    @cached_property
    def characters(self) -> int:
        rows = self._rows(self.places) if self.keys else Message.objects.filter(session=self.chat).shown()
        return int(rows.order_by().aggregate(all=Sum(Length("content")))["all"] or 0)

    def at(self, places: Sequence[int]) -> Iterator[Entry]:
        found = dict(self._rows(places).values_list("pk", "position"))
        for entry in self._page([(key, ONLY) for key in found]):
            yield entry_for(entry, self.told, found[UUID(entry.id)], referring=self.referring)

    def stored(self, place: int, number: int) -> tuple[Entry, str] | None:
        entry = next(self.at([place]), None) if self.told.files else None
        if entry is None or not 0 < number <= len(entry.files):
            return None
        rows = Attachment.objects.filter(message__in=self._rows([place]).order_by().values("pk"))
        found = list(rows.order_by("position", "id").values_list("stored", flat=True)[:number])
        return (entry, found[-1]) if len(found) == number else None

    def _rows(self, places: Iterable[int]) -> QuerySet[Message]:
        return Message.objects.filter(session=self.chat, position__in=list(places)).shown()


@dataclass(frozen=True)
class Snapshot(SharedTranscript):
    """What was kept of the session when the link was made."""

    @cached_property
    def head(self) -> Head:
        head = replace(head_of(self.link.head), part=self.part)
        return head_for(head, self.told, key=str(self.link.pk), title=self.title, count=self.count)

    @property
    def title(self) -> str:
        return self.link.title or str(self.link.head["title"])

    @property
    def total(self) -> int:
        return int(self.link.head["messages"])

    @cached_property
    def characters(self) -> int:
        return round(int(self.link.head["characters"]) * self.count / max(1, self.total))

    def at(self, places: Sequence[int]) -> Iterator[Entry]:
        rows = ShareEntry.objects.filter(link=self.link, position__in=list(places)).order_by("position")
        files: dict[tuple[int, int], str] = {}
        if self.told.files:
            kept = ShareFile.objects.filter(link=self.link, position__in=list(places))
            files = {
                (place, number): name
                for place, number, name in kept.values_list("position", "number", "stored")
            }
        for row in rows:
            yield self._entry_of(row, files)

    def stored(self, place: int, number: int) -> tuple[Entry, str] | None:
        if not self.told.files:
            return None
        row = ShareFile.objects.filter(link=self.link, position=place, number=number).first()
        entry = next(self.at([place]), None) if row else None
        return (entry, row.stored) if entry and row and number <= len(entry.files) else None

    def _entry_of(self, row: ShareEntry, files: dict[tuple[int, int], str]) -> Entry:
        entry = entry_for(kept_entry(row.data), self.told, row.position, referring=self.referring)
        if not entry.files:
            return entry
        named = [(file, files.get((row.position, number))) for number, file in enumerate(entry.files, 1)]
        return replace(
            entry,
            files=tuple(replace(file, read=partial(pieces, name)) if name else file for file, name in named),
        )
