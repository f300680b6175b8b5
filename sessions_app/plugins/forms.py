"""Settings of a plugin as a form: its fields with what stands in them, and what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from .fields import SettingField, fields_of, from_text
from .setting import Kept, shown


@dataclass(frozen=True, slots=True)
class FormField:
    """One field; `kept` where a secret is set already, whose value is never shown."""

    field: SettingField
    id: str
    value: str
    kept: bool = False
    problem: str = ""

    @property
    def on(self) -> bool:
        return self.value == "on"


def form_fields(
    model: type[BaseModel],
    kept: Kept,
    prefix: str,
    typed: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
) -> list[FormField]:
    """`typed` and `problems` after a refusal."""
    return [_form_field(field, value, prefix, typed, problems or {}) for field, value in shown(model, kept)]


def _form_field(
    field: SettingField, value: str, prefix: str, typed: Mapping[str, Any] | None, problems: Mapping[str, str]
) -> FormField:
    key, problem = f"{prefix}-{field.name}", problems.get(field.name, "")
    if field.kind == "secret":
        return FormField(field, key, "", bool(value), problem)
    if typed is not None:
        value = str(typed.get(field.name, "off" if field.kind == "switch" else ""))
    return FormField(field, key, value, problem=problem)


def changes_of(model: type[BaseModel], post: Mapping[str, Any]) -> dict[str, Any]:
    """What a form sets. A secret that is left empty stays, unless it is to be forgotten."""
    found: dict[str, Any] = {}
    for field in fields_of(model):
        if field.kind == "switch":
            found[field.name] = post.get(field.name) == "on"
        elif field.kind != "secret" and field.name in post:
            found[field.name] = from_text(field, post[field.name])
        elif field.kind == "secret" and post.get(f"forget_{field.name}"):
            found[field.name] = None
        elif field.kind == "secret" and post.get(field.name):
            found[field.name] = post[field.name]
    return found
