"""Links of a session: the dialog in which they are made, changed and revoked, and the page of all of one's own."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from export_app.actions import sharing
from export_app.actions.sharing import BadTerms, Terms, change_share, revoke_share, share_session
from export_app.models import ShareLink
from export_app.shares.downloads import MOST_MESSAGES, MOST_TAKEN
from export_app.shares.links import SWITCHES, path_of, told
from export_app.shares.paging import page_numbers
from export_app.turns import LINKS, with_wait
from sessions_app.actions.errors import Refused
from sessions_app.models import Attachment, ChatSession, Message, ToolCall
from sessions_app.rendering.footer import footer
from sessions_app.views.access import own_or_404

PAGE = 50
SHOWN_ENDED = 5  # of a session's ended links, the last ones
DAYS = {"1": "1 day", "7": "7 days", "30": "30 days"}
DIALOG = "shares/_share.html"


@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: the session's links, and the form of a new one. POST: makes it."""
    chat = own_or_404(request, pk)
    if request.method == "GET":
        return dialog(request, chat)
    snapshot = request.POST.get("kind", "snapshot") != "living"
    try:
        with LINKS.of(chat.owner_id):
            link, _token = share_session(
                chat=chat, owner=request.user, snapshot=snapshot, terms=terms(request)
            )
    except Refused as refusal:
        return with_wait(dialog(request, chat, refusal=refusal), refusal)
    if not request.headers.get("HX-Request"):
        return to(reverse("session_share", args=[chat.pk]))
    return dialog(
        request, chat, made=link, said=_("The link is made. Copy it, and give it to whom you like.")
    )


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: the form of a link. POST: changes it, at once for whoever reads it."""
    link = own_link_or_404(request, pk)
    chat = link.session
    if request.method == "GET":
        return dialog(request, chat, changed=link)
    try:
        change_share(link=link, terms=terms(request, link))
    except Refused as refusal:
        return dialog(request, chat, changed=link, refusal=refusal)
    if not request.headers.get("HX-Request"):
        return to(reverse("session_share", args=[chat.pk]))
    return dialog(request, chat, made=link, said=_("The link is changed."))


@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET asks, for pages without JavaScript."""
    link = own_link_or_404(request, pk)
    if request.method == "GET":
        context = {"link": told(link, ""), "back": request.GET.get("back", ""), **footer(request.user)}
        return render(request, "shares/revoke_page.html", context)
    revoke_share(link=link)
    words = _("The link is revoked. Its address shows nothing any more.")
    if request.headers.get("HX-Target") == "loaded":
        return dialog(request, link.session, said=words)
    if request.headers.get("HX-Request"):
        context = {"link": told(link, host(request)), "focus": True}
        response = render(request, "shares/_link.html", context)
        response.headers["HX-Trigger"] = json.dumps({"show-toast": {"text": words}})
        return response
    messages.info(request, words)
    back = request.POST.get("back") == "session"
    return to(reverse("session_share", args=[link.session_id]) if back else reverse("shares"))


@require_GET
def shares(request: HttpRequest) -> HttpResponse:
    """All links this person made, newest first."""
    rows = ShareLink.objects.for_user(request.user).select_related("session")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"links": [told(row, host(request)) for row in page], **numbers(page), **footer(request.user)}
    return render(request, "shares/shares_page.html", context)


def own_link_or_404(request: HttpRequest, pk: UUID) -> ShareLink:
    rows = ShareLink.objects.for_user(request.user).select_related("session", "owner")
    return get_object_or_404(rows, pk=pk, session__deleted_at=None)


