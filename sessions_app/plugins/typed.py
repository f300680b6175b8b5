"""Commands of plugins, as the registry knows commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from sessions_app.agent.tools import ToolProblem
from sessions_app.commands.base import Command, Context, NotRun, Outcome, Suggestion

from .calling import asked_now
from .interface import PluginCommand, Typed
from .results import as_outcome, as_suggestions
from .running import Fault, Job
from .state import On, used_by


class FromPlugin(Command):
    """A command of a plugin that somebody uses."""

    needs_session = False

    def __init__(self, on: On, command: PluginCommand) -> None:
        self.on, self.command = on, command
        self.name, self.argument = command.name, command.argument  # type: ignore[misc]
        self.description, self.icon = command.description, command.icon  # type: ignore[misc]

    def complete(self, context: Context, typed: str) -> Sequence[Suggestion]:
        complete = self.command.complete
        if complete is None:
            return ()
        try:
            return asked_now(
                self.on,
                f"Completing /{self.name}",
                lambda job, given: as_suggestions(job.awaited(complete(_typed(context, typed, given)))),
            )
        except (Fault, ToolProblem):
            return ()

    def run(self, context: Context, argument: str) -> Outcome:
        def work(job: Job[Any], given: dict[str, Any]) -> Outcome:
            return as_outcome(job.awaited(self.command.function(_typed(context, argument, given))))

        try:
            return asked_now(self.on, f"/{self.name}", work)
        except ToolProblem as problem:
            raise NotRun(problem.sentence) from None
        except Fault:
            raise NotRun(
                _("The plugin %(name)s failed, and nothing came of it. Staff can see what went wrong.")
                % {"name": self.on.plugin.label}
            ) from None


def _typed(context: Context, argument: str, given: dict[str, Any]) -> Typed:
    return Typed(argument=argument, session=str(context.chat.pk) if context.chat else "", **given)


def plugin_commands(user: Any) -> dict[str, FromPlugin]:
    """Of the plugins somebody uses, by the word behind the slash; the first of two by name."""
    found: dict[str, FromPlugin] = {}
    for on in used_by(user):
        for command in on.plugin.commands.values():
            found.setdefault(command.name, FromPlugin(on, command))
    return found
