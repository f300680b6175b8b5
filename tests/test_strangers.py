"""Every route, by a stranger and by nobody. A route without a line here fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from channels.routing import URLRouter
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from analytics_app.actions.dashboards import Arrangement, make_dashboard
from analytics_app.models import Dashboard
from chatproject import asgi
from export_app.actions.sharing import Terms, share_session
from export_app.models import ExportJob, ImportJob, ShareLink
from sessions_app.actions.activity import take_events
from sessions_app.actions.attachments import take_files
from sessions_app.actions.marks import annotate
from sessions_app.actions.messages import send_message
from sessions_app.actions.summaries import keep_summary
from sessions_app.actions.templates import Contents, make_template
from sessions_app.actions.tokens import make_token
from sessions_app.actions.webhooks import make_webhook
from sessions_app.activity.values import Event
from sessions_app.api.problems import is_programs
from sessions_app.knowledge.actions.transcripts import take_transcript
from sessions_app.knowledge.models import Transcript, Video
from sessions_app.models import (
    ActivityEvent,
    ApiToken,
    Attachment,
    ChatSession,
    Mark,
    Message,
    Reply,
    SessionTemplate,
    SessionWebhook,
    User,
)
from tests.actions.steps import end
from tests.knowledge.places import keys_of, make_video

# What a stranger gets: MISSING where the address names something of Alice's, OWN where it names nothing and shows
# one's own, NONE where a body names something of Alice's and that alone, OPEN where anybody may look, LINK where the
# address is a key: a wrong one shows nothing, to anybody. Nobody is sent to the login by pages and gets 401 from the API.
# SIGNED where what comes is signed with a secret: without it everybody gets 401.
MISSING, OWN, NONE, OPEN, LINK, SIGNED = "missing", "own", "none", "open", "link", "signed"

ROUTES: dict[str, tuple[str, str]] = {
    "healthz": (OPEN, "GET"),
    "readyz": (OPEN, "GET"),
    "robots.txt": (OPEN, "GET"),
    "favicon.ico": (OPEN, "GET"),
    "exports/schema/session-1.json": (OPEN, "GET"),
    "": (OWN, "GET"),
    "dashboard/": (OWN, "GET"),
    "dashboard/health/": (MISSING, "GET"),
    "videos/figures/": (MISSING, "GET"),
    "videos/figures/csv/<slug:key>/": (MISSING, "GET"),
    "dashboard/csv/": (OWN, "GET"),
    "dashboard/panels/<slug:key>/": (OWN, "GET"),
    "dashboard/boards/": (OWN, "POST"),
    "dashboard/boards/new/": (OWN, "GET"),
    "dashboard/boards/<uuid:pk>/": (MISSING, "GET POST"),
    "dashboard/boards/<uuid:pk>/edit/": (MISSING, "GET"),
    "dashboard/boards/<uuid:pk>/delete/": (MISSING, "POST"),
    "dashboard/csv/<slug:key>/": (OWN, "GET"),
    "dashboard/rows/<slug:kind>/": (OWN, "GET"),
    "dashboard/prices/": (OWN, "GET"),
    "sessions/<uuid:pk>/analytics/": (MISSING, "GET"),
    "api/chat/sessions/<uuid:pk>/analytics": (MISSING, "GET"),
    "answering/": (OWN, "GET"),
    "accounts/plan/": (OWN, "GET"),
    "accounts/plan/limits/": (OWN, "GET"),
    "sessions/<uuid:pk>/limit/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/share/": (MISSING, "GET POST"),
    "shares/": (OWN, "GET"),
    "shares/<uuid:pk>/": (MISSING, "GET POST"),
    "shares/<uuid:pk>/revoke/": (MISSING, "GET POST"),
    "share/<str:token>/": (LINK, "GET"),
    "share/<str:token>/files/<int:place>/<int:number>/": (LINK, "GET"),
    "share/<str:token>/download/": (LINK, "GET"),
    "share/<str:token>/continue/": (MISSING, "GET POST"),
    "share/<path:rest>/": (LINK, "GET"),
    "gallery/": (OWN, "GET"),
    "gallery/<uuid:pk>/remove/": (MISSING, "GET POST"),
    "sessions/": (OWN, "GET POST"),
    "import/": (OWN, "GET POST"),
    "import/<uuid:pk>/": (MISSING, "GET"),
    "import/<uuid:pk>/pieces/": (MISSING, "POST"),
    "import/<uuid:pk>/state/": (MISSING, "GET"),
    "import/<uuid:pk>/choose/": (MISSING, "POST"),
    "import/<uuid:pk>/cancel/": (MISSING, "POST"),
    "import/<uuid:pk>/forget/": (MISSING, "POST"),
    "sessions/tags/": (OWN, "GET"),
    "sessions/many/": (OWN, "POST"),
    "sessions/undo/": (OWN, "POST"),
    "sessions/<uuid:pk>/menu/": (MISSING, "GET"),
    "sessions/<uuid:pk>/star/": (MISSING, "POST"),
    "sessions/<uuid:pk>/archive/": (MISSING, "POST"),
    "sessions/<uuid:pk>/delete/": (MISSING, "POST"),
    "sessions/<uuid:pk>/restore/": (MISSING, "POST"),
    "sessions/<uuid:pk>/deleted/": (MISSING, "GET"),
    "sessions/<uuid:pk>/purge/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/tags/edit/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/visit/": (MISSING, "POST"),
    "sessions/<uuid:pk>/videos/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/videos/chosen/": (MISSING, "GET"),
    "sessions/<uuid:pk>/videos/about/": (MISSING, "GET"),
    "videos/choose/": (OWN, "GET POST"),
    "videos/passages/<str:key>/": (MISSING, "GET"),
    "videos/<uuid:pk>/ask/": (MISSING, "POST"),
    "sessions/<uuid:pk>/": (MISSING, "GET"),
    "sessions/<uuid:pk>/settings/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/context/": (MISSING, "GET"),
    "sessions/<uuid:pk>/about/": (MISSING, "GET"),
    "sessions/<uuid:pk>/standing/": (MISSING, "GET"),
    "sessions/<uuid:pk>/tags/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/tags/remove/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/": (MISSING, "POST"),
    "sessions/<uuid:pk>/stop/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/retry/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/continue/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/regenerate/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/answer/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/approve/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/edit/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/switch/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/delete/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/menu/": (MISSING, "GET"),
    "sessions/<uuid:pk>/messages/<uuid:message>/models/": (MISSING, "GET"),
    "sessions/<uuid:pk>/messages/<uuid:message>/revisions/": (MISSING, "GET"),
    "sessions/<uuid:pk>/messages/<uuid:message>/branch/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/restore/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/messages/deleted/": (MISSING, "GET"),
    "sessions/<uuid:pk>/duplicate/": (MISSING, "POST"),
    "sessions/<uuid:pk>/merge/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/unmerge/": (MISSING, "POST"),
    "sessions/<uuid:pk>/clear-context/": (MISSING, "POST"),
    "sessions/<uuid:pk>/restore-context/": (MISSING, "POST"),
    "sessions/<uuid:pk>/webhooks/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/webhooks/<uuid:webhook>/revoke/": (MISSING, "POST"),
    "sessions/<uuid:pk>/summaries/<uuid:summary>/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/pending/<uuid:pending>/edit/": (MISSING, "POST"),
    "sessions/<uuid:pk>/pending/<uuid:pending>/send/": (MISSING, "POST"),
    "sessions/<uuid:pk>/pending/<uuid:pending>/remove/": (MISSING, "POST"),
    "sessions/<uuid:pk>/export/": (MISSING, "GET POST"),
    "sessions/<uuid:pk>/export/preview/": (MISSING, "GET"),
    "sessions/<uuid:pk>/export/preview.html": (MISSING, "GET"),
    "sessions/<uuid:pk>/export/file/": (MISSING, "GET"),
    "attachments/": (OWN, "POST"),
    "attachments/unsent/": (OWN, "GET"),
    "attachments/<uuid:pk>/": (MISSING, "GET"),
    "attachments/<uuid:pk>/preview/": (MISSING, "GET"),
    "attachments/<uuid:pk>/remove/": (MISSING, "POST"),
    "commands/": (OWN, "GET"),
    "drafts/": (OWN, "GET POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/marks/": (MISSING, "GET"),
    "sessions/<uuid:pk>/messages/<uuid:message>/marks/rate/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/marks/unrate/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/marks/react/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/marks/note/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/marks/<uuid:mark>/edit/": (MISSING, "POST"),
    "sessions/<uuid:pk>/messages/<uuid:message>/marks/<uuid:mark>/remove/": (MISSING, "POST"),
    "sessions/<uuid:pk>/compare/": (MISSING, "GET"),
    "compare/": (OWN, "GET"),
    "tabs/": (OWN, "GET POST"),
    "tabs/reopen/": (OWN, "POST"),
    "tabs/<uuid:pk>/close/": (MISSING, "POST"),
    "tabs/<uuid:pk>/move/": (MISSING, "POST"),
    "palette/": (OWN, "GET"),
    "accounts/preferences/": (OWN, "GET POST"),
    "accounts/privacy/": (OWN, "GET"),
    "templates/": (OWN, "GET POST"),
    "templates/new/": (OWN, "GET"),
    "templates/<uuid:pk>/": (MISSING, "GET POST"),
    "templates/<uuid:pk>/delete/": (MISSING, "POST"),
    "templates/<uuid:pk>/duplicate/": (MISSING, "POST"),
    "templates/<uuid:pk>/use/": (MISSING, "POST"),
    "accounts/tools/": (OWN, "GET"),
    "accounts/tools/ask/": (OWN, "POST"),
    "plugins/": (OWN, "GET"),
    "plugins/<slug:name>/": (MISSING, "POST"),
    "plugins/<slug:name>/use/": (MISSING, "POST"),
    "search/": (OWN, "GET"),
    "activity/": (OWN, "GET"),
    "activity/news/": (OWN, "GET"),
    "activity/context/": (OWN, "GET POST"),
    "activity/carried/<uuid:message>/": (MISSING, "GET"),
    "activity/<uuid:pk>/": (MISSING, "GET"),
    "activity/<uuid:pk>/session/": (MISSING, "POST"),
    "activity/<uuid:pk>/add/": (MISSING, "GET POST"),
    "exports/": (OWN, "GET"),
    "exports/new/": (OWN, "GET"),
    "exports/news/": (OWN, "GET POST"),
    "exports/<uuid:pk>/": (MISSING, "GET"),
    "exports/<uuid:pk>/download/": (MISSING, "GET"),
    "exports/<uuid:pk>/cancel/": (MISSING, "POST"),
    "exports/<uuid:pk>/remove/": (MISSING, "POST"),
    "exports/<uuid:pk>/again/": (MISSING, "POST"),
    "videos/": (OWN, "GET"),
    "videos/new/": (OWN, "GET"),
    "videos/<uuid:pk>/": (MISSING, "GET"),
    "videos/<uuid:pk>/player/": (MISSING, "GET"),
    "videos/<uuid:pk>/edit/": (MISSING, "GET POST"),
    "videos/<uuid:pk>/delete/": (MISSING, "POST"),
    "videos/<uuid:pk>/restore/": (MISSING, "POST"),
    "videos/<uuid:pk>/file/": (MISSING, "GET"),
    "videos/<uuid:pk>/thumbnail/": (MISSING, "GET"),
    "videos/<uuid:pk>/captions/": (MISSING, "GET"),
    "accounts/tokens/": (OWN, "GET POST"),
    "accounts/tokens/<uuid:pk>/": (MISSING, "GET POST"),
    "accounts/tokens/<uuid:pk>/revoke/": (MISSING, "GET POST"),
    "api/chat/health": (MISSING, "GET"),
    "api/chat/sessions": (OWN, "GET POST"),
    "api/chat/sessions/current": (OWN, "POST"),
    "api/chat/sessions/<uuid:pk>": (MISSING, "GET PUT PATCH DELETE"),
    "api/chat/sessions/<uuid:pk>/branch": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/duplicate": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/merge": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/unmerge": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/restore": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/purge": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/clear-context": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/restore-context": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/summaries": (MISSING, "GET"),
    "api/chat/sessions/<uuid:pk>/summaries/<uuid:summary>": (MISSING, "PATCH DELETE"),
    "api/chat/sessions/<uuid:pk>/pending": (MISSING, "GET"),
    "api/chat/sessions/<uuid:pk>/pending/<uuid:pending>": (MISSING, "GET PATCH DELETE"),
    "api/chat/sessions/<uuid:pk>/pending/<uuid:pending>/send": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/messages": (MISSING, "GET POST"),
    "api/chat/sessions/<uuid:pk>/notifications": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/webhooks": (MISSING, "GET POST"),
    "api/chat/sessions/<uuid:pk>/webhooks/<uuid:webhook>": (MISSING, "DELETE"),
    "api/chat/sessions/<uuid:pk>/stop": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/usage": (MISSING, "GET"),
    "api/chat/sessions/<uuid:pk>/stream": (MISSING, "GET"),
    "api/chat/sessions/<uuid:pk>/messages/deleted": (MISSING, "GET"),
    "api/chat/messages/<uuid:pk>": (MISSING, "GET PUT PATCH DELETE"),
    "api/chat/messages/<uuid:pk>/restore": (MISSING, "POST"),
    "api/chat/messages/<uuid:pk>/versions": (MISSING, "GET"),
    "api/chat/messages/<uuid:pk>/switch": (MISSING, "POST"),
    "api/chat/messages/<uuid:pk>/revisions": (MISSING, "GET"),
    "api/chat/messages/<uuid:pk>/answer": (MISSING, "POST"),
    "api/chat/messages/<uuid:pk>/marks": (MISSING, "GET"),
    "api/chat/messages/<uuid:pk>/react": (MISSING, "POST DELETE"),
    "api/chat/messages/<uuid:pk>/annotate": (MISSING, "POST"),
    "api/chat/messages/<uuid:pk>/feedback": (MISSING, "POST DELETE"),
    "api/chat/marks/<uuid:pk>": (MISSING, "GET PATCH DELETE"),
    "api/chat/messages/<uuid:pk>/retry": (MISSING, "POST"),
    "api/chat/messages/<uuid:pk>/continue": (MISSING, "POST"),
    "api/chat/messages/<uuid:pk>/regenerate": (MISSING, "POST"),
    "api/chat/messages/<uuid:pk>/approve": (MISSING, "POST"),
    "api/chat/analytics": (OWN, "GET"),
    "api/chat/attachments": (OWN, "GET POST"),
    "api/chat/attachments/<uuid:pk>": (MISSING, "GET DELETE"),
    "api/chat/attachments/<uuid:pk>/content": (MISSING, "GET"),
    "api/chat/analytics/rows": (OWN, "GET"),
    "api/chat/analytics/prices": (OWN, "GET"),
    "api/chat/limits": (OWN, "GET"),
    "api/chat/sessions/<uuid:pk>/limit": (MISSING, "GET"),
    "api/chat/me": (OWN, "GET"),
    "api/chat/search": (OWN, "GET"),
    "api/chat/templates": (OWN, "GET POST"),
    "api/chat/templates/<uuid:pk>": (MISSING, "GET"),
    "api/chat/templates/<uuid:pk>/duplicate": (MISSING, "POST"),
    "api/chat/templates/<uuid:pk>/use": (MISSING, "POST"),
    "api/chat/videos": (OWN, "GET"),
    "api/chat/videos/search": (OWN, "GET"),
    "api/chat/videos/<uuid:pk>": (MISSING, "GET PATCH DELETE"),
    "api/chat/videos/<uuid:pk>/transcripts": (MISSING, "GET POST"),
    "api/chat/videos/<uuid:pk>/transcripts/<int:number>": (MISSING, "GET"),
    "api/chat/sessions/<uuid:pk>/videos": (MISSING, "GET PUT"),
    "api/chat/models": (OWN, "GET"),
    "api/chat/tools": (OWN, "GET"),
    "api/chat/tools/<str:name>/consent": (OWN, "DELETE"),
    "api/plugins": (OWN, "GET"),
    "api/plugins/<str:name>": (MISSING, "PATCH"),
    "api/chat/tokens": (OWN, "GET POST"),
    "api/chat/tokens/current": (MISSING, "GET"),
    "api/chat/tokens/<uuid:pk>": (MISSING, "GET"),
    "api/agents/stream": (MISSING, "POST"),
    "api/activity/events": (OWN, "GET POST"),
    "api/activity/events/<uuid:pk>": (MISSING, "GET"),
    "api/activity/events/<uuid:pk>/session": (MISSING, "POST"),
    "api/activity/sources": (OWN, "GET"),
    "api/chat/formats": (OWN, "GET"),
    "api/chat/sessions/<uuid:pk>/export": (MISSING, "POST"),
    "api/chat/export/bulk": (NONE, "POST"),
    "api/chat/export/jobs": (OWN, "GET"),
    "api/chat/export/jobs/<uuid:pk>": (MISSING, "GET"),
    "api/chat/export/jobs/<uuid:pk>/download": (MISSING, "GET"),
    "api/chat/export/jobs/<uuid:pk>/cancel": (MISSING, "POST"),
    "api/chat/export/jobs/<uuid:pk>/again": (MISSING, "POST"),
    "api/chat/export/<uuid:pk>": (MISSING, "GET"),
    "api/chat/import": (OWN, "GET POST"),
    "api/chat/import/pieces": (OWN, "POST"),
    "api/chat/import/<uuid:pk>": (MISSING, "GET"),
    "api/chat/import/<uuid:pk>/pieces": (MISSING, "POST"),
    "api/chat/import/<uuid:pk>/choose": (MISSING, "POST"),
    "api/chat/import/<uuid:pk>/cancel": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/share": (MISSING, "POST"),
    "api/chat/sessions/<uuid:pk>/shares": (MISSING, "GET"),
    "api/chat/shares": (OWN, "GET"),
    "api/chat/shares/<uuid:pk>": (MISSING, "GET"),
    "api/schema": (OPEN, "GET"),
    "api/docs": (OPEN, "GET"),
    "api": (MISSING, "GET"),
    "api/<path:rest>": (MISSING, "GET"),
    "chat": (OWN, "POST"),
    "chat/stream": (OWN, "POST"),
    "chat/history": (OWN, "GET"),
    "chat/sessions": (OWN, "GET"),
    "chat/<path:rest>": (MISSING, "GET"),
    "videos/import/": (MISSING, "GET POST"),
    "videos/<uuid:pk>/transcripts/": (MISSING, "GET POST"),
    "videos/<uuid:pk>/transcripts/<uuid:transcript>/use/": (MISSING, "POST"),
    "hooks/<uuid:pk>": (SIGNED, "POST"),
    "hooks/<path:rest>": (MISSING, "GET"),
}
SOCKETS = {"ws/sessions/<uuid:chat>/", "ws/"}  # both in tests/realtime/test_socket.py
ANSWERING = (
    "/chat",
    "/chat/stream",
)  # they wait for an answer, which nobody makes here: what is empty is refused
OTHERS = ("allauth", "django.contrib.admin")  # their own tests stand behind these

SECRETS = (
    "Alices file",
    "Alices question",
    "Alices answer",
    "Alices next",
    "Alices note",
    "Alices template",
    "Alices board",
    "Alices export",
    "Alices import",
    "Alices link",
    "Alices token",
    "Alices event",
    "Alices webhook",
    "Alices video",
    "Alices transcript",
)


def routes(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    """Routes of this product as they are written, an API's once for both of its spellings."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            module = pattern.urlconf_name
            foreign = getattr(module, "__name__", str(module)).startswith(OTHERS) or (
                pattern.app_name == admin.site.name
            )
            if not foreign:
                yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route.removesuffix("/") if for_programs(route) else route


