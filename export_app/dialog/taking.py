"""What follows when a file is wanted: its page brings it, or a job makes it."""

from __future__ import annotations

from typing import Any

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
        owner=wish.person, sessions=[wish.chat.pk], formats=[name], options={name: dict(wish.options)}
    )
