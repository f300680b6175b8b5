"""Commands whose part this workspace does not have yet: they say so, until an app brings its own by the same name."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .base import Command, Context, Outcome


class Plugin(Command):
    name = "plugin"
    argument = "NAME"
    description = gettext_lazy("Use a plugin")
    icon = "puzzle-piece"
    needs_session = False

    def run(self, context: Context, argument: str) -> Outcome:
        return Outcome(_("No plugin is installed in this workspace."))
