"""Operations of the API. Each is served with and without a slash at its end, without a redirect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.urls import URLPattern, path
from rest_framework.request import Request

from . import (
    activity,
    again,
    files,
    marks,
    messages,
    notifications,
    offered,
    pending,
    plugins,
    search,
    session_deeds,
    sessions,
    summaries,
    templates,
    tokens,
    versions,
)
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
    *both("chat/sessions/<uuid:pk>/summaries", summaries.Summaries.as_view(), "summaries"),
    *both("chat/sessions/<uuid:pk>/summaries/<uuid:summary>", summaries.OneSummary.as_view(), "summary"),
    *both("chat/sessions/<uuid:pk>/pending", pending.AllPending.as_view(), "all_pending"),
    *both("chat/sessions/<uuid:pk>/pending/<uuid:pending>", pending.Pending.as_view(), "pending"),
    *both(
        "chat/sessions/<uuid:pk>/pending/<uuid:pending>/send",
        live(pending.SendPending.as_view()),
        "send_pending",
    ),
    *both("chat/sessions/<uuid:pk>/messages", live(messages.Messages.as_view()), "messages"),
    *both(
        "chat/sessions/<uuid:pk>/notifications",
        notifications.Notifications.as_view(),
        "session_notifications",
    ),
    *both("chat/sessions/<uuid:pk>/webhooks", notifications.Webhooks.as_view(), "session_webhooks"),
    *both(
        "chat/sessions/<uuid:pk>/webhooks/<uuid:webhook>",
        notifications.OneWebhook.as_view(),
        "session_webhook",
    ),
    *both("chat/sessions/<uuid:pk>/stop", sessions.Stop.as_view(), "stop"),
    *both("chat/sessions/<uuid:pk>/usage", sessions.Usage.as_view(), "usage"),
    *both("chat/sessions/<uuid:pk>/stream", live(messages.Stream.as_view()), "stream"),
    *both("chat/sessions/<uuid:pk>/messages/deleted", versions.Deleted.as_view(), "deleted_messages"),
    *both("chat/messages/<uuid:pk>", live(versions.OneMessage.as_view()), "message"),
    *both("chat/messages/<uuid:pk>/restore", versions.Restore.as_view(), "restore_message"),
    *both("chat/messages/<uuid:pk>/versions", versions.Versions.as_view(), "versions"),
    *both("chat/messages/<uuid:pk>/switch", versions.Switch.as_view(), "switch"),
    *both("chat/messages/<uuid:pk>/revisions", versions.Revisions.as_view(), "revisions"),
    *both("chat/messages/<uuid:pk>/retry", live(again.Retry.as_view()), "retry"),
    *both("chat/messages/<uuid:pk>/continue", live(again.Continue.as_view()), "continue"),
    *both("chat/messages/<uuid:pk>/regenerate", live(again.Regenerate.as_view()), "regenerate"),
    *both("chat/messages/<uuid:pk>/answer", live(again.AnswerIt.as_view()), "answer"),
    *both("chat/messages/<uuid:pk>/approve", live(again.Approve.as_view()), "approve"),
    *both("chat/messages/<uuid:pk>/marks", marks.Marks.as_view(), "marks"),
    *both("chat/messages/<uuid:pk>/react", marks.React.as_view(), "react"),
    *both("chat/messages/<uuid:pk>/annotate", marks.Annotate.as_view(), "annotate"),
    *both("chat/messages/<uuid:pk>/feedback", marks.GiveFeedback.as_view(), "feedback"),
    *both("chat/marks/<uuid:pk>", marks.OneMark.as_view(), "mark"),
    *both("chat/search", search.Search.as_view(), "search"),
    *both("chat/templates", templates.Templates.as_view(), "templates"),
    *both("chat/templates/<uuid:pk>", templates.Template.as_view(), "template"),
    *both("chat/templates/<uuid:pk>/duplicate", templates.Duplicate.as_view(), "template_duplicate"),
    *both("chat/templates/<uuid:pk>/use", templates.Use.as_view(), "template_use"),
    *both("chat/models", offered.Models.as_view(), "models"),
    *both("chat/tools", offered.Tools.as_view(), "tools"),
    *both("chat/tools/<str:name>/consent", offered.Consent.as_view(), "tool_consent"),
    *both("chat/attachments", files.Files.as_view(), "attachments"),
    *both("chat/attachments/<uuid:pk>", files.OneFile.as_view(), "attachment"),
    *both("chat/attachments/<uuid:pk>/content", files.Content.as_view(), "attachment_content"),
    *both("chat/tokens", tokens.Tokens.as_view(), "tokens"),
    *both("chat/tokens/current", tokens.CurrentToken.as_view(), "current_token"),
    *both("chat/tokens/<uuid:pk>", tokens.OneToken.as_view(), "token"),
    *both("activity/events", activity.Events.as_view(), "activity_events"),
    *both("activity/events/<uuid:pk>", activity.OneEvent.as_view(), "activity_event"),
    *both("activity/events/<uuid:pk>/session", activity.StartSession.as_view(), "activity_event_session"),
    *both("activity/sources", activity.Sources.as_view(), "activity_sources"),
    *both("plugins", plugins.Plugins.as_view(), "plugins"),
    *both("plugins/<str:name>", plugins.OnePlugin.as_view(), "plugin"),
    *both("agents/stream", live(messages.AgentStream.as_view()), "agent_stream"),
    path("", Unknown.as_view()),
    path("<path:rest>", Unknown.as_view(), name="api_unknown"),
]
