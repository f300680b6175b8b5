"""Who of staff opened or changed what: read only, and taken away as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from sessions_app.models import AuditEntry
from sessions_app.spreadsheets import lines as written

from .audited import UNASKABLE
from .base import ReadOnlyAdmin
from .columns import chat_link
from .filters import Choice, PersonFilter

HEAD = ("at", "actor", "action", "subject", "person", "session", "detail", "reason")
BATCH = 500


class ActorFilter(PersonFilter):
    title = "actor"
    parameter_name = "by"
    way = "actor"


class ConcernedFilter(PersonFilter):
    title = "person concerned"
    way = "person"


class WhatFilter(Choice):
    """By the word an action begins with: the distinct actions of a long log are slow to find."""

    title = "action"
    parameter_name = "what"
    answers = (
        ("texts", "Read texts"),
        ("opened", "Opened"),
        ("searched", "Searched"),
        ("exported", "Exported"),
        ("took", "Took figures out"),
        ("changed", "Changed"),
        ("added", "Added"),
        ("deleted", "Deleted"),
        ("revoked", "Revoked"),
        ("archived", "Archived"),
        ("brought", "Brought back"),
        ("budgets", "Set or removed budgets"),
    )

    def choose(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "budgets":
            return rows.filter(action__in=("set budget", "removed budget"))
        words = AuditEntry.READING if value == "texts" else (value,)
        began = Q()
        for word in words:
            began |= Q(action__startswith=f"{word} ")
        return rows.filter(began)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    open_to_staff = False
    list_display = ("at", "actor", "action", "about", "person", "detail", "reason")
    list_filter = (ActorFilter, ConcernedFilter, WhatFilter, ("at", admin.DateFieldListFilter))
    list_select_related = ("actor", "person")
    search_fields = ("actor__username", "subject", "detail", "=session_key")
    date_hierarchy = "at"
    ordering = ("-id",)
    fields = ("at", "actor", "action", "subject", "person", "session", "detail", "reason")
    change_list_template = "admin/sessions_app/auditentry/change_list.html"

    @admin.display(description="session")
    def session(self, row: AuditEntry) -> str:
        return chat_link(row.session_key)

    @admin.display(description="about")
    def about(self, row: AuditEntry) -> str:
        return chat_link(row.session_key) if row.session_key else row.subject

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.csv_view)
        return [path("csv/", view, name="sessions_app_auditentry_csv"), *super().get_urls()]

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """What the list's filters leave, all of it, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request).order_by()
        except UNASKABLE:
            return HttpResponseRedirect(
                f"{reverse('admin:sessions_app_auditentry_changelist')}?{ERROR_FLAG}=1"
            )
        name = f"audit-{timezone.localdate():%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            pieces(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


async def pieces(rows: QuerySet[AuditEntry]) -> AsyncIterator[bytes]:
    rest = lines(rows)
    while piece := await sync_to_async(lambda: "".join(islice(rest, BATCH)))():
        yield piece.encode()


def lines(rows: QuerySet[AuditEntry]) -> Iterator[str]:
    """From one key to the next: no cursor stays open while a reader waits."""
    yield written([HEAD])
    last: int | None = None
    while True:
        found = list((rows.filter(pk__lt=last) if last else rows).order_by("-pk")[:BATCH])
        for row in found:
            names = (row.actor and row.actor.username, row.person and row.person.username)
            yield written(
                [
                    (
                        row.at.isoformat(),
                        names[0],
                        row.action,
                        row.subject,
                        names[1],
                        row.session_key,
                        row.detail,
                        row.reason,
                    )
                ]
            )
        if len(found) < BATCH:
            return
        last = found[-1].pk
