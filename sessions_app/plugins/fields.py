"""A plugin's settings as fields: which there are, their values as texts, and texts as values. Pure.

A field is a text, a whole number, a number, yes or no, one of some choices, a list of texts (a line each) or a secret. What
a value must be is checked by the plugin's own model.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from math import isfinite
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from sessions_app.rendering.clean import clean_text

Kind = Literal["text", "whole", "number", "switch", "choice", "lines", "secret"]
LONGEST = 20_000  # characters of one value
ON, OFF = {"on", "true", "yes", "1"}, {"off", "false", "no", "0", ""}

PLAINER = {  # than pydantic says it
    "missing": "This must be set",
    "int_parsing": "A whole number is needed",
    "int_type": "A whole number is needed",
    "int_from_float": "A whole number is needed",
    "float_parsing": "A number is needed",
    "float_type": "A number is needed",
    "bool_parsing": "On or off is needed",
    "bool_type": "On or off is needed",
    "string_type": "A text is needed",
    "list_type": "A list of texts is needed",
}


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting. `usual` is what holds where nothing is set."""

    name: str
    kind: Kind
    label: str
    help: str
    choices: tuple[str, ...]
    required: bool
    usual: Any


@cache
def fields_of(model: type[BaseModel]) -> tuple[SettingField, ...]:
    """Raises TypeError where a field is of another kind."""
    return tuple(_field(name, info) for name, info in model.model_fields.items())


def _field(name: str, info: FieldInfo) -> SettingField:
    kind, choices = _kind(info.annotation)
    if kind is None:
        raise TypeError(f"{name} must be a text, number, switch, choice, list of texts or secret.")
    label = info.title or name.replace("_", " ").capitalize()
    usual = (
        None if info.is_required() or kind == "secret" else plain(info.get_default(call_default_factory=True))
    )
    return SettingField(
        name, kind, label[:60], (info.description or "")[:200], choices, info.is_required(), usual
    )


def _kind(wanted: Any) -> tuple[Kind | None, tuple[str, ...]]:
    origin, inside = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return _kind(inside[0])
    if origin in (Union, types.UnionType):  # one of them may be None
        others = [each for each in inside if each is not type(None)]
        return _kind(others[0]) if len(others) == 1 else (None, ())
    if origin is Literal and all(isinstance(each, str) for each in inside):
        return "choice", inside
    if origin in (list, Sequence) and inside == (str,):
        return "lines", ()
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return "choice", tuple(str(each.value) for each in wanted)
    kinds: dict[Any, Kind] = {str: "text", int: "whole", float: "number", bool: "switch", SecretStr: "secret"}
    return kinds.get(wanted), ()


def plain(value: Any) -> Any:
    """As JSON has it."""
    return str(value.value) if isinstance(value, Enum) else value


def as_text(field: SettingField, value: Any) -> str:
    """A value as it is typed; of a secret nothing."""
    if value is None or field.kind == "secret":
        return ""
    if field.kind == "switch":
        return "on" if value else "off"
    if field.kind == "lines" and isinstance(value, list | tuple):  # it may be another version's
        return "\n".join(map(str, value))
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def from_text(field: SettingField, text: str) -> Any:
    """What was typed, for the model to check; None where nothing was, which means what is usual."""
    text = text.replace("\r\n", "\n").strip()
    if field.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if field.kind == "switch" and text.lower() in ON | OFF:
        return text.lower() in ON
    return text or ("" if field.kind == "text" and not field.required else None)


def changed(
    model: type[BaseModel],
    stored: Mapping[str, Any],
    secrets: Mapping[str, str],
    changes: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and secrets after these changes; None takes a setting back to what is usual. Raises Unfit."""
    known = {field.name: field for field in fields_of(model)}
    if unknown := sorted(set(changes) - set(known)):
        raise Unfit({name[:60]: "There is no such setting." for name in unknown})
    kept = {name: value for name, value in {**stored, **secrets}.items() if name in known}
    given = {name: value for name, value in {**kept, **changes}.items() if value is not None}
    made = fit(model, {name: storable(value) for name, value in given.items()})
    values = made.model_dump(mode="json", include=set(given))
    sealed = {name: given[name] for name in given if known[name].kind == "secret"}
    return {name: value for name, value in values.items() if name not in sealed}, sealed


def storable(value: Any) -> Any:
    """As a database takes it: no NUL, no infinite number."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return [storable(each) for each in value] if isinstance(value, list) else value


def fit(model: type[BaseModel], given: Mapping[str, Any]) -> BaseModel:
    """The model of these values. Raises Unfit."""
    long = {name: "That is too long." for name, value in given.items() if _size(value) > LONGEST}
    if long:
        raise Unfit(long)
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise Unfit(_problems(error)) from None


def _size(value: Any) -> int:
    return sum(map(len, map(str, value))) if isinstance(value, list) else len(str(value))


def _problems(error: ValidationError) -> dict[str, str]:
    """A sentence for each field, never with the value; of the whole under no name."""
    found: dict[str, str] = {}
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        words = PLAINER.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        found.setdefault(name, f"{words.rstrip('.')[:200]}.")
    return found


class Unfit(Exception):
    """Settings that the plugin does not take: a sentence for each by its name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(problems))
