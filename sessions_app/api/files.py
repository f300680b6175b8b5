"""Files for programs: taken here, sent by naming their ids in `attachments` of a message."""

from __future__ import annotations

from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.attachments import take_files

from . import examples
from .answers import ApiView
from .operations import Gives, Upload, operation
from .shapes import TakenShape, taken_shape

NOT_TAKEN = {"name": "tool.exe", "reason": "Files of this kind cannot be read."}


class Files(ApiView):
    parser_classes = [MultiPartParser]

    @operation(
        "take_files", "Upload files", tag="Messages", scope="chat",
        takes=Upload({"file": {"type": "array", "items": {"type": "string", "format": "binary"}}}),
        gives={
            201: Gives(TakenShape, "Some were taken.", {"files": [examples.FILE], "refused": []}),
            422: Gives(TakenShape, "None was taken.", {"files": [], "refused": [NOT_TAKEN]}),
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The files of field `file`, each taken or refused on its own."""
        taken = take_files(owner=request.user, chat=None, uploads=request.FILES.getlist("file"))
        return Response(taken_shape(taken), status=201 if any(each.attachment for each in taken) else 422)
