"""Files of a form that sends a message: those that were uploaded before, and, without scripts, those that come with it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from sessions_app.actions.attachments import SENT_ALREADY, take_files
from sessions_app.actions.errors import NotPossible, Refused
from sessions_app.models import ChatSession


class FileRefused(Refused):
    kind = "file_refused"
    sentence = "A file was not taken, and so nothing was sent."


def attached(request: HttpRequest, chat: ChatSession | None) -> list[UUID]:
    """The keys of a message's files, in their order. Uploads are taken now; one that is refused refuses the send, and
    the others wait beside the message box."""
    keys = [key_of(given) for given in request.POST.getlist("attachments") if given]
    if not request.FILES:
        return keys
    uploads = [upload for upload in request.FILES.getlist("file") if upload.name]
    taken = take_files(owner=request.user, chat=chat, uploads=uploads)
    for each in taken:
        if each.attachment is None:
            raise FileRefused(f"“{each.name}” was not taken. {each.refusal}")
    return keys + [each.attachment.pk for each in taken if each.attachment is not None]


def key_of(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise NotPossible(SENT_ALREADY) from None
