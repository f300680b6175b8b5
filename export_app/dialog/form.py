"""The options of a wish as fields of a form: what goes in first, then what is the format's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from export_app.dialog.wish import Wish
from export_app.options import COMMON, BadOption, Option, Value
from export_app.renderers import formats, named
from sessions_app.actions.errors import Refused

SHARED = {each.name for each in COMMON}
FEW, SHORT = 4, 24  # choices side by side, and characters of all their labels


@dataclass(frozen=True, slots=True)
class Field:
    """One option with its value; `choices` are (value, label, chosen). `problem`: why what was entered cannot be."""

    option: Option
    value: Value
    problem: str = ""

    @property
    def kind(self) -> str:
        """switch, segments, list, number or text."""
        if self.option.kind != "choice":
            return self.option.kind
        labels = [label for _, label in self.option.choices]
        return "segments" if len(labels) <= FEW and len("".join(labels)) <= SHORT else "list"

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        return [(value, label, value == self.value) for value, label in self.option.choices]

    @property
    def typed(self) -> bool:
        """Whether a person enters it as text, and so may enter what cannot be."""
        return self.kind in ("number", "text")

    @property
    def length(self) -> int:
        """How many characters a number may have."""
        return len(str(self.option.most))


@dataclass(frozen=True, slots=True)
class Entered:
    """What cannot be, as it was entered, and why."""

    text: str
    why: str


def notes(given: Mapping[str, Any], refusal: Refused | None = None) -> list[Field]:
    """The options that are typed, of the form that was sent, for the sentence below each; none where the form shows the
    options of another format."""
    renderer = named(str(given.get("format", "")))
    if renderer is None or given.get("shown") != renderer.name:
        return []
    why = {refusal.option: refusal.hint} if isinstance(refusal, BadOption) else {}
    fields = [Field(each, "", why.get(each.name, "")) for each in renderer.options]
    return [field for field in fields if field.typed]


def field_of(option: Option, value: Value, entered: Entered | None) -> Field:
    field = Field(option, value)
    return replace(field, value=entered.text, problem=entered.why) if entered and field.typed else field


def groups(wish: Wish, entered: Mapping[str, Entered]) -> list[tuple[str, list[Field]]]:
    """Fields under their headings; the empty heading is "What goes in". No group is empty. What was entered stands
    there, right or not."""
    fields = [field_of(each, wish.options[each.name], entered.get(each.name)) for each in wish.offered]
    common = [field for field in fields if field.option.name in SHARED]
    own = [field for field in fields if field.option.name not in SHARED]
    return [(name, found) for name, found in (("", common), (wish.renderer.label, own)) if found]


def cards(wish: Wish) -> list[dict[str, Any]]:
    """The formats to choose from."""
    return [
        {
            "name": each.name,
            "label": each.label,
            "icon": each.icon,
            "chosen": each.name == wish.renderer.name,
        }
        for each in formats().values()
    ]
