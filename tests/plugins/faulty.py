"""Plugins that go wrong, one in each hook, all in the way that `fault` says."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, field_validator

from sessions_app.plugins import (
    Answer,
    Card,
    Event,
    Plugin,
    PluginContext,
    Poll,
    Question,
    Typed,
    activity,
    command,
    tool,
)

HERE = "tests.plugins.faulty."
ALL = [HERE + name for name in ("BeforeSend", "Context", "Tools", "AfterReply", "Sources")]
release = threading.Event()  # lets go whatever sleeps
fault = "none"
PROMPT_WORDS = "the words of a person"


def never() -> None:
    release.wait(60)


async def blocking_async() -> None:
    """As bad as it gets: a coroutine that does not give the loop away."""
    never()


class Evil:
    """Looks back at whoever looks at it."""

    def __getattr__(self, name: str) -> Any:
        raise SystemExit(f"touched {name}")

    def __str__(self) -> str:
        raise RuntimeError("no words")

    def __iter__(self) -> Iterator[Any]:
        raise KeyboardInterrupt


def fails(flood: Callable[[], Any]) -> Any:
    """Go wrong, by the fault of the day; `flood` gives more than the hook's own limit."""
    match fault:
        case "raises":
            raise ValueError(PROMPT_WORDS)
        case "exits":
            sys.exit(3)
        case "recurses":
            return fails(flood)
        case "sleeps":
            never()
        case "sleeps in a coroutine":
            return blocking_async()
        case "garbage":
            return Evil()
        case "other garbage":
            return object()
        case "floods":
            return flood()
    return None


def endless(value: Any) -> Iterator[Any]:
    while True:
        yield value


class BeforeSend(Plugin):
    name = "bad-before-send"

    def before_send(self, question: Question) -> Any:
        return fails(lambda: endless(Card("Many", "x" * 30_000)))


def context(question: Question) -> Any:
    return fails(lambda: endless(Card("Many")))


class Context(Plugin):
    name = "bad-context"
    contexts = (context,)


@tool(label="Bad tool")
def bad_tool(given: PluginContext) -> Any:
    """Goes wrong."""
    return fails(lambda: {"rows": ["x" * 1000] * 2000})


@command(argument="WORDS")
def bad(typed: Typed) -> Any:
    """Goes wrong."""
    return fails(lambda: endless("x"))


def completing(typed: Typed) -> Any:
    return fails(lambda: endless("x"))


@command(argument="WORDS", complete=completing)
def half(typed: Typed) -> Any:
    """Goes wrong while it is typed."""
    return "done"


class Tools(Plugin):
    name = "bad-tools"
    tools = (bad_tool,)
    commands = (bad, half)


class AfterReply(Plugin):
    name = "bad-after-reply"

    def after_reply(self, answer: Answer) -> Any:
        return fails(lambda: endless(None))


@activity(every=30)
def bad_source(poll: Poll) -> Any:
    """Goes wrong."""
    return fails(lambda: endless(Event("Many")))


class Sources(Plugin):
    name = "bad-sources"
    sources = (bad_source,)


class Checked(BaseModel):
    word: str = ""

    @field_validator("word")
    @classmethod
    def checked(cls, value: str) -> str:
        fails(lambda: None)
        return value


class Settings(Plugin):
    name = "bad-settings"
    Settings = Checked
    PersonSettings = Checked
