"""Files that are brought: taken whole or in pieces, read, chosen from, taken in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from export_app.actions import uploading
from export_app.actions.bringing import brought, take_brought
from export_app.actions.deciding import decide
from export_app.models import ImportItem, ImportJob
from sessions_app.api.answers import ApiView
from sessions_app.api.given import Nothing, Paged, asked, given
from sessions_app.api.idempotency import once
from sessions_app.api.operations import Gives, Listed, Upload, operation
from sessions_app.api.pagination import page_of

from . import examples
from .files import ANYTHING, BYTES
from .given import Chosen, ImportWish, ItemsWish, LargeFile, PiecesWish
from .shapes import ImportShape, WholeImportShape, import_shapes, item_shapes

PIECE = 8_000_000
"""Bytes of one piece."""
SMALL = 256 * 1024
FILES = {"application/json": ANYTHING, "application/zip": BYTES, "application/octet-stream": BYTES}
FORM = {
    "file": BYTES | {"description": "JSON of this app, ChatGPT's or Claude's data export, or a ZIP of it."},
    "take": {"type": "string", "enum": ["all"], "description": "As in the query."},
}
NOT_TAKEN = ["refused", "import_busy", "most_waiting", "too_large", "unsupported_media_type"]


def imports_of(request: Request) -> Any:
    return ImportJob.objects.for_user(request.user)


def import_or_404(request: Request, pk: UUID) -> ImportJob:
    found: ImportJob = get_object_or_404(imports_of(request), pk=pk)
    return found


def shape_of(request: Request, pk: UUID) -> ImportShape:
    return import_shapes([import_or_404(request, pk)])[0]


class Imports(ApiView):
    parser_classes = [MultiPartParser]

    @operation(
        "list_imports", "List imports", tag="Import", scope="read", query=Paged,
        gives={200: Gives(Listed[ImportShape], "One's own, newest first.", examples.listed(examples.IMPORT))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked(request, Paged)
        return page_of(request, imports_of(request), import_shapes, "-created_at", "-pk")

    @operation(
        "import_file", "Import a file", tag="Import", scope="write", query=ImportWish,
        takes=Upload(FORM, required=("file",), raw=FILES), headers=["Idempotency-Key"],
        gives={202: Gives(ImportShape, "It is read in the background.", examples.IMPORT)}, refuses=NOT_TAKEN,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A form with the file, or a body that is the file itself: this app's JSON as it was exported, or a ZIP. Once it
        is `ready`, say by `choose` what to take in. With `take=all` what is new or changed is taken in without that: the
        same file again takes in only what was added since. Larger files come in pieces."""
        wish = asked(request, ImportWish)
        name, size, pieces, take = file_of(request, wish)
        with brought(size=size, pieces=pieces) as file:

            def make() -> Response:
                job = take_brought(owner=request.user, name=name, file=file, take_new=take)
                return Response(import_shapes([job])[0], status=202)

            return once(request, "import_file", [file.digest, name, take], make)


def file_of(request: Request, wish: ImportWish) -> tuple[str, int, Iterator[bytes], bool]:
    """Name, announced size and bytes of what was sent, and whether all of it is to be taken in."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        if kind not in FILES:
            raise UnsupportedMediaType(kind or "none")
        announced = str(request.META.get("CONTENT_LENGTH") or "")
        return wish.name, int(announced) if announced.isdecimal() else 1, body(request), wish.take == "all"
    upload: Any = request.FILES.get("file")
    take = request.POST.get("take", wish.take or "")
    if take not in ("", "all"):
        raise ValidationError({"take": ["Only `all` is possible."]})
    if upload is None:
        raise ValidationError({"file": ["No file was chosen."]})
    return upload.name or wish.name, upload.size or 0, upload.chunks(PIECE), take == "all"


def body(request: Request, most: int | None = None) -> Iterator[bytes]:
    """What was sent, as far as `most` bytes."""
    left = most
    while (left is None or left > 0) and (piece := request.read(SMALL if left is None else min(SMALL, left))):
        left = None if left is None else left - len(piece)
        yield piece


class LargeImport(ApiView):
    @operation(
        "begin_import", "Begin a large file", tag="Import", scope="write", takes=LargeFile,
        example={"size": 412_000_000, "name": "export.zip"}, headers=["Idempotency-Key"],
        gives={201: Gives(ImportShape, "Nothing of it has come yet: send its pieces.", examples.RECEIVING)},
        refuses=NOT_TAKEN[:-1],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A file that is begun while another one is being received takes its place."""
        file = given(request, LargeFile)

        def begin() -> Response:
            job = uploading.begin_import(owner=request.user, name=file.name, size=file.size)
            return Response(import_shapes([job])[0], status=201)

        return once(request, "begin_import", file.model_dump(), begin)


