"""The page of a link, for whoever has its address: no login, no cookie, nothing that a cache or a search engine keeps."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import get_adapter
from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from export_app.actions.building import build_session
from export_app.bulk.keeping import rest_of
from export_app.models import ShareLink
from export_app.naming import disposition, file_name
from export_app.renderers import named
from export_app.shares import downloads
from export_app.shares.articles import articles, body, is_picture
from export_app.shares.paging import page_numbers
from export_app.shares.shared import SharedTranscript, link_of, shared
from export_app.turns import COPIES, Busy, with_wait
from sessions_app.actions.errors import NotPossible, Refused
from sessions_app.files import storage
from sessions_app.files.serving import SANDBOX
from sessions_app.models import ChatSession
from sessions_app.rendering import RENDERER_VERSION
from sessions_app.rendering.footer import footer

PAGE = 100
KEPT_FOR = 300  # seconds
MOST_KEPT = 400_000  # characters of a page's bodies in memory; more of them are kept on disk
MOST_FILES = 1_000  # numbers of a message's files, at most
PAGES, DOWNLOADS = 120, 20  # a minute, of one link from one address
HEADERS = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
}
View = Callable[..., HttpResponseBase]


def of_link(view: View) -> View:
    """The view of an open link. One that is missing, revoked, expired or could never be is the same page, byte for
    byte."""

    @wraps(view)
    def shown(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        link = link_of(token)
        try:
            if link is not None:
                counted(request, link, view.__name__)
            response = gone(request) if link is None else view(request, link, *args, token=token, **kwargs)
        except Busy as refusal:
            response = in_words(refusal)
        for name, value in HEADERS.items():
            if name not in response.headers or link is None:
                response.headers[name] = value
        return response

    narrower: Any = csp_replace({"connect-src": [NONE], "form-action": [NONE]})
    return narrower(shown)  # type: ignore[no-any-return]


class TooOften(Busy):
    retry_after = 60
    sentence = "This link was opened very often from your address. Try again in a minute."


def counted(request: HttpRequest, link: ShareLink, kind: str) -> None:
    """Count pages and downloads of a link from an address. One of a network of its own may be that of a proxy, which
    all readers have: it is not counted. Raises TooOften."""
    most = {"show": PAGES, "download": DOWNLOADS}.get(kind)
    address = get_adapter().get_client_ip(request) if most and settings.RATE_LIMITS else ""
    if not most or not address or not ip_address(address).is_global:
        return
    key = f"share-reads-{kind}-{link.pk}-{address}"
    cache.add(key, 0, 60)
    try:
        count = cache.incr(key)
    except ValueError:  # the minute ended between the two
        return
    if count > most:
        raise TooOften


def gone(request: HttpRequest) -> HttpResponse:
    return render(request, "shares/gone_page.html", status=404)


@require_safe
@of_link
def show(request: HttpRequest, link: ShareLink, *, token: str) -> HttpResponseBase:
    transcript = shared(link)
    pages = max(1, -(-transcript.total // PAGE))
    number = page_number(request, pages)
    first = (number - 1) * PAGE + 1
    places = range(first, min(first + PAGE, transcript.total + 1))
    entries = list(transcript.at(places))
    kept = bodies(link, number, entries)
    shown = articles(entries, lambda file: file_address(token, file), kept)
    context = {
        "link": link,
        "token": token,
        "head": transcript.head,
        "articles": shown,
        "number": number,
        "pages": pages,
        "earlier": number - 1 if number > 1 else 0,
        "later": number + 1 if number < pages else 0,
        "numbers": page_numbers(number, pages),
        "questions": [article for article in shown if article.role == "user" and article.source],
        "models": list(dict.fromkeys(each.model_label for each in shown if each.model_label)),
        "formats": downloads.offered(link, transcript),
        "too_long": downloads.MOST_MESSAGES if link.download and downloads.too_long(transcript) else 0,
        "continues": link.download and transcript.total <= downloads.MOST_TAKEN,
        "day": link.created_at if link.snapshot else transcript.head.last_activity_at,
    }
    return render(request, "shares/shared_page.html", context)


def page_number(request: HttpRequest, pages: int) -> int:
    given = request.GET.get("page", "")
    return min(max(int(given), 1), pages) if given.isdecimal() and len(given) < 7 else 1


def bodies(link: ShareLink, number: int, entries: list[Any]) -> dict[str, str]:
    """The HTML of a page's messages, made once for the readers of a few minutes. Asked for an open link only."""
    shown = "".join(str(int(getattr(link, name))) for name in ("tools", "thinking", "files"))
    version = 0 if link.snapshot else link.session.version
    key = f"share-{link.pk}-{shown}-{version}-{number}-{RENDERER_VERSION}"
    found: dict[str, str] | None = cache.get(key) or downloads.kept_bodies(link, number)
    if found is None:
        found = {entry.id: body(entry) for entry in entries}
        if sum(map(len, found.values())) <= MOST_KEPT:
            cache.set(key, found, KEPT_FOR)
        else:
            downloads.keep_bodies(link, number, found)
    return found


