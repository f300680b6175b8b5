"""What can be chosen of a format: typed, with a label each, so that a form, a command and a program ask alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sessions_app.actions.errors import Refused

Value = bool | int | str
ON, OFF = ("on", "true", "1", "yes"), ("off", "false", "0", "no", "")


class BadOption(Refused):
    """`option` is the name of the one that was refused, `hint` what would be right."""

    kind = "bad_option"
    sentence = "The format has no such option, or not with this value."

    def __init__(self, sentence: str, *, option: str = "", hint: str = "") -> None:
        super().__init__(sentence)
        self.option = option
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. A `switch` is on or off, a `choice` one of `choices` (value, label), a `number` within `least` and
    `most`, a `text` what `pattern` matches."""

    name: str
    label: str
    kind: Literal["switch", "choice", "number", "text"]
    default: Value
    choices: tuple[tuple[str, str], ...] = ()
    least: int = 0
    most: int = 0
    pattern: str = ""
    help: str = ""

    @property
    def limits(self) -> str:
        """What may be entered, for the form: "40 to 200"."""
        span = f"{self.least} to {self.most}" if self.kind == "number" else ""
        return f"{span}. {self.help}" if span and self.help else span or self.help

    def read(self, given: Any) -> Value:
        """What was given, as its type. Raises BadOption, which says what would be right."""
        match self.kind:
            case "switch":
                return self._switch(given)
            case "number":
                return self._number(given)
            case "choice":
                if str(given) in dict(self.choices):
                    return str(given)
                raise self._refused(f"choose one of {', '.join(dict(self.choices))}.")
            case "text":
                if isinstance(given, str) and re.fullmatch(self.pattern, given):
                    return given
                raise self._refused(self.help or "that is not possible.")

    def _refused(self, hint: str) -> BadOption:
        return BadOption(f"{self.label}: {hint}", option=self.name, hint=hint[:1].upper() + hint[1:])

    def _switch(self, given: Any) -> bool:
        word = str(given).lower()
        if word not in (*ON, *OFF):
            raise BadOption(f"{self.label} is on or off.", option=self.name)
        return word in ON

    def _number(self, given: Any) -> int:
        text = str(given).strip()
        if (
            isinstance(given, bool)
            or not re.fullmatch(r"\d{1,9}", text)
            or not self.least <= int(text) <= self.most
        ):
            raise self._refused(f"a whole number from {self.least} to {self.most}.")
        return int(text)


def chosen(options: Iterable[Option], given: Mapping[str, Any]) -> dict[str, Value]:
    """A value for each option: what was given, else its default. Names that are no option are left alone."""
    return {
        each.name: each.read(given[each.name]) if each.name in given else each.default for each in options
    }


def known(options: Iterable[Option], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was given, all of it options. Raises BadOption."""
    names = [each.name for each in options]
    for name in given:
        if name not in names:
            hint = f"Options: {', '.join(names)}." if names else "It has none."
            raise BadOption(f"There is no option {name[:40]} here. {hint}", option=name, hint=hint)
    return given


def possible(options: Iterable[Option], given: Mapping[str, Any]) -> dict[str, Value]:
    """Of what was given only what is an option and can be read as one."""
    found: dict[str, Value] = {}
    for each in options:
        try:
            found |= {each.name: each.read(given[each.name])}
        except (KeyError, BadOption):
            continue
    return found


METADATA = Option("metadata", "Title and facts", "switch", True)
TIMES = Option("times", "Times", "switch", True)
TOOLS = Option("tools", "Tool calls and results", "switch", True)
THINKING = Option("thinking", "Thinking", "switch", False)
USAGE = Option("usage", "Tokens and cost", "switch", True)
VERSIONS = Option("versions", "Other versions of messages", "switch", False)
COMMON = (METADATA, TIMES, TOOLS, THINKING, USAGE, VERSIONS)
PAPER = Option("paper", "Paper", "choice", "a4", (("a4", "A4"), ("letter", "Letter")))
