"""One's exports: the list, its rows while something runs, the files, and the news of what has ended."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from export_app.actions.exporting import again as begin_again
from export_app.actions.exporting import cancel_export, note_told, remove_export, untold
from export_app.actions.sweeping import take_back
from export_app.bulk import keeping
from export_app.bulk.rights import all_readable
from export_app.bulk.serving import NotAllReadable, served
from export_app.bulk.telling import row_of
from export_app.models import ExportJob, ImportJob
from sessions_app.actions.errors import Refused
from sessions_app.rendering.footer import footer
from sessions_app.views.session_actions import refused

from . import bulk

SHOWN = 100


@never_cache
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    found = ExportJob.objects.for_user(person).defer("sessions", "options")[:SHOWN]
    rows = [row_of(job, person.zone) for job in found]
    note_told(owner=person, shown=[row.job.pk for row in rows if not row.unfinished])
    context = {
        "rows": rows,
        "busy": any(row.unfinished for row in rows),
        "days": settings.EXPORT_DAYS,
        **footer(person),
    }
    return render(request, "exports/exports_page.html", context)


@never_cache
@require_GET
def row(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A row of the list, which asks for it once a second while it changes."""
    job = own_or_404(request, pk)
    if not request.headers.get("HX-Request"):
        return to_list()
    return row_page(request, job)


def own_or_404(request: HttpRequest, pk: UUID) -> ExportJob:
    return get_object_or_404(ExportJob.objects.for_user(request.user), pk=pk)


def to_list(place: str = "") -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": reverse("exports") + place})


def row_page(request: HttpRequest, job: ExportJob, *, focus: bool = False) -> HttpResponse:
    """The row; with `focus` for whom a button of it is gone."""
    person: Any = request.user
    return render(request, "exports/_export.html", {"row": row_of(job, person.zone), "focus": focus})


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = own_or_404(request, pk)
    cancel_export(job=job)
    if not request.headers.get("HX-Request"):
        return to_list()
    job.refresh_from_db()
    return row_page(request, job, focus=True)


@require_POST
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The row goes; with the last one the page says what can be done here."""
    job = own_or_404(request, pk)
    words = _("Removed: %(export)s") % {"export": job.title}
    try:
        remove_export(job=job)
    except Refused as refusal:
        return refused(request, refusal)
    if not request.headers.get("HX-Request"):
        messages.info(request, words)
        return to_list()
    last = not ExportJob.objects.for_user(request.user).exists()
    event = "leave-toast" if last else "show-toast"
    response = HttpResponse(headers={"HX-Trigger": json.dumps({event: {"text": words}})})
    if last:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        begun = begin_again(job=own_or_404(request, pk))
    except Refused as refusal:
        return refused(request, refusal)
    return to_list(f"#export-{begun.pk}-title")


# ---------------------------------------------------------------- the file


@never_cache
@require_GET
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file in pieces as the reader takes them, as long as they may read all of it; of a broken download the rest."""
    person: Any = request.user
    take_back(owner=person)
    job = own_or_404(request, pk)
    if job.status != ExportJob.Status.DONE:
        raise Http404
    found = keeping.path_of(job.stored)
    if not found.is_file():
        raise Http404
    if not all_readable(job):
        return refused(request, NotAllReadable())
    part_of = request.headers.get("Range", "")
    return served(found, name=job.name, media_type=job.media_type, asked=part_of)


# ---------------------------------------------------------------- news


@never_cache
@require_http_methods(["GET", "POST"])
def news(request: HttpRequest) -> HttpResponse:
    """What ended and was not told of yet, and whether something is under way. POST: it has been told."""
    person: Any = request.user
    if request.method == "POST":
        note_told(owner=person)
        return HttpResponse(status=204)
    exports_ended, imports_ended = untold(person)
    busy = (
        ExportJob.objects.for_user(person).unfinished().exists()
        or ImportJob.objects.for_user(person).unfinished().exists()
    )
    ended = exports_news(exports_ended) + [import_news(job) for job in imports_ended]
    return JsonResponse({"busy": busy, "ended": ended})


def exports_news(jobs: list[ExportJob]) -> list[dict[str, Any]]:
    """What is said of exports that ended: which one, or how many. A page that has all `rows` shows it already."""
    found = []
    for done in (True, False):
        some = [job for job in jobs if (job.status == ExportJob.Status.DONE) is done]
        if some:
            rows = [f"export-{job.pk}" for job in some]
            found.append({**(one_news(some[0]) if len(some) == 1 else many_news(some)), "rows": rows})
    return found


def one_news(job: ExportJob) -> dict[str, str]:
    if job.status == ExportJob.Status.DONE:
        link = reverse("export_download", args=[job.pk])
        return {
            "text": _("Ready: %(export)s") % {"export": job.title},
            "label": _("Download"),
            "link": link,
        }
    told = {"text": _("Failed: %(export)s") % {"export": job.title}, "label": _("Show")}
    return told | {"link": reverse("exports")}


def many_news(jobs: list[ExportJob]) -> dict[str, str]:
    words = (
        _("%(count)d exports are ready")
        if jobs[0].status == ExportJob.Status.DONE
        else _("%(count)d exports failed")
    )
    return {"text": words % {"count": len(jobs)}, "label": _("Exports"), "link": reverse("exports")}


def import_news(job: ImportJob) -> dict[str, str]:
    words = {
        ImportJob.Status.READY: _("Your file is read"),
        ImportJob.Status.DONE: _("Your import is done"),
    }
    try:
        link = reverse("import", args=[job.pk])
    except NoReverseMatch:
        link = ""
    return {
        "text": words.get(ImportJob.Status(job.status), _("An import failed")),
        "label": _("Show"),
        "link": link,
    }


urls: list[URLPattern] = [
    path("exports/", exports, name="exports"),
    path("exports/new/", bulk.new, name="export_new"),
    path("exports/news/", news, name="exports_news"),
    path("exports/<uuid:pk>/", row, name="export_row"),
    path("exports/<uuid:pk>/download/", download, name="export_download"),
    path("exports/<uuid:pk>/cancel/", cancel, name="export_cancel"),
    path("exports/<uuid:pk>/remove/", remove, name="export_remove"),
    path("exports/<uuid:pk>/again/", again, name="export_again"),
]