def for_programs(route: str) -> bool:
    return is_programs(f"/{route}")


@pytest.fixture
def addresses(chat: ChatSession, alice: User) -> dict[str, str]:
    """What stands for the parts of a route: keys of things that are Alice's."""
    reply = send_message(chat=chat, author=alice, content="Alices question").reply
    end(reply, "stopped", "Alices answer", "stopped")
    assert reply is not None
    mark = annotate(message=reply.message, user=alice, comment="Alices note")
    send_message(chat=chat, author=alice, content="Alices next")
    pending = send_message(chat=chat, author=alice, content="Alices next").pending
    assert pending is not None
    file = take_files(owner=alice, chat=chat, uploads=[SimpleUploadedFile("a.txt", b"Alices file")])[
        0
    ].attachment
    assert file is not None
    token, _ = make_token(user=alice, name="Alices token", scopes=["read"])
    board = make_dashboard(owner=alice, arrangement=Arrangement("Alices board", ["tools"]))
    webhook, _ = make_webhook(chat=chat, maker=alice, name="Alices webhook")
    template = make_template(owner=alice, contents=Contents("Alices template"))
    event = take_events(owner=alice, events=[Event("tests", "failed", "Alices event")])[0].event
    summary = keep_summary(chat=chat, until=reply.pk, text="Alices summary", model="offline", replaces=9)
    assert summary is not None
    shared, _ = share_session(chat=chat, owner=alice, snapshot=False, terms=Terms(title="Alices link"))
    video = make_video(alice, "Alices video", visibility="private")
    transcript = take_transcript(video=video, maker=alice, raw="0:01 Alices transcript")
    return {
        "<uuid:pk>": str(chat.pk),
        "<video>": str(video.pk),
        "<str:key>": keys_of(video)[0],
        "<uuid:message>": str(reply.pk),
        "<template>": str(template.pk),
        "<event>": str(event),
        "<board>": str(board.pk),
        "<uuid:transcript>": str(transcript.pk),
        "<import>": str(ImportJob.objects.create(owner=alice, name="Alices import", status="ready").pk),
        "<export>": str(ExportJob.objects.create(owner=alice, title="Alices export").pk),
        "<share>": str(shared.pk),
        "<str:token>": str(shared.pk),
        "<int:place>": "1",
        "<int:number>": "1",
        "<uuid:pending>": str(pending.pk),
        "<uuid:summary>": str(summary.pk),
        "<uuid:file>": str(file.pk),
        "<uuid:mark>": str(mark.pk),
        "<uuid:webhook>": str(webhook.pk),
        "<token>": str(token.public_id),
        "<path:rest>": "nothing/here",
        "<slug:key>": "sessions_by_cost",
        "<slug:kind>": "calls",
        "<str:name>": "analyze_costs",
        "<slug:name>": "git",  # which is off
    }


