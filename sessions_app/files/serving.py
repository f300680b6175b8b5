"""How a stored file leaves. What people bring is never a page: it goes out as an attachment, or as what we made of it, in a
sandbox without origin."""

from __future__ import annotations

from typing import TypeVar

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from sessions_app.models import Attachment

from . import storage

R = TypeVar("R", bound=HttpResponseBase)
SANDBOX = "sandbox; default-src 'none'"


def downloaded(file: Attachment) -> StreamingHttpResponse:
    """The stored file under the name it came with, to be kept, not looked at."""
    return served(file, {"Content-Disposition": content_disposition_header(True, file.name) or "attachment"})


def served(file: Attachment, headers: dict[str, str]) -> StreamingHttpResponse:
    """The stored file, in pieces as the reader takes them."""
    path = storage.path_of(file.stored)
    if not path.is_file():
        raise Http404
    response = StreamingHttpResponse(storage.pieces(file.stored), content_type=file.media_type)
    response.headers["Content-Length"] = str(path.stat().st_size)
    for name, value in headers.items():
        response.headers[name] = value
    return safe(response)


def safe(response: R) -> R:
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "private")
    return response
