"""Pages of importing: a file is brought, looked through, chosen from, and taken in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from export_app.actions import uploading
from export_app.models import ImportJob
from sessions_app.actions.errors import Refused
from sessions_app.rendering.footer import footer

from .import_rows import STATES, Shown, bar, earlier

PIECE = 8_000_000
"""Bytes of one piece; a page sends a large file in several."""
SMALL = 256 * 1024


def own_or_404(request: HttpRequest, pk: UUID) -> ImportJob:
    return get_object_or_404(ImportJob.objects.for_user(request.user).with_news(), pk=pk)


def see(address: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": address})


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """GET: where a file is chosen, and earlier imports. POST: a file in one request; with `size` the beginning of one
    that comes in pieces."""
    if request.method == "GET":
        return start_page(request)
    upload: Any = request.FILES.get("file")
    person: Any = request.user
    by_script = "size" in request.POST
    try:
        if by_script:
            given = request.POST["size"]
            size = int(given) if given.isdecimal() and len(given) < 16 else 0
            job = uploading.begin_import(owner=person, name=request.POST.get("name", ""), size=size)
            address = reverse("import_pieces", args=[job.pk])
            return JsonResponse(
                {"pieces": address, "page": reverse("import", args=[job.pk]), "most": PIECE}, status=201
            )
        if upload is None:
            raise Refused("No file was chosen.")
        job = uploading.take_upload(
            owner=person, name=upload.name or "", size=upload.size or 0, pieces=upload.chunks(PIECE)
        )
    except Refused as refused:
        waiting = refused.waiting if isinstance(refused, uploading.MostWaiting) else []
        if by_script:
            links = [{"name": one.name, "page": reverse("import", args=[one.pk])} for one in waiting]
            return JsonResponse({"error": refused.sentence, "links": links}, status=refused.status)
        return start_page(request, refused, waiting)
    return see(reverse("import", args=[job.pk]))


def start_page(
    request: HttpRequest, refused: Refused | None = None, waiting: Sequence[ImportJob] = ()
) -> HttpResponse:
    shown = {
        "earlier": earlier(request.user),
        "most": settings.MAX_IMPORT_BYTES,
        "most_plain": min(settings.MAX_IMPORT_BYTES, settings.MAX_BODY_BYTES - 100_000),
        "problem": refused.sentence if refused else "",
        "waiting": waiting,
    }
    status = refused.status if refused else 200
    return render(request, "imports/imports_page.html", {**shown, **footer(request.user)}, status=status)


@require_POST
def pieces(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The body is a piece that begins at byte `at`. Says how many bytes are there: the page goes on from there."""
    job = own_or_404(request, pk)
    given = request.GET.get("at", "")
    at = int(given) if given.isdecimal() and len(given) < 16 else -1
    try:
        come = uploading.receive(job=job, at=at, piece=b"".join(body(request)))
    except Refused as refused:
        return JsonResponse({"error": refused.sentence}, status=refused.status)
    return JsonResponse({"received": come})


def body(request: HttpRequest) -> Iterator[bytes]:
    """What was sent, as far as a piece may go; the rest is asked for again."""
    left = PIECE
    while left > 0 and (piece := request.read(min(SMALL, left))):
        left -= len(piece)
        yield piece


@require_GET
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An import as it is: at work, to choose from, or ended."""
    return page(request, own_or_404(request, pk))


def page(request: HttpRequest, job: ImportJob, problem: str = "", status: int = 200) -> HttpResponse:
    shown = Shown(job, request.GET.get("state", ""), request.GET.get("page", ""))
    context = {"job": job, "shown": shown, "problem": problem, **footer(request.user)}
    return render(request, "imports/import_page.html", context, status=status)


@require_GET
def state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far it is; once it is not at work any more the page is loaded anew."""
    job = own_or_404(request, pk)
    response = render(request, "imports/_import_state.html", {"job": job, "bar": bar(job)})
    if not job.busy:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
def choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is ticked on a page of the list is kept; then what `go` says: all, none, another page or state, or import."""
    job = own_or_404(request, pk)
    go, at_state = request.POST.get("go", ""), request.POST.get("state", "")
    shown, ticked = numbers(request, "shown"), numbers(request, "chosen")
    if go in ("all", "none"):
        states = (at_state,) if at_state in STATES else ()
        uploading.choose_all(job=job, on=go == "all", states=states)
    else:
        uploading.choose(job=job, shown=shown, chosen=ticked)
    if go == "import":
        try:
            uploading.begin_taking(job=job)
        except Refused as refused:
            return page(request, job, refused.sentence, refused.status)
        return see(reverse("import", args=[job.pk]))
    if request.headers.get("HX-Request") and not go:
        return render(request, "imports/_import_chosen.html", {"shown": Shown(job, at_state, "")})
    return see(address_of(job, go, at_state, request.POST.get("page", "")))


def address_of(job: ImportJob, go: str, at_state: str, at_page: str) -> str:
    kind, _, value = go.partition(":")
    asked = (
        {"state": value}
        if kind == "state"
        else {"state": at_state, "page": value if kind == "page" else at_page}
    )
    query = urlencode({name: given for name, given in asked.items() if given})
    return reverse("import", args=[job.pk]) + (f"?{query}" if query else "")


def numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(value) for value in request.POST.getlist(name)[:200] if value.isdecimal() and len(value) < 10]


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = own_or_404(request, pk)
    uploading.cancel(job=job)
    return see(reverse("import", args=[job.pk]))


@require_POST
def forget(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = own_or_404(request, pk)
    try:
        uploading.forget(job=job)
    except Refused as refused:
        return page(request, job, refused.sentence, refused.status)
    return see(reverse("imports"))


urls: list[URLPattern] = [
    path("import/", imports, name="imports"),
    path("import/<uuid:pk>/", one, name="import"),
    path("import/<uuid:pk>/pieces/", pieces, name="import_pieces"),
    path("import/<uuid:pk>/state/", state, name="import_state"),
    path("import/<uuid:pk>/choose/", choose, name="import_choose"),
    path("import/<uuid:pk>/cancel/", cancel, name="import_cancel"),
    path("import/<uuid:pk>/forget/", forget, name="import_forget"),
]
