"""What keeps the counters of budgets: every function here stands within the caller's transaction, short and in one order.

Locks on PostgreSQL: a session's row, then counters of calls, then counters of messages, each kind in the order of its
keys. On SQLite a write transaction is alone anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from analytics_app.models import Budget, BudgetSpan, Reservation
from analytics_app.queries.budgets import (
    WORKSPACE,
    Kind,
    Standing,
    Used,
    counted,
    kind_of,
    reserved_in,
    scope_of,
    used_of,
)
from analytics_app.spans import Span, span_of
from sessions_app import pricing
from sessions_app.actions.ledger import Call
from sessions_app.gates import Settled
from sessions_app.models import MoneyField, TokenUsage
from sessions_app.prepared import Delete, Insert, Rows, Select, Update, given
from sessions_app.providers.base import Counts

MARGIN = 2  # an estimate is a fourth of the bytes: Chinese and code come to nearly twice as many tokens
Measure = Budget.Measure
ORDER = ("kind", "scope", "period", "begins")
_field: Any = BudgetSpan._meta.get_field

_now = Rows(
    lambda: (
        BudgetSpan.objects.filter(
            kind=given("kind"),
            scope__in=[given("user"), given("session"), given("token"), WORKSPACE],
            begins__lte=given("at"),
            ends__gt=given("at"),
        )
        .order_by(*ORDER)
        .select_for_update()
        .values_list("pk")
    )
)
_one = Select(
    lambda: (
        BudgetSpan.objects.filter(
            kind=given("kind"), scope=given("scope"), period=given("period"), begins=given("begins")
        )
        .order_by()
        .select_for_update()
    )
)
_is_there = Rows(
    lambda: (
        BudgetSpan.objects.filter(
            kind=given("kind"), scope=given("scope"), period=given("period"), begins=given("begins")
        )
        .order_by()
        .values_list("pk")
    )
)
_insert_span = Insert(BudgetSpan, unless=ORDER)
_add_call = Update(
    lambda: BudgetSpan.objects.filter(pk=given("span")),
    **{name: F(name) + given(name, _field(name)) for name in ("money", "tokens", "unpriced")},
)
_add_request = Update(lambda: BudgetSpan.objects.filter(pk=given("span")), requests=F("requests") + 1)
_set_aside = Insert(Reservation, unless=("usage",))
_is_set_aside = Rows(lambda: Reservation.objects.filter(usage=given("usage")).values_list("pk"))
_drop = Delete(lambda: Reservation.objects.filter(usage=given("usage")))


class Key(NamedTuple):
    """A counter."""

    kind: str
    scope: str
    period: str
    span: Span


def key_of(budget: Budget, user: int | None, at: datetime) -> Key:
    """The counter that this budget reads at this moment, where `user` is the one who pays."""
    return Key(kind_of(budget), scope_of(budget, user), budget.period, span_of(budget.period, at))


# ---------------------------------------------------------------- calls


def reserve_calls(limited: Sequence[tuple[Call, Sequence[Budget]]]) -> dict[UUID, Standing]:
    """Set aside the most that each call may come to, as long as anything is left of its budgets. A call alone is not
    refused because it might take more than what is left: so any number of them overspend by one at the most. Returns
    those that must not leave, with the budget that says so."""
    keys = {
        (call.usage, budget.pk): key_of(budget, call.user, call.at)
        for call, budgets in limited
        for budget in budgets
    }
    counters = locked(keys.values())
    aside = {key: reserved_in(key.scope, key.span) for key in counters}
    refused: dict[UUID, Standing] = {}
    for call, budgets in limited:
        if _is_set_aside.any(usage=call.usage):
            continue  # begun already: the answer of that commit was lost
        money: Any
        money, tokens = worst_case(call, budgets)
        mine = [(budget, keys[call.usage, budget.pk]) for budget in budgets]
        full = [
            standing
            for budget, key in mine
            if not (budget.measure == Measure.MONEY and call.provider in pricing.FREE_PROVIDERS)
            and (standing := standing_at(budget, key, counters[key], aside[key])).taken
        ]
        if full:
            refused[call.usage] = longest(full)
            continue
        _set_aside(
            Reservation(
                usage_id=call.usage,
                user_id=call.user,
                session_key=call.session or call.usage,  # of no chat: no chat has this key
                token=call.token,
                at=call.at,
                money=money,
                tokens=tokens,
            )
        )
        for key in aside:
            if holds(key, call):
                aside[key] = Used(aside[key].money + money, aside[key].tokens + tokens)
    return refused


def holds(key: Key, call: Call) -> bool:
    """Whether a counter counts this call: maybe one that only another call of the same transaction is limited by."""
    return (
        key.scope in scopes(call.user, call.session, call.token)
        and key.span.begins <= call.at < key.span.ends
    )


def worst_case(call: Call, budgets: Sequence[Budget]) -> tuple[Decimal, int]:
    """USD and tokens at the most: the input as estimated, with a margin, all it may write, and every search."""
    counts = Counts(input=MARGIN * call.estimate, output=call.most, web_searches=call.searches)
    cost: Decimal | None = Decimal(0)
    if any(budget.measure == Measure.MONEY for budget in budgets):
        cost = pricing.highest(call.provider, call.model, counts, call.at)
    return cost or Decimal(0), counts.total


def standing_at(budget: Budget, key: Key, used: Used, aside: Used) -> Standing:
    measure = budget.measure
    return Standing(budget, used.of(measure), aside.of(measure), used.unpriced, *key.span)


def longest(full: Sequence[Standing]) -> Standing:
    """Of several that are used up the one that stays so longest: waiting for another would be in vain."""
    return max(full, key=lambda each: (each.used_up, each.ends))


def settle(settled: Sequence[Settled]) -> None:
    """After the rows themselves were written: whoever makes a counter from the ledger waits for such transactions."""
    if len(settled) > 1:
        hold(settled)
    for row, counts, cost in settled:
        _drop(usage=row.pk)
        for (span,) in _now.all(kind=Kind.CALLS, at=row.at, **of_row(row)):
            _add_call(span=span, money=cost or Decimal(0), tokens=counts.total, unpriced=int(cost is None))


def hold(settled: Sequence[Settled]) -> None:
    """Lock the counters of all these calls in their order: one by one, two calls on both sides of a midnight would
    lock the second day after the month, the reverse of whoever reserves on that day."""
    of_any = Q()
    for row, _, _ in settled:
        of_any |= Q(scope__in={*of_row(row).values(), WORKSPACE}, begins__lte=row.at, ends__gt=row.at)
    rows = BudgetSpan.objects.filter(of_any, kind=Kind.CALLS).order_by(*ORDER).select_for_update()
    list(rows.values_list("pk"))


def price_counted(priced: Iterable[tuple[TokenUsage, Decimal]]) -> None:
    """Settled calls whose unknown cost became known (USD, as it is kept): counters that hold them are told what, each
    once. After the rows themselves, like a settlement."""
    by_scope: dict[str, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for call, cost in priced:
        for scope in (*of_row(call).values(), WORKSPACE):
            by_scope[scope].append((call.at, cost))
    moments = [at for calls in by_scope.values() for at, _ in calls]
    if not moments:
        return
    rows = BudgetSpan.objects.filter(
        kind=Kind.CALLS, scope__in=sorted(by_scope), begins__lte=max(moments), ends__gt=min(moments)
    )
    for row in rows.order_by(*ORDER).select_for_update():
        costs = [cost for at, cost in by_scope[row.scope] if row.begins <= at < row.ends]
        if costs:
            money: Any = Value(sum(costs, Decimal(0)), output_field=MoneyField())
            left = Greatest(F("unpriced") - len(costs), 0)
            BudgetSpan.objects.filter(pk=row.pk).update(money=F("money") + money, unpriced=left)


# ---------------------------------------------------------------- messages


def count_request(
    budgets: Sequence[Budget], user: int, session: UUID, token: UUID | None, at: datetime
) -> Standing | None:
    """One more message of this person, where its budgets have room; else nothing is counted, and the one that has
    none is returned."""
    if not budgets:
        return None
    full = fullest(budgets, user, at)
    if full is None:
        for (span,) in _now.all(kind=Kind.REQUESTS, at=at, **named(user, session, token)):
            _add_request(span=span)
    return full


def count_moved(budgets: Sequence[Budget], token: UUID | None, at: datetime) -> Standing | None:
    """A message that waits, is counted already, and goes out with another token: one more of that alone, where its
    budgets have room; else the one that has none is returned."""
    full = fullest(budgets, None, at) if budgets else None
    if full is None:
        rows = BudgetSpan.objects.filter(kind=Kind.REQUESTS, scope=f"token:{token}")
        rows = rows.filter(begins__lte=at, ends__gt=at).order_by(*ORDER).select_for_update()
        for span in rows.values_list("pk", flat=True):
            _add_request(span=span)
    return full


def fullest(budgets: Sequence[Budget], user: int | None, at: datetime) -> Standing | None:
    """Of these budgets of messages the used up one that stays so the longest; their counters are locked."""
    keys = {budget.pk: key_of(budget, user, at) for budget in budgets}
    counters = locked(keys.values())
    all_of = [standing_at(each, keys[each.pk], counters[keys[each.pk]], Used()) for each in budgets]
    full = [standing for standing in all_of if standing.used_up]
    return longest(full) if full else None


# ---------------------------------------------------------------- counters


def named(user: int | None, session: UUID | None, token: UUID | None) -> dict[str, str]:
    """Whose counters, but for the workspace's. Where there is no user or token, that of nobody."""
    return {"user": f"user:{user}", "session": f"session:{session}", "token": f"token:{token}"}


