"""A command, what it is given, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sessions_app.actions.errors import Refused
from sessions_app.models import ChatSession, User


class NotRun(Refused):
    """Nothing was done; the sentence says why, and the text stays in the box."""

    kind = "command"
    sentence = "The command was not run."


@dataclass(frozen=True, slots=True)
class Context:
    """Who typed it, and where. Without a chat on the page of the session that is not made yet."""

    user: User
    chat: ChatSession | None

    @property
    def session(self) -> ChatSession:
        """The chat, for commands that need one (they are not run without)."""
        assert self.chat is not None
        return self.chat


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be typed as the argument, and what it means."""

    argument: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A page to go to (`address`), else a sentence for the notice; both empty where the page shows it by itself.

    `rows` are listed below the sentence, `link` (address, words) leads on, `undo` is the address of a POST that takes
    it back, `tells` are events for the page with their details. `dialog` is the address of what opens above the page,
    which is a page of its own for those without scripts.
    """

    text: str = ""
    address: str = ""
    dialog: str = ""
    undo: str = ""
    link: tuple[str, str] = ("", "")
    rows: Sequence[tuple[str, str]] = ()
    tells: dict[str, Any] = field(default_factory=dict)


class Command:
    """One word behind "/". `argument` is a hint for what follows it, in capitals; empty where nothing may."""

    name: ClassVar[str]
    argument: ClassVar[str] = ""
    description: ClassVar[Any]  # text, translated when it is shown
    icon: ClassVar[str] = "command-line"
    needs_session: ClassVar[bool] = True

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.argument}".rstrip()

    def complete(self, context: Context, typed: str) -> Sequence[Suggestion]:
        """What the argument typed so far may become; more letters only narrow it. Reads only."""
        return ()

    def run(self, context: Context, argument: str) -> Outcome:
        """Do it. Raises `NotRun`, or another refusal, where it cannot be done."""
        raise NotImplementedError


def beginning(suggestions: Sequence[Suggestion], typed: str) -> list[Suggestion]:
    """Those whose argument begins with what was typed."""
    return [each for each in suggestions if each.argument.lower().startswith(typed.lower())]
