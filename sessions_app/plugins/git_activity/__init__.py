"""Git: new commits of the repositories that staff name become activity, and the assistant can answer about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, field_validator

from sessions_app.plugins import (
    Card,
    Event,
    Plugin,
    PluginContext,
    Poll,
    Problem,
    Question,
    Said,
    Typed,
    activity,
    command,
    tool,
)

from . import repositories
from .repositories import Commit, Unreadable

SHOWN = 10


class Settings(BaseModel):
    repositories: list[str] = Field([], description="Folders on this server, one a line.")
    tell: bool = Field(True, title="Tell of new commits", description="As activity, for everyone.")
    add: bool = Field(
        False, title="Add to every question", description="The newest commits go with each question."
    )

    @field_validator("repositories")
    @classmethod
    def absolute(cls, paths: list[str]) -> list[str]:
        if any(not path.startswith("/") or "\0" in path or ".." in path.split("/") for path in paths):
            raise ValueError("Each is a whole path, such as /srv/git/shop.")
        if len(paths) > 20:
            raise ValueError("Twenty at the most.")
        return paths


def known(settings: Settings) -> dict[str, Any]:
    return repositories.named(settings.repositories)


def one(settings: Settings, name: str) -> Any:
    """The path of a repository by its name; with one alone it need not be named."""
    found = known(settings)
    if not found:
        raise Problem("No repository is set. Staff can name some in the settings of the plugin Git.")
    if not name and len(found) == 1:
        return next(iter(found.values()))
    if name not in found:
        raise Problem(f"There is no such repository. There are: {', '.join(found)}.")
    return found[name]


def recent(settings: Settings, name: str, most: int) -> list[Commit]:
    try:
        return repositories.commits(one(settings, name), most=most)
    except Unreadable as problem:
        raise Problem(f"The repository could not be read: {problem}") from None


def told(commit: Commit) -> dict[str, str]:
    return {
        "commit": commit.hash[:12],
        "author": commit.author,
        "at": commit.at.isoformat(),
        "subject": commit.subject,
    }


@tool(label="Recent commits", icon="code-bracket", time_limit=15)
def recent_commits(context: PluginContext, *, repository: str = "", limit: int = 20) -> dict[str, Any]:
    """The newest commits of a Git repository that staff connected, newest first. Without a name the only one there is;
    a wrong name is answered with those there are. At most 100."""
    found = recent(context.settings, repository, max(1, min(limit, 100)))
    return {"repositories": list(known(context.settings)), "commits": [told(each) for each in found]}


@tool(label="One commit", icon="code-bracket-square", time_limit=15)
def show_commit(context: PluginContext, *, commit: str, repository: str = "") -> dict[str, Any]:
    """One commit by its hash: its whole message, and how much it changed in which files (not the lines themselves)."""
    try:
        found, stat = repositories.show(one(context.settings, repository), commit.strip().lower())
    except Unreadable as problem:
        raise Problem(str(problem)) from None
    return {**told(found), "message": found.body, "files": stat}


def names_like(typed: Typed) -> list[str]:
    return [name for name in known(typed.settings) if name.startswith(typed.argument)]


@command(
    argument="REPOSITORY",
    description="The newest commits of a repository",
    icon="code-bracket",
    complete=names_like,
)
def commits(typed: Typed) -> Said:
    found = recent(typed.settings, typed.argument, SHOWN)
    rows = [(each.hash[:8], f"{each.subject} ({each.author}, {each.at:%Y-%m-%d})") for each in found]
    return Said("The newest commits." if rows else "There is no commit yet.", rows)


@activity(every=120, audience="everyone")
def new_commits(poll: Poll) -> Iterator[Event]:
    """Those that came since it was last asked; nothing at first: what was there before is no news."""
    if not poll.settings.tell:
        return
    for name, path in known(poll.settings).items():
        try:
            yield from news(poll.memory, name, path)
        except Unreadable as problem:
            fingerprint = f"unreadable {name[:40]}"
            yield Event(f"{name}: {problem}", kind="unreadable", severity="warning", fingerprint=fingerprint)


def news(memory: dict[str, Any], name: str, path: Path) -> Iterator[Event]:
    head = repositories.commits(path, most=1)
    last = memory.get(str(path), "")
    found: list[Commit] = []
    if last and head and last != head[0].hash:
        with suppress(Unreadable):  # where history was written anew, that is not there any more
            found = repositories.commits(path, most=50, after=last)
    if head:
        memory[str(path)] = head[0].hash
    for each in reversed(found):
        yield Event(
            f"{name}: {each.subject}",
            each.body,
            kind="commit",
            at=each.at,
            fingerprint=f"{name[:20]} {each.hash}",
            data={"repository": name, "commit": each.hash, "author": each.author},
        )


def newest(question: Question) -> list[Card]:
    if not question.settings.add:
        return []
    cards = []
    for name, path in known(question.settings).items():
        try:
            found = repositories.commits(path, most=5)
        except Unreadable:
            continue
        lines = [f"{each.hash[:8]} {each.at:%Y-%m-%d} {each.author}: {each.subject}" for each in found]
        cards.append(Card(f"Newest commits of {name}", "\n".join(lines)))
    return cards[:5]


class GitActivity(Plugin):
    name = "git"
    version = "1.0"
    label = "Git"
    description = "New commits of repositories as activity, and answers about them."
    Settings = Settings
    commands = (commits,)
    tools = (recent_commits, show_commit)
    sources = (new_commits,)
    contexts = (newest,)
