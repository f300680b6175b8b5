"""ETags: what was read is named by a hash of itself, and may be asked for or changed only if it is still that."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from .problems import ChangedMeanwhile


def tag_of(shape: Any) -> str:
    """The strong ETag of a shape: of its very bytes."""
    return _tag(JSONRenderer().render(shape))


def _tag(content: bytes) -> str:
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def named(header: str) -> set[str]:
    """The tags a header names; a weak one is compared as if it were strong."""
    return {each.strip().removeprefix("W/") for each in header.split(",") if each.strip()}


def must_match(request: Request, shape: Any) -> None:
    """Raises 412 where `If-Match` names something else than what is there now. Asked within the transaction that
    writes."""
    header = request.headers.get("If-Match", "")
    if header and header.strip() != "*" and tag_of(shape) not in named(header):
        raise ChangedMeanwhile


def tagged(request: Request, response: Response) -> None:
    """Give an answer its ETag once it is rendered, or make it 304 where the reader has it already."""

    def finish(rendered: Response) -> HttpResponse | None:
        tag = rendered["ETag"] = _tag(rendered.content)
        rendered.setdefault("Cache-Control", "private, no-cache")
        wanted = request.headers.get("If-None-Match", "")
        if not wanted or (wanted.strip() != "*" and tag not in named(wanted)):
            return None
        headers = {name: rendered[name] for name in ("ETag", "Cache-Control", "Vary") if name in rendered}
        return HttpResponse(status=304, headers=headers)

    response.add_post_render_callback(finish)