def address(route: str, keys: dict[str, str]) -> str:
    if route.startswith("hooks/"):
        keys = keys | {"<uuid:pk>": keys["<uuid:webhook>"]}
    if route.startswith("videos/"):
        keys = keys | {"<uuid:pk>": keys["<video>"]}
    if "messages/<uuid:pk>" in route:
        keys = keys | {"<uuid:pk>": keys["<uuid:message>"]}
    if "attachments/<uuid:pk>" in route:
        keys = keys | {"<uuid:pk>": keys["<uuid:file>"]}
    if "marks/<uuid:pk>" in route:
        keys = keys | {"<uuid:pk>": keys["<uuid:mark>"]}
    if "boards/<uuid:pk>" in route:
        keys = keys | {"<uuid:pk>": keys["<board>"]}
    if "tokens/<uuid:pk>" in route:
        keys = keys | {"<uuid:pk>": keys["<token>"]}
    if route.startswith(("import/", "api/chat/import/")):
        keys = keys | {"<uuid:pk>": keys["<import>"]}
    if route.startswith(("exports/", "api/chat/export/jobs/")):
        keys = keys | {"<uuid:pk>": keys["<export>"]}
    if route.startswith(("shares/", "gallery/", "api/chat/shares/")):
        keys = keys | {"<uuid:pk>": keys["<share>"]}
    if route.removeprefix("api/chat/").startswith("templates/"):
        keys = keys | {"<uuid:pk>": keys["<template>"]}
    if route.removeprefix("api/chat/").startswith("videos/"):
        keys = keys | {"<uuid:pk>": keys["<video>"]}
    if route.removeprefix("api/").startswith("activity/"):
        keys = keys | {"<uuid:pk>": keys["<event>"]}
    for part, key in keys.items():
        route = route.replace(part, key)
    return f"/{route}"


