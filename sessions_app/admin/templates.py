"""Templates: what staff change is whether one is offered to everyone."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sessions_app.actions.templates import share_template
from sessions_app.models import SessionTemplate

from .base import StaffAdmin, may_read


@admin.register(SessionTemplate)
class SessionTemplateAdmin(StaffAdmin):
    actions = None
    text_fields = ("name", "description", "settings", "opening")
    fields = (
        "owner",
        "name",
        "description",
        "model",
        "settings",
        "opening",
        "shared",
        "created_at",
        "updated_at",
    )
    readonly_fields = (
        "owner", "name", "description", "model", "settings", "opening", "created_at", "updated_at"
    )  # fmt: skip
    list_display = ("id", "name", "owner", "model", "shared", "updated_at")
    list_filter = ("shared",)
    list_select_related = ("owner",)
    search_fields = ("name", "description")
    date_hierarchy = "updated_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether one is offered to everyone is for all staff to say who may read it."""
        return may_read(request) or super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> SessionTemplate | None:
        """What its person named it is theirs: without the permission it has no name in headings and crumbs either."""
        template: SessionTemplate | None = super().get_object(request, object_id, from_field)
        return template if template is None or self.calls_by_name(request) else self.nameless(template)

    def nameless(self, row: SessionTemplate) -> SessionTemplate:
        unnamed = copy(row)
        unnamed.name = f"Template {row.pk}"  # never saved: save_model writes what was changed, no more
        return unnamed

    def save_model(self, request: HttpRequest, obj: SessionTemplate, form: Any, change: bool) -> None:
        if "shared" in form.changed_data:
            share_template(template=obj, shared=form.cleaned_data["shared"])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.readable(request, self.readonly_fields)
