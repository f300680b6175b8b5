"""Two versions of a message side by side. Only read: what can be done with them are forms of other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sessions_app import offering
from sessions_app.comparing import compare
from sessions_app.models import ChatSession, Message
from sessions_app.rendering.article import Article, articles, paid_by, usage_of
from sessions_app.rendering.figures import Figures, differences, of_message, seconds
from sessions_app.rendering.footer import footer

from .access import may_write, readable_or_404


@dataclass(frozen=True, slots=True)
class Side:
    """One side of two versions; `choices` are key and name of what may stand here."""

    name: str
    choices: list[tuple[str, str]]
    chosen: str
    number: int
    facts: list[str]
    cost: str
    article: Article
    body: SafeString
    active: bool
    act_url: str


@require_GET
def versions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """`left` and `right` are versions of one message; without them the last one shown that has others."""
    chat = readable_or_404(request, pk)
    siblings, left, right = chosen_versions(chat, request)
    context = around(request, chat) | {"back": chat.get_absolute_url(), "writable": may_write(request, chat)}
    if left is None or right is None:
        return render(request, "compare/compare_page.html", context | {"nothing": True})
    return render(request, "compare/compare_page.html", context | two_versions(siblings, left, right))


def chosen_versions(
    chat: ChatSession, request: HttpRequest
) -> tuple[list[Message], Message | None, Message | None]:
    """All versions, and the two to show: by default the shown one against the one before it."""
    kept = Message.objects.filter(session=chat).kept()
    asked = [given(kept, request.GET.get(side, "")) for side in ("left", "right")]
    known = asked[1] or asked[0] or last_with_versions(kept)
    if known is None:
        return [], None, None
    below = Q(parent__isnull=True) if known.parent_id is None else Q(parent=known.parent_id)
    rows = kept.filter(below, role=known.role).order_by("created_at", "pk")
    siblings = list(rows.select_related("reply", "author", "parent__author"))
    of_key = {row.pk: row for row in siblings}
    if any(row is not None and row.pk not in of_key for row in asked):
        raise Http404
    right = of_key[asked[1].pk if asked[1] else shown_beside(siblings, asked[0] or known)]
    left = of_key[asked[0].pk] if asked[0] and asked[0].pk != right.pk else neighbour(siblings, right)
    return siblings, left, right


def given(rows: QuerySet[Message], key: str) -> Message | None:
    """A message by a key of the address; nothing where none is named."""
    if not key:
        return None
    try:
        return get_object_or_404(rows, pk=UUID(key))
    except ValueError:
        raise Http404 from None


def last_with_versions(kept: QuerySet[Message]) -> Message | None:
    same = Q(parent=OuterRef("parent")) | Q(parent__isnull=True, position=OuterRef("position"))
    others = kept.filter(same, role=OuterRef("role")).exclude(pk=OuterRef("pk"))
    return kept.filter(Exists(others), active=True).order_by("-position").first()


def shown_beside(siblings: Sequence[Message], row: Message) -> UUID:
    """What stands right of a version that was asked for on the left, or of none: the shown one, else a neighbour."""
    shown = next((each for each in siblings if each.active), None)
    if shown is not None:
        return shown.pk
    return siblings[-1].pk if siblings else row.pk


def neighbour(siblings: Sequence[Message], row: Message) -> Message | None:
    """The version before this one; before the first the one after it."""
    place = [each.pk for each in siblings].index(row.pk)
    if place:
        return siblings[place - 1]
    return siblings[1] if len(siblings) > 1 else None


def two_versions(siblings: list[Message], left: Message, right: Message) -> dict[str, Any]:
    shown = {each.id: each for each in articles(with_question(left, right), answerable=False)}
    figures = took(left), took(right)
    compared = compare(*(str(shown[str(row.pk)].body) for row in (left, right)))
    bodies = (compared.left, compared.right)
    sides = [
        side(siblings, row, shown[str(row.pk)], figure, body)
        for row, figure, body in zip((left, right), figures, bodies, strict=True)
    ]
    answer = right.role == Message.Role.ASSISTANT
    return {
        "kind": _("two versions of one answer") if answer else _("two versions of one question"),
        "question": shown.get(str(right.parent_id)) if answer else None,
        "sides": sides,
        "against": _("Version %(right)s against %(left)s")
        % {"right": sides[1].number, "left": sides[0].number},
        "differences": differences(*figures, _("Words")),
        "same": compared.same,
        "coarse": compared.coarse,
        "swap_url": "?" + urlencode({"left": right.pk, "right": left.pk}),
    }


def with_question(left: Message, right: Message) -> list[Message]:
    if right.role != Message.Role.ASSISTANT or right.parent is None:
        return [left, right]
    return [right.parent, left, right]


def took(row: Message) -> Figures:
    """By the ledger's calls of a message, or of the one it is a copy of."""
    return of_message(row, usage_of([row]).get(paid_by(row), []))


def side(siblings: Sequence[Message], row: Message, shown: Article, figures: Figures, body: str) -> Side:
    number = [each.pk for each in siblings].index(row.pk) + 1
    words = _("%(count)s words") % {"count": f"{figures.size:,}"} if figures.size != 1 else _("1 word")
    return Side(
        name=version_name(number, len(siblings), row),
        choices=[
            (str(each.pk), version_name(place, len(siblings), each)) for place, each in enumerate(siblings, 1)
        ],
        chosen=str(row.pk),
        number=number,
        facts=[words, *timing(figures)],
        cost=figures.cost_words,
        article=shown,
        body=mark_safe(body),
        active=row.active,
        act_url=f"{reverse('session', args=[row.session_id])}messages/{row.pk}/",
    )


def version_name(number: int, count: int, row: Message) -> str:
    name = _("Version %(number)s of %(count)s") % {"number": number, "count": count}
    return f"{name}, {offering.label(row.model)}" if row.role == Message.Role.ASSISTANT else name


def timing(figures: Figures) -> list[str]:
    facts = []
    if figures.ms is not None:
        facts.append(_("%(time)s to the end") % {"time": seconds(figures.ms)})
    if figures.first_ms is not None:
        first = f"{Decimal(figures.first_ms) / 1000:.2f}\u00a0s"
        facts.append(_("first token %(time)s") % {"time": first})
    return facts


def around(request: HttpRequest, chat: ChatSession | None) -> dict[str, Any]:
    """What the page holds beside what is compared."""
    return {
        "chat": chat,
        **footer(request.user, chat),
        "marked": "set" not in request.GET or "marks" in request.GET,
    }