def asked(client: Client, method: str, path: str, keys: dict[str, str]) -> Any:
    if path in ("/api/chat/search", "/api/chat/videos/search"):
        return client.get(path, {"q": "alices"})
    if method == "GET":
        return client.get(path)
    if path.startswith("/api/") and method != "POST":
        return getattr(client, method.lower())(path, body_of(path, keys), content_type="application/json")
    if not is_programs(path):
        return client.post(
            path,
            {
                "content": "Mine",
                "title": "Mine",
                "name": "mine",
                "scopes": ["read"],
                "panel": "tools",
                "size": "5",
            },
        )
    if path in ("/api/chat/attachments", "/api/chat/import"):
        return client.post(path, {"file": SimpleUploadedFile("mine.txt", b"Mine")})
    call = getattr(client, method.lower())
    return call(path, body_of(path, keys), content_type="application/json")


def body_of(path: str, keys: dict[str, str]) -> dict[str, Any]:
    """What this operation takes."""
    if path == "/api/chat/export/bulk":
        return {"sessions": [keys["<uuid:pk>"]], "formats": ["json"]}
    if path == "/api/chat/import/pieces":
        return {"size": 5}
    if path == "/api/chat/sessions":
        return {"title": "Mine"}
    if path in ("/api/chat/templates", "/api/chat/tokens"):
        return {"name": "Mine"}
    if path == "/api/activity/events":
        return {"source": "mine", "kind": "mine", "title": "Mine"}
    if path == "/api/agents/stream":
        return {"agent_id": "assistant", "message": "Mine", "session_id": keys["<uuid:pk>"]}
    if path in ANSWERING:
        return {"message": ""}
    return {"content": "Mine"} if path.endswith("/messages") else {}