def file_address(token: str, file: str) -> str:
    place, number = file.split("-")
    return reverse("shared_file", args=[token, place, number])


@require_safe
@of_link
def file(request: HttpRequest, link: ShareLink, place: int, number: int, *, token: str) -> HttpResponseBase:
    """A file of a message, found through its link: a picture as we made it, everything else to be kept."""
    transcript = shared(link)
    known = 0 < place <= transcript.total and 0 < number <= MOST_FILES
    found = transcript.stored(place, number) if known else None
    if found is None or not storage.path_of(found[1]).is_file():
        return gone(request)
    entry, stored = found
    about = entry.files[number - 1]
    picture = is_picture(about)
    media = about.media_type if picture else "application/octet-stream"
    response = StreamingHttpResponse(storage.pieces(stored), content_type=media)
    response.headers["Content-Length"] = str(storage.path_of(stored).stat().st_size)
    response.headers["Content-Disposition"] = disposition(about.name, inline=picture)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


# ---------------------------------------------------------------- taking it along


@require_safe
def nothing(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Addresses that no link has."""
    return of_link(lambda request, link, *, token: gone(request))(request, "")


@require_safe
@of_link
def download(request: HttpRequest, link: ShareLink, *, token: str) -> HttpResponseBase:
    """The same as the page shows, as a file: the format's own choices never add to it."""
    transcript = shared(link)
    wanted = named(request.GET.get("format", "markdown"))
    if wanted is None or wanted not in downloads.offered(link, transcript):
        return gone(request)
    try:
        opened = downloads.made(link, transcript, wanted).open("rb")
    except Refused as refusal:
        return in_words(refusal)
    response = StreamingHttpResponse(rest_of(opened), content_type=f"{wanted.media_type}; charset=utf-8")
    response.headers["Content-Length"] = str(os.fstat(opened.fileno()).st_size)
    name = file_name(transcript.head.heading, wanted.extension)
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def in_words(refusal: Refused) -> HttpResponse:
    kind = "text/plain; charset=utf-8"
    return with_wait(HttpResponse(refusal.sentence, status=refusal.status, content_type=kind), refusal)


def taken_on(view: View) -> View:
    """The view of an open link that may be taken along. A form of a page without referrer is sent without origin, and
    would be refused: these pages send theirs here."""

    @wraps(view)
    def shown(request: HttpRequest, token: str) -> HttpResponseBase:
        link = link_of(token)
        if link is not None and not link.download:
            link = None
        response = gone(request) if link is None else view(request, link, token)
        for name, value in HEADERS.items():
            response.headers[name] = value
        if link is not None:
            response.headers["Referrer-Policy"] = "same-origin"
        return response

    return login_required(shown)


@taken_on
def go_on(request: HttpRequest, link: ShareLink, token: str) -> HttpResponseBase:
    """GET asks, POST makes a session of the reader's own with what the page shows."""
    transcript = shared(link)
    context = {
        "link": link,
        "token": token,
        "head": transcript.head,
        "count": transcript.total,
        "problem": "",
    }
    context |= footer(request.user)
    if request.method != "POST":
        return render(request, "shares/continue_page.html", context)
    try:
        with COPIES.of(request.user.pk):
            chat = taken(request.user, transcript)
    except Refused as refusal:
        context["problem"] = refusal.sentence
        return with_wait(
            render(request, "shares/continue_page.html", context, status=refusal.status), refusal
        )
    return HttpResponse(status=303, headers={"Location": chat.get_absolute_url()})


def taken(person: Any, transcript: SharedTranscript) -> ChatSession:
    """What the page shows, without what it cost: that was another's."""
    if transcript.total > downloads.MOST_TAKEN:
        raise NotPossible(
            f"Sessions of more than {downloads.MOST_TAKEN:,} messages cannot be continued. Nothing was made."
        )
    told = replace(transcript, kept=replace(transcript.kept, costs=False), referring=True)
    return build_session(
        owner=person, source="share", head=told.head, entries=told.entries(), key=str(transcript.link.pk)
    )


urls: list[URLPattern] = [
    path("share/<str:token>/", show, name="shared"),
    path("share/<str:token>/files/<int:place>/<int:number>/", file, name="shared_file"),
    path("share/<str:token>/download/", download, name="shared_download"),
    path("share/<str:token>/continue/", go_on, name="shared_continue"),
    path("share/<path:rest>/", nothing, name="shared_nothing"),
]
