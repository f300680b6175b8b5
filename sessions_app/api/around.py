"""What belongs to messages beside their rows, read for all of a list at once: tool calls, sums of the ledger, files, marks,
the versions they stand among and the words of passages they refer to. At most seven queries, however many messages there
are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min, Q, Sum
from django.utils.module_loading import import_string

from sessions_app.actions.attachments import names_in
from sessions_app.actions.ledger import KINDS
from sessions_app.agent.references import passages_of
from sessions_app.models import Attachment, Mark, Message, TokenUsage, ToolCall
from sessions_app.rendering.article import tool_data
from sessions_app.rendering.siblings import Versions, versions_of

from .marked import Marks, is_rating

ALONE = Versions(1, 1, "", "")


@dataclass(frozen=True, slots=True)
class Around:
    """By the keys of messages; of `person` the marks are their own. `passages` are words by the keys of passages, as far
    as they may be told them."""

    person: int | None = None
    tools: Mapping[UUID, list[Any]] = field(default_factory=dict)
    sums: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    files: Mapping[UUID, list[Attachment]] = field(default_factory=dict)
    marks: Mapping[UUID, Marks] = field(default_factory=dict)
    versions: Mapping[UUID, Versions] = field(default_factory=dict)
    passages: Mapping[str, str] = field(default_factory=dict)


def around(rows: Sequence[Message], person: Any = None) -> Around:
    """Of messages of one session, as `person` reads them."""
    answers = [row.pk for row in rows if row.role == Message.Role.ASSISTANT]
    return Around(
        person.pk if person is not None else None,
        _by_message(ToolCall.objects.filter(message__in=answers), tool_data),
        ledger_sums(answers),
        files_of(rows),
        marks_of(rows, person.pk if person is not None else None),
        versions_of(rows),
        words_of(rows, person.pk if person is not None else None),
    )


def words_of(rows: Sequence[Message], person: int | None) -> Mapping[str, str]:
    """Of the passages that they refer to, as far as this person may be told them now; nothing is asked where there are
    none."""
    keys = passages_of(part for row in rows for part in row.parts)
    if not keys or person is None or not settings.PASSAGE_TEXTS:
        return {}
    found: Mapping[str, str] = import_string(settings.PASSAGE_TEXTS)(keys, person)
    return found


def ledger_sums(messages: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Tokens by kind, cost and number of unpriced calls of each message that caused any."""
    calls = TokenUsage.objects.filter(message__in=messages, settled_at__isnull=False).order_by()
    rows = calls.values("message").annotate(
        **{f"sum_{kind}": Sum(kind) for kind in KINDS},
        sum_cost=Sum("cost"),
        unpriced=Count("pk", filter=Q(cost__isnull=True)),
    )
    return {row["message"]: row for row in rows}


def files_of(rows: Sequence[Message]) -> dict[UUID, list[Attachment]]:
    """In the order they were sent in; nothing is asked where no message names any."""
    holders = [row.pk for row in rows if names_in(row.parts)]
    return _by_message(Attachment.objects.filter(message__in=holders).defer("text")) if holders else {}


def marks_of(rows: Sequence[Message], person: int | None) -> dict[UUID, Marks]:
    """Counted by the database, what came first before what came later; nothing is asked where all messages are as they
    were born."""
    changed = [row.pk for row in rows if row.version > row.born]
    if not changed:
        return {}
    marks = Mark.objects.filter(message__in=changed).order_by()
    alike = marks.values("message_id", "kind", "emoji", "value").annotate(
        count=Count("pk"), own=Count("pk", filter=Q(user=person)), first=Min("created_at")
    )
    found: dict[UUID, Marks] = {}
    for group in alike.order_by("first", "emoji"):
        found.setdefault(group["message_id"], Marks()).groups.append({**group})
    rated = [key for key, each in found.items() for group in each.groups if group["own"] and is_rating(group)]
    for mark in marks.ratings().filter(message__in=rated, user=person) if rated else ():
        found[mark.message_id].own_rating = mark
    return found


def _by_message(rows: Any, told: Any = lambda row: row) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(told(row))
    return found
