"""An import in words and rows, a page of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from export_app.models import ImportItem, ImportJob

PAGE = 50
EARLIER = 30
State, Status = ImportItem.State, ImportJob.Status
STATES = tuple(State.values)


def count_words(state: str, number: int) -> str:
    words = {
        State.NEW: _("%(number)s new"),
        State.CHANGED: _("%(number)s changed"),
        State.HERE: _("%(number)s already here"),
        State.BROKEN: _("%(number)s cannot be read"),
    }
    return words[State(state)] % {"number": f"{number:,}"}


def sessions(number: int) -> str:
    return ngettext("%(number)s session", "%(number)s sessions", number) % {"number": f"{number:,}"}


@dataclass
class Shown:
    """What the page of an import shows: its list as far as `state` and `page` say, the counts, what is chosen."""

    job: ImportJob
    state: str = ""
    asked: str = ""

    def __post_init__(self) -> None:
        self.state = self.state if self.state in STATES else ""

    @property
    def items(self) -> QuerySet[ImportItem]:
        return ImportItem.objects.filter(job=self.job)

    @cached_property
    def figures(self) -> dict[str, int]:
        """Counted in one query."""
        usable = ~Q(state=State.BROKEN)
        taken = Q(taken_at__isnull=False)
        wanted = {
            "all": Q(),
            **{state: Q(state=state) for state in STATES},
            "chosen": Q(chosen=True) & usable,
            "copies": Q(chosen=True, state=State.HERE),
            "imported": taken & usable,
            "failed": taken & ~usable,
        }
        counts = {f"of_{name}": Count("pk", filter=where) for name, where in wanted.items() if where}
        found = self.items.aggregate(of_all=Count("pk"), **counts)
        return {name: found[f"of_{name}"] for name in wanted}

    @property
    def news(self) -> bool:
        """Whether something of it is not here yet."""
        return any(self.figures[state] for state in ImportItem.NEWS)

    @property
    def chips(self) -> list[dict[str, Any]]:
        """What the list can be narrowed to, with counts; what there is none of is left out."""
        every = {"state": "", "words": _("All %(number)s") % {"number": f"{self.figures['all']:,}"}}
        found = [
            {"state": state, "words": count_words(state, self.figures[state])}
            for state in STATES
            if self.figures[state]
        ]
        return [{**chip, "on": chip["state"] == self.state} for chip in [every, *found]]

    @property
    def button(self) -> str:
        if not self.figures["chosen"]:
            return _("Import the ticked sessions")
        return _("Import %(sessions)s") % {"sessions": sessions(self.figures["chosen"])}

    @property
    def bar(self) -> dict[str, Any]:
        return bar(self.job)

    @property
    def outcome(self) -> str:
        if not self.figures["imported"] and not self.figures["failed"]:
            return _("Nothing new in this file")
        return _("%(sessions)s imported") % {"sessions": sessions(self.figures["imported"])}

    # ------------------------------------------------ the list

    @cached_property
    def listed(self) -> QuerySet[ImportItem]:
        """To choose from: all, or one state. Afterwards: what was taken, or could not be."""
        rows = self.items.filter(state=self.state) if self.state else self.items
        return rows if self.job.status == Status.READY else rows.filter(taken_at__isnull=False)

    @cached_property
    def count(self) -> int:
        if self.job.status == Status.READY:
            return self.figures[self.state or "all"]
        return self.listed.count()

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE))

    @cached_property
    def page(self) -> int:
        number = int(self.asked) if self.asked.isdecimal() and len(self.asked) < 8 else 1
        return max(1, min(number, self.pages))

    @property
    def before(self) -> int:
        return self.page - 1

    @property
    def after(self) -> int:
        return self.page + 1 if self.page < self.pages else 0

    @cached_property
    def rows(self) -> list[ImportItem]:
        first = (self.page - 1) * PAGE
        rows = self.listed.select_related("session").order_by("position")
        return list(rows[first : first + PAGE])


def bar(job: ImportJob) -> dict[str, Any]:
    """How far a busy import is, in words and for a bar; without `of` nobody knows yet."""
    if job.status == Status.IMPORTING:
        words = _("%(done)s of %(sessions)s") % {"done": f"{job.done:,}", "sessions": sessions(job.total)}
        if job.within:
            words += _("; %(number)s messages of the next one") % {"number": f"{job.within:,}"}
        name = _("Stopping") if job.cancel_requested_at else _("Importing")
        return {"name": name, "words": words, "at": job.done, "of": job.total}
    if job.status == Status.RECEIVING:
        return {"name": _("Receiving the file"), "words": _("Keep the page open that sends it."), "of": 0}
    words = _("%(sessions)s found so far") % {"sessions": sessions(job.total)} if job.total else ""
    return {"name": _("Reading the file"), "words": words, "of": 0}


def earlier(person: Any) -> list[ImportJob]:
    """Imports of this person, the newest first."""
    return list(ImportJob.objects.for_user(person).with_news()[:EARLIER])
