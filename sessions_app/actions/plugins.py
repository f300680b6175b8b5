"""Plugins: what staff switch and set, what each person wants of them, and how they went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from sessions_app.activity import values as happened
from sessions_app.models import PluginChoice, PluginState, User
from sessions_app.plugins.finding import shelf
from sessions_app.plugins.interface import Event, Source
from sessions_app.sealing import Sealed, seal, seal_again, unseal
from sessions_app.transactions import write

from .activity import take_events
from .audit import changes, record

PAUSE = timedelta(minutes=10)
SOONEST = 30.0  # seconds between two questions to one source


@dataclass(frozen=True, slots=True)
class Due:
    """A source of activity that this process is to ask; `since` is when it last answered."""

    plugin: str
    source: Source
    at: datetime
    since: datetime | None
    memory: Mapping[str, Any]


# ---------------------------------------------------------------- staff


@write()
def switch_plugin(*, name: str, enabled: bool, actor: Any) -> None:
    """On or off in this workspace. Switched on, it begins without failures."""
    row, _ = PluginState.objects.select_for_update().get_or_create(name=name)
    if row.enabled == enabled:
        return
    row.enabled = enabled
    if enabled:
        row.version = shelf().installed[name].version
        row.failures, row.last_error, row.last_failed_at, row.paused_until = 0, "", None, None
    row.save()
    record(actor=actor, action=f"switched plugin {'on' if enabled else 'off'}", subject=row)


@write()
def set_plugin(*, name: str, values: Mapping[str, Any], secrets: Mapping[str, str], actor: Any) -> None:
    """Keep settings of the workspace that the plugin has looked at; what of them are secrets, sealed."""
    row, _ = PluginState.objects.select_for_update().get_or_create(name=name)
    before, had = row.values, secrets_of(row.secrets_sealed)
    row.values, row.secrets_sealed = dict(values), sealed(secrets)
    row.save(update_fields=["values", "secrets_sealed", "changed_at"])
    exchanged = {key for key in {*had, *secrets} if had.get(key) != secrets.get(key)}
    after = {key: values.get(key) for key in {*before, *values}} | dict.fromkeys(exchanged, "")
    told = changes(before, dict(sorted(after.items())), exchanged)
    if told:
        record(actor=actor, action="set plugin", subject=row, detail=told)


@write()
def resume_plugin(*, name: str, actor: Any) -> None:
    """One that was paused is asked again."""
    rows = PluginState.objects.filter(name=name, paused_until__isnull=False)
    if rows.update(paused_until=None):
        record(actor=actor, action="resumed plugin", subject=f"pluginstate {name}")


@write()
def note_failure(*, name: str, error: str, pause: bool) -> None:
    """A call of a plugin failed; what failed too often is left out for a while."""
    now = timezone.now()
    more: dict[str, Any] = {"paused_until": now + PAUSE} if pause else {}
    PluginState.objects.filter(name=name).update(
        failures=F("failures") + 1, last_error=error[:300], last_failed_at=now, **more
    )


# ---------------------------------------------------------------- people


@write()
def choose_plugin(*, person: Any, name: str, enabled: bool) -> None:
    """Whether somebody uses a plugin that is on."""
    PluginChoice.objects.update_or_create(user_id=person.pk, plugin=name, defaults={"enabled": enabled})


@write()
def set_own(*, person: Any, name: str, values: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    """Keep somebody's own settings of a plugin, which it has looked at."""
    User.objects.select_for_update(no_key=True).filter(pk=person.pk).first()
    kept = {"values": dict(values), "secrets_sealed": sealed(secrets)}
    PluginChoice.objects.update_or_create(user_id=person.pk, plugin=name, defaults=kept)


# ---------------------------------------------------------------- secrets


def sealed(secrets: Mapping[str, str]) -> str:
    return seal(json.dumps(dict(secrets))) if secrets else ""


def secrets_of(text: str) -> dict[str, str]:
    """None of what cannot be opened any more: it is to be set again."""
    try:
        found: dict[str, str] = json.loads(unseal(text)) if text else {}
    except Sealed:
        return {}
    return found


@write()
def seal_secrets_again() -> tuple[int, int]:
    """Seal all secrets with the newest key. How many rows were, and how many no present key opens."""
    done = lost = 0
    for rows in (PluginState.objects, PluginChoice.objects):
        for row in rows.exclude(secrets_sealed=""):
            try:
                rows.filter(pk=row.pk).update(secrets_sealed=seal_again(row.secrets_sealed))
                done += 1
            except Sealed:
                lost += 1
    return done, lost


# ---------------------------------------------------------------- activity


def claim_due() -> list[Due]:
    """Sources that are to be asked now, each by one process: whoever notes it first."""
    names = {name: plugin.sources for name, plugin in shelf().installed.items() if plugin.sources}
    now = timezone.now()
    rows = PluginState.objects.filter(enabled=True, name__in=names) if names else []
    if not any(_due(row, source, now) for row in rows for source in names[row.name].values()):
        return []
    found = []
    with write():
        for row in PluginState.objects.select_for_update().filter(enabled=True, name__in=names):
            due = [source for source in names[row.name].values() if _due(row, source, now)]
            found += [
                Due(row.name, source, now, _moment(row, source, "well"), memory_of(row, source))
                for source in due
            ]
            for source in due:
                row.asked[source.name] = row.asked.get(source.name, {}) | {"at": now.isoformat()}
            if due:
                row.save(update_fields=["asked"])
    return found


def _due(row: PluginState, source: Source, now: datetime) -> bool:
    last = _moment(row, source, "at")
    paused = row.paused_until is not None and row.paused_until > now
    return not paused and (last is None or (now - last).total_seconds() >= max(SOONEST, source.every))


def memory_of(row: PluginState, source: Source) -> dict[str, Any]:
    return dict(row.asked.get(source.name, {}).get("memory", {}))


def _moment(row: PluginState, source: Source, name: str) -> datetime | None:
    kept = row.asked.get(source.name, {}).get(name)
    return datetime.fromisoformat(kept) if kept else None


@write()
def take_answer(*, due: Due, label: str, events: Sequence[Event], memory: Mapping[str, Any]) -> None:
    """Keep what a source told, that it did, and what it wants to remember."""
    row = PluginState.objects.select_for_update().filter(name=due.plugin).first()
    if row is None:
        return
    kept = {"well": due.at.isoformat(), "memory": dict(memory)}
    row.asked[due.source.name] = row.asked.get(due.source.name, {}) | kept
    row.save(update_fields=["asked"])
    audience = "everyone" if due.source.audience == "everyone" else "staff"
    told = [
        happened.Event(
            source=f"plugin {label}",
            kind=event.kind,
            title=event.title,
            severity=happened.NUMBERS[event.severity],
            body=event.body,
            data=event.data,
            link=event.link,
            fingerprint=event.fingerprint,
            audience=audience,
            at=event.at,
        )
        for event in events
    ]
    take_events(owner=None, events=told)
