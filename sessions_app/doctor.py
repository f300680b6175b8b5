"""Invariants of the database, each as a check that reads and names the offenders. Nothing is repaired here.

A live server may run meanwhile: what one transaction writes together is compared within one statement, or in
an order in which the later read can only know more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from sessions_app.actions.running import JOURNAL_KEPT
from sessions_app.actions.searching import expected, file_names_of, results_of
from sessions_app.agent.parts import text_of
from sessions_app.models import (
    ChatSession,
    Message,
    PendingMessage,
    Reply,
    RunnerProcess,
    TokenUsage,
    ToolCall,
)
from sessions_app.realtime.chunks import Chunk, Folded, fold, is_terminal
from sessions_app.search import index

PAGE = 500
PATIENCE = timedelta(seconds=60)
PRUNING = timedelta(minutes=5)
COMMANDS_CALL = timedelta(minutes=30)  # that a call of no server process may be open


class Check(StrEnum):
    PATH = "one shown path in every chat"
    TREE = "deleted messages, versions and the shown path agree"
    ROLES = "every answer follows a question"
    OWNER = "no running reply without a live process"
    QUEUE = "nothing waits while a process lives"
    RESULTS = "every tool call of an ended reply has a result"
    TOOL_ROWS = "tool calls in messages and their rows agree"
    CLIENT_IDS = "each client id once"
    CONTENT = "content is the text of the parts"
    JOURNAL_SEQS = "journals have no gap"
    JOURNAL_END = "one terminal chunk, the last, ends a journal"
    JOURNAL_TEXT = "replayed journals are the stored text"
    PRICED = "every settled call has a cost or an unknown price"
    LEDGER_KEYS = "calls name the chat they are counted in"
    LEDGER_SUMS = "sums of chats are those of the ledger"
    OPEN_CALLS = "no open call of a dead process"
    COUNTS = "counts of messages and tool calls are right"
    SEARCH = "search entries equal messages"


@dataclass(frozen=True, slots=True)
class Finding:
    """One offender: which check, which row (model and key), what is wrong."""

    check: str
    subject: str
    detail: str


Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class FurtherCheck:
    """A check of another app, listed in DOCTOR_CHECKS by its dotted path."""

    name: str
    examine: Callable[[UUID | None], Findings]


def examine(chat: UUID | None = None) -> list[Finding]:
    """All checks, over everything or one chat; an empty list is a healthy database."""
    passes = (*PASSES, *(check.examine for check in further_checks()))
    return [finding for check in passes for finding in check(chat)]


def further_checks() -> list[FurtherCheck]:
    return [import_string(path) for path in settings.DOCTOR_CHECKS]


def names() -> list[str]:
    """Everything that is checked, in words."""
    return [*(check.value for check in Check), *(check.name for check in further_checks())]


def name(row: Model) -> str:
    return f"{row._meta.model_name} {row.pk}"


def within(chat: UUID | None, field: str = "session") -> Q:
    return Q(**{field: chat}) if chat else Q()


def pages(rows: QuerySet[Message]) -> Iterator[list[Message]]:
    source = rows.iterator(PAGE)
    while page := list(islice(source, PAGE)):
        yield page


def living() -> QuerySet[RunnerProcess]:
    """Processes that have beaten within the last minute, by the database's clock."""
    return RunnerProcess.objects.filter(ended_at__isnull=True, beat_at__gte=Now() - PATIENCE)


# ------------------------------------------------------------ messages


def shown_paths(chat: UUID | None) -> Findings:
    """Positions 1 to n, each message below the one before it."""
    rows = Message.objects.filter(within(chat), active=True).order_by("session_id", "position", "id")
    before: Message | None = None
    for row in rows.only("session_id", "position", "parent_id").iterator(PAGE):
        if before is not None and before.session_id != row.session_id:
            before = None
        position, parent = (before.position + 1, before.pk) if before else (1, None)
        if row.position != position:
            yield Finding(Check.PATH, name(row), f"is at position {row.position}, expected {position}")
        elif row.parent_id != parent:
            yield Finding(
                Check.PATH, name(row), f"is below {row.parent_id}, not below {parent}, the message before it"
            )
        before = row


