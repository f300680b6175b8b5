"""What people choose for themselves."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sessions_app.models import User
from sessions_app.transactions import write

from .errors import Refused

MAX_CHOICES = 8_000  # bytes of what was chosen for exports


class BadPreference(Refused):
    kind = "bad_preference"
    sentence = "There is no such preference, or not with this value."


@cache
def time_zones() -> tuple[str, ...]:
    """The names of all time zones, in their order; read from the disk once."""
    return tuple(sorted(available_timezones()))


@write()
def set_preferences(*, person: Any, **chosen: Any) -> dict[str, Any]:
    """Keep what was chosen beside what was chosen before, and return all of it; None takes a choice back.

    `time_zone` is an IANA name, `shortcuts` whether the page listens for keys (they are on until switched off),
    `video_questions` whether creators may read what is asked about their videos (until switched off they may), `export` what was chosen for the last export, which whoever reads it checks.
    """
    checked = {name: checked_preference(name, value) for name, value in chosen.items()}
    row = User.objects.select_for_update().get(pk=person.pk)
    before = row.preferences if isinstance(row.preferences, dict) else {}
    kept = {name: value for name, value in (before | checked).items() if value is not None}
    row.preferences = kept
    row.save(update_fields=["preferences"])
    return kept


def checked_preference(name: str, value: Any) -> Any:
    if name not in ("time_zone", "shortcuts", "video_questions", "export"):
        raise BadPreference(f"There is no preference {name[:40]!r}.")
    if name == "time_zone" and value is not None and value not in time_zones():
        raise BadPreference(f"There is no time zone {str(value)[:60]!r}. Choose one of the list.")
    if name == "shortcuts" and not isinstance(value, bool | None):
        raise BadPreference("Shortcuts are on or off.")
    if name == "video_questions" and not isinstance(value, bool | None):
        raise BadPreference("Questions about videos may be read by creators, or may not.")
    if name == "export" and value is not None and not small(value):
        raise BadPreference("That is more than can be remembered of an export.")
    return value


def small(value: Any) -> bool:
    return isinstance(value, dict) and len(json.dumps(value)) <= MAX_CHOICES