def state() -> tuple[Any, ...]:
    """Everything of Alice's that a stranger must leave alone."""
    chat = ChatSession.objects.filter(owner__username="alice").values("version", "title").get()
    replies = Reply.objects.filter(session__owner__username="alice").order_by("pk")
    tokens = ApiToken.objects.filter(user__username="alice").count()
    messages = Message.objects.filter(session__owner__username="alice").count()
    webhooks = list(SessionWebhook.objects.values_list("pk", "revoked_at", "uses"))
    files = Attachment.objects.filter(owner__username="alice").count()
    marks = list(Mark.objects.values_list("pk", "comment"))
    replied = list(replies.values_list("pk", "status", "stop_requested_at"))
    boards = list(Dashboard.objects.filter(owner__username="alice").values_list("pk", "name"))
    shares = list(ShareLink.objects.filter(owner__username="alice").values_list("pk", "revoked_at", "title"))
    templates = list(SessionTemplate.objects.filter(owner__username="alice").values_list("pk", "name"))
    exports = list(ExportJob.objects.values_list("pk", "status", "cancel_requested_at", "told_at"))
    imports = list(ImportJob.objects.filter(owner__username="alice").values_list("pk", "status", "stored"))
    events = list(ActivityEvent.objects.filter(owner__username="alice").values_list("pk", "title", "count"))
    transcripts = list(Transcript.objects.values_list("pk", "video__title", "current"))
    videos = list(Video.objects.values_list("pk", "title", "visibility", "deleted_at"))
    hers = (
        videos,
        transcripts,
        exports,
        imports,
        boards,
        templates,
        shares,
        files,
        replied,
        tokens,
        messages,
        marks,
        webhooks,
    )
    return events, chat, *hers


