"""Which plugins are installed: those of the entry point `sessions_app.plugins`, and those that PLUGINS names.

Whatever is wrong with one is told to staff, and leaves it out; it never stops the start. A plugin is code that whoever runs
this server installed: it is trusted, and only its failures are contained.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import entry_points
from typing import Any

import structlog
from django.conf import settings
from django.utils.module_loading import import_string
from heroicons import IconDoesNotExist
from pydantic import BaseModel

from sessions_app.agent import labels
from sessions_app.agent.labels import Look
from sessions_app.agent.tools import Tool, load_tools
from sessions_app.rendering.clean import clean_text
from sessions_app.templatetags.icons import heroicon_outline

from .fields import fields_of
from .interface import Plugin, PluginCommand, Question, Source

GROUP = "sessions_app.plugins"
LOADING = 10.0  # seconds that bringing in one may take
NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
WORD = re.compile(r"[a-z]{1,30}")
TOOL = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,40}")
_looking = threading.Lock()
log = structlog.get_logger("sessions_app.plugins")


@dataclass(frozen=True, slots=True, eq=False)
class Installed:
    """A plugin that was loaded; everything of it that is asked for often is read once. `tools` have the names that models
    call them by."""

    plugin: Plugin
    name: str
    version: str
    label: str
    description: str
    origin: str
    settings: type[BaseModel]
    personal: type[BaseModel]
    commands: Mapping[str, PluginCommand]
    tools: tuple[Tool, ...]
    sources: Mapping[str, Source]
    contexts: tuple[Callable[[Question], Any], ...]
    before_send: bool
    after_reply: bool

    @property
    def adds(self) -> bool:
        """Whether it may add cards to questions."""
        return self.before_send or bool(self.contexts)


@dataclass(frozen=True, slots=True)
class Broken:
    """What was found and could not be loaded."""

    origin: str
    error: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that was found, by name."""

    installed: Mapping[str, Installed]
    broken: tuple[Broken, ...]


class Wrong(Exception):
    """Why something is no plugin."""


def shelf() -> Shelf:
    """What is installed; looked for once a process."""
    with _looking:
        return _found(tuple(settings.PLUGINS), tuple(settings.AGENT_TOOLS))


@cache
def _found(paths: tuple[str, ...], own: tuple[str, ...]) -> Shelf:
    installed: dict[str, Installed] = {}
    broken: list[Broken] = []
    taken = set(load_tools(own).tools)
    for origin, bring in candidates(paths):
        try:
            one = loaded(origin, bring)
            if one.name in installed:
                raise Wrong(f"{installed[one.name].origin} has the name {one.name} already.")
            one = replace(one, tools=all_named(one, taken))
        except Wrong as problem:
            log.warning("plugin left out", origin=origin, error=str(problem))
            broken.append(Broken(origin, str(problem)[:300]))
            continue
        taken.update(tool.name for tool in one.tools)
        installed[one.name] = one
        for tool in one.tools:
            labels.BROUGHT[tool.name] = Look(tool.label, tool.colour, tool.icon)
    return Shelf({name: installed[name] for name in sorted(installed)}, tuple(broken))


def candidates(paths: Iterable[str]) -> list[tuple[str, Callable[[], Any]]]:
    """Where each was found, and what brings it in."""
    found: list[tuple[str, Callable[[], Any]]] = [(path, partial(import_string, path)) for path in paths]
    packages = sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))
    for entry in packages:
        package = entry.dist.name if entry.dist is not None else "?"
        found.append((f"{package}: {entry.value}", entry.load))
    return found


def loaded(origin: str, bring: Callable[[], Any]) -> Installed:
    """Bring one in, on a thread that is left behind where it takes too long. Raises Wrong."""
    outcome: list[Installed | Wrong] = []

    def work() -> None:
        try:
            outcome.append(described(origin, bring()))
        except Wrong as problem:
            outcome.append(problem)
        except BaseException as problem:
            # Of an import anything may come, SystemExit too.
            log.warning("plugin not loaded", origin=origin, exc_info=True)
            outcome.append(Wrong(f"Loading it raised {type(problem).__name__}: {brief(problem)}"))

    thread = threading.Thread(target=work, name="plugin-loading", daemon=True)
    thread.start()
    thread.join(LOADING)
    found = outcome[0] if outcome else Wrong(f"Loading it took longer than {LOADING:g} s.")
    if isinstance(found, Wrong):
        raise found
    return found


