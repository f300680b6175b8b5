"""The application every server runs: pages and API, sockets behind an origin check, and the lifespan others send."""

from __future__ import annotations

import asyncio
import os
from typing import Any
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()  # before any model is imported

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.urls import path

from analytics_app.mcp_server import endpoint as mcp
from chatproject.bodies import BoundedBodies
from chatproject.pages import PageHandler
from chatproject.programs import ProgramHandler, is_live
from export_app import jobs
from sessions_app.api.problems import is_programs
from sessions_app.realtime import runtime
from sessions_app.realtime.consumers import WorkspaceConsumer

page_handler = PageHandler()
program_handler = ProgramHandler("programs", waiting=1000, patience=30)
strangers = (
    PageHandler(  # the pages of links and their files: whoever has an address may ask as often as they like
        "strangers",
        threads=2,
        waiting=200,
        patience=10,
        crowded="Many readers are here just now. Try again in a moment.",
    )
)
downloads = PageHandler(  # files of links, made whole before they leave
    "downloads",
    threads=2,
    waiting=20,
    patience=20,
    crowded="Many files are being made just now. Try again in a moment.",
)
copies = PageHandler(  # snapshots, and copies of what links show: thousands of rows at once
    "copies",
    threads=2,
    waiting=20,
    patience=30,
    crowded="Many sessions are being copied just now. Nothing was made. Try again in a moment.",
)


class SameOrigin:
    """Refuses a socket whose Origin is not exactly ours: scheme, host and port.

    Channels' own validator ignores port and scheme, and cookies know no ports.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = dict(scope.get("headers", []))
        origin = headers.get(b"origin", b"").decode("latin1").rstrip("/")
        host = headers.get(b"host", b"").decode("latin1")
        if origin and self.allowed(origin, host):
            return await self.application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)

    def allowed(self, origin: str, host: str) -> bool:
        if origin in settings.CSRF_TRUSTED_ORIGINS:
            return True
        scheme = "https" if settings.HTTPS else "http"
        return origin == f"{scheme}://{host}" and bool(urlsplit(origin).netloc) and self.known(host)

    def known(self, host: str) -> bool:
        from django.http.request import split_domain_port, validate_host

        return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """For servers that send it (uvicorn); Daphne does not, `manage.py serve` starts the runtime there."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            jobs.start((await runtime.start()).owner)
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await asyncio.to_thread(jobs.stop)
            await runtime.close()
            await mcp.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


sockets = URLRouter(
    [
        path("ws/sessions/<uuid:chat>/", WorkspaceConsumer.as_asgi()),
        path("ws/", WorkspaceConsumer.as_asgi()),
    ]
)


async def known_sockets(scope: Any, receive: Any, send: Any) -> Any:
    """A path without a socket is refused in the handshake, not by a stack trace."""
    try:
        return await sockets(scope, receive, send)
    except ValueError:
        return await WebsocketDenier()(scope, receive, send)


async def http(scope: Any, receive: Any, send: Any) -> None:
    """The API streams and waits on the event loop, tools for programs have their own door; all else is a page, on the
    threads of its kind."""
    if scope["path"] == "/mcp" or scope["path"].startswith("/mcp/"):
        await mcp.application(scope, receive, send)
        return
    await handler(scope["path"], scope["method"])(scope, receive, send)


def handler(path: str, method: str) -> Any:
    """Uploads and exported files wait for a child process, what is asked by strangers or makes very many rows takes
    long: none of it holds the few threads of pages."""
    if is_live(path, method):
        return program_handler
    if is_programs(path) or path == "/attachments/" or path.endswith("/export/file/"):
        return django_application
    if path.startswith("/share/"):
        if path.endswith("/download/"):
            return downloads
        return copies if method == "POST" else strangers
    made = path.startswith("/sessions/") and path.endswith("/share/")
    changed = path.startswith("/shares/") and not path.endswith("/revoke/")
    if method == "POST" and (made or changed):
        return copies
    return page_handler


application = ProtocolTypeRouter(
    {"http": BoundedBodies(http), "websocket": SameOrigin(known_sockets), "lifespan": lifespan}
)
