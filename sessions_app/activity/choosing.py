"""A digest of somebody's events: of a span, narrowed, with some groups of it left out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from sessions_app.agent.cards import Card

from .digests import Digest, Group, card_of, counted, digest, grouped
from .finding import Filters, counts, gravest
from .spans import Wanted, since, words_of

LISTED = 60  # groups that may be chosen from


@dataclass(frozen=True, slots=True)
class Choice:
    """The groups of a span, and how many times something happened in it, by severity. `fits` are as many of the first
    groups as a digest tells of."""

    wanted: Wanted
    since: datetime
    until: datetime
    groups: tuple[Group, ...]
    counts: dict[int, int]

    @property
    def title(self) -> str:
        span = words_of(self.wanted.span)
        if self.wanted.source:
            return _("Activity of %(source)s, %(span)s") % {"source": self.wanted.source, "span": span}
        return _("Activity of %(span)s") % {"span": span}

    @property
    def heading(self) -> str:
        return _("From %(first)s to %(last)s UTC there were: %(counts)s.") % {
            "first": f"{self.since.astimezone(UTC):%Y-%m-%d %H:%M}",
            "last": f"{self.until.astimezone(UTC):%Y-%m-%d %H:%M}",
            "counts": counted(self.counts),
        }

    @property
    def fits(self) -> int:
        return len(self.digest().groups)

    def digest(self, only: Collection[str] | None = None) -> Digest:
        """With all groups, or those of these keys."""
        chosen = [group for group in self.groups if only is None or group.key in only]
        return digest(chosen, heading=self.heading)

    def card(self, only: Collection[str] | None = None) -> Card:
        return card_of(self.digest(only), title=self.title, source=self.wanted.source, now=self.until)


def choice(user: Any, wanted: Wanted, *, now: datetime, began: datetime | None = None) -> Choice:
    """What there is to choose from; `began` where the span was fixed before."""
    first = began or since(wanted.span, now, user.zone)
    filters = Filters(source=wanted.source, severity=wanted.severity, since=first)
    groups = grouped(gravest(user, filters))[:LISTED]
    return Choice(wanted, first, now, tuple(groups), counts(user, filters))
