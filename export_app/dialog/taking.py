"""What follows when a file is wanted: its page brings it, or a job makes it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from export_app.actions.exporting import begin_export
from export_app.dialog.wish import Wish
from export_app.leaving import as_file
from export_app.renderers.base import NotRendered
from export_app.turns import counted
from sessions_app.models import ChatSession


class TooLongAtOnce(NotRendered):
    sentence = "This session is too long to be made while you wait. Export it as a job in the background."


LATER = _("Exporting in the background. You are told when it is ready.")


def told_of(wish: Wish) -> dict[str, Any]:
    """The detail of download-file: where the file is, and whether it is made only when it is asked for."""
    return {"address": wish.address, "name": wish.name, "waits": wish.way == "wait", "target": "body"}


def made_at_once(wish: Wish, *, inline: bool = False) -> HttpResponseBase:
    """The file, in pieces as its reader takes them. Raises Busy, NotRendered, GivenUp, and Http404 where it may not be
    read any more when it is made."""
    if wish.way == "background":
        raise TooLongAtOnce
    leaving = counted(pieces(wish), wish.person.pk, heavy=wish.renderer.heavy)
    return as_file(leaving, name=wish.name, media_type=wish.renderer.media_type, inline=inline)


def pieces(wish: Wish) -> Iterator[bytes]:
    """To make a heavy file takes a while: whether it may still be read is asked again before anything of it leaves."""
    made = wish.pieces()
    try:
        if wish.renderer.heavy:
            first = next(made, b"")
            if not ChatSession.objects.for_user(wish.person).filter(pk=wish.chat.pk).exists():
                raise Http404
            yield first
        yield from made
    finally:
        if isinstance(made, Generator):
            made.close()


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
