"""What figures are asked for: of which days, and of whose rows. Read from an address, and written into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from analytics_app.queries.activity import Activity
from analytics_app.queries.ledger import Ledger
from analytics_app.queries.periods import Period, before, between, period, thirty_days
from sessions_app.models import User

RANGES = {"today": "Today", "week": "Week", "month": "Month", "all": "All"}
USUAL = "month"
DAYS = ("7d", "30d")  # 7d is the week by another name
LONGEST = 3_653  # days of one question: each is looked at by itself where nothing is rolled up
NO_RANGE = "There is no such period: there are today, week, month, all, 7d, 30d and dates. These are the figures of this month."
NO_SCOPE = "Figures are your own or everyone's. These are your own."
FILTERS = ("user", "model", "provider")


@dataclass(frozen=True, slots=True)
class Question:
    """`everyone` is true only for staff who asked; `person` is whose rows count (None: everyone's), a person chosen
    by staff or the asker. `model` and `provider` narrow further; empty for all. `problem` says in words what of the
    address was not understood; the usual stands in its place."""

    asker: User
    zone: tzinfo
    now: datetime
    span: Period
    everyone: bool = False
    person: User | None = None
    model: str = ""
    provider: str = ""
    problem: str = ""

    @property
    def former(self) -> Period | None:
        """What it is compared with; None for all time."""
        return before(self.span)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def narrowed(self) -> bool:
        """Whether one model or provider was chosen: only the ledger tells them apart."""
        return bool(self.model or self.provider)

    @property
    def reads_texts(self) -> bool:
        """Whether titles and topics of what is asked about may be shown: one's own, or of whoever reads others'."""
        return not self.everyone or self.asker.reads_others

    def ledger(self) -> Ledger:
        """The settled calls asked about, of the model and the provider that were chosen."""
        if self.person is None:
            ledger = Ledger.all_for_staff(self.asker, self.zone)
        else:
            ledger = Ledger.for_user(self.person, self.zone)
        return ledger.narrowed(model=self.model, provider=self.provider)

    def activity(self) -> Activity:
        if self.person is None:
            return Activity.all_for_staff(self.asker, self.zone)
        return Activity.for_user(self.person, self.zone)

    def query(self, **changes: str) -> str:
        """The same question as the query of an address, with these parts of it changed ("" takes one out)."""
        parts = {
            "time_range": self.span.name,
            "from": f"{self.span.days[0]}" if self.span.name == "dates" else "",
            "until": f"{self.span.days[-1]}" if self.span.name == "dates" else "",
            "scope": "everyone" if self.everyone else "",
            "user": self.person.username if self.everyone and self.person else "",
            "model": self.model,
            "provider": self.provider,
            **changes,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    def within(self, span: Period) -> Question:
        """The same, of another period."""
        return replace(self, span=span)


def question(asker: User, given: Mapping[str, Any]) -> Question:
    """From the query of an address: `time_range`, `from` and `until` (days, both counted), and for staff `scope`
    (own, everyone) and `user` (a name). Whatever else stands there is left out."""
    now, zone = timezone.now(), asker.zone
    span, problem = _span(given, now, zone)
    everyone = asker.is_staff and given.get("scope") == "everyone"
    person: User | None = None if everyone else asker
    if given.get("scope", "") not in ("", "own", "everyone"):
        problem = problem or NO_SCOPE
    wanted = str(given.get("user", ""))
    if everyone and wanted:
        person = User.objects.filter(username=wanted).first() if "\0" not in wanted else None
        if person is None:
            problem = problem or "Nobody has that name. These are everyone's figures."
    return Question(
        asker, zone, now, span, everyone, person,
        model=_plain(given.get("model")), provider=_plain(given.get("provider")), problem=problem,
    )  # fmt: skip


def _span(given: Mapping[str, Any], now: datetime, zone: tzinfo) -> tuple[Period, str]:
    """Two days alone are taken as dates."""
    wanted = str(given.get("time_range", ""))
    if wanted == "dates" or (not wanted and given.get("from") and given.get("until")):
        try:
            first, last = (date.fromisoformat(str(given.get(name, ""))) for name in ("from", "until"))
            if (last - first).days < LONGEST:
                return between(first, last, zone), ""
            problem = "At most ten years can be told at once. These are the figures of this month."
        except ValueError:
            problem = "Two days are needed, the earlier one first. These are the figures of this month."
        return period("month", now, zone), problem
    if wanted in DAYS:
        return (thirty_days(now, zone) if wanted == "30d" else period("week", now, zone)), ""
    if wanted in RANGES:
        return period(wanted, now, zone), ""  # type: ignore[arg-type]
    return period("month", now, zone), NO_RANGE if wanted else ""


def _plain(value: Any) -> str:
    text = str(value or "")
    return "" if "\0" in text else text[:120]
