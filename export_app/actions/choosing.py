"""What a person chose for an export is offered the next time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from export_app.dialog.choices import remembered
from export_app.options import Value
from export_app.renderers import Renderer, formats
from sessions_app.actions.people import set_preferences


def remember_choice(*, person: Any, renderer: Renderer, options: Mapping[str, Value]) -> None:
    """Nothing is written where it is what was chosen before."""
    before = remembered(person)
    kept = {each.name: before.of(each) for each in formats().values()}
    chosen = {
        "format": renderer.name,
        "options": {name: values for name, values in kept.items() if values} | {renderer.name: dict(options)},
    }
    preferences = person.preferences if isinstance(person.preferences, dict) else {}
    if preferences.get("export") != chosen:
        person.preferences = set_preferences(person=person, export=chosen)
