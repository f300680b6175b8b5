"""What a person may use, how much of it is left, and what their own sessions may cost."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from analytics_app.actions.budgets import HIGHEST_MONEY, LOWEST_MONEY, limit_session
from analytics_app.models import Budget, BudgetSpan
from analytics_app.queries.budgets import Standing, spans_before, standing_of, standings, used_in
from analytics_app.refusals import WHOSE, again, amount, dollars, figure, name, seconds_left, used_up
from analytics_app.spans import EVER
from sessions_app import gates, offering
from sessions_app.actions.errors import Refused
from sessions_app.agent.context import offered_tools
from sessions_app.agent.labels.words import share
from sessions_app.models import ChatSession, PremiumUse, User
from sessions_app.rendering.footer import footer
from sessions_app.rendering.sides import settings_stamp
from sessions_app.views.access import own_or_404, readable_or_404

WARN_AT, STEP = 0.8, 0.05
SPANS_TOLD, SESSIONS_TOLD = 6, 20
THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
PLAIN = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
LOOK_EVERY = {True: 60, False: 3600}  # seconds, by whether it is used up
BAR = 1000  # thousandths of its width
CALLS = BudgetSpan.Kind.CALLS
WORKSPACE, MONEY, REQUESTS = Budget.Audience.WORKSPACE, Budget.Measure.MONEY, Budget.Measure.REQUESTS


class BadSum(Refused):
    kind = "bad_sum"
    sentence = "The cost limit must be a sum in USD, such as 2.50. Empty, there is none."


@dataclass(frozen=True, slots=True)
class Limit:
    """A standing in words. `figures` are left out where they are everyone's and this person is no staff; a bar is in
    thousandths of its width."""

    name: str
    figures: str
    again: str
    share: str
    tone: str
    spent: int
    reserved: int
    unpriced: str
    before: list[tuple[str, str, str]]
    chat: ChatSession | None = None


# ---------------------------------------------------------------- the page


@login_required
@never_cache
@require_GET
def plan(request: HttpRequest) -> HttpResponse:
    person = request.user
    assert isinstance(person, User)
    now = timezone.now()
    context = {
        "plan": person.get_plan_display(),
        "premium": person.plan == User.Plan.PREMIUM,
        "limits": [in_words(each, person, now) for each in standings(person, now=now)],
        "sessions": own_sessions(person, now),
        "reply": of_a_reply(),
        "models": offering.choices(person),
        "tools": premium_tools(person, now),
        "tool_count": len(offered_tools().tools),
        "zone": settings.TIME_ZONE if str(person.zone) != settings.TIME_ZONE else "",
    }
    return render(request, "analytics/plan_page.html", {**footer(person), **context, "watch": ""})


def of_a_reply() -> dict[str, str]:
    """The most that one reply may take, whoever asks."""
    turns, calls = settings.MAX_TURNS, settings.MAX_TOOL_CALLS
    return {
        "cost": dollars(settings.MAX_REPLY_COST),
        "turns": ngettext("%(count)s turn", "%(count)s turns", turns) % {"count": turns},
        "calls": ngettext("%(count)s tool", "%(count)s tools", calls) % {"count": calls},
    }


def own_sessions(person: User, now: datetime) -> list[Limit]:
    """The limits of one's own sessions, the fullest first."""
    rows = Budget.objects.filter(session__owner=person, session__deleted_at__isnull=True)
    found = standing_of(rows.select_related("session").order_by("-id")[:SESSIONS_TOLD], person.pk, now)
    return [in_words(each, person, now) for each in sorted(found, key=lambda each: -each.share)]


def premium_tools(person: User, now: datetime) -> list[dict[str, Any]]:
    """Tools of the premium plan, with this person's runs in the month."""
    month = now.astimezone(UTC).date().replace(day=1)
    runs = dict(PremiumUse.objects.filter(user=person.pk, month=month).values_list("tool_name", "runs"))
    return [
        {"label": tool.label, "icon": tool.icon, "colour": tool.colour, "runs": runs.get(tool.name, 0)}
        for tool in offered_tools().tools.values()
        if tool.requires_premium
    ]