def trees(chat: UUID | None) -> Findings:
    """What is deleted takes what follows with it and is not shown; a shown path goes on to a leaf."""
    rows = Message.objects.filter(within(chat))
    for row in rows.filter(active=True, deleted_at__isnull=False).only("pk").iterator(PAGE):
        yield Finding(Check.TREE, name(row), "is deleted, but shown")
    orphans = rows.filter(deleted_at__isnull=True, parent__deleted_at__isnull=False)
    for row in orphans.only("pk").iterator(PAGE):
        yield Finding(Check.TREE, name(row), "is below a deleted message, but is not deleted itself")
    moved = rows.exclude(parent__isnull=True).exclude(
        position=F("parent__position") + 1, session=F("parent__session")
    )
    for row in moved.only("pk").iterator(PAGE):
        yield Finding(Check.TREE, name(row), "is not one below its parent, or in another chat")
    strange = rows.filter(chosen_child__isnull=False).exclude(chosen_child__parent=F("pk"))
    for row in strange.only("pk").iterator(PAGE):
        yield Finding(Check.TREE, name(row), "remembers a child that is not its own")
    beyond = rows.filter(active=False, deleted_at__isnull=True, parent__active=True)
    beyond |= rows.filter(active=False, deleted_at__isnull=True, parent__isnull=True)
    shown = Message.objects.filter(session=OuterRef("session"), position=OuterRef("position"), active=True)
    for row in beyond.exclude(Exists(shown)).only("pk").iterator(PAGE):
        yield Finding(Check.TREE, name(row), "follows the end of the shown path, but is not shown")


def answers_follow(chat: UUID | None) -> Findings:
    answers = Message.objects.filter(within(chat), role=Message.Role.ASSISTANT)
    for row in answers.exclude(parent__role=Message.Role.USER).only("pk").iterator(PAGE):
        yield Finding(Check.ROLES, name(row), "is an answer, but not below a person's message")


def contents(chat: UUID | None) -> Findings:
    rows = Message.objects.filter(within(chat)).order_by("pk").only("parts", "content")
    for row in rows.iterator(PAGE):
        if row.content != text_of(row.parts):
            yield Finding(Check.CONTENT, name(row), "has another text than its parts")


def client_ids(chat: UUID | None) -> Findings:
    """In one chat an id is one message or one pending message; the same across both would be sent twice."""
    known = Message.objects.filter(within(chat), client_id__isnull=False)
    doubled = (
        known.values("session_id", "client_id").annotate(times=Count("pk")).filter(times__gt=1).order_by()
    )
    for group in doubled.iterator(PAGE):
        subject = f"chatsession {group['session_id']}"
        yield Finding(
            Check.CLIENT_IDS, subject, f"has the client id {group['client_id']} {group['times']} times"
        )
    sent = Message.objects.filter(session=OuterRef("session"), client_id=OuterRef("client_id"))
    for pending in PendingMessage.objects.filter(within(chat), Exists(sent)).iterator(PAGE):
        yield Finding(
            Check.CLIENT_IDS, name(pending), f"waits, but its client id {pending.client_id} was already sent"
        )


def message_counts(chat: UUID | None) -> Findings:
    shown = Count("messages", filter=Q(messages__active=True))
    whole = ChatSession.objects.filter(within(chat, "pk")).exclude(
        deleted_at__lt=F("created_at")
    )  # being made
    rows = whole.values("pk", "message_count").annotate(shown=shown)
    for row in rows.exclude(message_count=F("shown")).order_by("pk").iterator(PAGE):
        detail = f"says {row['message_count']} messages, {row['shown']} are shown"
        yield Finding(Check.COUNTS, f"chatsession {row['pk']}", detail)
    tools = Count("messages__tool_calls")
    counted = ChatSession.objects.filter(within(chat, "pk")).values("pk", "tool_count").annotate(made=tools)
    for wrong in counted.exclude(tool_count=F("made")).order_by("pk").iterator(PAGE):
        detail = f"says {wrong['tool_count']} tool calls, there are {wrong['made']}"
        yield Finding(Check.COUNTS, f"chatsession {wrong['pk']}", detail)


