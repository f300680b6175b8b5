"""Links by which others read a session: made, listed, changed, revoked. They are their maker's, who owns the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from export_app.actions.sharing import SHOWN, Terms, change_share, revoke_share, share_session
from export_app.models import ShareLink
from export_app.turns import LINKS
from sessions_app.api.answers import ApiView
from sessions_app.api.authentication import key_of
from sessions_app.api.given import Paged, asked, given
from sessions_app.api.operations import Gives, Listed, operation
from sessions_app.api.pagination import page_of
from sessions_app.models import ChatSession

from . import examples
from .given import NewShare, ShareChange
from .shapes import ShareShape, share_shape

LISTED = Gives(Listed[ShareShape], "One's own, newest first.", examples.listed(examples.SHARE))


def own_chat(request: Request, pk: UUID) -> ChatSession:
    """Who may only read or write a session has no links of it."""
    return get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk, owner=request.user.pk)


def links_of(request: Request) -> Any:
    return ShareLink.objects.for_user(request.user).select_related("session", "owner")


def link_or_404(request: Request, pk: UUID) -> ShareLink:
    found: ShareLink = get_object_or_404(links_of(request), pk=pk, session__deleted_at=None)
    return found


def shape(request: Request, row: ShareLink) -> ShareShape:
    """Whoever knows the address reads the session: a token that may take nothing away is not told."""
    found, token = share_shape(row, f"{request.scheme}://{request.get_host()}"), key_of(request)
    return found if token is None or token.allows("export") else {**found, "url": None}


def shapes(request: Request) -> Callable[[Sequence[ShareLink]], list[ShareShape]]:
    return lambda rows: [shape(request, row) for row in rows]


class SessionShare(ApiView):
    @operation(
        "share_session", "Share a session", tag="Sharing", scope="export", takes=NewShare,
        example={"title": "Costs of November", "tools": True, "expires_at": "2026-12-31T23:00:00Z"},
        gives={201: Gives(ShareShape, "The link, with its address.", examples.SHARE)},
        refuses=["bad_terms", "not_possible", "busy"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Whoever has the address reads it, without an account. Beside the words nothing is shown that is not chosen."""
        chat = own_chat(request, pk)
        wanted = given(request, NewShare)
        terms = Terms(**wanted.model_dump(exclude={"snapshot"}))
        with LINKS.of(chat.owner_id):
            link, _token = share_session(chat=chat, owner=request.user, snapshot=wanted.snapshot, terms=terms)
        return Response(shape(request, link), status=201)


class SessionShares(ApiView):
    @operation(
        "list_session_shares", "List the links of a session", tag="Sharing", scope="read", query=Paged,
        gives={200: LISTED},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        chat = own_chat(request, pk)
        asked(request, Paged)
        rows = links_of(request).filter(session=chat)
        return page_of(request, rows, shapes(request), "-created_at", "-pk")


class Shares(ApiView):
    @operation(
        "list_shares", "List all links", tag="Sharing", scope="read", query=Paged, gives={200: LISTED},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked(request, Paged)
        return page_of(request, links_of(request), shapes(request), "-created_at", "-pk")


class Share(ApiView):
    @operation(
        "get_share", "Read a link", tag="Sharing", scope="read", headers=["If-None-Match"],
        gives={200: Gives(ShareShape, "The link.", examples.SHARE)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(shape(request, link_or_404(request, pk)))

    @operation(
        "change_share", "Change a link", tag="Sharing", scope="export", takes=ShareChange,
        example={"listed": True, "about": "What a month costs."},
        gives={200: Gives(ShareShape, "As it is now, at once for whoever reads it.", examples.SHARE)},
        refuses=["bad_terms", "not_possible"],
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID) -> Response:
        link = link_or_404(request, pk)
        wanted = given(request, ShareChange)
        change_share(link=link, terms=changed(link, wanted))
        return Response(shape(request, link_or_404(request, pk)))

    @operation(
        "revoke_share", "Revoke a link", tag="Sharing", scope="write",
        gives={204: Gives(None, "Its address shows nothing any more; what was kept for it is gone.")},
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """It stays listed as revoked. Twice is once."""
        link = link_or_404(request, pk)
        revoke_share(link=link)
        return Response(status=204)


def changed(link: ShareLink, wanted: ShareChange) -> Terms:
    """The terms of a link with what is said anew."""
    names = ("title", "about", *SHOWN, "download", "listed", "expires_at")
    before = {name: getattr(link, name) for name in names}
    return Terms(**before | wanted.model_dump(exclude_unset=True))
