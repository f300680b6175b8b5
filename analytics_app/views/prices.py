"""What models cost, where the prices come from, and what has none."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET

from analytics_app.queries import prices as found
from analytics_app.queries.prices import EXAMPLE, KINDS, OLD, Priced, Unpriced
from analytics_app.tools.asking import plain
from sessions_app.models import ModelPrice, User
from sessions_app.rendering.footer import footer

SOURCES = {
    "free": _lazy("Free"),
    "override": _lazy("Set by staff"),
    "table": _lazy("Price table"),
    "unknown": _lazy("Unknown"),
}


@require_GET
def prices(request: HttpRequest) -> HttpResponse:
    """Everyone may read it; staff who may change prices find the way there."""
    assert isinstance(request.user, User)
    now, zone = timezone.now(), request.user.zone
    edits = request.user.is_staff and request.user.has_perm("sessions_app.change_modelprice")
    everyone = request.user.is_staff
    rows = [
        _row(each, now, zone, edits=edits, everyone=everyone)
        for each in found.prices(request.user, now, everyone=everyone)
    ]
    context = {
        "kinds": list(KINDS.values()),
        "models": rows,
        "unpriced": [row["unpriced"] | {"label": row["label"]} for row in rows if row["unpriced"]],
        "table": found.table(now.astimezone(zone).date()),
        "old": OLD,
        "example": EXAMPLE,
        "everyone": everyone,
        "edit_url": reverse("admin:sessions_app_modelprice_changelist") if edits else "",
        **footer(request.user),
    }
    return render(request, "analytics/prices_page.html", context)


def dollars(amount: Decimal) -> str:
    """Every digit that counts, at least cents."""
    whole, _dot, cents = (plain(amount) or "0").partition(".")
    return f"${int(whole):,}.{cents.ljust(2, '0')}"


def _row(each: Priced, now: datetime, zone: tzinfo, *, edits: bool, everyone: bool) -> dict[str, Any]:
    add = urlencode({"provider": each.provider, "model": each.model})
    return {
        "model": each.model,
        "provider": each.provider,
        "label": each.label,
        "offered": each.offered,
        "source": each.source,
        "source_words": SOURCES.get(each.source, each.source),
        "rates": [dollars(each.rates[kind]) if each.rates else "" for kind in KINDS],
        "tiers": [
            {
                "above": tier.above,
                "rates": [(KINDS[kind], dollars(rate)) for kind, rate in tier.rates.items()],
            }
            for tier in each.tiers
        ],
        "overrides": [_override(own, each.valid, now, zone) for own in reversed(each.overrides)],
        "steps": [
            {"name": step.name, "tokens": step.tokens, "rate": dollars(step.rate), "cost": dollars(step.cost)}
            for step in each.example
        ],
        "cost": "" if each.cost is None else dollars(each.cost),
        "unpriced": _unpriced(each.unpriced, zone, everyone=everyone) if each.unpriced else None,
        "add_url": f"{reverse('admin:sessions_app_modelprice_add')}?{add}" if edits else "",
    }


def _override(own: ModelPrice, valid: ModelPrice | None, now: datetime, zone: tzinfo) -> dict[str, Any]:
    if valid is not None and own.pk == valid.pk:
        state, word = "now", _("valid now")
    elif own.valid_from > now:
        state, word = "coming", _("coming")
    else:
        state, word = "past", _("past")
    end = own.valid_until
    return {
        "state": state,
        "word": word,
        "begin": own.valid_from.astimezone(zone),
        "end": end.astimezone(zone) if end else None,
        "rates": [(name, dollars(getattr(own, kind))) for kind, name in KINDS.items()],
        "note": own.note,
    }


def _unpriced(row: Unpriced, zone: tzinfo, *, everyone: bool) -> dict[str, Any]:
    asked = {"time_range": "all", "model": row.model, "provider": row.provider, "unpriced": "1"}
    asked |= {"scope": "everyone"} if everyone else {}
    return {
        "calls": row.calls,
        "tokens": row.tokens,
        "first": row.first.astimezone(zone),
        "last": row.last.astimezone(zone),
        "url": f"{reverse('rows', args=['calls'])}?{urlencode(asked)}",
    }
