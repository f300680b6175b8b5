"""What is answered where nothing is: of one's own deleted session that it was deleted, with the way back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.defaults import page_not_found

from sessions_app.actions.errors import SessionDeleted
from sessions_app.models import ChatSession

from .session_actions import refused
from .session_rows import current_of

OF_A_SESSION = "sessions/<uuid:pk>/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """To strangers a deleted session is like one that never was. To htmx its notice is for the page of the session; on
    another page a toast says it."""
    chat = own_deleted(request)
    if chat is None:
        return page_not_found(request, exception)
    context = {"chat": chat, "sentence": SessionDeleted.sentence}
    if not request.headers.get("HX-Request"):
        return render(request, "sessions/deleted_page.html", context, status=404)
    if current_of(request) not in ("", str(chat.pk)):
        return refused(request, SessionDeleted())
    response = render(request, "sessions/_session_deleted.html", context, status=404)
    response.headers["HX-Retarget"] = "#composer-notice"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


@require_GET
def deleted(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The notice for a page of one's own session that was deleted while it stood open."""
    chat = get_object_or_404(ChatSession.objects.deleted_by(request.user), pk=pk)
    context = {"chat": chat, "sentence": SessionDeleted.sentence}
    return render(request, "sessions/_session_deleted.html", context)


def own_deleted(request: HttpRequest) -> ChatSession | None:
    match, user = request.resolver_match, getattr(request, "user", None)
    if match is None or user is None or not match.route.startswith(OF_A_SESSION):
        return None
    return ChatSession.objects.deleted_by(user).filter(pk=match.kwargs["pk"]).first()
