"""What search knows of messages: written by the actions that write messages, in their transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.signals import pre_delete

from sessions_app.agent.cards import posted
from sessions_app.models import Attachment, ChatSession, Message, Reply, SearchEntry, ToolCall
from sessions_app.prepared import Rows, given
from sessions_app.search import Filters, Groups, Hits, index, search_messages, search_sessions
from sessions_app.search.content import searched
from sessions_app.transactions import write

from . import audit

BATCH = 2000
READ = (
    *("session", "role", "content", "parts", "model", "created_at", "deleted_at"),
    *("session__owner", "reply__status", "search_entry"),
)
COMPARED = ("text", "told", "at", "owner_id", "session_id", "role", "model")
_results = Rows(
    lambda: (
        ToolCall.objects.filter(message=given("message"), status=ToolCall.Status.SUCCESS)
        .order_by("pk")
        .values_list("result")
    )
)


def note_question(*, message: Message, chat: ChatSession) -> None:
    """A person's new message, within the caller's transaction."""
    names = [part["name"] for part in message.parts if part["kind"] == "attachment"]
    _add(_entry(message, chat.owner_id, *searched(said(message), names=names)))


def said(message: Message) -> str:
    """The words of a message, or of the notification it is."""
    card = None if message.content else posted(message.parts)
    return card.words if card else message.content


def note_answer(*, message: Message, chat: ChatSession) -> None:
    """An answer that has ended, with what its tools returned, within the caller's transaction."""
    used = any(part["kind"] == "tool_call" for part in message.parts)
    results = [result for (result,) in _results.all(message=message.pk)] if used else []
    text, told = searched(message.content, results)
    if text:
        _add(_entry(message, chat.owner_id, text, told))


@write()
def note_messages(*, messages: Sequence[UUID]) -> None:
    """Make the entries of these messages equal to what is stored: after an edit, a deletion, an import."""
    results, names = results_of(messages), file_names_of(messages)
    rows = Message.objects.filter(pk__in=messages).select_related("session", "reply", "search_entry")
    for message in rows.only(*READ):
        text, told = expected(message, results.get(message.pk, []), names.get(message.pk, []))
        _note(message, message.session.owner_id, text, told, known=getattr(message, "search_entry", None))


def expected(message: Message, results: Sequence[Any], names: Sequence[str] = ()) -> tuple[str, int]:
    """What the entry of a message (read with its reply) should hold; empty where it should have none: deleted, or
    still growing."""
    reply: Reply | None = getattr(message, "reply", None)
    if message.deleted_at is not None or (reply is not None and reply.unfinished):
        return "", 0
    return searched(said(message), results, names)


def file_names_of(messages: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The names of the files of each of these messages, in their order."""
    rows = Attachment.objects.filter(message__in=messages).order_by("position", "pk")
    found: dict[UUID, list[str]] = {}
    for message, name in rows.values_list("message", "name"):
        if message is not None:
            found.setdefault(message, []).append(name)
    return found


def results_of(messages: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """What tools returned for each of these messages, in the order they were called."""
    calls = ToolCall.objects.filter(message__in=messages, status=ToolCall.Status.SUCCESS).order_by("pk")
    found: dict[UUID, list[Any]] = {}
    for message, result in calls.values_list("message", "result"):
        found.setdefault(message, []).append(result)
    return found


def _note(message: Message, owner: int, text: str, told: int, *, known: SearchEntry | None) -> None:
    wanted = _entry(message, owner, text, told)
    if known is not None:
        if all(getattr(known, name) == getattr(wanted, name) for name in COMPARED):
            return
        _take_out(known)
    if text:
        _add(wanted)


def _entry(message: Message, owner: int, text: str, told: int) -> SearchEntry:
    return SearchEntry(
        id=index.new_key(message.created_at, message.role == Message.Role.ASSISTANT),
        message_id=message.pk,
        session_id=message.session_id,
        owner_id=owner,
        role=message.role,
        model=message.model,
        at=message.created_at,
        told=told,
        text=text,
    )


def _take_out(entry: SearchEntry) -> None:
    """As `delete` would, in one statement each: of a long session very many go at once."""
    index.forget(entry)
    rows = SearchEntry.objects.filter(pk=entry.pk)
    rows._raw_delete(rows.db)


def _add(entry: SearchEntry) -> None:
    """Another message may have this very key, and this message may have an entry, which is then replaced."""
    for missed in range(index.MISSES + 1):
        if index.add(entry):
            return
        SearchEntry.objects.filter(message=entry.message_id).delete()
        entry.pk = index.new_key(entry.at, entry.role == Message.Role.ASSISTANT, missed)
    raise RuntimeError("no key is free for a search entry")


@overload
def search_everyone(
    user: Any,
    query: str,
    filters: Filters,
    *,
    limit: int,
    offset: int = 0,
    grouped: Literal[False] = False,
    **asked: Any,
) -> Hits: ...


@overload
def search_everyone(
    user: Any, query: str, filters: Filters, *, limit: int, offset: int = 0, grouped: bool, **asked: Any
) -> Hits | Groups: ...


def search_everyone(
    user: Any,
    query: str,
    filters: Filters,
    *,
    limit: int,
    offset: int = 0,
    grouped: bool = False,
    **asked: Any,
) -> Hits | Groups:
    """Search what all people have, for staff who may see messages; written down before anything is shown. `grouped`:
    by session."""
    SearchEntry.objects.all_for_staff(user)
    audit.record(actor=user, action="searched messages", subject="messages of everyone", detail=query)
    search: Any = search_sessions if grouped else search_messages
    found: Hits | Groups = search(user, query, filters, everyone=True, limit=limit, offset=offset, **asked)
    shown = found.hits if isinstance(found, Hits) else [group.hit for group in found.groups]
    audit.record_read(actor=user, action="read search results", sessions={hit.session_id for hit in shown})
    return found


def connect() -> None:
    """Entries go with their messages, chats and people, which know nothing of the index: it is told here."""
    pre_delete.connect(_forget, sender=SearchEntry, dispatch_uid="search entry forgotten")


def _forget(instance: SearchEntry, **_: Any) -> None:
    index.forget(instance)


# ---------------------------------------------------------------- all of them


def reindex(*, missing: bool = False) -> int:
    """Make the entries of all messages anew, in short transactions; or only those that are missing, and those that
    outlived their messages. Returns how many messages were looked at. Until it is done, search finds what it has
    reached."""
    if not missing:
        _clear()
    _forget_deleted()
    rows = Message.objects.filter(deleted_at__isnull=True)
    rows = rows.exclude(reply__status__in=Reply.UNFINISHED)
    seen, last = 0, UUID(int=0)
    while keys := _next(rows.filter(search_entry__isnull=True), last):
        note_messages(messages=keys)
        seen, last = seen + len(keys), keys[-1]
    return seen


def _forget_deleted() -> None:
    """Entries of deleted messages, which a crash left behind: nobody finds them, but they take room."""
    rows = SearchEntry.objects.filter(message__deleted_at__isnull=False)
    while keys := list(rows.values_list("message", flat=True)[:BATCH]):
        note_messages(messages=keys)


def _next(rows: QuerySet[Message], after: UUID) -> Sequence[Any]:
    return list(rows.filter(Q(pk__gt=after)).order_by("pk").values_list("pk", flat=True)[:BATCH])


def _clear() -> None:
    """The index first, then the entries in batches: nothing of them is found any more."""
    with write():
        index.clear()
        SearchEntry.objects.all()._raw_delete(SearchEntry.objects.db)