def of_row(call: TokenUsage) -> dict[str, str]:
    return named(call.user_id, call.session_key, call.api_token)


def scopes(user: int | None, session: UUID | None, token: UUID | None) -> set[str]:
    return {*named(user, session, token).values(), WORKSPACE}


def locked(keys: Iterable[Key]) -> dict[Key, Used]:
    """The counters, locked in the order of their keys and made where no budget needed them before.

    Whoever locks a counter of calls has the ledger's table before: so nobody holds one who still waits for the table,
    while it is closed to make another.
    """
    wanted = sorted(set(keys))
    missing = [key for key in wanted if not _is_there.any(**named_by(key))]
    if any(key.kind == Kind.CALLS for key in wanted):
        open_ledger(alone=any(key.kind == Kind.CALLS for key in missing))
    for key in missing:
        make(key)
    return {key: locked_one(key) for key in wanted}


def locked_one(key: Key) -> Used:
    row = _one.first(**named_by(key))
    return used_of(row) if row else counted(key.kind, key.scope, key.span)  # swept in this very moment


def named_by(key: Key) -> dict[str, Any]:
    return {"kind": key.kind, "scope": key.scope, "period": key.period, "begins": key.span.begins}


def open_ledger(*, alone: bool) -> None:
    """On PostgreSQL the table's lock that writing a call takes anyway; `alone` waits for all who settle calls, and they
    wait: a counter made meanwhile misses none of them and counts none twice."""
    if connection.vendor == "postgresql":
        mode = "SHARE ROW EXCLUSIVE" if alone else "ROW EXCLUSIVE"
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TokenUsage._meta.db_table} IN {mode} MODE")


def make(key: Key) -> None:
    """A counter filled with what was there before; nothing where it was made meanwhile."""
    used: Any = Used()
    if key.period != Budget.Period.MINUTE:  # all of a minute's are counted already: the first of them made it
        used = counted(key.kind, key.scope, key.span)
    _insert_span(
        BudgetSpan(
            kind=key.kind,
            scope=key.scope,
            period=key.period,
            begins=key.span.begins,
            ends=key.span.ends,
            money=used.money,
            tokens=used.tokens,
            unpriced=used.unpriced,
            requests=used.requests,
        )
    )
