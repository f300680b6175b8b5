"""The incoming webhooks of a session: the dialog in which they are made and revoked. A secret is shown once, in the answer
that makes it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sessions_app.actions.errors import Refused
from sessions_app.actions.webhooks import MOST, living, make_webhook, revoke_webhook
from sessions_app.models import ChatSession, SessionWebhook

from .access import writable_or_404
from .versions import fragment


@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: the list, and the form of a new one. POST: makes it."""
    chat = writable_or_404(request, pk)
    if request.method == "GET":
        return dialog(request, chat)
    name, answers = request.POST.get("name", ""), request.POST.get("answers") == "1"
    try:
        made, secret = make_webhook(chat=chat, maker=request.user, name=name, answers=answers)
    except Refused as refusal:
        return dialog(request, chat, problem=refusal.sentence, name=name, status=422)
    return dialog(request, chat, made=told(request, chat, made), secret=secret)


@require_POST
def revoke(request: HttpRequest, pk: UUID, webhook: UUID) -> HttpResponse:
    chat = writable_or_404(request, pk)
    found: SessionWebhook = get_object_or_404(living(chat), pk=webhook)
    try:
        revoke_webhook(webhook=found, by=request.user)
    except Refused as refusal:
        return dialog(request, chat, problem=refusal.sentence, status=422)
    words = _("“%(name)s” is revoked. Nothing comes by it any more.") % {"name": found.name}
    return dialog(request, chat, said=words)


def dialog(request: HttpRequest, chat: ChatSession, *, status: int = 200, **more: Any) -> HttpResponse:
    rows = [told(request, chat, row) for row in living(chat)]
    return fragment(
        request, chat, "sessions/_webhooks.html", _("Incoming webhooks"),
        webhooks=rows, full=len(rows) >= MOST, status=status, **more,
    )  # fmt: skip


def told(request: HttpRequest, chat: ChatSession, row: SessionWebhook) -> dict[str, Any]:
    return {
        "row": row,
        "url": request.build_absolute_uri(reverse("api_hook", args=[row.pk])),
        "revocable": request.user.pk in (row.maker_id, chat.owner_id),
    }
