"""Commands whose part this workspace does not have yet: they say so, until an app brings its own by the same name."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .base import Command, Context, NotRun, Outcome, Suggestion, beginning


class Activity(Command):
    name = "context"
    argument = "TIME"
    description = gettext_lazy("Add recent activity, such as 1h")
    icon = "bolt"
    needs_session = False

    def run(self, context: Context, argument: str) -> Outcome:
        return Outcome(_("No source of activity is connected to this workspace, so there is nothing to add."))


class Plugin(Command):
    name = "plugin"
    argument = "NAME"
    description = gettext_lazy("Use a plugin")
    icon = "puzzle-piece"
    needs_session = False

    def run(self, context: Context, argument: str) -> Outcome:
        return Outcome(_("No plugin is installed in this workspace."))


class Export(Command):
    name = "export"
    argument = "FORMAT"
    description = gettext_lazy("Take this session out as a file")
    icon = "arrow-down-tray"

    FORMATS = (
        Suggestion("markdown", "Markdown"),
        Suggestion("json", "JSON, complete"),
        Suggestion("text", "Plain text"),
        Suggestion("html", "HTML"),
        Suggestion("pdf", "PDF"),
        Suggestion("word", "Word"),
    )

    def complete(self, context: Context, typed: str) -> Sequence[Suggestion]:
        return beginning(self.FORMATS, typed)

    def run(self, context: Context, argument: str) -> Outcome:
        names = ", ".join(each.argument for each in self.FORMATS)
        if argument and argument.lower() not in {each.argument for each in self.FORMATS}:
            raise NotRun(
                _("There is no format %(name)s. Formats: %(names)s.")
                % {"name": argument[:40], "names": names}
            )
        return Outcome(
            _("Export is not available in this workspace yet. Its formats will be %(names)s.")
            % {"names": names}
        )
