"""What every request passes through. All of it runs on either side, sync or async."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from whitenoise.middleware import WhiteNoiseMiddleware

from sessions_app.api.answers import Underway
from sessions_app.api.problems import is_programs
from sessions_app.api.streams import let_go

log = structlog.get_logger("chatproject.requests")
Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class Middleware:
    """Base of ours: `before` may answer at once, `after` sees every answer; neither touches the database."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self.__acall__(request)
        return self.after(request, self.before(request) or self.get_response(request))

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        return self.after(request, self.before(request) or await self.get_response(request))

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        return None

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response


class StaticFiles(WhiteNoiseMiddleware):
    """whitenoise's, on either side: it runs on a thread alone, and so would each program that waits for an answer."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.__acall__(request) if self.is_async else super().__call__(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(self.static_prefix):
            look = self.find_file if self.autorefresh else self.files.get
            found = await sync_to_async(look)(request.path_info)
            if found is not None:
                served: HttpResponseBase = await sync_to_async(self.serve)(found, request)
                return served
        answer: HttpResponseBase = await self.get_response(request)
        return answer


class RequestLog(Middleware):
    """An id for each request, in its answer and in every log line it causes; one line when it is slow or fails."""

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        request.META["REQUEST_ID"] = uuid.uuid4().hex[:12]
        request.META["REQUEST_BEGAN"] = time.perf_counter()
        structlog.contextvars.bind_contextvars(request=request.META["REQUEST_ID"])
        return None

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers["X-Request-ID"] = request.META["REQUEST_ID"]
        spent = round((time.perf_counter() - request.META["REQUEST_BEGAN"]) * 1000)
        if response.status_code >= 500 or spent > 1000:
            log.warning("request", method=request.method, status=response.status_code, ms=spent)
        structlog.contextvars.unbind_contextvars("request")
        return response


class LoginRequired(Middleware):
    """Every page needs a login but those named here; programs get 401 from the API itself."""

    OPEN = (
        "/accounts/",
        "/healthz",
        "/readyz",
        "/static/",
        "/favicon.ico",
        "/robots.txt",
        "/.well-known/",  # where programs look for what is not there: a login page would mislead them
        "/admin/login/",
        "/exports/schema/",
        "/share/",  # whoever has the address of a link
    )

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self.__acall__(request)
        if self.is_open(request) or request.user.is_authenticated:
            return self.get_response(request)
        return self.to_login(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        if self.is_open(request) or (await request.auser()).is_authenticated:
            answer: HttpResponseBase = await self.get_response(request)
            return answer
        return self.to_login(request)

    def is_open(self, request: HttpRequest) -> bool:
        opened = settings.GALLERY_OPEN and request.path == "/gallery/"
        return opened or is_programs(request.path) or request.path.startswith(self.OPEN)

    def to_login(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": settings.LOGOUT_REDIRECT_URL})
        return redirect_to_login(request.get_full_path())


class Finishing(Middleware):
    """Waits for answers that come later: on the event loop, unless whoever serves the request does it itself."""

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self.__acall__(request)
        response = self.get_response(request)
        if isinstance(response, Underway) and not getattr(request, "waits_on_the_loop", False):
            return async_to_sync(response.finished)()
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.get_response(request)
        if isinstance(response, Underway):
            await let_go()
            return await response.finished()
        return response


class OwnZone(Middleware):
    """Days and times of a page are those of the person who reads it. Programs get UTC: nothing is done where it is async."""

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self.__acall__(request)
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        with timezone.override(getattr(request.user, "zone", None) if known else None):
            return self.get_response(request)


def site(request: HttpRequest) -> dict[str, Any]:
    """What every template may use."""
    return {
        "site_name": settings.SITE_NAME,
        "signup_open": settings.SIGNUP,
        "knowledge": settings.KNOWLEDGE,
    }
