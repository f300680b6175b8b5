"""Which budgets count what a person uses, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from analytics_app.models import Budget, BudgetSpan, Reservation
from analytics_app.spans import Span, span_of
from sessions_app.models import ChatSession, Reply, TokenUsage, User
from sessions_app.prepared import Rows, Select, given

Kind = BudgetSpan.Kind
Measure = Budget.Measure
WORKSPACE = "workspace"
# Columns that name each kind of subject: of calls, and of replies.
CALLERS = {"user": "user", "session": "session_key", "token": "api_token"}
ASKERS = {"user": "asker", "session": "session", "token": "api_token"}

_plan = User.objects.filter(pk=given("user")).values("plan")[:1]
_applying = Select(
    lambda: Budget.objects.filter(
        Q(user=given("user"))
        | Q(session=given("session"))
        | Q(token=given("token"))
        | Q(audience=Budget.Audience.WORKSPACE)
        | Q(audience=Subquery(_plan))
    )
)
_span = Select(
    lambda: BudgetSpan.objects.filter(
        kind=given("kind"), scope=given("scope"), period=given("period"), begins=given("begins")
    )
)
_set_aside = Reservation.objects.filter(at__gte=given("begins"), at__lt=given("ends")).order_by()
_sums = {"all_money": Sum("money"), "all_tokens": Sum("tokens")}
_reserved = {
    "user": Rows(
        lambda: _set_aside.filter(user=given("key")).values("user").annotate(**_sums).values_list(*_sums)
    ),
    "session": Rows(
        lambda: (
            _set_aside.filter(session_key=given("key"))
            .values("session_key")
            .annotate(**_sums)
            .values_list(*_sums)
        )
    ),
    "token": Rows(
        lambda: _set_aside.filter(token=given("key")).values("token").annotate(**_sums).values_list(*_sums)
    ),
    WORKSPACE: Rows(lambda: _set_aside.values(all_of=Value(1)).annotate(**_sums).values_list(*_sums)),
}


@dataclass(frozen=True, slots=True)
class Used:
    """Sums of one span: USD of known prices, tokens, calls of unknown price, messages."""

    money: Decimal = Decimal(0)
    tokens: int = 0
    unpriced: int = 0
    requests: int = 0

    def of(self, measure: str) -> Decimal | int:
        value: Decimal | int = getattr(self, measure)
        return value


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget in its present span. Amounts are USD for money, else numbers; `unpriced` calls are in no sum."""

    budget: Budget
    spent: Decimal | int
    reserved: Decimal | int
    unpriced: int
    begins: datetime
    ends: datetime

    @property
    def limit(self) -> Decimal | int:
        return self.budget.limit

    @property
    def share(self) -> float:
        """What is spent of the limit: 0.8 at 80 %, more than 1 where a call took more than was left."""
        return float(Decimal(self.spent) / Decimal(self.limit))

    @property
    def used_up(self) -> bool:
        return self.spent >= self.limit

    @property
    def taken(self) -> bool:
        """Whether nothing is left once what is reserved is used too."""
        return self.spent + self.reserved >= self.limit


@dataclass(frozen=True, slots=True)
class MoneyLimit:
    """USD of one span, with what is spent of it."""

    limit: Decimal
    spent: Decimal
    begins: datetime
    ends: datetime


# ---------------------------------------------------------------- which


def applying(user: int | None, session: UUID | None, token: UUID | None = None) -> list[Budget]:
    """The budgets that count this person's use in this session (with this token). Their own takes the place of their
    plan's; others apply besides. Of those that both the owner and staff set for a session, both."""
    found = _applying.all(user=user, session=session, token=token)
    own = {(budget.measure, budget.period) for budget in found if budget.user_id}
    plans = (Budget.Audience.FREE, Budget.Audience.PREMIUM)
    return [
        budget
        for budget in found
        if budget.audience not in plans or (budget.measure, budget.period) not in own
    ]


def scope_of(budget: Budget, user: int | None) -> str:
    """Whose counter the budget reads, where `user` is the one who asks."""
    if budget.session_id:
        return f"session:{budget.session_id}"
    if budget.token_id:
        return f"token:{budget.token_id}"
    return WORKSPACE if budget.audience == Budget.Audience.WORKSPACE else f"user:{user}"


def kind_of(budget: Budget) -> str:
    return Kind.REQUESTS if budget.measure == Measure.REQUESTS else Kind.CALLS


# ---------------------------------------------------------------- how much


def used_in(kind: str, scope: str, period: str, span: Span) -> Used:
    """By its counter, else, where no budget needed one yet, by the rows themselves."""
    row = _span.first(kind=kind, scope=scope, period=period, begins=span.begins)
    return counted(kind, scope, span) if row is None else used_of(row)


def used_of(row: BudgetSpan) -> Used:
    return Used(row.money, row.tokens, row.unpriced, row.requests)


