"""What a plugin is, what it is given, and what it may give back. Small, and kept as it is: packages of others use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Concatenate, Literal, cast

from pydantic import BaseModel

from sessions_app.agent.tools import Tool, ToolContext, ToolProblem
from sessions_app.agent.tools import tool as make_tool

Severity = Literal["debug", "info", "warning", "error", "critical"]
Audience = Literal["staff", "everyone"]
Problem = ToolProblem  # raised by a tool or a command: it cannot be answered, in a sentence for the person


class Nothing(BaseModel):
    """Of a plugin that has nothing to set."""


# ---------------------------------------------------------------- what is given


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What every call brings: `settings` as staff set them, and where it is about a person their username (`person`) and
    what they set for themselves (`personal`)."""

    settings: Any
    personal: Any = None
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Given):
    """A question that is about to be sent. `session` is a key, `model` the id of what will answer."""

    session: str
    title: str
    text: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Question):
    """A reply that has ended; `text` is its own, `question` what was asked. `status`: complete, stopped or failed."""

    question: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed(Given):
    """A command with what stands behind it. `session` is empty where none has begun."""

    argument: str
    session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll(Given):
    """A source of activity is asked what is new. `since` is when it last answered, None at first; what it leaves in
    `memory` (JSON, 10 kB) is there the next time."""

    since: datetime | None = None
    memory: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PluginContext(ToolContext):
    """On whose behalf a tool runs, with the plugin's settings."""

    settings: Any = None
    personal: Any = None


# ---------------------------------------------------------------- what is given back


@dataclass(frozen=True, slots=True)
class Card:
    """Something the model should know beside a question: at most 20,000 characters. It is told as data."""

    title: str
    text: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Those of one `fingerprint` are one, with a count; `at` needs a zone."""

    title: str
    body: str = ""
    kind: str = "event"
    severity: Severity = "info"
    at: datetime | None = None
    link: str = ""
    fingerprint: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answers: a sentence, rows below it, a link (address, words) that leads on."""

    text: str
    rows: Sequence[tuple[str, str]] = ()
    link: tuple[str, str] = ("", "")


# ---------------------------------------------------------------- what a plugin has


@dataclass(frozen=True, slots=True)
class PluginCommand:
    """Made by `command`."""

    name: str
    function: Callable[[Typed], Any]
    argument: str
    description: str
    icon: str
    complete: Callable[[Typed], Any] | None


@dataclass(frozen=True, slots=True)
class Source:
    """Made by `activity`. `every` is in seconds."""

    name: str
    function: Callable[[Poll], Any]
    every: float
    audience: Audience


def command(
    *,
    argument: str = "",
    description: str = "",
    icon: str = "puzzle-piece",
    complete: Callable[[Typed], Any] | None = None,
) -> Callable[[Callable[[Typed], Any]], PluginCommand]:
    """Make "/name" of `def name(typed)`, which gives a sentence or `Said`. `argument` is a hint for what follows it,
    `complete` gives what that may become. Without `description` its docstring is one."""

    def make(function: Callable[[Typed], Any]) -> PluginCommand:
        said = " ".join((description or function.__doc__ or "").split())
        return PluginCommand(function.__name__, function, argument, said, icon, complete)

    return make


def activity(
    *, every: float = 300, audience: Audience = "staff"
) -> Callable[[Callable[[Poll], Any]], Source]:
    """Make a source of activity of a function that gives or yields events; it is asked every so many seconds, never
    more often than twice a minute."""

    def make(function: Callable[[Poll], Any]) -> Source:
        return Source(function.__name__, function, every, audience)

    return make


def tool(
    *,
    label: str = "",
    icon: str = "",
    time_limit: float | None = None,
    requires_premium: bool = False,
    needs_approval: bool = False,
) -> Callable[[Callable[Concatenate[PluginContext, ...], Any]], Tool]:
    """Make a tool of `def name(context, *, argument: type = default)`, async or not; its docstring is what the model is
    told of it. What it gives must be JSON."""
    make = make_tool(
        label=label,
        icon=icon,
        time_limit=time_limit,
        requires_premium=requires_premium,
        needs_approval=needs_approval,
    )
    return cast("Callable[[Callable[Concatenate[PluginContext, ...], Any]], Tool]", make)


class Plugin:
    """What a package brings. Functions may be async or not; each call has a limit of time and a thread of its own.

    `Settings` are set by staff, `PersonSettings` by each person: pydantic models whose fields are texts, numbers, yes or
    no, choices, lists of texts, and secrets (`SecretStr`). All need a default or may be left to be set.
    """

    name: ClassVar[str]  # small letters, digits and hyphens
    version: ClassVar[str] = ""
    label: ClassVar[str] = ""
    description: ClassVar[str] = ""
    Settings: ClassVar[type[BaseModel]] = Nothing
    PersonSettings: ClassVar[type[BaseModel]] = Nothing
    commands: ClassVar[Sequence[PluginCommand]] = ()
    tools: ClassVar[Sequence[Tool]] = ()
    sources: ClassVar[Sequence[Source]] = ()
    contexts: ClassVar[Sequence[Callable[[Question], Any]]] = ()  # each gives cards for a question

    def before_send(self, question: Question) -> Any:
        """A question is about to be sent: None, or cards that go with it."""

    def after_reply(self, answer: Answer) -> Any:
        """A reply has ended."""
