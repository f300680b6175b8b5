"""What is answered where nothing is: of one's own deleted session that it was deleted, with the way back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
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


def own_deleted(request: HttpRequest) -> ChatSession | None:
    match, user = request.resolver_match, getattr(request, "user", None)
    if match is None or user is None or not match.route.startswith(OF_A_SESSION):
        return None
    return ChatSession.objects.deleted_by(user).filter(pk=match.kwargs["pk"]).first()
