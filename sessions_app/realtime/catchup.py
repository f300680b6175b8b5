"""What a page must be told to be up to date: read from the database, in this order, never in a transaction:
first the chat's version, then its unfinished reply, then its messages. What changes meanwhile is told next time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils import timezone

from sessions_app.models import ChatSession, Message, Reply, TokenUsage
from sessions_app.prepared import Select, given
from sessions_app.rendering.article import Article, article_html, articles, reply_article
from sessions_app.rendering.siblings import versions_of
from sessions_app.rendering.sides import figures, side_fragments

from . import frames

PAGE_OF_LOG = 60
LAST_POSITION = 2**31 - 1

_known = Message.objects.filter
_with = ("reply", "author", "parent")
_shown = Select(
    lambda: (
        _known(session=given("chat"), born__lte=given("version"), position__lt=given("before"))
        .shown()
        .reverse()
        .select_related(*_with)[:PAGE_OF_LOG]
    )
)
_changed = Select(
    lambda: (
        _known(session=given("chat"), born__lte=given("version"), deleted_at__isnull=True)
        .changed_since(given("since"))
        .select_related(*_with)[: PAGE_OF_LOG + 1]
    )
)
_unfinished = Select(
    lambda: (
        Reply.objects.filter(session=given("chat"), message__born__lte=given("version"))
        .unfinished()
        .order_by()
        .select_related("message__parent", "session")[:1]
    )
)
_chat = Select(lambda: ChatSession.objects.filter(pk=given("chat")).select_related("owner"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One article to show: its markup (None for the running reply, whose content lives in its growth)."""

    id: str
    html: str | None
    new: bool


@dataclass(frozen=True, slots=True)
class Catchup:
    """Everything that changed since a version; `reply` is the one that grows. `whole`: the log is replaced by `entries`."""

    version: int
    reply: Reply | None
    entries: list[Entry]
    sides: str
    whole: bool


def shown_rows(chat: ChatSession, *, before: int | None = None) -> list[Message]:
    """The last page of the shown path, oldest first; with `before` the page above that position.

    What was born after `chat` was read is left for the next look, which would add it once more.
    """
    below = LAST_POSITION if before is None else min(before, LAST_POSITION)
    return _shown.all(chat=chat.pk, version=chat.version, before=below)[::-1]


def catch_up(person: int, chat: UUID, since: int) -> Catchup | None:
    """What changed in this chat since version `since`, or None where this person may not read it (any more)."""
    row = ChatSession.readable_by(person, chat)
    if row is None:
        return None
    with timezone.override(row.owner.zone):
        return changed_since(row, since)


def changed_since(row: ChatSession, since: int) -> Catchup:
    unfinished = unfinished_reply(row)
    reply = growing(unfinished)
    if row.version == since:
        entries = [Entry(str(reply.pk), None, False)] if reply else []
        return Catchup(row.version, reply, entries, "", False)
    whole = since < row.structure_version or since == 0 or since > row.version
    rows = shown_rows(row) if whole else changed_rows(row, since)
    if len(rows) > PAGE_OF_LOG:
        whole, rows = True, shown_rows(row)
    running = str(reply.pk) if reply else ""
    shown = {item.id: item for item in articles([each for each in rows if str(each.pk) != running])}
    entries = [entry(each, shown, since) for each in rows]
    if reply is not None and not whole and running not in {item.id for item in entries}:
        entries.append(Entry(running, None, False))
    return Catchup(row.version, reply, entries, side_fragments(row, unfinished), whole)


def growing(reply: Reply | None) -> Reply | None:
    """One that waits for a person does not grow: it is shown as it is stored."""
    return None if reply is None or reply.status == Reply.Status.WAITING else reply


def changed_rows(chat: ChatSession, since: int) -> list[Message]:
    return _changed.all(chat=chat.pk, version=chat.version, since=since)


def unfinished_reply(chat: ChatSession) -> Reply | None:
    return _unfinished.first(chat=chat.pk, version=chat.version)


def entry(row: Message, shown: dict[str, Article], since: int) -> Entry:
    key = str(row.pk)
    return Entry(key, article_html(shown[key]) if key in shown else None, row.born > since)


def last_frame(reply: Reply, calls: Sequence[TokenUsage]) -> str:
    """The finished article and everything beside it, for all readers alike: of an ended reply with its message, as
    they were stored, and its settled calls."""
    message = reply.message
    chat = _chat.first(chat=reply.session_id)
    with timezone.override(chat.owner.zone if chat else None):
        sides = side_fragments(chat, None) if chat else ""
        done = reply_article(message, reply, message.html, calls)
        shown = replace(
            done,
            versions=versions_of([message]).get(message.pk),
            above_line=chat is not None and chat.context_from_id == message.pk,
        )
        return frames.replace(article_html(shown)) + sides


def counters_now(chat: UUID) -> str:
    row = ChatSession.objects.filter(pk=chat).select_related("owner").first()
    if row is None:
        return ""
    with timezone.override(row.owner.zone):
        return figures(row, unfinished_reply(row))
