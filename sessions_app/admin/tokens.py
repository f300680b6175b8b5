"""Keys of programs. Revoking one deletes it; its digest is shown nowhere, in no address either."""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_list_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from sessions_app.actions import audit
from sessions_app.actions.tokens import end_tokens
from sessions_app.models import ApiToken
from sessions_app.transactions import write

from .base import ReadOnlyAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    open_to_staff = False
    list_display = ("name", "user", "scopes", "token_key", "created", "expiry", "last_used_at", "revoke_link")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "=token_key")
    date_hierarchy = "created"
    ordering = ("-created",)
    fields = ("name", "user", "scopes", "token_key", "created", "expiry", "last_used_at")

    @admin.display(description="revoke")
    def revoke_link(self, row: ApiToken) -> str:
        address = reverse("admin:sessions_app_apitoken_revoke", args=[row.token_key])
        return format_html('<a class="deletelink" href="{}">{}</a>', address, _("Revoke"))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return not lookup.startswith(("digest", "pk")) and super().lookup_allowed(lookup, value, request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> NoReturn:
        """No page of its own: its address would be the digest."""
        raise Http404

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(self.revoke)
        return [path("<str:key>/revoke/", revoke, name="sessions_app_apitoken_revoke"), *super().get_urls()]

    def revoke(self, request: HttpRequest, key: str) -> HttpResponse:
        """GET asks, POST revokes."""
        if not request.user.has_perm("sessions_app.delete_apitoken"):
            raise PermissionDenied
        found = get_list_or_404(ApiToken.objects.select_related("user"), token_key=key)
        if request.method == "POST":
            self.delete_tokens(request, found)
            messages.success(request, _("The token is revoked: nothing gets in with it any more."))
            return HttpResponseRedirect(reverse("admin:sessions_app_apitoken_changelist"))
        context = {**self.admin_site.each_context(request), "title": _("Revoke a token"), "tokens": found}
        return TemplateResponse(request, "admin/sessions_app/apitoken/revoke.html", context)

    def delete_tokens(self, request: HttpRequest, found: list[ApiToken]) -> None:
        with write():
            for token in found:
                audit.record(
                    actor=request.user,
                    action="revoked token",
                    subject=f"apitoken {token.token_key}",
                    detail=str(token),
                )
            end_tokens(found)