def to(address: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": address})


def host(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def numbers(page: Any) -> dict[str, Any]:
    """Of a page of rows, for `_pages.html`."""
    return {
        "number": page.number,
        "pages": page.paginator.num_pages,
        "earlier": page.previous_page_number() if page.has_previous() else 0,
        "later": page.next_page_number() if page.has_next() else 0,
        "numbers": page_numbers(page.number, page.paginator.num_pages),
    }


# ---------------------------------------------------------------- what is entered


def terms(request: HttpRequest, link: ShareLink | None = None) -> Terms:
    post = request.POST
    return Terms(
        title=post.get("title", ""),
        about=post.get("about", ""),
        **{name: post.get(name) == "on" for name in (*sharing.SHOWN, "download", "listed")},
        expires_at=expiry(post.get("expires", "never"), post.get("until", ""), link),
    )


def expiry(word: str, until: str, link: ShareLink | None) -> datetime | None:
    """When it ends: in some days, at the end of a day in the zone of whoever chose it, as before, or never. Raises
    BadTerms."""
    if word == "same" and link is not None:
        return link.expires_at
    if word in DAYS:
        return timezone.now() + timedelta(days=int(word))
    if word != "date":
        return None
    try:
        last = datetime.strptime(until, "%Y-%m-%d").date()
        return timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    except (ValueError, OverflowError):
        raise BadTerms(_("Say until which day, as 2026-11-30."), "until") from None


# ---------------------------------------------------------------- the dialog


def dialog(
    request: HttpRequest,
    chat: ChatSession,
    *,
    made: ShareLink | None = None,
    changed: ShareLink | None = None,
    refusal: Refused | None = None,
    said: str = "",
) -> HttpResponse:
    """Links of the session and one form: of a new one, or of the one that is `changed`. What was entered comes back
    with a `refusal`."""
    htmx = bool(request.headers.get("HX-Request"))
    rows = ShareLink.objects.for_user(request.user).filter(session=chat).select_related("session")
    now_open = [row for row in rows if not row.ended]
    ended = [row for row in rows if row.ended][:SHOWN_ENDED]
    context = {
        "links": [told(row, host(request)) for row in now_open],
        "ended": [told(row, host(request)) for row in ended],
        "made": made.pk if made else None,
        "changed": changed,
        "preview": path_of(changed) if changed else "",
        "form": entered(request, chat, changed) if refusal else begun(chat, changed),
        "switches": [switch(chat, changed, *each) for each in SWITCHES],
        "days": DAYS,
        "removed": sharing.removed(chat),
        "count": chat.message_count,
        "taken": {"count": chat.message_count, "downloaded": MOST_MESSAGES, "copied": MOST_TAKEN},
        "problem": refusal.sentence if refusal else "",
        "field": getattr(refusal, "field", ""),
        "said": said,
        "today": timezone.localdate().isoformat(),
        "chat": chat,
        "plain": not htmx,
    }
    status = refusal.status if refusal else 200
    if htmx:
        return render(request, DIALOG, context, status=status)
    heading = _("Change a link") if changed else _("Share session")
    context |= {"heading": heading, **footer(request.user)}
    return render(request, "shares/share_page.html", context, status=status)


def begun(chat: ChatSession, link: ShareLink | None) -> dict[str, Any]:
    """What the form begins with: nothing is shown that was not chosen."""
    if link is None:
        return {
            "kind": "snapshot",
            "title": chat.title,
            "about": "",
            "expires": "never",
            "until": "",
            "on": set(),
        }
    names = (*sharing.SHOWN, "download")
    on = {name for name in names if getattr(link, name)} | ({"listed"} if link.listed else set())
    return {
        "kind": "snapshot" if link.snapshot else "living",
        "title": link.title or told(link, "").title,
        "about": link.about,
        "expires": "same" if link.expires_at else "never",
        "until": "",
        "on": on,
    }


def entered(request: HttpRequest, chat: ChatSession, link: ShareLink | None) -> dict[str, Any]:
    post = request.POST
    names = ("kind", "title", "about", "expires", "until")
    given = {name: post[name] for name in names if name in post}
    on = {name for name in (*sharing.SHOWN, "download", "listed") if post.get(name) == "on"}
    return begun(chat, link) | given | {"on": on}


def switch(chat: ChatSession, link: ShareLink | None, name: str, label: str) -> dict[str, Any]:
    """A choice of the form, with what there is of it to be warned of; one that a snapshot does not hold is fixed."""
    return {
        "name": name,
        "label": _(label),
        "note": note(chat, name),
        "fixed": link is not None and link.snapshot and not getattr(link, name),
    }


def note(chat: ChatSession, name: str) -> str:
    match name:
        case "tools":
            calls = ToolCall.objects.filter(message__in=shown(chat)).count()
            if calls:
                words = _("1 tool result") if calls == 1 else _("%(count)s tool results") % {"count": calls}
                return _("%(results)s here; they may hold figures, titles and names.") % {"results": words}
        case "files":
            files = Attachment.objects.filter(message__in=shown(chat)).count()
            if files:
                words = _("1 file") if files == 1 else _("%(count)s files") % {"count": files}
                return _("%(files)s here, with all that is in them.") % {"files": words}
        case "names":
            return _("Who shared it, and who wrote what.")
    return ""


def shown(chat: ChatSession) -> Any:
    return Message.objects.filter(session=chat).shown().order_by().values("pk")


urls: list[URLPattern] = [
    path("sessions/<uuid:pk>/share/", share, name="session_share"),
    path("shares/", shares, name="shares"),
    path("shares/<uuid:pk>/", change, name="share"),
    path("shares/<uuid:pk>/revoke/", revoke, name="share_revoke"),
]
