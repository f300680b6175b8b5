"""Who of the staff read or changed what is one's own, and when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET

from sessions_app.models import AuditEntry, ChatSession
from sessions_app.rendering.footer import footer

PAGE = 50
LONGEST_NUMBER = 18
WORDS = {
    "opened transcript": _lazy("opened the conversation"),
    "opened chat session": _lazy("opened the session"),
    "opened message": _lazy("opened a message"),
    "opened pending message": _lazy("opened a waiting message"),
    "opened reply chunk": _lazy("opened a piece of an answer"),
    "opened tool call": _lazy("opened a tool call"),
    "opened mark": _lazy("opened a mark"),
    "opened session template": _lazy("opened a template"),
    "read search results": _lazy("found it in a search"),
    "read topics": _lazy("read what your messages are about"),
    "read video questions": _lazy("read what you asked about videos"),
    "read tool errors": _lazy("read errors of tools in it"),
    "read title": _lazy("read its title"),
    "read session": _lazy("read its title, tags and settings"),
    "read comments": _lazy("read comments on it"),
    "exported session": _lazy("exported it"),
    "downloaded file": _lazy("downloaded a file"),
    "removed from gallery": _lazy("took it out of the gallery"),
    "archived session": _lazy("archived it"),
    "brought session back": _lazy("brought it back from the archive"),
    "changed chat session": _lazy("changed the session"),
    "changed user": _lazy("changed your account"),
    "changed plan": _lazy("changed your plan"),
    "set budget": _lazy("set a budget for you"),
    "removed budget": _lazy("removed a budget of yours"),
    "revoked token": _lazy("revoked an API token of yours"),
    "revoked tokens": _lazy("revoked your API tokens"),
}
OF_SESSION = {"set budget": _lazy("set its budget"), "removed budget": _lazy("removed its budget")}
# Of a session that was changed, by what the record says of it.
CHANGES = {
    "title changed": _lazy("renamed it"),
    "archived: no → yes": _lazy("archived it"),
    "archived: yes → no": _lazy("brought it back from the archive"),
}


@login_required
@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """What staff read of one's own sessions and did to them, newest first; of one `session`, or all. `before` is the key
    of the last one of the page above."""
    rows = AuditEntry.objects.for_user(request.user).told().select_related("actor").order_by("-pk")
    session = uuid_or_none(request.GET.get("session", ""))
    before = request.GET.get("before", "")
    if session is not None:
        rows = rows.filter(session_key=session)
    if before.isascii() and before.isdigit() and len(before) <= LONGEST_NUMBER:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    context = {
        "openings": openings(request.user, found[:PAGE]),
        "session": session,
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
        **footer(request.user),
    }
    return render(request, "accounts/privacy_page.html", context)


def openings(user: Any, rows: list[AuditEntry]) -> list[dict[str, Any]]:
    """Each with the session it was about, where that is still there."""
    keys = {row.session_key for row in rows if row.session_key}
    sessions = ChatSession.objects.owned_by(user).filter(pk__in=keys).only("title").in_bulk()
    return [
        {
            "who": row.actor.get_username() if row.actor else _("a deleted account"),
            "at": row.at,
            "what": words(row),
            "session": sessions.get(row.session_key) if row.session_key else None,
            "gone": row.session_key is not None and row.session_key not in sessions,
            "reason": row.reason,
        }
        for row in rows
    ]


def words(row: AuditEntry) -> str:
    """What was done, for the person it was done to: what the record says besides may be for staff alone."""
    done = [str(CHANGES[each]) for each in row.detail.split("; ") if each in CHANGES]
    if row.action == "changed chat session" and done:
        return _(" and ").join(done)
    known = {**WORDS, **OF_SESSION} if row.session_key else WORDS
    return str(known.get(row.action, row.action))


def read_by_staff(user: Any, chat: ChatSession) -> dict[str, Any] | None:
    """The last opening of one's own session, and how many there were; None where there was none."""
    if chat.owner_id != user.pk:
        return None
    rows = AuditEntry.objects.for_user(user).openings().filter(session_key=chat.pk)
    last = rows.select_related("actor").order_by("-pk").first()
    if last is None:
        return None
    return {**openings(user, [last])[0], "count": rows.count()}


def uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
