"""Many sessions as one file, made in the background: begun, looked at, fetched, cancelled, removed, asked for again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from export_app.actions.exporting import MOST, again, begin_export, cancel_export, remove_export, renderers
from export_app.actions.sweeping import take_back
from export_app.bulk import keeping
from export_app.bulk.choice import Choice
from export_app.bulk.rights import all_readable
from export_app.bulk.serving import NotAllReadable, served
from export_app.models import ExportJob
from export_app.options import BadOption, known
from export_app.renderers import named
from sessions_app.actions.errors import Refused
from sessions_app.actions.organising import TAG_LENGTH, as_tag
from sessions_app.api.answers import ApiView
from sessions_app.api.given import Nothing, Paged, asked, given
from sessions_app.api.idempotency import once
from sessions_app.api.operations import Gives, Listed, operation
from sessions_app.api.pagination import page_of
from sessions_app.rendering import clean_text
from sessions_app.views.session_filters import FIRST_DAY, LAST_DAY, Wish

from . import examples
from .files import BYTES, FILE, NAMED
from .given import Bulk, Filter
from .shapes import JobShape, job_shape, job_shapes

BEGUN = Gives(JobShape, "Begun: ask for the job until it is done.", examples.JOB)
NOT_BEGUN = ["export", "bad_option", "too_many_exports"]
PARTS = {"Content-Range": "Which bytes these are, of how many.", **NAMED}
TYPES = {**FILE.also, "application/zip": BYTES}


class NoFile(Refused):
    kind = "no_file"
    status = 409
    sentence = "This export has no file: it is not done yet, or the file is not kept any more."


def jobs_of(request: Request) -> Any:
    """One's own; what staff took out of others stays in the admin."""
    return ExportJob.objects.for_user(request.user).filter(for_staff=False).defer("sessions", "absent")


def job_or_404(request: Request, pk: UUID) -> ExportJob:
    found: ExportJob = get_object_or_404(jobs_of(request), pk=pk)
    return found


class BulkExport(ApiView):
    @operation(
        "export_sessions", "Export many sessions", tag="Export", scope="export", takes=Bulk,
        example={"filter": {"which": "starred", "from": "2026-11-01"}, "formats": ["markdown", "pdf"]},
        headers=["Idempotency-Key"], gives={202: BEGUN}, refuses=NOT_BEGUN,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """One file: a ZIP with a folder for each format, or what a single session becomes. Sessions that are gone, or not
        yours to read, are left out, and the job says how many."""
        person: Any = request.user
        body = given(request, Bulk)
        keys = list(body.sessions) or filtered(person, body.filter)
        options = options_of(body.formats, body.options)

        def begin() -> Response:
            job = begin_export(
                owner=person,
                sessions=keys,
                formats=body.formats,
                options=options,
                title=" ".join(clean_text(body.title).split()),
            )
            return Response(job_shape(job), status=202)

        return once(request, "export_sessions", body.model_dump(mode="json"), begin)


def filtered(person: Any, wanted: Filter) -> list[UUID]:
    """The sessions a filter leaves, and one more where those are too many."""
    days = replace(Wish.of(QueryDict(), person.zone), first=within(wanted.first), last=within(wanted.last))
    choice = Choice(person, wanted.which, as_tag(wanted.tag)[:TAG_LENGTH], days, ())
    return list(choice.rows().values_list("pk", flat=True)[: MOST + 1])


def within(day: date | None) -> date | None:
    """The nearest day that every time zone has."""
    return None if day is None else min(max(day, FIRST_DAY), LAST_DAY)


def options_of(
    wanted: Iterable[str], options: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """What was chosen by the formats' own names. Raises NotBegun, BadOption."""
    formats = renderers(wanted)
    for name in options:
        if named(name) not in formats:
            raise BadOption(f"There are options of {name[:40]}, which is not among the formats.", option=name)
    chosen = {name: values for word, values in options.items() if (name := own_name(word))}
    return {each.name: known(each.options, chosen.get(each.name, {})) for each in formats}


def own_name(word: str) -> str:
    """Of a format that may be named otherwise: `md`, `docx`."""
    renderer = named(word)
    return renderer.name if renderer else ""


class Jobs(ApiView):
    @operation(
        "list_exports", "List export jobs", tag="Export", scope="read", query=Paged,
        gives={200: Gives(Listed[JobShape], "One's own, newest first.", examples.listed(examples.DONE, examples.JOB))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked(request, Paged)
        return page_of(request, jobs_of(request), job_shapes, "-created_at", "-pk")


class Job(ApiView):
    @operation(
        "get_export", "Look at an export job", tag="Export", scope="read", headers=["If-None-Match"],
        gives={200: Gives(JobShape, "How far it is.", examples.DONE)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(job_shape(job_or_404(request, pk)))

    @operation(
        "remove_export", "Remove an export", tag="Export", scope="export",
        gives={204: Gives(None, "The job and its file are gone.")}, refuses=["export"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """One that is not finished is refused: cancel it first."""
        job = job_or_404(request, pk)
        remove_export(job=job)
        return Response(status=204)


class Cancel(ApiView):
    @operation(
        "cancel_export", "Cancel an export", tag="Export", scope="export", takes=Nothing,
        gives={200: Gives(JobShape, "As it is now: what runs ends within a second or two.", examples.JOB)},
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """One that ended stays as it is."""
        job = job_or_404(request, pk)
        given(request, Nothing)
        cancel_export(job=job)
        return Response(job_shape(job_or_404(request, pk)))


class Again(ApiView):
    @operation(
        "repeat_export", "Export the same again", tag="Export", scope="export", takes=Nothing,
        headers=["Idempotency-Key"], gives={202: BEGUN}, refuses=NOT_BEGUN,
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """A new job, of the sessions as they are now."""
        job = job_or_404(request, pk)
        given(request, Nothing)
        return once(
            request, "repeat_export", str(pk), lambda: Response(job_shape(again(job=job)), status=202)
        )


class Download(ApiView):
    http_method_names = ["get", "options"]

    @operation(
        "download_export", "The file of an export", tag="Export", scope="export", headers=["Range"],
        gives={
            200: Gives(BYTES, "The file.", media="application/octet-stream", also=TYPES, headers=NAMED),
            206: Gives(BYTES, "The part that was asked for.", media="application/octet-stream", also=TYPES, headers=PARTS),
            416: Gives(None, "The file ends before that part.", headers={"Content-Range": "How long it is."}),
        },
        refuses=["no_file", "not_all_readable"],
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """It is given as long as its person may read every session in it."""
        person: Any = request.user
        take_back(owner=person)
        job = job_or_404(request, pk)
        if job.status != ExportJob.Status.DONE or not keeping.path_of(job.stored).is_file():
            raise NoFile
        if not all_readable(job):
            raise NotAllReadable
        part = request.headers.get("Range", "")
        return served(keeping.path_of(job.stored), name=job.name, media_type=job.media_type, asked=part)
