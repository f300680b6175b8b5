"""Transcripts of a video, for who brought it: versions, a new one, how far it is. And many videos at once."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Func, IntegerField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sessions_app.actions.errors import Refused
from sessions_app.knowledge.actions import indexing
from sessions_app.knowledge.actions.importing import Result, import_videos
from sessions_app.knowledge.actions.transcripts import TranscriptTooLarge, take_transcript, use_version
from sessions_app.knowledge.importing import BadArchive, Source, is_zip, zip_sources
from sessions_app.knowledge.models import Creator, Transcript, Video
from sessions_app.rendering.footer import footer

SHOWN = 50  # versions, the newest ones


class _Count(Func):
    """How many there are in a list of a JSON column."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_ARRAY_LENGTH", **context)


@require_http_methods(["GET", "POST"])
def transcripts(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: versions and the form; asked by htmx how far it is, and all versions where nothing is at work any more. POST: a
    new one; what is refused comes back with line and reason, and what was pasted."""
    video = get_object_or_404(Video.objects.of_creator(request.user), pk=pk)
    if request.method == "POST":
        return _take(request, video)
    if getattr(request, "htmx", False):
        return render(request, "videos/_transcript_news.html", _versions(video))
    return _page(request, video)


@require_POST
def use(request: HttpRequest, pk: UUID, transcript: UUID) -> HttpResponse:
    video = get_object_or_404(Video.objects.of_creator(request.user), pk=pk)
    version = get_object_or_404(Transcript.objects.filter(video=video), pk=transcript)
    use_version(transcript=version)
    return _done(request, video, version)


def _take(request: HttpRequest, video: Video) -> HttpResponse:
    file, text = request.FILES.get("file"), request.POST.get("text", "")
    if file is None and not text.strip():
        problem = _("Choose a file, or paste a transcript.")
        return _page(request, video, problem=problem, text=text, status=422)
    try:
        raw: bytes | str = text if file is None else _bytes_of(file)
        source = "" if file is None else str(file.name or "")
        version = take_transcript(video=video, maker=request.user, raw=raw, source=source)
    except Refused as refused:
        named = "" if file is None else str(file.name or "")
        return _page(request, video, problem=refused.sentence, named=named, text=text, status=refused.status)
    return _done(request, video, version)


def _bytes_of(file: UploadedFile[Any]) -> bytes:
    if (file.size or 0) > settings.MAX_TRANSCRIPT_BYTES:
        raise TranscriptTooLarge
    return bytes(file.read())


def _done(request: HttpRequest, video: Video, version: Transcript) -> HttpResponse:
    version.refresh_from_db(fields=("status", "current", "error"))
    number = {"number": version.number}
    if version.status == Transcript.Status.FAILED:
        messages.error(request, _("Version %(number)d could not be indexed.") % number)
    elif version.current:
        messages.info(request, _("Version %(number)d is in use.") % number)
    else:
        told = _("Version %(number)d is being indexed. The one before stays in use until it is ready.")
        messages.info(request, told % number)
    return HttpResponse(status=303, headers={"Location": f"/videos/{video.pk}/transcripts/"})


def _page(request: HttpRequest, video: Video, *, status: int = 200, **more: Any) -> HttpResponse:
    """`problem`, of the file `named` or of the `text`, where one was refused."""
    shown = {
        **_versions(video),
        "most": settings.MAX_TRANSCRIPT_BYTES / 1_000_000,
        **footer(request.user),
        **more,
    }
    return render(request, "videos/transcripts_page.html", shown, status=status)


def _versions(video: Video) -> dict[str, Any]:
    """The newest versions, and the one that is at work. One that was left is taken up."""
    rows = Transcript.objects.filter(video=video).defer("text", "cues").select_related("maker")
    versions = list(rows.annotate(count=_Count("cues"))[:SHOWN])
    busy = next((each for each in versions if each.status in indexing.UNFINISHED), None)
    if busy and indexing.claimable(timezone.now()).filter(pk=busy.pk).exists():
        indexing.start()
    return {"video": video, "versions": versions, "busy": busy}


# ---------------------------------------------------------------- many at once


@require_http_methods(["GET", "POST"])
def videos_import(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: a ZIP, or files that belong together; answers with what became of each."""
    if not Creator.objects.filter(user=request.user.pk).exists():
        raise Http404
    if request.method == "GET":
        return _import_page(request)
    files = request.FILES.getlist("files")
    if not files:
        return _import_page(request, problem=_("Choose a ZIP file, or several files."), status=422)
    try:
        results = list(import_videos(creator=request.user, sources=_sources(files)))
    except BadArchive as refused:
        return _import_page(request, problem=str(refused), status=422)
    return _import_page(request, results=results)


def _sources(files: Sequence[UploadedFile[Any]]) -> list[Source]:
    if len(files) == 1:
        packed = _opened(files[0])
        if is_zip(packed):
            return zip_sources(packed)
    return [
        Source(str(file.name or "file"), file.size or 0, lambda file=file: _opened(file))  # type: ignore[misc]
        for file in files
    ]


def _opened(file: UploadedFile[Any]) -> IO[bytes]:
    """A handle of its own: what is read is closed behind it."""
    path = getattr(file, "temporary_file_path", None)
    if path is not None:
        return open(path(), "rb")
    file.seek(0)
    return io.BytesIO(file.read())


def _import_page(
    request: HttpRequest, *, results: Sequence[Result] = (), status: int = 200, problem: str = ""
) -> HttpResponse:
    counts = Counter(each.state for each in results)
    shown = {
        "problem": problem,
        "results": results,
        "made": counts["made"],
        "updated": counts["updated"],
        "known": counts["known"],
        "failed": counts["failed"],
        "most": settings.MAX_BODY_BYTES // 1_000_000,
        "most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        **footer(request.user),
    }
    return render(request, "videos/import_page.html", shown, status=status)
