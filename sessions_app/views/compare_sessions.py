"""Two sessions side by side: what they share is folded, the rest stands in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Case, F, Q, TextField, When
from django.db.models.functions import MD5, Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sessions_app import offering
from sessions_app.comparing import Line, Row, aligned, compare
from sessions_app.models import ChatSession, Message, opening_words
from sessions_app.models.sessions import ChatSessionQuerySet
from sessions_app.rendering.article import Article, articles
from sessions_app.rendering.figures import Figures, differences, of_session, seconds
from sessions_app.rendering.plain import one_line

from .compare import around

PAIRS = 20
FOLDED = 20
RECENT = 50


@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """`left` and `right` are sessions, from pair `from` on; of one alone its parent or its newest branch is the
    other. For htmx the rows alone."""
    readable = ChatSession.objects.for_user(request.user)
    left, right = chosen_sessions(readable, request)
    context = around(request, None) | choices(readable, left, right)
    if left is None or right is None:
        return render(request, "compare/sessions_page.html", context | {"nothing": True})
    context |= two_sessions(left, right, request.GET.get("from", ""))
    fragment = request.headers.get("HX-Request")
    return render(request, "compare/_rows.html" if fragment else "compare/sessions_page.html", context)


def chosen_sessions(
    readable: ChatSessionQuerySet, request: HttpRequest
) -> tuple[ChatSession | None, ChatSession | None]:
    left, right = (session_given(readable, request.GET.get(name, "")) for name in ("left", "right"))
    if left and right:
        return left, right
    one = left or right
    if one is None:
        return None, None
    parent = readable.filter(pk=one.parent_id).first() if one.parent_id else None
    other = parent or readable.filter(parent=one.pk).order_by("-pk").first()
    if other is None:
        return left, right
    return (other, one) if other is parent else (one, other)


def session_given(readable: ChatSessionQuerySet, key: str) -> ChatSession | None:
    if not key:
        return None
    try:
        return get_object_or_404(readable, pk=UUID(key))
    except ValueError:
        raise Http404 from None


def choices(
    readable: ChatSessionQuerySet, left: ChatSession | None, right: ChatSession | None
) -> dict[str, Any]:
    """Sessions that may stand on either side: relatives of the shown ones first, then those of late."""
    shown = [chat for chat in (left, right) if chat]
    keys = {key for chat in shown for key in (chat.pk, chat.parent_id) if key}
    near = list(readable.filter(Q(pk__in=keys) | Q(parent__in=keys)).order_by("pk")[:RECENT]) if keys else []
    late = list(readable.recent()[:RECENT])
    named = {str(chat.pk): str(chat) for chat in [*shown, *near, *late]}
    return {
        "choices": list(named.items()),
        "left_key": str(left.pk) if left else "",
        "right_key": str(right.pk) if right else "",
    }


def two_sessions(left: ChatSession, right: ChatSession, begin: str) -> dict[str, Any]:
    rows = aligned(path_of(left), path_of(right))
    first = int(begin) if begin.isascii() and begin.isdigit() and len(begin) < 7 else 0
    page, last = page_of(rows, first)
    figures = of_session(left), of_session(right)
    same = sum(len(row.left) for row in rows if row.same)
    address = {"left": left.pk, "right": right.pk}
    return {
        "heads": [head(chat, took) for chat, took in zip((left, right), figures, strict=True)],
        "rows": shown_rows(page),
        "more_url": f"?{urlencode(address | {'from': last})}" if last < len(rows) else "",
        "differences": differences(*figures, _("Messages")),
        "same_messages": same,
        "swap_url": f"?{urlencode({'left': right.pk, 'right': left.pk})}",
        "apart": same < sum(len(row.right) for row in rows) or same < sum(len(row.left) for row in rows),
    }


def path_of(chat: ChatSession) -> list[Line]:
    """The shown path, without its texts. What has no words of its own, as a notification, is what its parts are."""
    said = Case(When(content="", then=Cast("parts", TextField())), default=F("content"))
    told = Message.objects.filter(session=chat).shown().annotate(digest=MD5(said))
    return [
        Line(key, origin or key, digest, role)
        for key, origin, digest, role in told.values_list("pk", "origin_key", "digest", "role")
    ]


def page_of(rows: Sequence[Row], first: int) -> tuple[list[Row], int]:
    """Rows from `first` on until there are enough pairs, and where the next page begins."""
    last, pairs = first, 0
    while last < len(rows) and pairs < PAIRS:
        pairs += not rows[last].same
        last += 1
    return list(rows[first:last]), last


def head(chat: ChatSession, took: Figures) -> dict[str, Any]:
    return {
        "title": str(chat),
        "url": chat.get_absolute_url(),
        "cost": took.cost_words,
        "facts": [
            _("1 message") if took.size == 1 else _("%(count)s messages") % {"count": f"{took.size:,}"},
            _("%(time)s of replies") % {"time": seconds(took.ms or 0)},
            offering.label(chat.model, chat.provider),
        ],
    }


def shown_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Folds with the beginnings of their messages, pairs with their bodies marked."""
    keys = [line.key for row in rows if not row.same for line in (*row.left, *row.right)]
    asked = Message.objects.filter(pk__in=keys).select_related("reply", "author", "parent")
    messages = {row.pk: row for row in asked}
    shown = {each.id: each for each in articles(messages.values(), answerable=False)}
    said = beginnings([line.key for row in rows if row.same for line in row.left[:FOLDED]])
    return [fold(row, said) if row.same else pair(row, messages, shown) for row in rows]


def beginnings(keys: Sequence[UUID]) -> dict[UUID, tuple[bool, str]]:
    """Whether an assistant said it, and how it begins."""
    told = Message.objects.filter(pk__in=keys).annotate(begin=opening_words())
    return {
        key: (role == Message.Role.ASSISTANT, one_line(words, 120))
        for key, role, words in told.values_list("pk", "role", "begin")
    }


def fold(row: Row, said: dict[UUID, tuple[bool, str]]) -> dict[str, Any]:
    lines = [said[line.key] for line in row.left[:FOLDED] if line.key in said]
    return {"same": len(row.left), "lines": lines, "rest": len(row.left) - len(lines)}


def pair(row: Row, messages: dict[Any, Message], shown: dict[str, Article]) -> dict[str, Any]:
    """Both cells; a message that stands alone is not marked, as all of it would be."""
    cells = [messages.get(line[0].key) if line else None for line in (row.left, row.right)]
    found = [shown[str(cell.pk)] if cell else None for cell in cells]
    bodies = [str(each.body) if each else "" for each in found]
    compared = compare(*bodies) if all(cells) else None
    if compared:
        bodies = [compared.left, compared.right]
    return {
        "same": 0,
        "cells": [
            {"article": each, "body": mark_safe(body)} if each else None
            for each, body in zip(found, bodies, strict=True)
        ],
        "share": compared.same if compared else None,
        "coarse": compared.coarse if compared else False,
    }
