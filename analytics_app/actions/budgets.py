"""Setting and removing budgets, and keeping their counters few."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from analytics_app.models import Budget, BudgetSpan, Reservation
from analytics_app.queries.budgets import scope_of
from analytics_app.refusals import amount
from sessions_app.actions import audit
from sessions_app.actions.errors import Refused
from sessions_app.actions.pending import send_held_back
from sessions_app.actions.tokens import BadToken
from sessions_app.gates import TokenLimit
from sessions_app.models import ApiToken, ChatSession, User
from sessions_app.realtime import feed
from sessions_app.transactions import write

LOWEST_MONEY, HIGHEST_MONEY, HIGHEST_COUNT = Decimal("0.0001"), Decimal(10_000_000), 10**15
KEPT = {"minute": timedelta(hours=1), "day": timedelta(days=62), "month": timedelta(days=800)}


class BadBudget(Refused):
    kind = "bad_budget"
    sentence = "A limit needs a measure, a span and a sum above zero."


class NotOwner(Refused):
    kind = "not_owner"
    status = 403
    sentence = "Only the owner of a session can limit what it costs."


@write()
def set_budget(
    *,
    actor: Any,
    measure: str,
    period: str,
    amount: Decimal | int,
    user: User | None = None,
    session: ChatSession | None = None,
    plan: str = "",
    workspace: bool = False,
) -> Budget:
    """Limit a person, a session, each person of a plan or the whole workspace, in place of the limit there was for the
    same measure and period. Recorded. Raises BadBudget with a sentence for what cannot be."""
    subject, values = check_budget(
        measure=measure,
        period=period,
        amount=amount,
        user=user,
        session=session,
        plan=plan,
        workspace=workspace,
    )
    before = Budget.objects.filter(**subject, measure=measure, period=period, by_owner=False).first()
    budget, made = Budget.objects.update_or_create(
        **subject, measure=measure, period=period, by_owner=False, defaults=values
    )
    if made and measure == Budget.Measure.REQUESTS:
        _forget_requests(budget)
    audit.record(actor=actor, action="set budget", subject=budget, detail=described(before, budget))
    return budget


@write()
def remove_budget(*, actor: Any, budget: Budget) -> None:
    """Lift the limit. Recorded."""
    audit.record(actor=actor, action="removed budget", subject=budget, detail=described(budget, None))
    Budget.objects.filter(pk=budget.pk).delete()


@write()
def limit_session(*, person: Any, chat: ChatSession, money: Decimal | None) -> Budget | None:
    """The owner's own limit of what their session may cost in all; None lifts it. That of staff stays beside it."""
    if chat.owner_id != person.pk:
        raise NotOwner
    if money is None:
        Budget.objects.filter(session=chat, by_owner=True).delete()
        return None
    measure, period = Budget.Measure.MONEY, Budget.Period.EVER
    subject, values = check_budget(measure=measure, period=period, amount=money, session=chat)
    budget, _ = Budget.objects.update_or_create(
        **subject, measure=measure, period=period, by_owner=True, defaults=values
    )
    return budget


@write()
def limit_token(*, token: ApiToken, limit: TokenLimit | None) -> None:
    """What a token may use, in place of the limit it had, which may have been of something else; None lifts it. Within
    the transaction of whoever made or changes the token. Raises BadToken with a sentence for what cannot be."""
    if limit is None:
        Budget.objects.filter(token=token).delete()
        return
    try:
        subject, values = check_budget(
            measure=limit.measure, period=limit.period, amount=limit.limit, token=token
        )
    except BadBudget as bad:
        raise BadToken(bad.sentence) from None
    before = Budget.objects.filter(token=token).first()
    span = {"measure": limit.measure, "period": limit.period}
    budget, _ = Budget.objects.update_or_create(**subject, defaults=span | values)
    if before is None or (before.measure, before.period) != (budget.measure, budget.period):
        _forget_requests(budget)


def _forget_requests(budget: Budget) -> None:
    """Messages are counted only where a budget limits them: what a former one left is made anew."""
    rows = BudgetSpan.objects.filter(kind=BudgetSpan.Kind.REQUESTS, period=budget.period)
    if budget.audience in (Budget.Audience.FREE, Budget.Audience.PREMIUM):
        rows = rows.filter(scope__startswith="user:")
    else:
        rows = rows.filter(scope=scope_of(budget, budget.user_id))
    rows.delete()


