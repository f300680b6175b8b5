"""The gallery: links that their owners put there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from export_app.actions.sharing import remove_from_gallery
from export_app.models import ShareLink
from export_app.shares.links import path_of, told
from sessions_app import offering
from sessions_app.actions.errors import Refused
from sessions_app.folding import holds
from sessions_app.rendering.footer import footer

from .reading import HEADERS
from .sharing import numbers, to

PAGE = 24
LONGEST = 120
PERMISSION = "export_app.change_sharelink"


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Newest first, by title where that is asked for. Readers who are not logged in see it where the operator wants
    that, as a page of no cookies."""
    query = request.GET.get("q", "").strip()[:LONGEST]
    rows = ShareLink.objects.in_gallery().select_related("session", "owner").order_by("-listed_at")
    rows = rows.filter(found(query)) if query else rows
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    inside = request.user.is_authenticated
    context = {
        "cards": [card(row) for row in page],
        "query": query,
        "may_remove": request.user.has_perm(PERMISSION),
        "base": "column_base.html" if inside else "shares/shared_base.html",
        "inside": inside,
        **numbers(page),
        **(footer(request.user) if inside else {}),
    }
    response = render(request, "shares/gallery_page.html", context)
    for name, value in HEADERS.items():
        response.headers[name] = value
    if inside:
        response.headers["Referrer-Policy"] = "same-origin"  # its forms say where they come from
    return response


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Staff say why, and it is out of the gallery."""
    if not request.user.has_perm(PERMISSION):
        raise Http404
    link = get_object_or_404(ShareLink.objects.in_gallery().select_related("session", "owner"), pk=pk)
    reason, problem = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            remove_from_gallery(link=link, staff=request.user, reason=reason)
        except Refused as refusal:
            problem = refusal.sentence
        else:
            messages.info(request, _("It is out of the gallery. Its owner is told why."))
            return to(reverse("gallery"))
    context = {"link": link, "title": told(link, "").title, "reason": reason, "problem": problem}
    status = 422 if problem else 200
    return render(request, "shares/remove_page.html", {**context, **footer(request.user)}, status=status)


def found(query: str) -> Q:
    """Titles that hold it; one without its own has that of its session."""
    return Q(holds("title", query)) | (Q(title="") & Q(holds("session__title", query)))


def card(row: ShareLink) -> dict[str, Any]:
    head, chat = row.head, row.session
    model = str(head.get("model_label", "")) if row.snapshot else offering.label(chat.model, chat.provider)
    return {
        "id": row.pk,
        "title": told(row, "").title,
        "about": row.about,
        "address": path_of(row),
        "at": row.listed_at,
        "messages": int(head.get("messages", 0)) if row.snapshot else chat.message_count,
        "model": model,
        "by": row.owner.get_username() if row.names else "",
        "living": not row.snapshot,
    }


urls: list[URLPattern] = [
    path("gallery/", gallery, name="gallery"),
    path("gallery/<uuid:pk>/remove/", remove, name="gallery_remove"),
]
