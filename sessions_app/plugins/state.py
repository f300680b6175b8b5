"""Which plugins are on, for whom, and how they are set: two prepared queries, asked before every reply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from pydantic import BaseModel

from sessions_app.models import PluginChoice, PluginState
from sessions_app.prepared import Rows, given
from sessions_app.sealing import unseal

from .fields import fit
from .finding import Installed, shelf

_on = Rows(
    lambda: PluginState.objects.filter(enabled=True).values_list(
        "name", "values", "secrets_sealed", "paused_until"
    )
)
_choices = Rows(
    lambda: PluginChoice.objects.filter(user=given("user")).values_list(
        "plugin", "enabled", "values", "secrets_sealed"
    )
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Settings as they are stored."""

    values: Mapping[str, Any]
    sealed: str = ""

    def secrets(self) -> dict[str, str]:
        """Raises `sealing.Sealed` where no present key opens them."""
        found: dict[str, str] = json.loads(unseal(self.sealed)) if self.sealed else {}
        return found

    def made(self, model: type[BaseModel]) -> BaseModel:
        """Runs the plugin's own checks: only on a thread of its own. What it no longer knows is left out."""
        known = model.model_fields
        stored = {**self.values, **self.secrets()}
        return fit(model, {name: value for name, value in stored.items() if name in known})


@dataclass(frozen=True, slots=True)
class On:
    """A plugin that is on, as staff set it and as a person did."""

    plugin: Installed
    kept: Kept
    own: Kept = Kept({})
    person: str = ""

    @property
    def name(self) -> str:
        return self.plugin.name

    def given(self) -> dict[str, Any]:
        """What every call brings. On a thread of the plugin."""
        return {
            "settings": self.kept.made(self.plugin.settings),
            "personal": self.own.made(self.plugin.personal),
            "person": self.person,
        }


_last: tuple[Installed, ...] = ()


def last_known() -> tuple[Installed, ...]:
    """Those that were on when somebody last asked, without asking the database. A reply is planned, and asks, just
    before this is of use."""
    return _last


def switched_on() -> list[On]:
    """Those that are on in this workspace and not paused, by name."""
    global _last
    known, now = shelf().installed, timezone.now()
    rows = {
        name: Kept(values, sealed)
        for name, values, sealed, paused in _on.all()
        if name in known and not is_paused(paused, now)
    }
    found = [On(known[name], rows[name]) for name in sorted(rows)]
    _last = tuple(each.plugin for each in found)
    return found


def switched_on_here() -> dict[str, Installed]:
    """All that staff switched on, paused ones too."""
    on = set(PluginState.objects.filter(enabled=True).values_list("name", flat=True))
    return {name: plugin for name, plugin in shelf().installed.items() if name in on}


def paused() -> set[str]:
    rows = PluginState.objects.filter(paused_until__gt=timezone.now())
    return set(rows.values_list("name", flat=True))


def is_paused(until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now


def used_by(user: Any) -> list[On]:
    """Those a person uses."""
    found = switched_on()
    if not found:
        return found
    choices = {
        name: (enabled, Kept(values, sealed)) for name, enabled, values, sealed in _choices.all(user=user.pk)
    }
    mine = [
        replace(each, own=choices[each.name][1]) if each.name in choices else each
        for each in found
        if each.name not in choices or choices[each.name][0]
    ]
    return [replace(each, person=user.get_username()) for each in mine]


def used(name: str, user: Any) -> On | None:
    """One of them."""
    return next((each for each in used_by(user) if each.name == name), None)
