"""The bytes of videos and thumbnails, and the captions made of a transcript. Rights are asked at each request."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from sessions_app.files.ranges import part
from sessions_app.files.serving import safe
from sessions_app.knowledge import storing
from sessions_app.knowledge.models import Transcript, Video

# Asked again each time: a video made private does not stay in a browser's cache.
FRESH = "private, max-age=0, must-revalidate"


def video_or_404(request: HttpRequest, pk: UUID) -> Video:
    return get_object_or_404(Video.objects.for_user(request.user).select_related("creator"), pk=pk)


@require_safe
def file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    video = video_or_404(request, pk)
    return served(request, video.file, video.media_type, video.file_name)


@require_safe
def thumbnail(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    video = video_or_404(request, pk)
    return served(request, video.thumbnail, picture_type(video.thumbnail))


def picture_type(name: str) -> str:
    if not name:
        raise Http404
    try:
        with storing.path_of(name).open("rb") as opened:
            return "image/png" if opened.read(4) == b"\x89PNG" else "image/jpeg"
    except OSError:
        raise Http404 from None


def served(request: HttpRequest, name: str, media_type: str, called: str = "") -> HttpResponseBase:
    """The stored file in pieces as the reader takes them: all of it, or the part that a header Range asks for."""
    path = storing.path_of(name) if name else None
    if path is None or not path.is_file():
        raise Http404
    tag, size = f'"{name}"', path.stat().st_size
    headers = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": FRESH}
    if tag in request.headers.get("If-None-Match", ""):
        return safe(HttpResponse(status=304, headers=headers))
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", tag) != tag:
        asked = ""  # it knows another file: a part of this one would not fit
    wanted = part(asked, size)
    if wanted is None:
        return safe(HttpResponse(status=416, headers=headers | {"Content-Range": f"bytes */{size}"}))
    if called:
        headers["Content-Disposition"] = content_disposition_header(False, called) or "inline"
    return sent(request, path, media_type, headers, wanted, size)


def sent(
    request: HttpRequest,
    path: Path,
    media_type: str,
    headers: dict[str, str],
    wanted: tuple[int, int],
    size: int,
) -> HttpResponseBase:
    begin, end = wanted
    whole = wanted == (0, size)
    headers |= {"Content-Length": str(end - begin), "Content-Type": media_type}
    headers |= {} if whole else {"Content-Range": f"bytes {begin}-{end - 1}/{size}"}
    status = 200 if whole else 206
    if request.method == "HEAD":
        return safe(HttpResponse(status=status, headers=headers))
    return safe(StreamingHttpResponse(storing.pieces(path, begin, end), status=status, headers=headers))


@require_safe
def captions(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The transcript in use as WebVTT, for the player."""
    video = video_or_404(request, pk)
    found = Transcript.objects.filter(video=video, current=True).values_list("cues", flat=True).first()
    if found is None:
        raise Http404
    blocks = [
        f"{stamp(start)} --> {stamp(end)}\n{spoken(speaker, text)}\n" for start, end, speaker, text in found
    ]
    response = HttpResponse("\n".join(["WEBVTT\n", *blocks]), content_type="text/vtt; charset=utf-8")
    response.headers["Cache-Control"] = FRESH
    return safe(response)


def stamp(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def spoken(speaker: str, text: str) -> str:
    """No line of it is empty or an arrow, which would end the cue."""
    words = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{' '.join(speaker.split())}: {words}".replace("-->", "→") if speaker else words
