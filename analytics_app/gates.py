"""Budgets as a gate of replies: named in REPLY_GATES."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from analytics_app.actions import budgets as actions
from analytics_app.actions import counting
from analytics_app.models import Budget
from analytics_app.queries.budgets import applying, standing_of
from analytics_app.refusals import refusal, refusal_for_others, resets
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.actions.ledger import Call
from sessions_app.gates import Ask, Settled, TokenLimit
from sessions_app.models import ApiToken, ChatSession

Measure = Budget.Measure


class BudgetGate:
    """See `sessions_app.gates.Gate`. Where no budget applies, a send and a call each ask one prepared statement."""

    def check(self, ask: Ask) -> None:
        """Refuse where anything is used up: money and tokens as they stand, messages counted under a lock."""
        budgets, now = applying(ask.person.pk, ask.chat.pk, ask.token), timezone.now()
        if ask.moved:
            budgets = [budget for budget in budgets if budget.token_id is not None]
        requests = [budget for budget in budgets if budget.measure == Measure.REQUESTS]
        others = [
            budget
            for budget in budgets
            if budget.measure == Measure.TOKENS or (budget.measure == Measure.MONEY and not ask.info.free)
        ]
        standings = standing_of(others, ask.person.pk, now)
        # What running replies have reserved is free again when they end: what waits does not stay for that. Its own
        # call asks again when it leaves.
        waits = ask.waits or not ask.counted
        full = [each for each in standings if (each.used_up if waits else each.taken)]
        found = counting.longest(full) if full else None
        if found is None and ask.moved:
            found = counting.count_moved(requests, ask.token, now)
        elif found is None and ask.counted:
            found = counting.count_request(requests, ask.person.pk, ask.chat.pk, ask.token, now)
        if found is not None and ask.others:
            raise refusal_for_others(found, now)
        if found is not None:
            own = found.budget.token_id is not None or ask.chat.owner_id == ask.person.pk
            raise refusal(found, now, ask.person.zone, own=own)

    def reserve(self, calls: Sequence[Call]) -> Mapping[UUID, BudgetUsedUp]:
        limited = []
        for call in calls:
            found = applying(call.user, call.session, call.token)
            budgets = [each for each in found if each.measure != Measure.REQUESTS]
            if budgets:
                limited.append((call, budgets))
        if not limited:
            return {}
        refused, now = counting.reserve_calls(limited), timezone.now()
        # It becomes the reply's error, which every member of the session reads.
        return {usage: refusal_for_others(standing, now) for usage, standing in refused.items()}

    def settle(self, settled: Sequence[Settled]) -> None:
        counting.settle(settled)

    def release(self) -> None:
        actions.release_settled()

    def notice(self, person: Any, chat: ChatSession | None) -> str:
        if not applying(person.pk, chat.pk if chat else None):
            return ""
        return reverse("limits") + (f"?session={chat.pk}" if chat else "")

    def limit_token(self, token: ApiToken, limit: TokenLimit | None) -> None:
        actions.limit_token(token=token, limit=limit)

    def token_limits(self, tokens: Sequence[ApiToken]) -> Mapping[UUID, TokenLimit]:
        budgets = Budget.objects.filter(token__in=tokens) if tokens else ()
        found = standing_of(budgets, None, timezone.now())
        return {
            cast("UUID", each.budget.token_id): TokenLimit(
                each.budget.measure, each.budget.period, each.limit, each.spent, resets(each)
            )
            for each in found
        }


BUDGETS = BudgetGate()