def counted(kind: str, scope: str, span: Span) -> Used:
    """From settled calls, or from replies that were asked for."""
    return asked_in(scope, span) if kind == Kind.REQUESTS else spent_in(scope, span)


def spent_in(scope: str, span: Span) -> Used:
    rows = TokenUsage.objects.filter(settled_at__isnull=False, at__gte=span.begins, at__lt=span.ends)
    tokens = F("input") + F("cache_read") + F("cache_write_5m") + F("cache_write_1h") + F("output")
    sums = _of(rows, scope, CALLERS).aggregate(
        money=Sum("cost", default=0), tokens=Sum(tokens, default=0), unpriced=Count("pk", filter=Q(cost=None))
    )
    return Used(Decimal(sums["money"]), sums["tokens"], sums["unpriced"])


def asked_in(scope: str, span: Span) -> Used:
    """Replies that people asked for. Their keys tell the time, so that only those of the span are looked at."""
    rows = Reply.objects.ran().filter(pk__gte=first_key(span.begins), created_at__gte=span.begins)
    rows = rows.filter(created_at__lt=span.ends).annotate(
        asker=Coalesce("message__parent__author", "session__owner")
    )
    return Used(requests=_of(rows, scope, ASKERS).count())


def first_key(at: datetime) -> UUID:
    """No UUID of version 7 that was made at this moment or later is smaller."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def reserved_in(scope: str, span: Span) -> Used:
    """What running calls of the span have set aside."""
    name, _, key = scope.partition(":")
    keys = {"user": int, "session": UUID, "token": UUID}
    given_key = {"key": keys[name](key)} if name in keys else {}
    sums = _reserved[name].first(**given_key, begins=span.begins, ends=span.ends)
    money, tokens = sums or (None, None)
    return Used(Decimal(money or 0), tokens or 0)


def _of(rows: QuerySet[Any], scope: str, columns: Mapping[str, str]) -> QuerySet[Any]:
    name, _, key = scope.partition(":")
    if name == WORKSPACE:
        return rows.order_by()
    return rows.filter(**{columns[name]: int(key) if name == "user" else UUID(key)}).order_by()


# ---------------------------------------------------------------- standings


def standings(
    user: User | Any, chat: ChatSession | None = None, now: datetime | None = None
) -> list[Standing]:
    """Every limit that counts this person's use (in this chat), the fullest first."""
    found = standing_of(applying(user.pk, chat.pk if chat else None), user.pk, now or timezone.now())
    return sorted(found, key=lambda each: -each.share)


def standing_of(budgets: Iterable[Budget], user: int | None, now: datetime) -> list[Standing]:
    """Each counter is read once, however many budgets read it."""
    read: dict[tuple[str, str, str], tuple[Used, Used]] = {}
    return [_standing(budget, user, now, read) for budget in budgets]


def _standing(
    budget: Budget, user: int | None, now: datetime, read: dict[tuple[str, str, str], tuple[Used, Used]]
) -> Standing:
    kind, scope, span = kind_of(budget), scope_of(budget, user), span_of(budget.period, now)
    key = (kind, scope, budget.period)
    if key not in read:
        aside = reserved_in(scope, span) if kind == Kind.CALLS else Used()
        read[key] = used_in(kind, scope, budget.period, span), aside
    used, reserved = read[key]
    measure = budget.measure
    return Standing(budget, used.of(measure), reserved.of(measure), used.unpriced, span.begins, span.ends)


def spans_before(standing: Standing, user: int | None, count: int) -> list[Standing]:
    """The same budget in the spans before, as far as there are counters of them, the newest first."""
    budget = standing.budget
    rows = BudgetSpan.objects.filter(
        kind=kind_of(budget),
        scope=scope_of(budget, user),
        period=budget.period,
        begins__lt=standing.begins,
    ).order_by("-begins")
    return [
        replace(
            standing,
            spent=used_of(row).of(budget.measure),
            reserved=0,
            unpriced=row.unpriced,
            begins=row.begins,
            ends=row.ends,
        )
        for row in rows[:count]
    ]


def money_limit(user: User | Any, now: datetime) -> MoneyLimit | None:
    """What this person may spend in the month that holds `now`: their own limit, else their plan's."""
    return _month(
        [budget for budget in applying(user.pk, None) if budget.audience != Budget.Audience.WORKSPACE],
        user.pk,
        now,
    )


def workspace_limit(now: datetime) -> MoneyLimit | None:
    """What everyone together may spend in the month that holds `now`."""
    return _month(Budget.objects.filter(audience=Budget.Audience.WORKSPACE), None, now)


def _month(
    budgets: Sequence[Budget] | QuerySet[Budget], user: int | None, now: datetime
) -> MoneyLimit | None:
    wanted = (Measure.MONEY, Budget.Period.MONTH)
    for each in standing_of([row for row in budgets if (row.measure, row.period) == wanted], user, now):
        return MoneyLimit(Decimal(each.limit), Decimal(each.spent), each.begins, each.ends)
    return None
