"""Reads a session as a document, a page of messages at a time: memory does not grow with its length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Case, Count, Sum, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Least, Length
from django.utils import timezone

from export_app.quoting import quoted, quotes_of
from sessions_app import offering
from sessions_app.agent.cards import posted
from sessions_app.agent.references import passages_of
from sessions_app.files import storage
from sessions_app.models import (
    Attachment,
    ChatSession,
    ForeignUsage,
    Mark,
    Message,
    Reply,
    TokenUsage,
    ToolCall,
    User,
)
from sessions_app.rendering import RENDERER_VERSION

from .document import EVERYTHING, Answered, Call, Entry, File, Head, Kept, Remark, Revision, Spent

if TYPE_CHECKING:
    from sessions_app.knowledge.quoting import Quote

PAGE = 100
CARD = 700  # characters of a tool call without its result
MOST_TOLD = 20_000  # of a result: what is longer is not told whole
SPENT = tuple(name for name in Spent.__slots__)
Version = tuple[int, int]
Tree = dict[UUID | None, list[tuple[UUID, bool]]]


@dataclass(frozen=True)
class Transcript:
    """One session for one reader, as it is when `entries` is asked.

    `others` takes the versions that are not shown too: after a shown message come the versions beside it, each with
    what follows it. Deleted messages are never in it. `reader` (a key) is "You"; nobody is where that is None. Days and
    times are told in `zone`. `keys` are chosen messages only, in their order; `part` says which volume this is. `alone` is
    one message that was asked for by itself.
    """

    chat: ChatSession
    reader: int | None = None
    others: bool = False
    kept: Kept = EVERYTHING
    zone: tzinfo | None = None
    keys: tuple[UUID, ...] | None = None
    part: tuple[int, int] = (1, 1)
    alone: bool = False

    @cached_property
    def head(self) -> Head:
        chat = self.chat
        foreign = ForeignUsage.objects.filter(session=chat, message_key=None)
        calls = [*TokenUsage.objects.filter(session=chat, message=None, settled_at__isnull=False), *foreign]
        return self.kept.of_head(
            Head(
                id=str(chat.pk),
                title=chat.title,
                owner=chat.owner.get_username(),
                kind=chat.kind,
                title_source=chat.title_source,
                provider=chat.provider,
                model=chat.model,
                settings=dict(chat.settings),
                tags=tuple(chat.tags.order_by("name").values_list("name", flat=True)),
                starred=chat.starred,
                created_at=chat.created_at,
                last_activity_at=chat.last_activity_at,
                archived_at=chat.archived_at,
                parent=_text(chat.parent_id),
                branched_from=_text(chat.branched_from_id),
                context_from=_text(chat.context_from_id),
                calls=spent_of(calls),
                model_label=offering.label(chat.model, chat.provider),
                message_count=self.count,
                total_tokens=chat.total_tokens,
                total_cost=None if chat.unpriced_calls else chat.cost or Decimal(0),
                part=self.part,
            )
        )

    @cached_property
    def order(self) -> list[tuple[UUID, Version]]:
        """Keys of all its messages in their order, each with which version it is of how many; a key is 16 bytes."""
        rows = Message.objects.filter(session=self.chat).kept().order_by("position", "created_at", "pk")
        tree: Tree = defaultdict(list)
        for key, parent, active in rows.values_list("pk", "parent", "active").iterator(chunk_size=2000):
            tree[parent].append((key, active))
        found = _walked(tree) if self.others else list(_shown(tree))
        if self.keys is None:
            return found
        wanted = set(self.keys)
        return [each for each in found if each[0] in wanted]

    @cached_property
    def count(self) -> int:
        return len(self.order)

    @cached_property
    def weight(self) -> int:
        """About how many characters all of it is, for an estimate of a file's size."""
        return sum(self.weights.get(key, 0) for key, _ in self.order)

    @cached_property
    def pictures(self) -> int:
        """Bytes of the pictures in it."""
        rows = Attachment.objects.filter(message__session=self.chat, kind="picture").exclude(stored="")
        rows = rows.filter(message__deleted_at=None) if self.others else rows.filter(message__active=True)
        rows = rows if self.keys is None else rows.filter(message__in=self.keys)
        return int(rows.aggregate(all=Sum("size"))["all"] or 0)

    def entries(self) -> Iterator[Entry]:
        """The messages, a page of rows in memory at a time. Messages that vanish meanwhile are left out."""
        for at in range(0, len(self.order), PAGE):
            yield from self._page(self.order[at : at + PAGE])

    def first(self, count: int) -> Transcript:
        """Its first messages alone, under the head of the whole."""
        found = self.only([key for key, _ in self.order[:count]])
        found.__dict__["head"] = self.head  # as if it had been asked there
        return found

    def only(self, keys: Iterable[UUID]) -> Transcript:
        return replace(self, keys=tuple(keys))

    def volumes(self, size: int, weight: int = 0) -> list[Transcript]:
        """The same in numbered parts of at most so many messages, and of so many characters where `weight` is given;
        itself where one is enough."""
        weights = self.weights if weight else {}
        cut: list[list[UUID]] = [[]]
        heavy = 0
        for key, _ in self.order:
            heavy += weights.get(key, 0)
            if cut[-1] and (len(cut[-1]) >= size or heavy > weight > 0):
                cut.append([])
                heavy = weights.get(key, 0)
            cut[-1].append(key)
        if len(cut) == 1:
            return [self]
        return [replace(self, keys=tuple(part), part=(at, len(cut))) for at, part in enumerate(cut, 1)]

    @cached_property
    def weights(self) -> dict[UUID, int]:
        """About how many characters each message is in a format for people, its tool calls included."""
        rows = Message.objects.filter(session=self.chat).kept()
        wordless = When(content="", role=Message.Role.USER, then=Length(Cast("parts", TextField())))  # cards
        long = Case(wordless, default=Length("content"))
        found = dict(rows.annotate(long=long).values_list("pk", "long"))
        if self.kept.tools:
            result = Coalesce(Length(Cast("result", TextField())), 0)
            calls = ToolCall.objects.filter(message__session=self.chat).values_list("message").order_by()
            sums = calls.annotate(told=Sum(Least(result, Value(MOST_TOLD))), calls=Count("pk"))
            for key, told, count in sums:
                found[key] = found.get(key, 0) + told + count * CARD
        return found

    def local(self, at: datetime) -> datetime:
        """In the reader's zone."""
        return timezone.localtime(at, self.zone)

    def _page(self, page: Sequence[tuple[UUID, Version]]) -> Iterator[Entry]:
        rows = Message.objects.filter(pk__in=[key for key, _ in page]).select_related("reply", "author")
        found = rows.in_bulk()
        beside = Beside(list(found.values()), self.reader)
        self.quoting(beside.quotes)
        for key, version in page:
            row = found.get(key)
            if row is not None and row.deleted_at is None:
                yield self.kept.of_entry(self._entry(row, version, beside))

    def quoting(self, quotes: Mapping[str, Quote]) -> None:
        """The words of these passages come next: for who has to know it."""

    def _entry(self, row: Message, version: Version, beside: Beside) -> Entry:
        answer = getattr(row, "reply", None) if row.role == Message.Role.ASSISTANT else None
        author = author_of(row)
        return Entry(
            id=str(row.pk),
            parent=_text(row.parent_id),
            role=row.role,
            author=author,
            model=row.model,
            created_at=row.created_at,
            shown=row.active,
            chosen=_text(row.chosen_child_id),
            content=row.content,
            parts=tuple(quoted(without_own(outside(part)), beside.quotes) for part in row.parts),
            revisions=tuple(beside.revision(each) for each in row.revisions),
            reply=answered(answer) if answer else None,
            tool_calls=tuple(beside.tools[row.pk]),
            files=tuple(beside.files[row.pk]),
            calls=spent_of(beside.calls[row.origin_key or row.pk]),
            marks=tuple(beside.marks[row.pk]),
            speaker=self._speaker(row, author),
            version=version,
            html=stored_html(row),
        )

    def _speaker(self, row: Message, author: str) -> str:
        if row.role == Message.Role.USER and (card := posted(row.parts)) is not None:
            return card.heading
        if row.role == Message.Role.ASSISTANT:
            answer = getattr(row, "reply", None)
            return offering.label(row.model, answer.model_config.get("provider", "") if answer else "")
        if self.reader is not None and row.author_id == self.reader:
            return "You"
        return author or "You"