def search_entries(chat: UUID | None) -> Findings:
    """A message and its entry are read by one statement, its tools' results are what they are once it has ended; the
    index itself is compared as a whole only."""
    rows = Message.objects.filter(within(chat)).select_related("reply", "search_entry").order_by("pk")
    for page in pages(rows.defer("parts", "html")):
        keys = [row.pk for row in page]
        results, names = results_of(keys), file_names_of(keys)
        for row in page:
            entry = getattr(row, "search_entry", None)
            held = (entry.text, entry.told) if entry and entry.at == row.created_at else ("", 0)
            if held != expected(row, results.get(row.pk, []), names.get(row.pk, [])):
                yield Finding(
                    Check.SEARCH, name(row), "is not what the search knows of it: manage.py reindex"
                )
    for key in [] if chat else index.unmatched():
        yield Finding(Check.SEARCH, f"searchentry {key}", "is only in the index, or not in it")


# ------------------------------------------------------------ replies


def owners(chat: UUID | None) -> Findings:
    running = Reply.objects.filter(within(chat), status=Reply.Status.RUNNING)
    for row in running.exclude(owner__in=living().values("pk")).only("owner").iterator(PAGE):
        yield Finding(Check.OWNER, name(row), f"runs in process {row.owner}, which is dead or unknown")


def queue(chat: UUID | None) -> Findings:
    if not living().exists():
        return
    queued = Reply.objects.filter(within(chat), status=Reply.Status.QUEUED, created_at__lt=Now() - PATIENCE)
    for row in queued.only("created_at").iterator(PAGE):
        yield Finding(Check.QUEUE, name(row), f"is queued since {row.created_at:%Y-%m-%d %H:%M:%S}")


def tool_results(chat: UUID | None) -> Findings:
    waiting = (ToolCall.Status.PENDING, ToolCall.Status.AWAITING)
    calls = ToolCall.objects.filter(within(chat, "message__session"), status__in=waiting)
    for call in calls.exclude(message__reply__status__in=Reply.UNFINISHED).iterator(PAGE):
        yield Finding(Check.RESULTS, name(call), f"is {call.status}, but the reply {call.message_id} ended")


def tool_rows(chat: UUID | None) -> Findings:
    """A running reply writes the row first and its part later: only what ended is compared."""
    ended = Message.objects.filter(within(chat), role=Message.Role.ASSISTANT)
    ended = ended.exclude(reply__status__in=Reply.UNFINISHED).order_by("pk")
    for row in ended.only("parts").prefetch_related("tool_calls").iterator(PAGE):
        told = Counter(part["id"] for part in row.parts if part["kind"] == "tool_call")
        rows = Counter(str(call.pk) for call in row.tool_calls.all())
        for key in told - rows:
            yield Finding(
                Check.TOOL_ROWS,
                name(row),
                f"tells of tool call {key}, which has no row or stands there twice",
            )
        for key in rows - told:
            yield Finding(Check.TOOL_ROWS, name(row), f"does not tell of its tool call {key}")


# ------------------------------------------------------------ journals


def journals(chat: UUID | None) -> Findings:
    """Journals that are kept whole: of unfinished replies, and of those that ended within the time of keeping.

    The reply is read with its message's parts, the journal after them: it then reaches at least as far.
    """
    kept = Q(finished_at__isnull=True) | Q(finished_at__gt=timezone.now() - JOURNAL_KEPT + PRUNING)
    rows = Reply.objects.ran().filter(within(chat), kept).select_related("message").order_by("pk")
    for reply in rows.iterator(PAGE):
        batches = list(
            reply.journal.order_by("first_seq", "pk").values_list("first_seq", "last_seq", "chunks")
        )
        yield from journal_findings(reply, batches)


def journal_findings(reply: Reply, batches: Sequence[tuple[int, int, list[Chunk]]]) -> Findings:
    chunks = [chunk for batch in batches for chunk in batch[2]]
    gap = first_gap(batches)
    if gap:
        yield Finding(Check.JOURNAL_SEQS, name(reply), gap)
    if not reply.unfinished:
        ends = [index for index, chunk in enumerate(chunks) if is_terminal(chunk)]
        if ends != [len(chunks) - 1]:
            yield Finding(
                Check.JOURNAL_END, name(reply), f"ended, with {len(ends)} terminal chunks of {len(chunks)}"
            )
    folded = Folded()
    for chunk in chunks:
        if chunk["seq"] <= reply.parts_seq:
            fold(folded, chunk)
    if outline(folded.parts) != outline(reply.message.parts):
        detail = f"replayed to seq {reply.parts_seq} it is not what the message holds"
        yield Finding(Check.JOURNAL_TEXT, name(reply), detail)


