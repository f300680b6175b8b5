"""The session a page is about, as the person who asks may read it, write in it, or owns it; the missing and the foreign
are the same 404."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from sessions_app.models import ChatSession


def readable_or_404(request: HttpRequest, pk: UUID | None) -> ChatSession:
    return get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk)


def writable_or_404(request: HttpRequest, pk: UUID) -> ChatSession:
    chat = ChatSession.writable_by(request.user.pk, pk)
    if chat is None:
        raise Http404
    return chat


def own_or_404(request: HttpRequest, pk: UUID) -> ChatSession:
    """Archiving what belongs to someone else is not a writer's to do."""
    return get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk, owner=request.user.pk)


def may_write(request: HttpRequest, chat: ChatSession) -> bool:
    return ChatSession.writable_by(request.user.pk, chat.pk) is not None