class Beside:
    """What hangs on a page of messages; a few queries for all of them. `quotes` are the passages that they refer to, as
    far as the reader may see them."""

    def __init__(self, rows: Sequence[Message], reader: int | None = None) -> None:
        keys = [row.pk for row in rows]
        origins = [row.origin_key or row.pk for row in rows if row.role == Message.Role.ASSISTANT]
        self.tools: dict[Any, list[Call]] = defaultdict(list)
        self.files: dict[Any, list[File]] = defaultdict(list)
        self.calls: dict[Any, list[TokenUsage | ForeignUsage]] = defaultdict(list)
        self.marks: dict[Any, list[Remark]] = defaultdict(list)
        for call in ToolCall.objects.filter(message__in=keys).order_by("turn", "created_at", "id"):
            self.tools[call.message_id].append(tool_call(call))
        for file in Attachment.objects.filter(message__in=keys).order_by("position", "id"):
            self.files[file.message_id].append(file_of(file))
        settled = TokenUsage.objects.filter(message__in=origins, settled_at__isnull=False)
        for usage in settled.order_by("at", "id"):
            self.calls[usage.message_id].append(usage)
        for foreign in ForeignUsage.objects.filter(message_key__in=origins).order_by("at", "id"):
            self.calls[foreign.message_key].append(foreign)
        for mark in Mark.objects.filter(message__in=keys).select_related("user").order_by("created_at", "id"):
            self.marks[mark.message_id].append(remark(mark))
        self.quotes = quotes_of(passages_of(part for row in rows for part in row.parts), reader)
        writers = {
            each.get("by") for row in rows for each in row.revisions if isinstance(each.get("by"), int)
        }
        self.names = (
            dict(User.objects.filter(pk__in=writers).values_list("pk", "username")) if writers else {}
        )

    def revision(self, stored: dict[str, Any]) -> Revision:
        by = stored.get("by")
        name = self.names.get(by, "") if isinstance(by, int) else str(by or "")
        at = stored.get("at")
        return Revision(
            tuple(without_own(outside(part)) for part in stored.get("parts") or ()),
            str(stored.get("content", "")),
            datetime.fromisoformat(at) if at else None,
            name,
        )