class ReceivedShape(TypedDict):
    """`received` bytes of `size` are there: the next piece begins at `received`."""

    received: int
    size: int


class Pieces(ApiView):
    @operation(
        "send_piece", "Send a piece of a large file", tag="Import", scope="write", query=PiecesWish,
        takes=Upload(raw={"application/octet-stream": BYTES}),
        gives={200: Gives(ReceivedShape, "How much is there.", {"received": 8_000_000, "size": 412_000_000})},
        refuses=["refused", "not_possible"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """The body is the piece that begins at byte `at`; 8,000,000 bytes of it are taken at the most. One that does not
        go on where the last one ended is not taken: go on at `received`, whatever was sent. With the last one the file is
        read."""
        job = import_or_404(request, pk)
        wish = asked(request, PiecesWish)
        piece = b"".join(body(request, PIECE))
        come = uploading.receive(job=job, at=wish.at, piece=piece, take_new=wish.take == "all")
        return Response({"received": come, "size": job.size})


class Import(ApiView):
    @operation(
        "get_import", "Look at an import", tag="Import", scope="read", query=ItemsWish, headers=["If-None-Match"],
        gives={200: Gives(WholeImportShape, "How far it is, and the sessions of the file.", examples.WHOLE_IMPORT)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        job = import_or_404(request, pk)
        wish = asked(request, ItemsWish)
        rows = ImportItem.objects.filter(job=job)
        rows = rows.filter(state=wish.state) if wish.state else rows
        rows = rows.filter(taken_at__isnull=False) if wish.taken else rows
        items = page_of(request, rows, item_shapes, "position").data
        return Response({**import_shapes([job])[0], "items": items})

    @operation(
        "forget_import", "Forget an import", tag="Import", scope="write",
        gives={204: Gives(None, "The import and its file are gone; sessions that were taken in stay.")},
        refuses=["not_possible"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """One that is at work is refused: cancel it first."""
        job = import_or_404(request, pk)
        uploading.forget(job=job)
        return Response(status=204)


class Choose(ApiView):
    @operation(
        "choose_import", "Choose what to take in", tag="Import", scope="write", takes=Chosen,
        example={"states": ["new"]}, headers=["Idempotency-Key"],
        gives={
            200: Gives(ImportShape, "The choice is noted.", examples.READY),
            202: Gives(ImportShape, "It is taken in, in the background.", examples.IMPORTING),
        },
        refuses=["refused", "no_item", "not_chosen_from", "import_busy"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        job = import_or_404(request, pk)
        chosen = given(request, Chosen)

        def choose() -> Response:
            anew = {"items", "states"} & chosen.model_fields_set
            positions = chosen.items if anew else None
            decide(job=job, positions=positions, states=chosen.states, take=chosen.take)
            return Response(shape_of(request, pk), status=202 if chosen.take else 200)

        return once(request, "choose_import", [str(pk), chosen.model_dump()], choose)


class CancelImport(ApiView):
    @operation(
        "cancel_import", "Cancel an import", tag="Import", scope="write", takes=Nothing,
        gives={200: Gives(ImportShape, "As it is now. What was taken in before is kept.", examples.READY)},
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """One that is taken in ends soon, and takes the session it is at out again; one that ended stays as it is."""
        job = import_or_404(request, pk)
        given(request, Nothing)
        uploading.cancel(job=job)
        return Response(shape_of(request, pk))