def test_every_route_and_socket_has_a_line() -> None:
    assert set(routes()) == set(ROUTES)
    assert isinstance(asgi.sockets, URLRouter)
    assert {str(route.pattern) for route in asgi.sockets.routes} == SOCKETS


CASES = [(route, method, kind) for route, (kind, methods) in ROUTES.items() for method in methods.split()]


PARTS = 8  # what is Alice's is made once for each: whoever is asked about here changes nothing of it


@pytest.mark.parametrize("part", range(PARTS))
def test_a_stranger_finds_nothing_and_changes_nothing(
    as_bob: Client, addresses: dict[str, str], part: int
) -> None:
    before = state()
    for route, method, kind in CASES[part::PARTS]:
        answer = asked(as_bob, method, address(route, addresses), addresses)
        body = b"".join(answer) if answer.streaming else answer.content
        where = f"{method} {route}: {answer.status_code}"
        if kind in (MISSING, LINK):
            assert answer.status_code == 404, where
        elif kind == SIGNED:
            assert answer.status_code == 401, where
        elif kind == NONE or f"/{route}" in ANSWERING:
            assert answer.status_code == 422, where
        else:
            assert answer.status_code < 400, where
        assert not any(secret.encode() in body for secret in SECRETS), where
        assert state() == before, where


