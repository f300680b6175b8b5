"""What must let a reply begin, and each of its model calls leave: the objects that REPLY_GATES names.

Each is asked within the transaction that writes the reply or the ledger's row, so that what it decides holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    from .models import ChatSession, TokenUsage, User


@dataclass(frozen=True, slots=True)
class Ask:
    """A reply that somebody wants. `person` is on whose ledger it will be; `others` says that somebody else reads why
    it may not be. One that `waits` begins when the running one has ended; one that is not `counted` waited until now,
    and was counted when it was sent."""

    person: User
    chat: ChatSession
    info: ModelInfo
    waits: bool = False
    counted: bool = True
    others: bool = False


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


def _gates() -> tuple[Gate, ...]:
    return _loaded(tuple(settings.REPLY_GATES))


@cache
def _loaded(paths: tuple[str, ...]) -> tuple[Gate, ...]:
    return tuple(import_string(path) for path in paths)
