"""A person's own tokens for programs. A new one is shown once, in the answer that makes it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sessions_app import gates
from sessions_app.actions.errors import Refused
from sessions_app.actions.tokens import TokenGone, change_token, make_token, revoke_token
from sessions_app.gates import TokenLimit
from sessions_app.models import ApiToken
from sessions_app.rendering.footer import footer

from .token_fields import DAYS, MEASURES, PERIODS, as_typed, expiry_of, in_words, limit_of

SCOPES = {
    "read": gettext_lazy("Read sessions, messages and what they cost"),
    "write": gettext_lazy("Make, change and delete sessions and what belongs to them"),
    "chat": gettext_lazy("Send messages, stop and retry answers"),
    "export": gettext_lazy("Take files away: exports and attachments; share sessions by link"),
    "activity": gettext_lazy("Report events of activity, and nothing else"),
    "admin": gettext_lazy("What staff may do beyond their own: figures of everyone, sessions of others"),
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """GET: the list. POST: a new token, whose value stands on this one page and nowhere else."""
    if request.method == "GET":
        return page(request)
    post = request.POST
    scopes = post.getlist("scopes")
    try:
        made, secret = make_token(
            user=request.user,
            name=post.get("name", ""),
            scopes=scopes,
            expires=expiry_of(post),
            limit=limit_of(post),
        )
    except Refused as refusal:
        typed = {"typed": post, "chosen": scopes, "problem": refusal.sentence}
        return page(request, status=refusal.status, **typed)
    return page(request, secret=secret, made=made)


def page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    staff = getattr(request.user, "is_staff", False)
    context = {
        "tokens": told(own(request)),
        "scopes": {name: words for name, words in SCOPES.items() if staff or name != "admin"},
        "chosen": list(ApiToken.USUAL),
        "typed": {},
        "days": DAYS,
        "today": timezone.localdate().isoformat(),
        "measures": MEASURES,
        "periods": PERIODS,
        **footer(request.user),
        **more,
    }
    return render(request, "accounts/tokens_page.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: the form of a token's name and limit. POST: changes them."""
    token = own_or_404(request, pk)
    if request.method == "POST":
        try:
            change_token(token=token, name=request.POST.get("name", ""), limit=limit_of(request.POST))
        except Refused as refusal:
            return form(request, token, request.POST, refusal)
        return redirect("tokens")
    limit = gates.token_limits([token]).get(token.public_id)
    return form(request, token, {"name": token.name, **as_typed(limit)})


def form(request: HttpRequest, token: ApiToken, typed: Any, refusal: Refused | None = None) -> HttpResponse:
    context = {
        "token": token,
        "typed": typed,
        "problem": refusal.sentence if refusal else "",
        "measures": MEASURES,
        "periods": PERIODS,
        **footer(request.user),
    }
    return render(request, "accounts/token_page.html", context, status=refusal.status if refusal else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End one of one's own tokens. GET asks, for pages without JavaScript."""
    token = own_or_404(request, pk)
    if request.method == "GET":
        context = {"token": token, "words": revoke_words(token), **footer(request.user)}
        return render(request, "accounts/token_revoke_page.html", context)
    with suppress(TokenGone):  # pressed twice
        revoke_token(token=token)
    if request.headers.get("HX-Request"):
        return render(request, "accounts/_tokens.html", {"tokens": told(own(request)), "focus": True})
    return redirect("tokens")


def own(request: HttpRequest) -> list[ApiToken]:
    return list(ApiToken.objects.for_user(request.user).select_related("user"))


def own_or_404(request: HttpRequest, pk: UUID) -> ApiToken:
    token: ApiToken = get_object_or_404(ApiToken.objects.for_user(request.user), public_id=pk)
    return token


def told(tokens: list[ApiToken]) -> list[dict[str, Any]]:
    """Tokens in words, those that still open something first."""
    limits = gates.token_limits(tokens)
    rows = [row(token, limits.get(token.public_id)) for token in tokens]
    return sorted(rows, key=lambda each: each["token"].expired)


def row(token: ApiToken, limit: TokenLimit | None) -> dict[str, Any]:
    return {
        "token": token,
        "scopes": allowed(token),
        "limit": in_words(limit) if limit else None,
        "revoke_words": revoke_words(token),
    }


def allowed(token: ApiToken) -> Iterable[tuple[str, Any]]:
    """Its scopes with what they allow; not what staff may, where its person is no staff any more."""
    return [(scope, SCOPES[scope]) for scope in token.scopes if token.allows(scope)]


def revoke_words(token: ApiToken) -> str:
    if token.expired:
        return _("Remove “%(name)s”? It is expired and opens nothing.") % {"name": token.name}
    words = _(
        "Revoke “%(name)s”? Programs that use it are refused from then on, and answers it asked for that are not "
        "finished are stopped. This cannot be taken back."
    )
    return words % {"name": token.name}