def in_words(standing: Standing, person: User, now: datetime) -> Limit:
    budget = standing.budget
    hidden = budget.audience == WORKSPACE and not person.is_staff
    spent = min(BAR, round(standing.share * BAR))
    aside = float(Decimal(standing.reserved) / Decimal(standing.limit))
    before = [] if hidden else spans_before(standing, person.pk, SPANS_TOLD)
    return Limit(
        name=name(budget) if budget.session is None else name_beside(budget),
        figures="" if hidden else figures(standing),
        again=again(standing, now, person.zone, own=owns(person, budget.session)),
        share=overspent(standing, hidden=hidden) if standing.used_up else share(standing.share),
        tone="bad" if standing.used_up else "warn" if standing.share >= WARN_AT else "ok",
        spent=spent,
        reserved=min(BAR - spent, round(aside * BAR)),
        unpriced=unpriced(standing) if budget.measure == MONEY and not hidden else "",
        before=[(span_words(each), figure(budget.measure, each.spent), share(each.share)) for each in before],
        chat=budget.session,
    )


def name_beside(budget: Budget) -> str:
    """Below the title of its session: "Cost limit of $2.00"."""
    words = name(budget).removeprefix("This session's ")
    return f"{words[:1].upper()}{words[1:]}"


def overspent(standing: Standing, *, hidden: bool) -> str:
    """A share above all of it says little."""
    over = Decimal(standing.spent) - Decimal(standing.limit)
    if hidden or not over:
        return _("used up")
    measure = standing.budget.measure
    return _("used up, %(sum)s over") % {"sum": figure(measure, over if measure == MONEY else int(over))}


def owns(person: User, chat: ChatSession | None) -> bool:
    return chat is not None and chat.owner_id == person.pk


def figures(standing: Standing) -> str:
    """ "$2.40 of $10.00, $0.35 more reserved by running replies"."""
    measure = standing.budget.measure
    of = dollars(Decimal(standing.spent)) if measure == MONEY else f"{standing.spent:,}"
    words = _("%(spent)s of %(limit)s") % {"spent": of, "limit": amount(standing.budget)}
    if not standing.reserved:
        return words
    aside = figure(measure, standing.reserved)
    return words + _(", up to %(sum)s more reserved by running replies") % {"sum": aside}


def unpriced(standing: Standing) -> str:
    """What a budget of money cannot count."""
    count = standing.unpriced
    return (
        ngettext(
            "%(count)s model call is not counted: its price is unknown.",
            "%(count)s model calls are not counted: their price is unknown.",
            count,
        )
        % {"count": f"{count:,}"}
        if count
        else ""
    )


def span_words(standing: Standing) -> str:
    first = timezone.localtime(standing.begins, timezone.get_default_timezone())
    return f"{first:%B %Y}" if standing.budget.period == "month" else f"{first.day}\u00a0{first:%B %Y}"


# ---------------------------------------------------------------- the notice


@login_required
@never_cache
@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    """What is nearly used up or is used up, for the composer; nothing while there is enough."""
    person = request.user
    assert isinstance(person, User)
    chat = readable_or_404(request, uuid_or_404(request.GET["session"])) if "session" in request.GET else None
    told = [
        each
        for each in standings(person, chat)
        if each.share >= WARN_AT and each.budget.period != Budget.Period.MINUTE
    ]
    notice = warning(max(told, key=lambda each: each.share), person, chat) if told else None
    return render(request, "analytics/_limit_notice.html", {"notice": notice})


