"""Operations of the API. Each is served with and without a slash at its end, without a redirect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.urls import URLPattern, path
from rest_framework.request import Request

from . import files, messages, pending, session_deeds, sessions
from .answers import ApiView, live


class Unknown(ApiView):
    """Programs get their errors as JSON, those about unknown paths too."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


def both(route: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    return [path(route, view, name=f"api_{name}"), path(f"{route}/", view)]


urlpatterns = [
    *both("chat/sessions", sessions.Sessions.as_view(), "sessions"),
    *both("chat/sessions/current", sessions.CurrentSession.as_view(), "current"),
    *both("chat/sessions/<uuid:pk>", sessions.Session.as_view(), "session"),
    *both("chat/sessions/<uuid:pk>/branch", session_deeds.Branch.as_view(), "branch"),
    *both("chat/sessions/<uuid:pk>/duplicate", session_deeds.Duplicate.as_view(), "duplicate"),
    *both("chat/sessions/<uuid:pk>/merge", session_deeds.Merge.as_view(), "merge"),
    *both("chat/sessions/<uuid:pk>/unmerge", session_deeds.Unmerge.as_view(), "unmerge"),
    *both("chat/sessions/<uuid:pk>/restore", session_deeds.Restore.as_view(), "restore"),
    *both("chat/sessions/<uuid:pk>/purge", session_deeds.Purge.as_view(), "purge"),
    *both("chat/sessions/<uuid:pk>/clear-context", session_deeds.ClearContext.as_view(), "clear_context"),
    *both(
        "chat/sessions/<uuid:pk>/restore-context", session_deeds.RestoreContext.as_view(), "restore_context"
    ),
    *both("chat/sessions/<uuid:pk>/pending", pending.AllPending.as_view(), "all_pending"),
    *both("chat/sessions/<uuid:pk>/pending/<uuid:pending>", pending.Pending.as_view(), "pending"),
    *both(
        "chat/sessions/<uuid:pk>/pending/<uuid:pending>/send",
        live(pending.SendPending.as_view()),
        "send_pending",
    ),
    *both("chat/sessions/<uuid:pk>/messages", live(messages.Messages.as_view()), "messages"),
    *both("chat/sessions/<uuid:pk>/stop", sessions.Stop.as_view(), "stop"),
    *both("chat/sessions/<uuid:pk>/usage", sessions.Usage.as_view(), "usage"),
    *both("chat/sessions/<uuid:pk>/stream", live(messages.Stream.as_view()), "stream"),
    *both("chat/messages/<uuid:pk>", messages.OneMessage.as_view(), "message"),
    *both("chat/messages/<uuid:pk>/retry", live(messages.Retry.as_view()), "retry"),
    *both("chat/messages/<uuid:pk>/continue", live(messages.Continue.as_view()), "continue"),
    *both("chat/messages/<uuid:pk>/regenerate", live(messages.Regenerate.as_view()), "regenerate"),
    *both("chat/messages/<uuid:pk>/approve", live(messages.Approve.as_view()), "approve"),
    *both("chat/attachments", files.Files.as_view(), "attachments"),
    *both("agents/stream", live(messages.AgentStream.as_view()), "agent_stream"),
    path("<path:rest>", Unknown.as_view(), name="api_unknown"),
]