def connect() -> None:
    """Called once, when the apps are ready."""
    post_save.connect(account_saved, sender=User, dispatch_uid="budgets_of_another_plan")
    for signal in (post_save, post_delete):
        signal.connect(budget_changed, sender=Budget, dispatch_uid="pages_of_another_budget")


def budget_changed(instance: Budget, **_: Any) -> None:
    """The pages of those whom it limits look again, and what waits for something to be left goes out if there is."""
    person, chat = instance.user_id, instance.session_id
    if instance.token_id is None:  # pages use no token
        transaction.on_commit(lambda: feed.limits_changed(person, chat))
    transaction.on_commit(send_held_back, robust=True)


def account_saved(instance: User, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    """With another plan a person may have been without a limit of messages, and nobody counted: what is known of
    theirs is made anew from the rows. Not of a minute, which has no other memory."""
    if not created and (update_fields is None or "plan" in update_fields):
        rows = BudgetSpan.objects.filter(kind=BudgetSpan.Kind.REQUESTS, scope=f"user:{instance.pk}")
        rows.exclude(period=Budget.Period.MINUTE).delete()


def check_budget(
    *,
    measure: str,
    period: str,
    amount: Decimal | int,
    user: User | None = None,
    session: ChatSession | None = None,
    plan: str = "",
    workspace: bool = False,
    token: ApiToken | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns of the subject, and of the amount. Raises BadBudget with a sentence for what cannot be."""
    if sum(map(bool, (user, session, plan, workspace, token))) != 1:
        raise BadBudget("A budget is of one person, one session, one plan or the workspace.")
    audience = Budget.Audience.WORKSPACE if workspace else plan
    subject = {"user": user, "session": session, "token": token, "audience": audience}
    _refuse_bad(subject, measure, period)
    return subject, _amounts(measure, amount)


def _refuse_bad(subject: dict[str, Any], measure: str, period: str) -> None:
    if measure not in Budget.Measure.values or period not in Budget.Period.values:
        raise BadBudget("A budget counts money, tokens or messages, a minute, a day, a month or in all.")
    if subject["audience"] and subject["audience"] not in Budget.Audience.values:
        raise BadBudget("There is no such plan.")
    if period == Budget.Period.MINUTE and measure != Budget.Measure.REQUESTS:
        raise BadBudget("Only messages can be limited a minute.")
    if period == Budget.Period.EVER and subject["session"] is None and subject["token"] is None:
        raise BadBudget("Only a session can be limited in all. Choose a day or a month.")


def _amounts(measure: str, limit: Any) -> dict[str, Any]:
    if measure == Budget.Measure.MONEY:
        money = Decimal(limit)
        if not money.is_finite() or not LOWEST_MONEY <= money <= HIGHEST_MONEY:
            raise BadBudget(f"A budget lies between ${LOWEST_MONEY} and ${HIGHEST_MONEY:,}.")
        return {"money": money, "count": None}
    if limit != int(limit) or not 1 <= int(limit) <= HIGHEST_COUNT:
        raise BadBudget("A limit of tokens or messages is a whole number of 1 or more.")
    return {"money": None, "count": int(limit)}


def described(before: Budget | None, after: Budget | None) -> str:
    """For the record: what is limited, from how much to how much."""
    former, present = (amount(row) if row else "none" for row in (before, after))
    return f"{after or before}: {former} → {present}"


# ---------------------------------------------------------------- counters


@write()
def release_settled() -> int:
    """Drop reservations whose call is settled: there should be none. Returns how many there were."""
    return Reservation.objects.filter(usage__settled_at__isnull=False).delete()[0]


def sweep() -> bool:
    """Counters of spans long over go, and those of sessions and tokens without a limit. The ledger still has what they
    counted."""
    now = timezone.now()
    old = Q()
    for period, kept in KEPT.items():
        old |= Q(period=period, ends__lt=now - kept)
    limited = Budget.objects.filter(Q(session__isnull=False) | Q(token__isnull=False))
    needed = [scope_of(budget, None) for budget in limited.only("session", "token")]
    spare = Q(period=Budget.Period.EVER) & ~Q(scope__in=needed)
    gone = BudgetSpan.objects.filter(old | spare)
    if gone.exists():
        with write():
            gone.delete()
    return False
