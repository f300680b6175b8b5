"""/export: the dialog, or the file at once in the format that is named, with the options of the last time."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from export_app.dialog.taking import LATER, begin_job, told_of
from export_app.dialog.wish import NoFormat, wish
from sessions_app.agent.labels.words import size_words
from sessions_app.commands.base import Command, Context, NotRun, Outcome, Suggestion, beginning

from .renderers import formats


class Export(Command):
    name = "export"
    argument = "FORMAT"
    description = gettext_lazy("Take this session out as a file")
    icon = "arrow-down-tray"

    def complete(self, context: Context, typed: str) -> Sequence[Suggestion]:
        return beginning([Suggestion(each.name, each.label) for each in formats().values()], typed)

    def run(self, context: Context, argument: str) -> Outcome:
        chat = context.session
        if not argument:
            return Outcome(dialog=reverse("session_export", args=[chat.pk]))
        try:
            wanted = wish(chat, context.user, {"format": argument})
        except NoFormat as refusal:
            raise NotRun(refusal.sentence) from refusal
        if wanted.way == "background":
            begin_job(wanted)
            told = {"export-begun": {"target": "body"}}
            return Outcome(str(LATER), link=(reverse("exports"), _("Exports")), tells=told)
        words = _("%(name)s, about %(size)s.") % {"name": wanted.name, "size": size_words(wanted.size)}
        link = (wanted.address, _("Download"))
        return Outcome(words, link=link, tells={"download-file": told_of(wanted)})