@pytest.mark.parametrize("part", range(PARTS))
def test_nobody_is_sent_to_the_login_or_refused(client: Client, addresses: dict[str, str], part: int) -> None:
    before = state()
    for route, method, kind in CASES[part::PARTS]:
        answer = asked(client, method, address(route, addresses), addresses)
        where = f"{method} {route}: {answer.status_code}"
        if kind == LINK:
            assert answer.status_code == 404, where
        elif kind == OPEN:
            assert answer.status_code == 200 or answer["Location"].startswith("/static/"), where
        elif for_programs(route):
            assert answer.status_code == 401, where
        else:
            assert answer.status_code == 302, where
            assert answer["Location"].startswith("/accounts/login/"), where
        assert not any(secret.encode() in answer.content for secret in SECRETS), where
        assert state() == before, where


def test_what_is_missing_and_what_is_alices_look_alike(as_bob: Client, addresses: dict[str, str]) -> None:
    missing = dict.fromkeys(addresses, "01890000-0000-7000-8000-000000000000")
    for route, (kind, methods) in ROUTES.items():
        if kind == MISSING and "<uuid" in route:
            method = methods.split()[0]
            hers = asked(as_bob, method, address(route, addresses), addresses)
            none = asked(as_bob, method, address(route, missing), missing)
            assert (hers.status_code, len(hers.content)) == (none.status_code, len(none.content)), route
