"""What a person chose for their last exports, read with care: formats and options come and go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from export_app.options import Value, possible
from export_app.renderers import Renderer, formats

MOST_KEPT = 8_000  # characters


@dataclass(frozen=True, slots=True)
class Choices:
    """The format of the last time, and options by format as they are stored."""

    format: str
    options: Mapping[str, Any]

    def of(self, renderer: Renderer) -> dict[str, Value]:
        """Those of one format that are still possible."""
        stored = self.options.get(renderer.name)
        return possible(renderer.options, stored) if isinstance(stored, dict) else {}


def remembered(person: Any) -> Choices:
    preferences = getattr(person, "preferences", None)
    stored = preferences.get("export") if isinstance(preferences, dict) else None
    stored = stored if isinstance(stored, dict) else {}
    options = stored.get("options")
    wanted = stored.get("format")
    name = wanted if isinstance(wanted, str) and wanted in formats() else next(iter(formats()))
    return Choices(name, options if isinstance(options, dict) else {})


def shown_before(given: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
    """What was chosen in a form for the formats it showed: those before, which it `kept`, and the one it shows."""
    text = str(given.get("kept", ""))
    try:
        kept = json.loads(text) if 0 < len(text) <= MOST_KEPT else {}
    except (ValueError, RecursionError):
        kept = {}
    kept = dict(kept) if isinstance(kept, dict) else {}
    kept[str(given.get("shown", ""))] = given
    return {
        name: possible(renderer.options, kept[name])
        for name, renderer in formats().items()
        if isinstance(kept.get(name), Mapping)
    }
