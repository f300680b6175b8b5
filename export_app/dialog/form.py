"""The options of a wish as fields of a form: what goes in first, then what is the format's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from export_app.dialog.wish import Wish
from export_app.options import COMMON, Option, Value
from export_app.renderers import formats

SHARED = {each.name for each in COMMON}
FEW, SHORT = 4, 24  # choices side by side, and characters of all their labels


@dataclass(frozen=True, slots=True)
class Field:
    """One option with its value; `choices` are (value, label, chosen)."""

    option: Option
    value: Value

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
    def length(self) -> int:
        """How many characters a number may have."""
        return len(str(self.option.most))


def groups(wish: Wish) -> list[tuple[str, list[Field]]]:
    """Fields under their headings; the empty heading is "What goes in". No group is empty."""
    fields = [Field(each, wish.options[each.name]) for each in wish.offered]
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
