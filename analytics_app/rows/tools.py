"""Tool calls of replies that ended, on the day the reply ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db.models import BigIntegerField, Count, F, Q, QuerySet
from django.db.models import Value as Fixed
from django.db.models.functions import Coalesce

from analytics_app.facts import total as facts_of_all
from analytics_app.queries.places import moment
from sessions_app.agent.labels import look
from sessions_app.models import ToolCall

from .kind import Column, Kind, Row, Sort, Value, number
from .narrowing import narrowed
from .wish import ANY, Wish

SORTED = 5_000  # the newest tool calls that are put in another order than that of time: 0.3 s
AT = "message__reply__finished_at"
# Both ends: SQLite walks the index of ends then, in its order; for "not null" it reads all tool calls and sorts them,
# which is quicker where they are sorted anyway.
EVER = {f"{AT}__gt": datetime(1970, 1, 1, tzinfo=UTC), f"{AT}__lt": datetime(3000, 1, 1, tzinfo=UTC)}
READ = (
    "tool_name", "turn", "status", "duration_ms", "error_message", "created_at", "message__session_id",
    "message__session__owner__username",
)  # fmt: skip
STATES = {"success": "well", "error": "failing", "denied": "waiting", "cancelled": "waiting"}
LONGEST = 120


def rows(asked: Wish) -> QuerySet[ToolCall]:
    ended = EVER if asked.sort == "at" else {f"{AT}__isnull": False}
    calls: QuerySet[ToolCall] = ToolCall.objects.filter(message__reply__copied=False, **ended)
    found = narrowed(
        asked.question.span.within(calls, AT).order_by(),
        asked,
        session="message__reply__session",
        model="message__model",
        provider="message__reply__model_config__provider",
    )
    if asked.tool:
        found = found.filter(tool_name=asked.tool)
    if asked.error:
        found = found.filter(status__in=_failed(asked.error))
    return found


def _failed(error: str) -> tuple[str, ...]:
    return (
        (ToolCall.Status.ERROR, ToolCall.Status.DENIED, ToolCall.Status.CANCELLED)
        if error == ANY
        else (error,)
    )


def total(asked: Wish) -> Sequence[str]:
    calls, done = _counted(asked)
    return [
        "1 tool call" if calls == 1 else f"{calls:,} tool calls",
        *([f"{done:,} done"] if calls else []),
    ]


def _counted(asked: Wish) -> tuple[int, int]:
    """All, and those that went well: from the facts of days where nothing is left out that they count."""
    question = asked.question
    if not (asked.narrowed or question.narrowed):
        facts = facts_of_all(question.activity().days(question.span, "calls").values(), "calls", "successes")
        return facts.sum("calls"), facts.sum("successes")
    done = Q(status=ToolCall.Status.SUCCESS)
    sums = rows(asked).aggregate(calls=Count("pk"), done=Count("pk", filter=done))
    return sums["calls"], sums["done"]


def tell(_asked: Wish, found: Sequence[ToolCall]) -> list[Row]:
    return [_row(call) for call in found]


def _row(call: ToolCall) -> Row:
    values: dict[str, Value] = {
        "at": call.created_at,
        "user": call.message.session.owner.username,
        "tool": look(call.tool_name).label,
        "status": str(ToolCall.Status(call.status).label),
        "duration_ms": call.duration_ms,
        "turn": call.turn,
        "error": call.error_message[:LONGEST] or None,
    }
    return Row(values, call.message.session_id, states={"status": STATES.get(call.status, "")})


KIND = Kind(
    key="tools",
    title="Tool calls",
    about="One row for each run of a tool, or the attempt at one, on the day its answer ended and in the order in which "
    "answers ended.",
    noun="tool call",
    at=AT,
    filters=("tool", "error", "session"),
    sorts={
        "at": Sort(AT, moment),
        "duration": Sort(
            Coalesce(F("duration_ms"), Fixed(-1), output_field=BigIntegerField()), number, SORTED
        ),
    },
    columns=(
        Column("at", "When", "moment"),
        Column("user", "Whose session", staff=True),
        Column("tool", "Tool"),
        Column("status", "Status"),
        Column("duration_ms", "Duration", "ms"),
        Column("turn", "Turn", "count"),
        Column("error", "Error", read_as="read tool errors"),
        Column("session", "Session"),
    ),
    rows=lambda asked: rows(asked).select_related("message__session__owner").only(*READ),
    total=total,
    tell=tell,
)