def author_of(row: Message) -> str:
    """Who wrote it: a person of this workspace, or the name it came with."""
    return row.author.get_username() if row.author else (row.written_by or "")


def outside(part: dict[str, Any]) -> dict[str, Any]:
    """A part as it leaves: a card does not take along keys of events."""
    return {**part, "events": []} if part.get("events") else part


def stored_html(row: Message) -> str:
    """Of a message of one text, files and cards beside it; empty where its renderer is not today's."""
    told = [part.get("kind") for part in row.parts if part.get("kind") not in ("attachment", "card")]
    cites = any("citations" in part for part in row.parts)
    same = told == ["text"] and not cites and row.renderer_version == RENDERER_VERSION
    return row.html if same else ""


def without_own(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """What goes back to a provider or model alone serves no other workspace: what a search of its own gave, the marks by
    which it cited passages."""
    own = {"marks"} if part.get("kind") == "thinking" else {"marks", "raw"}
    return {name: value for name, value in part.items() if name not in own} if own & part.keys() else part


def answered(reply: Reply) -> Answered:
    return Answered(**{name: getattr(reply, name) for name in Answered.__slots__})


def tool_call(row: ToolCall) -> Call:
    return Call(
        id=str(row.pk),
        turn=row.turn,
        name=row.tool_name,
        use_id=row.tool_use_id,
        input=row.input,
        result=row.result,
        status=row.status,
        duration_ms=row.duration_ms,
        error=row.error_message,
        created_at=row.created_at,
    )


def file_of(row: Attachment) -> File:
    plain = {name: getattr(row, name) for name in File.__slots__ if name not in ("read", "id")}
    return File(id=str(row.pk), **plain, read=partial(pieces, row.stored))


def pieces(stored: str) -> Iterator[bytes]:
    """A stored file, never more of it in memory than one piece. Raises OSError where it is gone."""
    with storage.path_of(stored).open("rb") as opened:
        while piece := opened.read(storage.PIECE):
            yield piece


def remark(row: Mark) -> Remark:
    plain = {name: getattr(row, name) for name in Remark.__slots__ if name != "by"}
    return Remark(by=row.by, **plain)


def spent_of(rows: Iterable[TokenUsage | ForeignUsage]) -> tuple[Spent, ...]:
    return tuple(Spent(**{name: getattr(row, name) for name in SPENT}) for row in rows)


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)


def _shown(tree: Tree) -> Iterator[tuple[UUID, Version]]:
    """The shown path from the root."""
    at: UUID | None = None
    while True:
        level = tree.get(at, [])
        following = next((number for number, (_, active) in enumerate(level, 1) if active), 0)
        if not following:
            return
        at = level[following - 1][0]
        yield at, (following, len(level))


def _walked(tree: Tree) -> list[tuple[UUID, Version]]:
    """Each shown message, then the versions beside it, each with all that follows it."""
    found: list[tuple[UUID, Version]] = []
    at: UUID | None = None
    while True:
        level = tree.get(at, [])
        versions = {key: (number, len(level)) for number, (key, _) in enumerate(level, 1)}
        at = next((key for key, active in level if active), None)
        found += [(at, versions[at])] if at else []
        for key, active in level:
            if not active:
                found += _below(tree, key, versions[key])
        if at is None:
            return found


def _below(tree: Tree, key: UUID, version: Version) -> Iterator[tuple[UUID, Version]]:
    """A message that is not shown and all below it, depth first."""
    waiting = [(key, version)]
    while waiting:
        each = waiting.pop()
        yield each
        level = tree.get(each[0], [])
        waiting += reversed([(child, (number, len(level))) for number, (child, _) in enumerate(level, 1)])
