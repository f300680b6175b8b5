"""What is said of a budget: its name, what is used of it, why something is refused. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils import timezone

from analytics_app.models import Budget
from analytics_app.queries.budgets import Standing
from sessions_app.actions.errors import BudgetUsedUp

Measure, Period, Audience = Budget.Measure, Budget.Period, Budget.Audience
WHEN = {"minute": "a minute", "day": "for today", "month": "for this month"}
KINDS = {"money": "budget", "tokens": "limit of tokens", "requests": "limit of messages"}
WHOSE = {"minute": "This minute's", "day": "Today's", "month": "This month's"}


def refusal(standing: Standing, now: datetime, zone: tzinfo, *, own: bool = False) -> BudgetUsedUp:
    """Why nothing more may be asked, for someone whose time zone is `zone`; `own` says that a session's limit is
    theirs to change."""
    budget = standing.budget
    if budget.period == Period.MINUTE:
        reason = f"{used_up(budget)} You can send again in {seconds_left(standing, now)}\u00a0s."
        return BudgetUsedUp(reason, resets_at=standing.ends, soon=True, sums=sums(standing))
    if not standing.used_up:
        others = "Other replies" if is_shared(budget) else "Other replies of yours"
        rest = lowered(name(budget))
        return BudgetUsedUp(f"{others} have reserved the rest of {rest}. Wait until one has ended.")
    reason = f"{used_up(budget)} {again(standing, now, zone, own=own)}"
    return BudgetUsedUp(reason, resets_at=resets(standing), sums=sums(standing), told_beside=True)


def refusal_for_others(standing: Standing, now: datetime) -> BudgetUsedUp:
    """The same for whoever reads it: no amount, and moments as the site's clock has them. A person's budget is nobody
    else's business, and what a reply ended by is read by all members of a session."""
    budget = standing.budget
    if budget.period == Period.MINUTE:
        reason = f"{whose(budget)} is used up. It starts again in {seconds_left(standing, now)}\u00a0s."
        return BudgetUsedUp(reason, resets_at=standing.ends, soon=True)
    if not standing.used_up:
        rest = lowered(whose(budget))
        return BudgetUsedUp(f"Other replies have reserved the rest of {rest}. Wait until one has ended.")
    # Owners read this too: nobody is named who can raise it.
    raised = "It is raised in the settings of the session." if budget.by_owner else ""
    reason = f"{whose(budget)} is used up. {raised or again(standing, now, timezone.get_default_timezone())}"
    return BudgetUsedUp(reason, resets_at=resets(standing))


def seconds_left(standing: Standing, now: datetime) -> int:
    return max(1, -int(-(standing.ends - now).total_seconds() // 1))


def resets(standing: Standing) -> datetime | None:
    """When there is something again, where it is a matter of time."""
    return None if standing.budget.period == Period.EVER else standing.ends


def sums(standing: Standing) -> dict[str, str | int]:
    """For programs of the one whose budget it is; what everyone uses together is told to staff alone."""
    budget = standing.budget
    if budget.audience == Audience.WORKSPACE:
        return {}
    money = budget.measure == Measure.MONEY
    limit, used = (
        format(Decimal(value), "f") if money else int(value) for value in (standing.limit, standing.spent)
    )
    return {"measure": budget.measure, "limit": limit, "used": used}


def whose(budget: Budget) -> str:
    """`name` without an amount, at the beginning of a sentence."""
    if budget.audience == Audience.WORKSPACE:
        return name(budget)
    ever = budget.period == Period.EVER
    what = ("cost limit" if ever else "budget") if budget.measure == Measure.MONEY else KINDS[budget.measure]
    span = "" if ever else f" {WHEN[budget.period]}"
    if budget.token_id:
        return f"The API token's {what}{span}"
    if budget.session_id is None:
        return f"{WHOSE[budget.period]} {what} of the person who asked"
    return f"This session's {what}{span}"


def lowered(words: str) -> str:
    """As it stands within a sentence."""
    return words[0].lower() + words[1:]


def used_up(budget: Budget) -> str:
    return f"{name(budget)} is used up."


def again(standing: Standing, now: datetime, zone: tzinfo, *, own: bool = False) -> str:
    """When there is something again, or who can change that there is not."""
    if standing.budget.period == Period.MINUTE:
        return "It starts again every minute."
    if standing.budget.token_id and standing.budget.period == Period.EVER:
        return "You can raise it among your API tokens." if own else "Whose token it is can raise it."
    if standing.budget.period == Period.EVER:
        own = own and standing.budget.by_owner
        return (
            "You can raise it in the settings of this session."
            if own
            else "Its owner can raise it in the settings of the session."
            if standing.budget.by_owner
            else "An administrator can raise it."
        )
    return f"It starts again {moment(standing.ends, now, zone)}."


def moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A moment ahead, as "on 1 December", with the time of day where it is no midnight there."""
    local = at.astimezone(zone)
    day = f"on {local.day}\u00a0{local:%B}"
    if local.date() == now.astimezone(zone).date():
        day = "today"
    elif local.date() == (now.astimezone(zone) + timedelta(days=1)).date() and local.day != 1:
        day = "tomorrow"
    return day if (local.hour, local.minute) == (0, 0) else f"{day} at {local:%H:%M}"


def name(budget: Budget) -> str:
    """At the beginning of a sentence: "This month's budget of $10.00", "This session's limit of 20,000 tokens"."""
    ever = budget.period == Period.EVER
    if budget.audience == Audience.WORKSPACE:  # how much that is, is told to staff alone
        return f"The workspace's {KINDS[budget.measure]} {WHEN[budget.period]}"
    word = word_of(budget)
    span = "" if ever else f" {WHEN[budget.period]}"
    if budget.token_id:
        return f"This API token's {word} of {amount(budget)}{span}"
    if budget.session_id is None:
        return f"{WHOSE[budget.period]} {word} of {amount(budget)}"
    return f"This session's {word} of {amount(budget)}{span}"


def nameless(budget: Budget) -> str:
    """The same without how much that is, for those who may not know."""
    if budget.session_id is None:
        return name(budget)
    span = "" if budget.period == Period.EVER else f" {WHEN[budget.period]}"
    return f"This session's {word_of(budget)}{span}"


def word_of(budget: Budget) -> str:
    if budget.measure == Measure.MONEY:
        return "cost limit" if budget.period == Period.EVER else "budget"
    return "limit"


def amount(budget: Budget) -> str:
    return figure(budget.measure, budget.limit)


def figure(measure: str, value: Decimal | int) -> str:
    """A sum in its unit."""
    if measure == Measure.MONEY:
        return dollars(Decimal(value))
    noun = "token" if measure == Measure.TOKENS else "message"
    return f"{value:,}\u00a0{noun}{'' if value == 1 else 's'}"


def dollars(value: Decimal) -> str:
    """USD with two decimals, or with four where two would not be true."""
    cents = value.quantize(Decimal("0.01"))
    if cents == value or abs(value) >= 1:
        return f"${cents:,.2f}"
    least = Decimal("0.0001")
    return f"under ${least}" if 0 < value < least else f"${value.quantize(least):,.4f}"


def is_shared(budget: Budget) -> bool:
    """Whether what uses it is told by more than the person."""
    return budget.audience == Audience.WORKSPACE or bool(budget.session_id or budget.token_id)
