"""Commands whose part this workspace does not have yet: they say so, until an app brings its own by the same name."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .base import Command, Context, Outcome


class Activity(Command):
    name = "context"
    argument = "TIME"
    description = gettext_lazy("Add recent activity, such as 1h")
    icon = "bolt"
    needs_session = False

    def run(self, context: Context, argument: str) -> Outcome:
        return Outcome(_("No source of activity is connected to this workspace, so there is nothing to add."))
