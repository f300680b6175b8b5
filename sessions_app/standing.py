"""How providers stand, as the calls of all processes found it: which are left out, until when, and why.

A provider that fails time after time is left out for `FALLBACK_SECONDS`. Then one reply tries it again: whoever moves
`open_until` on may. What it finds closes it, or leaves it out for as long again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from .models import ProviderState
from .prepared import Rows
from .providers.base import ModelInfo

OPENS_AFTER = 2  # replies in a row that gave up on it: each has tried twice
# What tells of the provider, and not of one model, one request or one minute.
CONCERNS = frozenset({"connection", "timeout", "overloaded", "server", "billing", "authentication"})
LONGEST_LIMIT = timedelta(minutes=10)  # that a provider may ask to be left alone for

_troubled = Rows(
    lambda: ProviderState.objects.filter(Q(failures__gt=0) | Q(open_until__isnull=False)).values_list(
        *Standing._fields
    )
)


class Standing(NamedTuple):
    """A provider whose last calls did not all go well. Out while `open_until` lies ahead."""

    provider: str
    failures: int
    opened_at: datetime | None
    open_until: datetime | None
    last_failed_at: datetime | None
    last_error: str

    def is_out(self, now: datetime) -> bool:
        return self.open_until is not None and self.open_until > now

    def wants_trial(self, now: datetime) -> bool:
        """Left out for long enough: one call may try it again."""
        return self.open_until is not None and self.open_until <= now


def standings() -> dict[str, Standing]:
    """Of every provider that had trouble, by its name: nobody, as a rule. One prepared query."""
    return {row[0]: Standing(*row) for row in _troubled.all()}


def out_until(failures: int, kind: str, retry_after: float | None, now: datetime) -> datetime | None:
    """Until when a provider is left out after its `failures`th failure in a row, None where it is not. A limit of its
    rate lasts as long as it says. Without fallback nobody is: there is nobody else."""
    if not settings.FALLBACK:
        return None
    if kind == "rate_limit":
        return now + min(timedelta(seconds=retry_after), LONGEST_LIMIT) if retry_after else None
    if kind not in CONCERNS or failures < OPENS_AFTER:
        return None
    return now + timedelta(seconds=settings.FALLBACK_SECONDS)


def instead_sentence(kind: str, name: str, other: ModelInfo) -> str:
    """What is wrong with the model called `name`, and who answers."""
    label = _("the offline assistant") if other.provider == "offline" else other.label
    return _("%(problem)s; %(other)s answers instead.") % {"problem": why(kind, name), "other": label}


def why(kind: str, name: str) -> str:
    """What is wrong with `name`, a provider or its model, as the first half of a sentence."""
    words = {
        "connection": _("%(name)s cannot be reached right now"),
        "timeout": _("%(name)s does not answer right now"),
        "overloaded": _("%(name)s is overloaded right now"),
        "rate_limit": _("%(name)s is at its rate limit right now"),
        "authentication": _("%(name)s refuses the workspace’s key"),
        "permission": _("%(name)s may not be used with the workspace’s key"),
        "billing": _("%(name)s has a problem with the workspace’s account"),
        "not_found": _("%(name)s is not there any more"),
    }
    return words.get(kind, _("%(name)s has a fault right now")) % {"name": name}


def was(kind: str) -> str:
    """The same of a model that could not answer then, behind its name."""
    words = {
        "connection": _("which could not be reached"),
        "timeout": _("which did not answer in time"),
        "overloaded": _("which was overloaded"),
        "rate_limit": _("which was at its rate limit"),
        "authentication": _("which refused the workspace’s key"),
        "permission": _("which may not be used with the workspace’s key"),
        "billing": _("which had a problem with the workspace’s account"),
        "not_found": _("which was not there any more"),
    }
    return words.get(kind, _("which had a fault"))


def told(states: Mapping[str, Standing], provider: str, now: datetime) -> Standing | None:
    """How this provider stands, where it is left out."""
    state = states.get(provider)
    return state if state is not None and state.is_out(now) else None
