"""What the pages of all nouns have in common: who sees what, and what is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from sessions_app.actions import audit
from sessions_app.transactions import write

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


def may_read(request: HttpRequest) -> bool:
    """Whether this person may see what others wrote, titles included."""
    return request.user.has_perm("sessions_app.view_message")


class StaffAdmin(ModelAdmin):
    """Figures for every member of staff.

    `text_fields` are fields and columns that hold what people or models wrote. Without the permission they are
    neither shown nor searched, nor filtered by: a lookup in the address answers as much as a search does.
    With it, opening a page that shows them is recorded.
    """

    open_to_staff = True
    text_fields: tuple[str, ...] = ()
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.is_open(request) or super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_open(request) or super().has_view_permission(request, obj)

    def is_open(self, request: HttpRequest) -> bool:
        return self.open_to_staff and request.user.is_active and request.user.is_staff

    def readable(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        """The names without those of text, where this person may not read."""
        return [name for name in names if name not in self.text_fields or may_read(request)]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.readable(request, super().get_fields(request, obj))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.readable(request, super().get_list_display(request))

    def get_search_fields(self, request: HttpRequest) -> list[Any]:
        """None for the site's autocompletion: it answers with names of rows, and a chat's name is its title."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            return []
        return self.readable(request, super().get_search_fields(request))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        if lookup.split("__")[0] in self.text_fields and not may_read(request):
            return False
        return super().lookup_allowed(lookup, value, request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        opened: Model | None = kwargs.get("obj")
        if opened is not None and self.text_fields and may_read(request):
            audit.record(actor=request.user, action=f"opened {self.opts.verbose_name}", subject=opened)
        return super().render_change_form(request, context, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The queue of writers before the transaction: taken inside it, each would wait for the other."""
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with write():
            return super().changeform_view(request, *args, **kwargs)


class ReadOnlyAdmin(StaffAdmin):
    """Rows that say what happened: a change would falsify them."""

    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
