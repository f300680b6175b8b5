"""What follows when a file is wanted: its page brings it, or a job makes it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from export_app.actions.exporting import begin_export
from export_app.dialog.wish import Wish

LATER = _("Exporting in the background. You are told when it is ready.")


def told_of(wish: Wish) -> dict[str, Any]:
    """The detail of download-file: where the file is, and whether it is made only when it is asked for."""
    return {"address": wish.address, "name": wish.name, "waits": wish.way == "wait", "target": "body"}


def begin_job(wish: Wish) -> Any:
    name = wish.renderer.name
    return begin_export(
        owner=wish.person,
        sessions=[wish.chat.pk],
        formats=[name],
        options={name: dict(wish.options)},
        title=_in_words(wish) if wish.volumes > 1 else "",
    )


def _in_words(wish: Wish) -> str:
    """ "“A very long session” as PDF, 2 volumes"."""
    return gettext("“%(title)s” as %(format)s, %(count)s volumes") % {
        "title": (wish.chat.title or gettext("New session"))[:100],
        "format": wish.renderer.label,
        "count": wish.volumes,
    }
