"""What the model sees of a session."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.actions import versions

from .base import Command, Context, Outcome


class Clear(Command):
    name = "clear"
    description = gettext_lazy("Begin the model's context anew")
    icon = "backspace"

    def run(self, context: Context, argument: str) -> Outcome:
        if not versions.clear_context(chat=context.session):
            return Outcome(_("Nothing to clear: the model sees no earlier messages."))
        return Outcome(
            _("The model sees only what follows. All messages are kept."),
            undo=reverse("context_restore", args=[context.session.pk]),
        )
