"""What an answer or a session took, by the ledger, and how far two of them lie apart, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from sessions_app.agent.labels import PRICE_UNKNOWN, money
from sessions_app.models import ChatSession, ForeignUsage, Message, Reply, TokenUsage

SPACE = "\u00a0"


@dataclass(frozen=True, slots=True)
class Figures:
    """`cost` is None where a price is unknown, `calls` is whether the ledger has anything; the times are
    milliseconds, None where nothing ran. `size` counts words of a message, messages of a session."""

    calls: bool
    cost: Decimal | None
    ms: int | None
    first_ms: int | None
    output: int
    size: int

    @property
    def cost_words(self) -> str:
        return (PRICE_UNKNOWN if self.cost is None else money(self.cost)) if self.calls else ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of the right side against the left one's."""

    name: str
    change: str
    beside: str


def of_message(row: Message, calls: Sequence[TokenUsage | ForeignUsage]) -> Figures:
    """`calls` are the settled ones of a message, or of the one it is a copy of."""
    reply: Reply | None = getattr(row, "reply", None)
    ended = reply is not None and reply.started_at is not None and reply.finished_at is not None
    costs = [call.cost for call in calls]
    firsts = [call.first_token_ms for call in calls if call.first_token_ms is not None]
    return Figures(
        calls=bool(costs),
        cost=None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0)),
        ms=reply.duration_ms if reply is not None and ended else None,
        first_ms=firsts[0] if firsts else None,
        output=sum(call.output for call in calls),
        size=len(row.content.split()),
    )


def of_session(chat: ChatSession) -> Figures:
    return Figures(
        calls=True,
        cost=None if chat.unpriced_calls else chat.cost,
        ms=chat.runtime_ms,
        first_ms=None,
        output=chat.output_tokens,
        size=chat.message_count,
    )


def differences(left: Figures, right: Figures, size: str) -> list[Difference]:
    """Of the right side against the left; what one of them does not know is left out. `size` names what is counted."""
    found: list[Difference] = []
    if left.calls and right.calls and left.cost is not None and right.cost is not None:
        change = signed(right.cost - left.cost, money)
        found.append(Difference(_("Cost"), change, times(float(left.cost), float(right.cost))))
    if left.ms is not None and right.ms is not None:
        change = signed(right.ms - left.ms, seconds)
        found.append(Difference(_("Time to the end"), change, times(left.ms, right.ms)))
    if left.calls and right.calls:
        found.append(counted(_("Output tokens"), left.output, right.output))
    return [*found, counted(size, left.size, right.size)]


def counted(name: str, left: int, right: int) -> Difference:
    beside = _("%(right)s and %(left)s") % {"right": f"{right:,}", "left": f"{left:,}"}
    return Difference(name, signed(right - left, lambda number: f"{number:,}"), beside)


def signed(number: Any, words: Callable[[Any], str]) -> str:
    """With its sign before it; "same" where there is no difference."""
    if not number:
        return _("same")
    return f"{'+' if number > 0 else '−'}{SPACE}{words(abs(number))}"


def seconds(ms: int) -> str:
    return f"{ms / 1000:,.1f}{SPACE}s"


def times(left: float, right: float) -> str:
    """How many times the left figure the right one is, where that says anything."""
    if left <= 0 or right <= 0 or left == right:
        return ""
    ratio = right / left
    return _("%(ratio)s times") % {"ratio": f"{ratio:,.1f}" if ratio >= 0.1 else f"{ratio:.2g}"}
