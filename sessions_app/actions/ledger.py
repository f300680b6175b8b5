"""The ledger's writes: a row when a request leaves, settled exactly once. After that only an unknown cost may become
known, by pricing later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from sessions_app import gates, pricing
from sessions_app.models import ChatSession, TokenUsage
from sessions_app.prepared import Insert, Select, Update, given
from sessions_app.providers.base import Counts, estimate_tokens
from sessions_app.transactions import write

from . import reporting
from .errors import BudgetUsedUp

KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")

SUMS = ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "cost", "unpriced_calls")

_insert = Insert(TokenUsage, unless=("id",))
_open_row = Select(lambda: TokenUsage.objects.open().filter(pk=given("usage")).order_by().select_for_update())
_accept = Update(
    lambda: TokenUsage.objects.open().filter(pk=given("usage")),
    *KINDS,
    "web_searches",
    counts_source=TokenUsage.CountsSource.REPORTED,
)
_settle = Update(
    lambda: TokenUsage.objects.open().filter(pk=given("usage")),
    *KINDS,
    *(
        "web_searches",
        "cost",
        "price_source",
        "counts_source",
        "ok",
        "error_type",
        "status_code",
        "duration_ms",
    ),
    *("first_token_ms", "request_id", "settled_at"),
)
_add = Update(
    lambda: ChatSession.objects.filter(pk=given("chat")),
    **{name: F(name) + given(name, cast("Any", ChatSession._meta.get_field(name))) for name in SUMS},
)
_settled = Select(
    lambda: TokenUsage.objects.filter(message=given("message"), settled_at__isnull=False).order_by("at")
)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one model call ended. `counts_source` is estimated where the final count never came."""

    usage: UUID
    counts: Counts
    ok: bool
    counts_source: str = "reported"
    error_type: str = ""
    status: int | None = None
    duration_ms: int | None = None
    first_token_ms: int | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A model call about to leave. `estimate` is a rough input count, kept only if nobody ever settles the row; `most`
    is how many tokens it may write, `searches` how often it may search by itself; `token` the one it is caused with. One
    without a `session` is made for no chat: transcripts are embedded when they are brought."""

    usage: UUID
    user: int | None
    session: UUID | None
    message: UUID | None
    provider: str
    model: str
    purpose: str = "reply"
    turn: int = 1
    attempt: int = 1
    owner: UUID | None = None
    estimate: int = 0
    most: int = 0
    searches: int = 0
    token: UUID | None = None
    at: Any = field(default_factory=timezone.now)


def begin_call(call: Call) -> BudgetUsedUp | None:
    """The row of a call, committed before its request leaves; where it must not leave, no row, and why. May be
    repeated: a commit's answer can be lost."""
    return begin_calls(call).get(call.usage)


@write()
def begin_calls(*calls: Call) -> dict[UUID, BudgetUsedUp]:
    """`begin_call` for several that leave together: those that must not, by ledger row."""
    refused = gates.reserve(calls)
    _insert(
        *(
            TokenUsage(
                id=call.usage,
                user_id=call.user,
                session_id=call.session,
                session_key=call.session,
                message_id=call.message,
                purpose=call.purpose,
                provider=call.provider,
                model=call.model,
                turn=call.turn,
                attempt=call.attempt,
                owner=call.owner,
                api_token=call.token,
                input=call.estimate,
                counts_source=TokenUsage.CountsSource.ESTIMATED,
                at=call.at,
            )
            for call in calls
            if call.usage not in refused
        )
    )
    return refused


def note_accepted(*, usage: UUID, counts: Counts) -> None:
    """Input known from the stream's start, so that a killed server's calls are still counted."""
    _accept(usage=usage, web_searches=counts.web_searches, **{kind: getattr(counts, kind) for kind in KINDS})


def settle_call(end: Settlement) -> bool:
    """Close a row: counts, price and outcome. False if it was settled before; then nothing changes."""
    return settle_calls(end) == 1