def brief(problem: BaseException) -> str:
    """Nothing of a person's is in what an import says."""
    try:
        return " ".join(str(problem).split())[:200]
    except Exception:
        return "its error says nothing."


def described(origin: str, found: Any) -> Installed:
    """Look at what was found and read what it says of itself. Raises Wrong."""
    plugin = found() if isinstance(found, type) and issubclass(found, Plugin) else found
    if not isinstance(plugin, Plugin):
        raise Wrong("It is no subclass of sessions_app.plugins.Plugin.")
    name = getattr(plugin, "name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Wrong("Its name must be small letters, digits and hyphens, at most 30.")
    kind = type(plugin)
    return Installed(
        plugin=plugin,
        name=name,
        version=line(plugin.version, 40),
        label=line(plugin.label, 60) or name.replace("-", " ").capitalize(),
        description=line(plugin.description, 300),
        origin=origin,
        settings=settings_of(plugin.Settings, "Settings"),
        personal=settings_of(plugin.PersonSettings, "PersonSettings"),
        commands={
            each.name: shown_command(each)
            for each in all_of(PluginCommand, plugin.commands, "commands", WORD)
        },
        tools=tuple(shown_tool(each) for each in all_of(Tool, plugin.tools, "tools", TOOL)),
        sources={each.name: each for each in all_of(Source, plugin.sources, "sources", TOOL)},
        contexts=callables(plugin.contexts),
        before_send=kind.before_send is not Plugin.before_send,
        after_reply=kind.after_reply is not Plugin.after_reply,
    )


def all_of(kind: type[Any], given: Any, where: str, names: re.Pattern[str]) -> list[Any]:
    found: list[Any] = list(given) if isinstance(given, Sequence) else [None]
    for each in found:
        if not isinstance(each, kind):
            raise Wrong(f"Of its {where} one was not made by its decorator.")
        if not names.fullmatch(each.name):
            raise Wrong(f"Of its {where} one has a name that cannot be called: {each.name[:40]}.")
    if len({each.name for each in found}) < len(found):
        raise Wrong(f"Of its {where} two have one name.")
    return found


def callables(given: Any) -> tuple[Callable[[Question], Any], ...]:
    if not isinstance(given, Sequence) or not all(callable(each) for each in given):
        raise Wrong("Its contexts must be functions.")
    return tuple(given)


def settings_of(model: Any, where: str) -> type[BaseModel]:
    if not isinstance(model, type) or not issubclass(model, BaseModel):
        raise Wrong(f"Its {where} must be a pydantic model.")
    try:
        fields_of(model)
    except TypeError as problem:
        raise Wrong(f"Its {where}: {problem}") from None
    return model


def shown_command(each: PluginCommand) -> PluginCommand:
    return replace(each, argument=line(each.argument, 60), description=line(each.description, 160),
                   icon=icon(each.icon, "puzzle-piece"))  # fmt: skip


def shown_tool(each: Tool) -> Tool:
    return replace(each, label=line(each.label, 60) or each.name, colour="other",
                   icon=icon(each.icon, "puzzle-piece"))  # fmt: skip


def icon(name: Any, otherwise: str) -> str:
    """One there is: an unknown one would break every page it stands on."""
    try:
        heroicon_outline(line(name, 40))
    except IconDoesNotExist:
        return otherwise
    return line(name, 40)


def line(text: Any, length: int) -> str:
    """One clean line of what should be a text."""
    return " ".join(clean_text(text).split())[:length] if isinstance(text, str) else ""


def all_named(one: Installed, taken: set[str]) -> tuple[Tool, ...]:
    """Each under a name that nothing else has, none of the same plugin either. Raises Wrong."""
    found: list[Tool] = []
    for tool in one.tools:
        found.append(named(tool, one.name, taken | {each.name for each in found}))
    return tuple(found)


def named(tool: Tool, plugin: str, taken: set[str]) -> Tool:
    """Under its own name, where nothing else has that."""
    own = tool.name not in taken and not tool.name.startswith("mcp_")
    called = tool.name if own else f"plugin_{plugin.replace('-', '_')}_{tool.name}"[:64]
    if called in taken:
        raise Wrong(f"Its tool {tool.name} has a name that is taken.")
    return replace(tool, name=called)
