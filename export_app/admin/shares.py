"""Links: who shares what with whom, without their addresses. Staff who may change them take them out of the gallery."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from export_app.actions.sharing import remove_from_gallery
from export_app.models import ShareLink
from sessions_app.actions import audit
from sessions_app.admin.asking import answered, ask, chosen, counted
from sessions_app.admin.base import ReadOnlyAdmin

SECRET = ("digest", "sealed", "head", "entries", "files_kept")


class Why(forms.Form):
    reason = forms.CharField(
        label="Reason",
        min_length=3,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The owner is shown it, and it is written down.",
    )


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnlyAdmin):
    open_to_staff = False
    actions = ("remove",)  # type: ignore[assignment]  # it changes no row by a form
    text_fields = ("title", "named", "about", "removed_why")
    list_display = (
        "key",
        "named",
        "owner",
        "kind",
        "shown",
        "state",
        "created_at",
        "expires_at",
        "listed_at",
    )
    list_filter = ("snapshot", "listed_at", "revoked_at", "removed_at")
    search_fields = ("title", "owner__username")
    list_select_related = ("owner", "session")
    fields = (
        "owner", "session_key", "named", "about", "kind", "shown", "download", "state", "created_at", "expires_at",
        "revoked_at", "listed_at", "removed_at", "removed_why",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShareLink]:
        return ShareLink.objects.made().defer("digest", "sealed", "head")

    def note_list(self, request: HttpRequest, shown: Any) -> None:
        """Titles stand in it: their owners are told."""
        super().note_list(request, shown)
        if "title" in shown.list_display:
            sessions = {row.session_id for row in shown.result_list}
            audit.record_read(actor=request.user, action="read title", sessions=sessions, look=True)

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("export_app.change_sharelink")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """An address is not guessed letter by letter."""
        return lookup.split("__")[0] not in SECRET and super().lookup_allowed(lookup, value, request)

    @admin.display(description="link", ordering="created_at")
    def key(self, row: ShareLink) -> str:
        return str(row.pk)

    @admin.display(description="title")
    def named(self, row: ShareLink) -> str:
        """Its own, else that of its session, as readers see it."""
        return row.title or str(row.session)

    @admin.display(description="session")
    def session_key(self, row: ShareLink) -> str:
        return str(row.session_id)

    @admin.display(description="kind")
    def kind(self, row: ShareLink) -> str:
        return "snapshot" if row.snapshot else "living"

    @admin.display(description="shown besides")
    def shown(self, row: ShareLink) -> str:
        names = [name for name in ("tools", "thinking", "files", "names", "costs") if getattr(row, name)]
        return ", ".join(names) or "nothing"

    @admin.display(description="state")
    def state(self, row: ShareLink) -> str:
        if row.revoked_at:
            return "revoked"
        if row.expired:
            return "ended"
        return "in the gallery" if row.listed else "open"

    @admin.action(description="Remove from the gallery", permissions=["remove"])
    def remove(self, request: HttpRequest, queryset: QuerySet[ShareLink]) -> TemplateResponse | None:
        """For good, with a reason that the owners are shown; each is on record."""
        form, rows = answered(request, Why), chosen(request, queryset.filter(pk__in=in_gallery()))
        if rows is None:
            return None
        if not rows:
            self.message_user(request, "None of them is in the gallery.")
            return None
        if not form.is_valid():
            words = (
                f"{counted(len(rows), 'link leaves', 'links leave')} the gallery and cannot be listed again."
            )
            return ask(
                request,
                self.around(request),
                form,
                title="Remove from the gallery",
                words=words,
                button="Remove",
            )
        for row in rows:
            remove_from_gallery(link=row, staff=request.user, reason=form.cleaned_data["reason"])
        self.message_user(request, f"{counted(len(rows), 'link is', 'links are')} out of the gallery.")
        return None


def in_gallery() -> Any:
    return ShareLink.objects.in_gallery().values("pk")
