"""POSTs that keep sessions in order. With htmx they answer 204 with a toast, without 303 to where the form stood."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from sessions_app.actions import organising, purging
from sessions_app.actions.errors import NotTheOwner, ReadOnly, Refused
from sessions_app.models import ChatSession

from .access import readable_or_404
from .session_filters import micros, moment
from .session_rows import current_of

MANY = 500
UNDO_TAGS = 60  # sessions named in one address
P = ParamSpec("P")


class TooMany(Refused):
    kind = "too_many"
    sentence = f"At most {MANY} sessions can be changed at once."


@dataclass(frozen=True, slots=True)
class Done:
    """What is said once it is done, the address that takes it back, and which sessions are gone from sight."""

    text: str = ""
    undo: str = ""
    gone: Sequence[ChatSession] = ()


Act = Callable[Concatenate[HttpRequest, P], Done]


def act(view: Act[P]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            done = view(request, *args, **kwargs)
        except Refused as refusal:
            return refused(request, refusal)
        return answer(request, done)

    return require_POST(answered)


def answer(request: HttpRequest, done: Done) -> HttpResponse:
    """A page that is about what is gone leaves; one that has no list to renew is fetched again: the toast follows."""
    if not request.headers.get("HX-Request"):
        return HttpResponse(status=303, headers={"Location": back(request)})
    response = HttpResponse(status=204)
    leaves = current_of(request) in {str(chat.pk) for chat in done.gone}
    again = bool(request.POST.get("next"))
    events: dict[str, Any] = {} if leaves or again else {"sessions-changed": {}}
    if done.text:
        events["leave-toast" if leaves or again else "show-toast"] = {"text": done.text, "undo": done.undo}
    response.headers["HX-Trigger"] = json.dumps(events)
    if leaves:
        response.headers["HX-Redirect"] = reverse("home")
    elif again:
        response.headers["HX-Refresh"] = "true"
    return response


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """To htmx a toast, for there is no place for a notice; else the sentence on a page of its own."""
    if request.headers.get("HX-Request"):
        events = {"show-toast": {"text": refusal.sentence}}
        headers = {"HX-Trigger": json.dumps(events), "HX-Reswap": "none"}
        return HttpResponse(
            refusal.sentence, status=refusal.status, headers=headers, content_type="text/plain; charset=utf-8"
        )
    context = {"sentence": refusal.sentence, "back": back(request)}
    return render(request, "sessions/refused_page.html", context, status=refusal.status)


def back(request: HttpRequest) -> str:
    """Where the form stood, if that is a page of ours."""
    place = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(place, allowed_hosts=None)
    return place if ours and place.startswith("/") else reverse("sessions")


def own_or_refused(request: HttpRequest, pk: UUID) -> ChatSession:
    chat = readable_or_404(request, pk)
    if chat.owner_id != request.user.pk:
        raise NotTheOwner
    return chat


def deleted_or_404(request: HttpRequest, pk: UUID) -> ChatSession:
    return get_object_or_404(ChatSession.objects.deleted_by(request.user), pk=pk)


def wanted(request: HttpRequest) -> bool:
    return request.POST.get("on", "1") != "0"


# ---------------------------------------------------------------- one session


@act
def star(request: HttpRequest, pk: UUID) -> Done:
    organising.star(chats=[own_or_refused(request, pk)], on=wanted(request))
    return Done()


@act
def archive(request: HttpRequest, pk: UUID) -> Done:
    return archived([own_or_refused(request, pk)], on=wanted(request))


@act
def delete(request: HttpRequest, pk: UUID) -> Done:
    return deleted([own_or_refused(request, pk)])


@act
def restore(request: HttpRequest, pk: UUID) -> Done:
    if ChatSession.objects.owned_by(request.user).filter(pk=pk).exists():
        return Done()  # somebody was faster: it is there
    return restored([deleted_or_404(request, pk)])


@require_http_methods(["GET", "POST"])
def purge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET asks, for pages without JavaScript."""
    if request.method == "GET":
        return render(request, "sessions/purge_page.html", {"chat": deleted_or_404(request, pk)})
    response: HttpResponse = _purge(request, pk)
    return response


@act
def _purge(request: HttpRequest, pk: UUID) -> Done:
    chat = deleted_or_404(request, pk)
    purging.purge_session(chat=chat)
    return Done(_("“%(title)s” is deleted for good") % {"title": chat})


