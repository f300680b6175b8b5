"""A person's own tokens for programs. A new one is shown once, in the answer that makes it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sessions_app.actions.errors import Refused
from sessions_app.actions.tokens import make_token, revoke_token
from sessions_app.models import ApiToken
from sessions_app.rendering.footer import footer

SCOPES = {
    "read": _("Read sessions, messages and their costs"),
    "write": _("Make and change sessions"),
    "chat": _("Send messages, stop and retry answers"),
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """GET: the list. POST: a new token, whose value stands on this one page and nowhere else."""
    if request.method == "GET":
        return page(request)
    name, scopes = request.POST.get("name", ""), request.POST.getlist("scopes")
    try:
        secret = make_token(user=request.user, name=name, scopes=scopes)[1]
    except Refused as refusal:
        return page(request, status=refusal.status, problem=refusal.sentence, name=name, chosen=scopes)
    return page(request, secret=secret)


def page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "tokens": ApiToken.objects.filter(user=request.user),
        "scopes": SCOPES,
        "chosen": list(SCOPES),
        **footer(request.user),
        **more,
    }
    return render(request, "accounts/tokens_page.html", context, status=status)


@login_required
@require_POST
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """End one of one's own tokens, named by its digest: from that nobody gets the secret."""
    revoke_token(token=get_object_or_404(ApiToken.objects.filter(user=request.user), pk=key))
    return redirect("tokens")
