"""Videos, chosen by what is typed behind "/"."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.commands.base import Command, Context, NotRun, Outcome


class Video(Command):
    """Choose the videos that a session is about."""

    name = "video"
    argument = "TITLE"
    description = gettext_lazy("Choose videos to talk about")
    icon = "film"
    needs_session = True

    def run(self, context: Context, argument: str) -> Outcome:
        raise NotRun(_("There is no video of that title."))
