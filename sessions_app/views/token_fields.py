"""What is entered for a token, and its limit in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.actions.tokens import BadToken
from sessions_app.agent.labels.words import counted, estimate, money, share
from sessions_app.gates import TokenLimit

DAYS = {
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("a year"),
}
MEASURES = {
    "money": gettext_lazy("Money (USD)"),
    "tokens": gettext_lazy("Tokens"),
    "requests": gettext_lazy("Messages"),
}
PERIODS = {
    "day": gettext_lazy("each day"),
    "month": gettext_lazy("each month"),
    "ever": gettext_lazy("in all"),
}
SPANS = {"day": gettext_lazy("today"), "month": gettext_lazy("this month"), "ever": gettext_lazy("in all")}
THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
PLAIN = re.compile(r"[0-9]{1,16}(\.[0-9]{0,10})?|\.[0-9]{1,10}")
WARN_AT, BAR = 0.8, 1000


def expiry_of(post: Mapping[str, Any]) -> datetime | None:
    """When a token ends: in some days, at the end of a day in the zone of whoever chose it, or never."""
    word = post.get("expires", "never")
    if word in DAYS:
        return timezone.now() + timedelta(days=int(word))
    if word != "date":
        return None
    try:
        last = datetime.strptime(post.get("until", ""), "%Y-%m-%d").date()
        return timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    except (ValueError, OverflowError):
        raise BadToken(_("Say until which day, as 2026-11-30.")) from None


def limit_of(post: Mapping[str, Any]) -> TokenLimit | None:
    measure, text = post.get("measure", ""), post.get("amount", "").strip()
    if not measure:
        return None
    period = post.get("period", "")
    if measure not in MEASURES or period not in PERIODS:
        raise BadToken(_("A limit counts money, tokens or messages, each day, each month or in all."))
    digits = text.removeprefix("$").replace("\u00a0", "").strip()
    if THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not PLAIN.fullmatch(digits):
        raise BadToken(_("Say how much the limit is, as 5.00 or 100."))
    return TokenLimit(measure, period, Decimal(digits))


def as_typed(limit: TokenLimit | None) -> dict[str, str]:
    """As it stands in the form, with all its digits."""
    if limit is None:
        return {}
    amount = f"{Decimal(limit.limit):f}"
    if limit.measure == "money":
        units, _point, rest = amount.partition(".")
        amount = f"{units}.{rest.rstrip('0'):0<2}"
    return {"measure": limit.measure, "amount": amount, "period": limit.period}


class LimitWords(NamedTuple):
    """What is used of a limit; `spent` and `reserved` in thousandths of a bar."""

    figures: str
    share: str
    again: str
    tone: str
    spent: int
    reserved: int = 0


def in_words(limit: TokenLimit) -> LimitWords:
    used = float(Decimal(limit.used) / Decimal(limit.limit))
    full = limit.used >= limit.limit
    when = timezone.localtime(limit.resets_at) if limit.resets_at else None
    form = "j F" if when and (when.hour, when.minute) == (0, 0) else "j F, H:i"
    again = _("Starts again on %(day)s.") % {"day": date_format(when, form)} if when else ""
    of = {"used": figure(limit.measure, limit.used, bare=True), "limit": figure(limit.measure, limit.limit)}
    return LimitWords(
        figures=f"{_('%(used)s of %(limit)s') % of} {SPANS[limit.period]}",
        share=_("used up") if full else share(used),
        again=again,
        tone="bad" if full else "warn" if used >= WARN_AT else "ok",
        spent=min(BAR, round(used * BAR)),
    )


def figure(measure: str, value: Decimal | int, *, bare: bool = False) -> str:
    """A sum with its unit, but for the `bare` one that stands before another."""
    if measure == "money":
        sum_ = Decimal(value)
        return money(sum_) if 0 < sum_ < Decimal("0.01") else estimate(sum_)
    return f"{int(value):,}" if bare else counted(int(value), "token" if measure == "tokens" else "message")
