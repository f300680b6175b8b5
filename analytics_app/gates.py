"""Budgets as a gate of replies: named in REPLY_GATES."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from analytics_app.actions import budgets as actions
from analytics_app.actions import counting
from analytics_app.models import Budget
from analytics_app.queries.budgets import applying, standing_of
from analytics_app.refusals import refusal
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.actions.ledger import Call
from sessions_app.gates import Ask, Settled
from sessions_app.models import ChatSession

Measure = Budget.Measure


class BudgetGate:
    """See `sessions_app.gates.Gate`. Where no budget applies, a send and a call each ask one prepared statement."""

    def check(self, ask: Ask) -> None:
        """Refuse where anything is used up: money and tokens as they stand, messages counted under a lock."""
        budgets, now = applying(ask.person.pk, ask.chat.pk), timezone.now()
        requests = [budget for budget in budgets if budget.measure == Measure.REQUESTS]
        others = [
            budget
            for budget in budgets
            if budget.measure == Measure.TOKENS or (budget.measure == Measure.MONEY and not ask.info.free)
        ]
        standings = standing_of(others, ask.person.pk, now)
        # What the reply that runs here has reserved is free again when the next begins.
        full = [each for each in standings if (each.used_up if ask.waits else each.taken)]
        found = counting.longest(full) if full else None
        if found is None and ask.counted:
            found = counting.count_request(requests, ask.person.pk, ask.chat.pk, now)
        if found is not None:
            raise refusal(found, now, ask.person.zone, own=ask.chat.owner_id == ask.person.pk)

    def reserve(self, calls: Sequence[Call]) -> Mapping[UUID, BudgetUsedUp]:
        limited = []
        for call in calls:
            budgets = [each for each in applying(call.user, call.session) if each.measure != Measure.REQUESTS]
            if budgets:
                limited.append((call, budgets))
        if not limited:
            return {}
        refused = counting.reserve_calls(limited)
        return {usage: self._words(each) for usage, each in refused.items()}

    def _words(self, refused: counting.Refusal) -> BudgetUsedUp:
        person = counting.asker(refused.user)
        zone = person.zone if person else timezone.get_current_timezone()
        return refusal(refused.standing, timezone.now(), zone)

    def settle(self, settled: Sequence[Settled]) -> None:
        counting.settle(settled)

    def release(self) -> None:
        actions.release_settled()

    def notice(self, person: Any, chat: ChatSession | None) -> str:
        if not applying(person.pk, chat.pk if chat else None):
            return ""
        return reverse("limits") + (f"?session={chat.pk}" if chat else "")


BUDGETS = BudgetGate()
