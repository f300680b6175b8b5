"""The list of commands."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import registry
from .base import Command, Context, Outcome


class Help(Command):
    name = "help"
    description = gettext_lazy("List all commands")
    icon = "question-mark-circle"
    needs_session = False

    def run(self, context: Context, argument: str) -> Outcome:
        commands = registry.commands(context.user)
        rows = [(command.usage, str(command.description)) for command in commands.values()]
        return Outcome(_("Commands. A message that begins with // is sent with one slash."), rows=rows)
