"""Marks of one message: the panel that shows them, and what a person does there.

POSTs with htmx answer 204; the message arrives as a frame, and `marks-changed` tells the open panel to look again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sessions_app import offering
from sessions_app.actions import marks
from sessions_app.actions.errors import Refused
from sessions_app.models import Mark, Message
from sessions_app.rendering.footer import footer
from sessions_app.rendering.marks import collected
from sessions_app.rendering.plain import one_line

P = ParamSpec("P")
Told = dict[str, Any]
Post = Callable[Concatenate[HttpRequest, Message, P], Told | None]
WHOLE = re.compile("-?[0-9]{1,10}")
COMMON = ("👍", "❤️", "😄", "🎉", "🤔", "👀", "✅")


def message_of(request: HttpRequest, pk: UUID, message: UUID) -> Message:
    """A message this person reads, looked up through its chat."""
    rows = Message.objects.for_user(request.user).kept().select_related("session", "author")
    return get_object_or_404(rows, pk=message, session=pk)


def address(row: Message) -> str:
    return reverse("marks", args=[row.session_id, row.pk])


# ---------------------------------------------------------------- showing


@require_GET
def show(request: HttpRequest, pk: UUID, message: UUID) -> HttpResponse:
    """The panel; with `only=reason` just the question that follows a thumb. Without htmx, a page of its own."""
    row = message_of(request, pk, message)
    context = panel(request, row)
    if request.headers.get("HX-Request"):
        name = "marks/_reason.html" if request.GET.get("only") == "reason" else "marks/_panel.html"
        return render(request, name, context)
    return render(request, "marks/marks_page.html", context | around(request, row))


def panel(request: HttpRequest, row: Message) -> dict[str, Any]:
    found = list(Mark.objects.filter(message=row).shown())
    own = [mark for mark in found if mark.user_id == request.user.pk]
    pressed = {mark.emoji for mark in own if mark.kind == Mark.Kind.REACTION}
    return {
        "row": row,
        "here": address(row),
        "rated": row.role == Message.Role.ASSISTANT,
        "own": next((mark for mark in own if mark.kind == Mark.Kind.RATING), None),
        "common": [(emoji, emoji in pressed) for emoji in dict.fromkeys([*COMMON, *sorted(pressed)])],
        "marks": collected(found),
        "stars": range(1, 6),
    }


def around(request: HttpRequest, row: Message) -> dict[str, Any]:
    """What the page holds beside the panel."""
    who = offering.label(row.model) if row.role == Message.Role.ASSISTANT else _("You")
    return {
        "who": row.author.get_username() if row.author and row.author != request.user else who,
        "beginning": one_line(row.content, 300),
        "back": f"{row.session.get_absolute_url()}?message={row.pk}#message-{row.pk}",
        **footer(request.user),
    }


# ---------------------------------------------------------------- doing


def post(view: Post[P]) -> Callable[..., HttpResponse]:
    """A POST on a message this person reads. What it returns are events for the page."""

    @wraps(view)
    def answered(
        request: HttpRequest, pk: UUID, message: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        row = message_of(request, pk, message)
        try:
            told = view(request, row, *args, **kwargs) or {}
        except Refused as refusal:
            return refused(request, row, refusal)
        if not request.headers.get("HX-Request"):
            return HttpResponse(status=303, headers={"Location": address(row)})
        # Told to the body: a frame may have replaced the element that asked.
        events = {"marks-changed": {}, **told}
        named = {name: {"target": "body", **detail} for name, detail in events.items()}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(named)})

    return require_POST(answered)


def refused(request: HttpRequest, row: Message, refusal: Refused) -> HttpResponse:
    """The sentence where the person looks: in the open panel, as a toast, or on the page of the marks."""
    if request.headers.get("HX-Target") == "marks-notice":
        return render(request, "marks/_notice.html", {"sentence": refusal.sentence}, status=refusal.status)
    if request.headers.get("HX-Request"):
        event = {"show-toast": {"target": "body", "text": refusal.sentence}}
        headers = {"HX-Trigger": json.dumps(event), "HX-Reswap": "none"}
        return HttpResponse(status=refusal.status, headers=headers)
    context = panel(request, row) | around(request, row)
    context |= {"sentence": refusal.sentence, "draft": request.POST.get("comment", "")}
    return render(request, "marks/marks_page.html", context, status=refusal.status)


def whole(text: str) -> int | None:
    """A small whole number of a form, or None."""
    return int(text) if WHOLE.fullmatch(text.strip()) else None


@post
def rate(request: HttpRequest, row: Message) -> Told | None:
    """With `toggle`, as the thumbs under an answer do: the same thumb again takes the rating back."""
    value = whole(request.POST.get("value", "")) or 0
    if "toggle" not in request.POST:
        stars, comment = whole(request.POST.get("stars", "")), request.POST.get("comment", "")
        marks.rate_message(message=row, user=request.user, value=value, stars=stars, comment=comment)
        return {"marks-kept": {}}
    if Mark.objects.ratings().filter(message=row, user=request.user.pk, value=value).exists():
        marks.unrate_message(message=row, user=request.user)
        return {"marks-done": {}}
    marks.rate_message(message=row, user=request.user, value=value)
    return {"show-marks": {"message": str(row.pk), "url": f"{address(row)}?only=reason"}}


@post
def unrate(request: HttpRequest, row: Message) -> Told | None:
    marks.unrate_message(message=row, user=request.user)
    return {"marks-unrated": {}}


@post
def react(request: HttpRequest, row: Message) -> Told | None:
    marks.react(message=row, user=request.user, emoji=request.POST.get("emoji", ""))
    return None


@post
def annotate(request: HttpRequest, row: Message) -> Told | None:
    marks.annotate(
        message=row,
        user=request.user,
        comment=request.POST.get("comment", ""),
        quote=request.POST.get("quote", ""),
        quote_at=whole(request.POST.get("quote_at", "")),
    )
    return None


@post
def edit(request: HttpRequest, row: Message, mark: UUID) -> Told | None:
    marks.edit_note(message=row, user=request.user, mark=mark, comment=request.POST.get("comment", ""))
    return None


@post
def remove(request: HttpRequest, row: Message, mark: UUID) -> Told | None:
    marks.remove_mark(message=row, user=request.user, mark=mark)
    return None
