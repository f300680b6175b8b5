"""Files for programs: taken here, sent by naming their ids in `attachments` of a message."""

from __future__ import annotations

from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.attachments import take_files

from .answers import ApiView
from .shapes import taken_shape


class Files(ApiView):
    scope = "chat"
    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        """The files of field `file`, each taken or refused on its own."""
        taken = take_files(owner=request.user, chat=None, uploads=request.FILES.getlist("file"))
        return Response(taken_shape(taken), status=201 if any(each.attachment for each in taken) else 422)
