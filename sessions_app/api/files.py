"""Files for programs: taken here, sent by naming their ids in `attachments` of a message, and read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.attachments import remove_file, take_files
from sessions_app.files.serving import downloaded, safe
from sessions_app.models import Attachment, ChatSession

from . import examples
from .answers import ApiView, must_write
from .given import Paged, asked
from .operations import Gives, Listed, Upload, operation
from .pagination import page_of
from .preconditions import named
from .session_changes import chat_of
from .shapes import FileShape, TakenShape, file_shape, taken_shape

NOT_TAKEN = {"name": "tool.exe", "reason": "Files of this kind cannot be read."}
UPLOAD = Upload(
    {
        "file": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}},
        "session": {
            "anyOf": [{"type": "string", "format": "uuid"}, {"const": ""}],
            "description": "In whose message box they wait; else in that of the session to come.",
        },
    },
    required=("file",),
)


class Unsent(Paged):
    session: Annotated[UUID | None, Field(description="Only those that wait in this session.")] = None


def file_shapes(rows: Sequence[Attachment]) -> list[FileShape]:
    return [file_shape(row) for row in rows]


class Files(ApiView):
    parser_classes = [MultiPartParser]

    @operation(
        "list_files", "List unsent files", tag="Files", scope="read", query=Unsent,
        gives={200: Gives(Listed[FileShape], "Newest first.", examples.listed(examples.FILE))},
        refuses=["not_found"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """One's own uploads that no message holds. They are kept for seven days."""
        wanted = asked(request, Unsent)
        rows = Attachment.objects.filter(owner=request.user.pk).unsent().defer("text")
        if wanted.session is not None:
            rows = rows.filter(session=chat_of(request, wanted.session))
        return page_of(request, rows, file_shapes, "-pk")

    @operation(
        "take_files", "Upload files", tag="Files", scope="chat", takes=UPLOAD,
        gives={
            201: Gives(TakenShape, "Some were taken.", {"files": [examples.FILE], "refused": []}),
            422: Gives(TakenShape, "None was taken.", {"files": [], "refused": [NOT_TAKEN]}),
        },
        refuses=["not_found", "read_only", "no_room"],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The files of field `file`, each taken or refused on its own."""
        form, uploads = form_of(request)
        taken = take_files(owner=request.user, chat=named_chat(request, form), uploads=uploads)
        return Response(taken_shape(taken), status=201 if any(each.attachment for each in taken) else 422)


def form_of(request: Request) -> tuple[Any, list[Any]]:
    """The fields of a form, and its files, of which there is one at the least."""
    try:
        form, uploads = request.data, request.FILES.getlist("file")
    except TooManyFilesSent:
        raise ValidationError({"file": ["Too many files at once."]}) from None
    except TooManyFieldsSent:
        raise ValidationError({"body": ["Too many fields."]}) from None
    if not uploads:
        raise ValidationError({"file": ["At least one file is needed."]})
    return form, uploads


def named_chat(request: Request, form: Any) -> ChatSession | None:
    """The session that a form names, which its person may write in."""
    key = form.get("session", "")
    if not key:
        return None
    try:
        return must_write(request, chat_of(request, UUID(key)))
    except (ValueError, AttributeError):
        raise ValidationError({"session": ["This is no key of a session."]}) from None


def file_of(request: Request, pk: UUID) -> Attachment:
    return get_object_or_404(Attachment.objects.for_user(request.user).defer("text"), pk=pk)


class OneFile(ApiView):
    @operation(
        "get_file", "Read about a file", tag="Files", scope="read", headers=["If-None-Match"],
        gives={200: Gives(FileShape, "The file.", examples.FILE)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(file_shape(file_of(request, pk)))

    @operation(
        "remove_file", "Remove an unsent file", tag="Files", scope="chat",
        gives={204: Gives(None, "It is gone.")}, refuses=["not_possible"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """One's own. A file that was sent stays with its message."""
        file = file_of(request, pk)
        if file.owner_id != request.user.pk:
            raise Http404
        remove_file(attachment=file)
        return Response(status=204)


class Content(ApiView):
    @operation(
        "get_file_content", "Download a file", tag="Files", scope="export", headers=["If-None-Match"],
        gives={
            200: Gives(
                {"type": "string", "format": "binary"}, "Its bytes, of its media type, as an attachment.", media="*/*",
                headers={"ETag": "It never changes.", "Content-Disposition": "With its name."},
            ),
        },
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Takes the scope `export`, one's own files too: what is in them leaves the workspace. What a file is called, its
        size and its type are read with `read`."""
        file = file_of(request, pk)
        tag = f'"{file.digest}"'
        wanted = request.headers.get("If-None-Match", "")
        if wanted.strip() == "*" or tag in named(wanted):
            return safe(HttpResponse(status=304, headers={"ETag": tag}))
        response = downloaded(file)
        response.headers["ETag"] = tag
        return response