@require_http_methods(["GET", "POST"])
def tags(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The tags of a session. POST adds `name`, or takes `remove` away, and gives them anew."""
    try:
        chat = own_or_refused(request, pk)
        if request.method == "POST":
            change_tags(chat, add=request.POST.get("name", ""), remove=request.POST.get("remove", ""))
    except Refused as refusal:
        if request.headers.get("HX-Request") and not isinstance(refusal, ReadOnly):
            return tag_editor(request, chat, refusal)
        return refused(request, refusal)
    if request.headers.get("HX-Request"):
        return tag_editor(request, chat)
    return HttpResponse(status=303, headers={"Location": back(request)})


def change_tags(chat: ChatSession, *, add: str, remove: str) -> None:
    if remove:
        organising.untag(chat=chat, name=remove)
    else:
        organising.tag(chat=chat, name=add)


def tag_editor(request: HttpRequest, chat: ChatSession, refusal: Refused | None = None) -> HttpResponse:
    context = {
        "chat": chat,
        "tags": list(chat.tags.all()),
        "problem": refusal.sentence if refusal else "",
        "draft": request.POST.get("name", "") if refusal else "",
    }
    response = render(request, "sessions/_tag_editor.html", context)
    response.headers["HX-Trigger"] = "sessions-changed"
    return response


@require_POST
def visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This person looks at it: nothing of it is unread."""
    chat = readable_or_404(request, pk)
    organising.note_visit(chat=chat, user=request.user)
    return HttpResponse(status=204)


# ---------------------------------------------------------------- many


@act
def many(request: HttpRequest) -> Done:
    """One act on every `session` that is named."""
    name = request.POST.get("act", "")
    chats = chosen(request, ChatSession.objects.for_user(request.user))
    if not chats:
        return Done(_("No session is selected"))
    if any(chat.owner_id != request.user.pk for chat in chats):
        raise NotTheOwner
    if name == "archive" or name == "unarchive":
        return archived(chats, on=name == "archive")
    if name == "delete":
        return deleted(chats)
    if name == "tag":
        return tagged(chats, request.POST.get("name", ""))
    raise Refused


@act
def undo(request: HttpRequest) -> Done:
    """Take back what was done at one moment: archived, deleted; or one tag of the sessions that are named."""
    own = ChatSession.objects.owned_by(request.user)
    if at := request.GET.get("archived"):
        organising.archive(chats=list(own.filter(archived_at=moment_of(at))), on=False)
    elif at := request.GET.get("deleted"):
        gone = ChatSession.objects.deleted_by(request.user).filter(deleted_at=moment_of(at))
        organising.restore_sessions(chats=list(gone))
    elif name := request.GET.get("tagged"):
        organising.untag_sessions(chats=chosen(request, own), name=name)
    return Done()


def chosen(request: HttpRequest, rows: Any) -> list[ChatSession]:
    """Those of `rows` that the request names; what is no key, or not among them, is left out."""
    given = request.POST.getlist("session") or request.GET.getlist("session")
    keys = {key for key in map(as_key, given) if key is not None}
    if len(keys) > MANY:
        raise TooMany
    return list(rows.filter(pk__in=keys))


def as_key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def moment_of(text: str) -> Any:
    return moment(int(text)) if text.isascii() and text.isdigit() and len(text) < 18 else None


# ---------------------------------------------------------------- what is said


def archived(chats: list[ChatSession], *, on: bool) -> Done:
    at = organising.archive(chats=chats, on=on)
    if not on:
        return Done(told(chats, _("is back in the list"), _("are back in the list")))
    return Done(
        told(chats, _("archived"), _("archived")), f"{reverse('sessions_undo')}?archived={micros(at)}"
    )


def deleted(chats: list[ChatSession]) -> Done:
    at = organising.delete_sessions(chats=chats)
    return Done(
        told(chats, _("deleted"), _("deleted")), f"{reverse('sessions_undo')}?deleted={micros(at)}", chats
    )


def restored(chats: list[ChatSession]) -> Done:
    organising.restore_sessions(chats=chats)
    return Done(told(chats, _("is back in the list"), _("are back in the list")))


def tagged(chats: list[ChatSession], name: str) -> Done:
    new = organising.tag_sessions(chats=chats, name=name)
    name = organising.as_tag(name)
    words = told(chats, _("tagged “%s”") % name, _("tagged “%s”") % name)
    if not 0 < len(new) <= UNDO_TAGS:
        return Done(words)
    named = [("tagged", name), *(("session", chat.pk.hex) for chat in new)]
    return Done(words, f"{reverse('sessions_undo')}?{urlencode(named)}")


def told(chats: list[ChatSession], one: str, several: str) -> str:
    if len(chats) == 1:
        return f"“{chats[0]}” {one}"
    count = ngettext("%(count)d session", "%(count)d sessions", len(chats)) % {"count": len(chats)}
    return f"{count} {several}"
