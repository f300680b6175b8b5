"""Commands typed into the message box: what may be typed, and what came of it, as a notice at the composer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sessions_app.actions.drafts import drop_draft
from sessions_app.commands import registry
from sessions_app.commands.base import Command, Context, Outcome
from sessions_app.models import ChatSession

from .drafts import named_chat

Page = Callable[[HttpRequest, ChatSession | None], dict[str, Any]]
SHOWN = 50  # rows of the list


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: `text` is what choosing it puts into the box."""

    text: str
    name: str
    description: str
    icon: str


@require_GET
def suggest(request: HttpRequest) -> HttpResponse:
    """What `q`, the text of the box, may become: the fragment of the list, empty where it is no beginning of a command."""
    context = Context(request.user, named_chat(request, request.GET.get("session", "")))  # type: ignore[arg-type]
    response = render(request, "sessions/_commands.html", {"rows": rows(context, request.GET.get("q", ""))})
    response.headers["Cache-Control"] = "no-store"
    return response


def rows(context: Context, text: str) -> list[Row]:
    word, space, argument = text.removeprefix("/").partition(" ")
    if not text.startswith("/") or len(text) > 200:
        return []
    if not space:
        known = registry.commands(context.user).items()
        return [command_row(each) for name, each in known if name.startswith(word.lower())]
    command = registry.commands(context.user).get(word.lower())
    if command is None or (command.needs_session and context.chat is None):
        return []
    found = command.complete(context, argument.lstrip())[:SHOWN]
    return [
        Row(f"/{command.name} {each.argument}", each.argument, each.description, command.icon)
        for each in found
    ]


def command_row(command: Command) -> Row:
    text = f"/{command.name} " if command.argument else f"/{command.name}"
    return Row(text, command.usage, str(command.description), command.icon)


def answer_command(request: HttpRequest, chat: ChatSession | None, page: Page) -> HttpResponse | None:
    """Run the command that was sent; None where the text is a message."""
    typed = registry.typed_command(request.POST.get("content", ""))
    if typed is None:
        return None
    outcome = registry.run(typed, Context(request.user, chat))  # type: ignore[arg-type]
    if request.POST.get("draft"):
        drop_draft(user=request.user, chat=chat)
    return tell(request, chat, outcome, page)


def tell(request: HttpRequest, chat: ChatSession | None, outcome: Outcome, page: Page) -> HttpResponse:
    """What came of it: a notice, another page, and events for the page; without htmx the page with its notice."""
    if not request.headers.get("HX-Request"):
        if leads := outcome.address or outcome.dialog:
            return HttpResponse(status=303, headers={"Location": leads})
        now = ChatSession.objects.for_user(request.user).get(pk=chat.pk) if chat else None
        return render(request, "sessions/workspace_page.html", page(request, now) | {"outcome": outcome})
    if outcome.address:
        return HttpResponse(status=204, headers={"HX-Redirect": outcome.address})
    response = render(request, "sessions/_command_notice.html", {"outcome": outcome})
    response.headers["HX-Retarget"] = "#composer-notice"
    response.headers["HX-Reswap"] = "innerHTML"
    opens = {"load-dialog": {"address": outcome.dialog, "target": "body"}} if outcome.dialog else {}
    if tells := {**outcome.tells, **opens}:
        response.headers["HX-Trigger"] = json.dumps(tells)
    return response