def warning(standing: Standing, person: User, chat: ChatSession | None) -> dict[str, Any]:
    """`key` and `step` say what is put away, and until when: the next five per cent."""
    now = timezone.now()
    limit = in_words(standing, person, now)
    first = (
        used_up(standing.budget)
        if standing.used_up
        else _("%(share)s of %(name)s is used.") % {"share": limit.share, "name": lowered(standing.budget)}
    )
    kept = ""
    if standing.used_up and chat is not None and chat.pending.exists():
        kept = _("Messages that wait stay here, and are sent when there is something left.")
    figures = limit.figures if not standing.used_up else ""
    return {
        "first": first,
        "rest": " ".join(filter(None, [f"{figures}." if figures else "", limit.again, kept, limit.unpriced])),
        "limit": limit,
        "key": f"limit:{standing.budget.pk}:{int(standing.begins.timestamp())}",
        "step": int(standing.share / STEP + 1e-9),
        "full": standing.used_up,
        "left": min(LOOK_EVERY[standing.used_up], seconds_left(standing, now)),
    }


def lowered(budget: Budget) -> str:
    words = name(budget)
    return words[0].lower() + words[1:] if budget.period in WHOSE or budget.session_id else words


def uuid_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


# ---------------------------------------------------------------- one's own session


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def session_limit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a session may cost in all, set by its owner. GET: the form, or only what is `used`. POST: `money`, empty for none."""
    chat = own_or_404(request, pk)
    fragment = bool(request.headers.get("HX-Request"))
    if request.method == "GET" and "used" in request.GET:
        return render(request, "analytics/_session_used.html", {"used": used_by(chat)})
    if request.method == "GET":
        return form(request, chat, fragment=fragment)
    typed = request.POST.get("money", "")
    try:
        limit_session(person=request.user, chat=chat, money=sum_of(typed))
    except Refused as refusal:
        if fragment:
            told = {"problem": refusal.sentence}
            return render(request, "sessions/_setting_note.html", told, status=refusal.status)
        return form(
            request, chat, fragment=False, typed=typed, problem=refusal.sentence, status=refusal.status
        )
    if not fragment:
        return redirect(chat)
    looks = {"watch": gates.notice(request.user, chat), "oob": "true"}
    answer = render(request, "sessions/_limits.html", looks)
    answer.headers["HX-Trigger"] = json.dumps({"settings-saved": {"stamp": settings_stamp(chat)}})
    return answer


def form(
    request: HttpRequest,
    chat: ChatSession,
    *,
    fragment: bool,
    typed: str | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    budget = Budget.objects.filter(session=chat, by_owner=True).first()
    money = "" if budget is None else whole(Decimal(budget.limit))
    theirs = Budget.objects.filter(session=chat, by_owner=False, measure=MONEY, period="ever").first()
    context = {
        "chat": chat,
        "value": money if typed is None else typed,
        "problem": problem,
        "theirs": amount(theirs) if theirs else "",
        "used": used_by(chat),
        "plain": not fragment,
        "fragment": "analytics/_session_limit.html",
        "heading": _("Cost limit"),
    }
    template = "analytics/_session_limit.html" if fragment else "sessions/fragment_page.html"
    return render(request, template, context, status=status)


def used_by(chat: ChatSession) -> str:
    return dollars(used_in(CALLS, f"session:{chat.pk}", "ever", EVER).money)


def whole(money: Decimal) -> str:
    """A sum with all its digits, two behind the point at least: saved again, it is the same."""
    units, _point, rest = f"{money:f}".partition(".")
    return f"{units}.{rest.rstrip('0'):0<2}"


def sum_of(text: str) -> Decimal | None:
    """USD as people write it: "2.50", "$2.50", "1,000". "2,50" is refused: it would be taken for 250; so is "1e3",
    which few know."""
    digits = text.strip().removeprefix("$").replace("\u00a0", "").strip()
    if not digits:
        return None
    if "," in digits and not THOUSANDS.fullmatch(digits):
        raise BadSum
    digits = digits.replace(",", "")
    if not PLAIN.fullmatch(digits):
        raise BadSum
    money = Decimal(digits)
    if not LOWEST_MONEY <= money <= HIGHEST_MONEY:
        raise BadSum(
            f"The cost limit lies between ${LOWEST_MONEY} and ${HIGHEST_MONEY:,}. Empty, there is none."
        )
    return money