@write()
def settle_calls(*ends: Settlement) -> int:
    """`settle_call` for several of one chat in one transaction. Returns how many were open."""
    settled = [each for end in ends if (each := _close(end)) is not None]
    if settled:
        gates.settle(settled)  # after the chat: a send locks that first too
    return len(settled)


def _close(end: Settlement) -> gates.Settled | None:
    row = _open_row.first(usage=end.usage)
    if row is None:
        return None
    cost, source = pricing.price(row.provider, row.model, end.counts, row.at)
    _settle(
        usage=row.pk,
        **{kind: getattr(end.counts, kind) for kind in KINDS},
        web_searches=end.counts.web_searches,
        cost=cost,
        price_source=source,
        counts_source=end.counts_source,
        ok=end.ok,
        error_type=end.error_type[:40],
        status_code=end.status,
        duration_ms=end.duration_ms,
        first_token_ms=end.first_token_ms,
        request_id=end.request_id[:120],
        settled_at=timezone.now(),
    )
    if row.session_key is not None:
        add_to_chat(row.session_key, end.counts, cost)
    if end.error_type in reporting.FAULTS and not end.ok:
        reporting.call_failed(provider=row.provider, model=row.model, kind=end.error_type, status=end.status)
    return gates.Settled(row, end.counts, cost)


def add_to_chat(chat: UUID, counts: Counts, cost: Decimal | None) -> None:
    """Repeat the row in the chat's sums."""
    _add(
        chat=chat,
        input_tokens=counts.input,
        cached_tokens=counts.cache_read,
        cache_write_tokens=counts.cache_write_5m + counts.cache_write_1h,
        output_tokens=counts.output,
        cost=cost or Decimal(0),
        unpriced_calls=1 if cost is None else 0,
    )


def counted(row: TokenUsage) -> Counts:
    """What a row says of its call."""
    return Counts(**{kind: getattr(row, kind) for kind in (*KINDS, "web_searches")})


def settle_abandoned(*, message: UUID, output: int) -> None:
    """Settle what a dead process left open: input as noted, output estimated from the text that was kept."""
    ends = []
    for row in TokenUsage.objects.open().filter(message=message):
        wrote = output if row.purpose == TokenUsage.Purpose.REPLY else 0
        counts = replace(counted(row), output=max(row.output, wrote))
        ends.append(Settlement(row.pk, counts, ok=False, counts_source="estimated", error_type="interrupted"))
    settle_calls(*ends)


def estimate_open(message: UUID, parts: Iterable[Mapping[str, Any]]) -> int:
    """Output tokens of the open call, estimated from the kept text of its turn."""
    calls = TokenUsage.objects.open().filter(message=message, purpose=TokenUsage.Purpose.REPLY)
    turn = calls.values_list("turn", flat=True).first() or 0
    return estimate_tokens([part.get("text", "") for part in parts if part["turn"] == turn])


def settled_calls(message: UUID) -> list[TokenUsage]:
    """A message's settled calls, oldest first."""
    return _settled.all(message=message)


def sums_of(calls: Iterable[TokenUsage]) -> tuple[dict[str, int], Decimal | None]:
    """Tokens by kind over these calls, and their cost, or None where a price is unknown."""
    rows = list(calls)
    known = [row.cost for row in rows if row.cost is not None]
    cost = sum(known, Decimal(0)) if len(known) == len(rows) else None
    return {kind: sum(getattr(row, kind) for row in rows) for kind in KINDS}, cost


def spent_on(message: UUID) -> Decimal:
    """USD of a message's settled calls so far, as far as their prices are known."""
    return sum((row.cost for row in settled_calls(message) if row.cost is not None), Decimal(0))


def settle_left(row: TokenUsage) -> None:
    """Settle a call whose process died and that belongs to no running reply (a title, or a reply already ended)."""
    settle_call(
        Settlement(row.pk, counted(row), ok=False, counts_source="estimated", error_type="interrupted")
    )
