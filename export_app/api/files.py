"""A session as a file: which formats there are, and the file at once, or a job that makes it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response

from export_app.actions.exporting import begin_export
from export_app.children import GivenUp, give_up
from export_app.dialog.taking import begin_job, made_at_once
from export_app.dialog.wish import Wish, said_wish
from export_app.renderers import formats
from sessions_app.actions.errors import Refused
from sessions_app.api.answers import ApiView
from sessions_app.api.given import Asked, asked, given
from sessions_app.api.idempotency import idempotency_key, once
from sessions_app.api.operations import Gives, Listed, operation
from sessions_app.api.session_changes import chat_of

from . import examples
from .given import Export, FileWish
from .shapes import FormatShape, JobShape, format_shape, job_shape

BYTES = {"type": "string", "format": "binary"}
ANYTHING: dict[str, Any] = {}
NAMED = {"Content-Disposition": "The name of the file."}
FILE = Gives(
    {"type": "string"}, "The file, in pieces as it is written.", "# Weekly cost review\n", media="text/markdown",
    also={each.media_type: ANYTHING if each.media_type == "application/json" else BYTES for each in formats().values()},
    headers=NAMED,
)  # fmt: skip
NOT_MADE = ["no_format", "bad_option", "no_message", "not_rendered", "busy", "crowded"]


class MessageAtOnce(Refused):
    kind = "message_at_once"
    sentence = "A single message is made at once: leave `background` out."


def until_left(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """A view that makes a file. Whoever leaves before it is made ends the making."""

    @csrf_exempt
    @wraps(view)  # what it is a view of stays to be seen
    async def answered(request: HttpRequest, **captured: Any) -> HttpResponseBase:
        left = threading.Event()
        give_up.set(left.is_set)
        try:
            return await sync_to_async(view)(request, **captured)
        except asyncio.CancelledError:
            left.set()
            raise

    return answered


def file_of(wanted: Wish, *, inline: bool = False) -> HttpResponseBase:
    try:
        return made_at_once(wanted, inline=inline)
    except GivenUp:
        return HttpResponse(status=499)  # nobody reads it


class Formats(ApiView):
    @operation(
        "list_formats", "List the formats", tag="Export", scope="read", query=Asked,
        gives={200: Gives(Listed[FormatShape], "All of them, with their options.", examples.listed(examples.FORMAT))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked(request, Asked)
        found = [format_shape(each) for each in formats().values()]
        return Response({"results": found, "next": None, "previous": None})


class SessionExport(ApiView):
    @operation(
        "export_session", "Export a session", tag="Export", scope="export", takes=Export,
        example={"format": "pdf", "options": {"paper": "letter"}}, headers=["Idempotency-Key"],
        gives={
            200: FILE,
            202: Gives(JobShape, "It is made in the background: ask for the job until it is done.", examples.JOB),
        },
        refuses=[*NOT_MADE, "message_at_once", "export", "too_many_exports"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> HttpResponseBase:
        """What is written while it is read comes at once, PDF and Word of short sessions as soon as they are made; of
        long ones, and with `background`, a job is begun. An `Idempotency-Key` is of the job; a file is made anew."""
        chat = chat_of(request, pk)
        idempotency_key(request)  # what is none is refused, where a file is made as well
        body = given(request, Export)
        wanted = said_wish(
            chat, request.user, format=body.format, options=body.options, message=_key(body.message)
        )
        if body.background and body.message:
            raise MessageAtOnce
        if body.background or wanted.way == "background":
            return once(
                request,
                "export_session",
                [str(pk), body.model_dump(mode="json")],
                lambda: Response(job_shape(job_of(wanted)), status=202),
            )
        return file_of(wanted, inline=not body.download)


def job_of(wanted: Wish) -> Any:
    if wanted.way == "background":
        return begin_job(wanted)
    name = wanted.renderer.name
    options = {name: dict(wanted.options)}
    return begin_export(owner=wanted.person, sessions=[wanted.chat.pk], formats=[name], options=options)


def _key(message: UUID | None) -> str:
    return str(message) if message else ""


class SessionFile(ApiView):
    http_method_names = ["get", "options"]

    @operation(
        "export_file", "A session as a file", tag="Export", scope="export", query=FileWish, gives={200: FILE},
        refuses=NOT_MADE,
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """ID is that of the session. Options of the format stand in the address by name, as in
        `?format=text&width=72&thinking=true`. What is too long to be made at once is refused: ask for it by
        `POST chat/sessions/ID/export`."""
        chat = chat_of(request, pk)
        wish = asked(request, FileWish)
        options = wish.model_extra or {}
        wanted = said_wish(
            chat, request.user, format=wish.format, options=options, message=_key(wish.message)
        )
        return file_of(wanted)
