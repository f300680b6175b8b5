"""Sessions made of sessions: branch, duplicate, merge; and where the context starts anew."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sessions_app.actions import branching, versions
from sessions_app.actions.errors import Refused
from sessions_app.folding import holds
from sessions_app.models import ChatSession

from .access import own_or_404, readable_or_404
from .messages import P, Post, post, uuid_or_none
from .session_actions import Done, act
from .toasts import leave_for, toast
from .versions import fragment, message_of

TARGETS = 12  # sessions offered at once: more are found by their title


class NoTarget(Refused):
    kind = "no_target"
    sentence = "Choose the session to merge into."


def copying(view: Post[P]) -> Callable[..., HttpResponse]:
    """A POST that takes copies into a session of one's own: whoever may read may do so."""
    return post(view, readable_or_404)


@copying
def branch(request: HttpRequest, chat: ChatSession, message: UUID) -> HttpResponse:
    made = branching.branch_session(message=message_of(chat, message), owner=request.user)
    return leave_for(request, made.get_absolute_url(), _("Branched. This is the new session."))


@copying
def duplicate(request: HttpRequest, chat: ChatSession) -> HttpResponse:
    made = branching.duplicate_session(chat=chat, owner=request.user)
    return leave_for(request, made.get_absolute_url(), _("Duplicated. This is the copy."))


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: own sessions to choose from, found by title. POST: the shown messages go to the end of `target`."""
    if request.method == "POST":
        return merged(request, pk)
    chat = own_or_404(request, pk)
    query = request.GET.get("q", "").strip()[:120]
    rows = ChatSession.objects.for_user(request.user).recent().filter(owner=request.user.pk).exclude(pk=pk)
    found = rows.filter(holds("title", query)) if query else rows
    return fragment(
        request, chat, "sessions/_merge.html", _("Merge"), targets=list(found[:TARGETS]), query=query
    )


@post
def merged(request: HttpRequest, chat: ChatSession) -> HttpResponse:
    source = own_or_404(request, chat.pk)
    key = uuid_or_none(request.POST.get("target", ""))
    if key is None:
        raise NoTarget
    target = own_or_404(request, key)
    first = branching.merge_session(source=source, target=target, person=request.user)
    words = _("Merged. “%(title)s” is archived.") % {"title": source.title or _("New session")}
    undo = reverse("session_unmerge", args=[source.pk]) + (f"?first={first}" if first else "")
    return leave_for(request, target.get_absolute_url(), words, undo=undo)


@act
def unmerge(request: HttpRequest, pk: UUID) -> Done:
    """Take a merge back: `first` of the address is the copy it began with."""
    source = own_or_404(request, pk)
    branching.unmerge_session(source=source, first=uuid_or_none(request.GET.get("first", "")))
    return Done(_("“%(title)s” is back in the list") % {"title": source.title or _("New session")})


@post
def clear_context(request: HttpRequest, chat: ChatSession) -> HttpResponse | None:
    if not versions.clear_context(chat=chat):
        return toast(_("There is nothing above to leave out.")) if request.headers.get("HX-Request") else None
    if not request.headers.get("HX-Request"):
        return None
    return toast(_("The context starts anew here."), undo=reverse("context_restore", args=[chat.pk]))


@post
def restore_context(request: HttpRequest, chat: ChatSession) -> None:
    versions.restore_context(chat=chat)
