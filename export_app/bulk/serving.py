"""The file of a job on its way out: all of it, or the part that is asked for."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from export_app.naming import disposition
from sessions_app.actions.errors import Refused
from sessions_app.files.ranges import part
from sessions_app.files.serving import safe

from . import keeping


class NotAllReadable(Refused):
    kind = "not_all_readable"
    status = 409
    sentence = "You may not read all of it any more. Export it again."


def served(found: Path, *, name: str, media_type: str, asked: str = "") -> HttpResponseBase:
    """The file, or what of it is `asked` for by a header Range; 416 where that is not in it."""
    size = found.stat().st_size
    headers = {
        "Content-Disposition": disposition(name),
        "Cache-Control": "no-store",
        "Accept-Ranges": "bytes",
    }
    wanted = part(asked, size)
    if wanted is None:
        headers |= {"Content-Range": f"bytes */{size}"}
        return safe(HttpResponse(status=416, headers=headers))
    begin, end = wanted
    whole = (begin, end) == (0, size)
    headers |= {"Content-Length": str(end - begin)}
    headers |= {} if whole else {"Content-Range": f"bytes {begin}-{end - 1}/{size}"}
    pieces = keeping.pieces(found, begin, end)
    status = 200 if whole else 206
    return safe(StreamingHttpResponse(pieces, status=status, content_type=media_type, headers=headers))