def first_gap(batches: Sequence[tuple[int, int, list[Chunk]]]) -> str:
    """Where the numbers of a journal first do not follow each other, in words; empty where they do."""
    expected = 1
    for first, last, chunks in batches:
        if [chunk["seq"] for chunk in chunks] != list(range(first, last + 1)):
            return f"the batch {first}-{last} does not hold these chunks"
        if first != expected:
            return f"seq {expected} is missing or there twice: the next batch begins with {first}"
        expected = last + 1
    return ""


def outline(parts: Iterable[Mapping[str, Any]]) -> tuple[dict[tuple[str, int], str], list[str]]:
    """What journal and message must share: text by kind and turn, tool calls in order. `raw` is never journalled."""
    texts: dict[tuple[str, int], str] = defaultdict(str)
    for part in parts:
        if part.get("text"):
            texts[part["kind"], part["turn"]] += part["text"]
    return dict(texts), [part["id"] for part in parts if part["kind"] == "tool_call"]


# ------------------------------------------------------------ ledger


def priced(chat: UUID | None) -> Findings:
    settled = TokenUsage.objects.filter(
        within(chat, "session_key"), settled_at__isnull=False, cost__isnull=True
    )
    for row in settled.exclude(price_source="unknown").only("price_source").iterator(PAGE):
        yield Finding(
            Check.PRICED, name(row), f"is settled without a cost; price source {row.price_source!r}"
        )


def ledger_keys(chat: UUID | None) -> Findings:
    """The key names the chat, and so does the reference as long as the chat is there."""
    there = ChatSession.objects.filter(pk=OuterRef("session_key"))
    elsewhere = Q(session__isnull=False) & ~Q(session=F("session_key"))
    lost = Q(session__isnull=True) & Exists(there)
    rows = TokenUsage.objects.filter(elsewhere | lost, within(chat, "session_key"))
    for row in rows.only("session_id", "session_key").iterator(PAGE):
        detail = f"has the key {row.session_key}, but refers to {row.session_id}"
        yield Finding(Check.LEDGER_KEYS, name(row), detail)


SUMS: dict[str, tuple[str, ...]] = {
    "input_tokens": ("input",),
    "cached_tokens": ("cache_read",),
    "cache_write_tokens": ("cache_write_5m", "cache_write_1h"),
    "output_tokens": ("output",),
    "cost": ("cost",),
}


def ledger_sums(chat: UUID | None) -> Findings:
    """One statement reads chats and their calls: a call settled meanwhile is in both or in neither."""
    settled = Q(usage__settled_at__isnull=False)
    kinds = [kind for names in SUMS.values() for kind in names]
    rows = ChatSession.objects.filter(within(chat, "pk")).values("pk", "unpriced_calls", *SUMS)
    rows = rows.annotate(
        **{f"of_{kind}": Sum(f"usage__{kind}", filter=settled) for kind in kinds},
        of_unpriced=Count("usage", filter=settled & Q(usage__cost__isnull=True)),
    ).order_by("pk")
    for row in rows.iterator(PAGE):
        held = {field: sum(row[f"of_{kind}"] or 0 for kind in names) for field, names in SUMS.items()}
        held["unpriced_calls"] = row["of_unpriced"]
        wrong = [f"{field} {row[field]}, ledger {held[field]}" for field in held if row[field] != held[field]]
        if wrong:
            yield Finding(Check.LEDGER_SUMS, f"chatsession {row['pk']}", "; ".join(wrong))


def open_calls(chat: UUID | None) -> Findings:
    """Embeddings may be made by a command, which is no server process: the housekeeping settles what one leaves open."""
    rows = TokenUsage.objects.open().filter(within(chat, "session_key"))
    by_command = Q(owner__isnull=True, purpose=TokenUsage.Purpose.EMBEDDING)
    rows = rows.exclude(by_command, at__gte=timezone.now() - COMMANDS_CALL)
    for row in rows.exclude(owner__in=living().values("pk")).only("owner").iterator(PAGE):
        yield Finding(Check.OPEN_CALLS, name(row), f"is open, but process {row.owner} is dead or unknown")


PASSES: tuple[Callable[[UUID | None], Findings], ...] = (
    shown_paths,
    trees,
    answers_follow,
    owners,
    queue,
    tool_results,
    tool_rows,
    client_ids,
    contents,
    journals,
    priced,
    ledger_keys,
    ledger_sums,
    open_calls,
    message_counts,
    search_entries,
)
