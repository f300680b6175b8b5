"""What must let a reply begin, and each of its model calls leave: the objects that REPLY_GATES names.

Each is asked within the transaction that writes the reply or the ledger's row, so that what it decides holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from .providers.base import Counts, ModelInfo

if TYPE_CHECKING:
    from .actions.errors import BudgetUsedUp
    from .actions.ledger import Call
    from .models import ApiToken, ChatSession, TokenUsage, User


@dataclass(frozen=True, slots=True)
class Ask:
    """A reply that somebody wants. `person` is on whose ledger it will be; `others` says that somebody else reads why
    it may not be. One that `waits` begins when the running one has ended; one that is not `counted` waited until now,
    and was counted when it was sent. `token` is the `public_id` of the one it is asked for with; one that is `moved` to
    that was counted before too, but for this token."""

    person: User
    chat: ChatSession
    info: ModelInfo
    waits: bool = False
    counted: bool = True
    others: bool = False
    token: UUID | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class TokenLimit:
    """What may be used with a token in a span: of `measure` (money in USD, tokens, or requests, which are messages),
    each `period` (day, month) or in all (ever). `used` and `resets_at` say how it stands, where that was asked."""

    measure: str
    period: str
    limit: Decimal | int
    used: Decimal | int = 0
    resets_at: datetime | None = None


class Settled(NamedTuple):
    """A call that has ended: its row as it was when it began, its counts, and its cost in USD, None where unknown."""

    row: TokenUsage
    counts: Counts
    cost: Decimal | None


class Gate(Protocol):
    """What an object named in REPLY_GATES does."""

    def check(self, ask: Ask) -> None:
        """Raise what refuses this reply; else count it."""

    def reserve(self, calls: Sequence[Call]) -> Mapping[UUID, BudgetUsedUp]:
        """Set aside the most that each call may come to. Those that must not leave, by ledger row, with the reason.
        The first thing its transaction does. May be repeated for the same calls."""

    def settle(self, settled: Sequence[Settled]) -> None:
        """Calls have ended: what was set aside goes, what they took is counted."""

    def release(self) -> None:
        """Drop what was set aside for calls that are settled already."""

    def notice(self, person: Any, chat: ChatSession | None) -> str:
        """The address of a fragment that tells this person what is left; empty where nothing is limited."""

    def limit_token(self, token: ApiToken, limit: TokenLimit | None) -> None:
        """Limit what a token may use, in place of the limit it had; None lifts it. Raises what cannot be."""

    def token_limits(self, tokens: Sequence[ApiToken]) -> Mapping[UUID, TokenLimit]:
        """How the limits of these tokens stand, by `public_id`."""


def check(ask: Ask) -> None:
    for gate in _gates():
        gate.check(ask)


def reserve(calls: Sequence[Call]) -> dict[UUID, BudgetUsedUp]:
    """A call that one gate refuses is not asked of the next."""
    refused: dict[UUID, BudgetUsedUp] = {}
    for gate in _gates():
        refused |= gate.reserve([call for call in calls if call.usage not in refused])
    return refused


def settle(settled: Sequence[Settled]) -> None:
    for gate in _gates():
        gate.settle(settled)


def release() -> None:
    for gate in _gates():
        gate.release()


def notice(person: Any, chat: ChatSession | None = None) -> str:
    return next(filter(None, (gate.notice(person, chat) for gate in _gates())), "")


def limit_token(token: ApiToken, limit: TokenLimit | None) -> None:
    for gate in _gates():
        gate.limit_token(token, limit)


def token_limits(tokens: Sequence[ApiToken]) -> dict[UUID, TokenLimit]:
    return {key: limit for gate in _gates() for key, limit in gate.token_limits(tokens).items()}


def _gates() -> tuple[Gate, ...]:
    return _loaded(tuple(settings.REPLY_GATES))


@cache
def _loaded(paths: tuple[str, ...]) -> tuple[Gate, ...]:
    return tuple(import_string(path) for path in paths)
