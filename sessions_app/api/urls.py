"""Operations of the API. Each is served with and without a slash at its end, without a redirect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.urls import URLPattern, path
from rest_framework.request import Request

from . import files, messages, sessions, tokens
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
    *both("chat/tokens", tokens.Tokens.as_view(), "tokens"),
    *both("chat/tokens/current", tokens.CurrentToken.as_view(), "current_token"),
    *both("chat/tokens/<uuid:pk>", tokens.OneToken.as_view(), "token"),
    *both("agents/stream", live(messages.AgentStream.as_view()), "agent_stream"),
    path("<path:rest>", Unknown.as_view(), name="api_unknown"),
]
