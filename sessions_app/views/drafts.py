"""The draft of a page's message box: kept while it is typed, read again by a page that comes back into view."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from sessions_app.actions.drafts import DraftDiffers, keep_draft
from sessions_app.actions.errors import Refused
from sessions_app.models import ChatSession, Draft

from .access import writable_or_404

AT = "Draft-At"  # when what is kept was kept, empty where nothing is


@require_http_methods(["GET", "POST"])
def drafts(request: HttpRequest) -> HttpResponse:
    """GET: the draft of `session` (without one: of the chat that is not made yet). POST: keep `content` as it; 409
    with the one that is kept, where that is not the one of `at` and would be lost."""
    asked = request.POST if request.method == "POST" else request.GET
    chat = named_chat(request, asked.get("session", ""))
    if request.method == "GET":
        return JsonResponse(as_shown(Draft.kept_of(request.user.pk or 0, chat.pk if chat else None)))
    try:
        kept = keep_draft(
            user=request.user,
            chat=chat,
            content=asked.get("content", ""),
            client_id=asked.get("client_id", ""),
            at=asked.get("at"),
        )
    except DraftDiffers as differs:
        return JsonResponse(as_shown(differs.kept), status=differs.status)
    except Refused as refusal:
        return HttpResponse(refusal.sentence, status=refusal.status, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204, headers={AT: as_shown(kept)["at"]})


def named_chat(request: HttpRequest, key: str) -> ChatSession | None:
    """The chat that is named, if this person may write in it; None where none is named."""
    if not key:
        return None
    try:
        return writable_or_404(request, UUID(key))
    except ValueError:
        raise Http404 from None


def as_shown(draft: Draft | None) -> dict[str, Any]:
    """What a page shows of a draft, and when it was kept."""
    if draft is None:
        return {"content": "", "at": ""}
    return {"content": draft.content, "at": draft.updated_at.isoformat()}
