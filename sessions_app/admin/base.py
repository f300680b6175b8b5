"""What the pages of all nouns have in common: who sees what, and what is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse

from sessions_app.actions import audit
from sessions_app.models import User

from . import reasons
from .audited import Audited


def may_read(request: HttpRequest) -> bool:
    """Whether this person may see what others wrote, titles included."""
    return request.user.has_perm("sessions_app.view_message")


def may_list(request: HttpRequest) -> bool:
    """Whether texts may stand in a list, and be searched there."""
    return isinstance(request.user, User) and request.user.reads_others


class StaffAdmin(Audited):
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

    def listable(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        return [name for name in names if name not in self.text_fields or may_list(request)]

    def secrets(self) -> set[str]:
        """What people wrote stands in no log, which others may read."""
        return {*super().secrets(), *self.text_fields}

    def calls_by_name(self, request: HttpRequest) -> bool:
        """Whether a row whose name people wrote may be called by it: by those who may read, on pages that write it
        down. That of changes to a row shows no text else, and none is written down."""
        page = request.resolver_match.url_name if request.resolver_match else ""
        return may_read(request) and not f"{page}".endswith("_history")

    def nameless(self, row: Any) -> Any:
        """The row as it is called in logs; of those whose name people wrote, a copy without it."""
        return row

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_change(request, self.nameless(obj), message)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.readable(request, super().get_fields(request, obj))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.listable(request, super().get_list_display(request))

    def get_search_fields(self, request: HttpRequest) -> list[Any]:
        """None for the site's autocompletion: it answers with names of rows, and a chat's name is its title."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            return []
        return self.listable(request, super().get_search_fields(request))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        if lookup.split("__")[0] in self.text_fields and not may_list(request):
            return False
        return super().lookup_allowed(lookup, value, request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        opened: Model | None = kwargs.get("obj")
        if opened is not None and self.text_fields and may_read(request):
            reason = reasons.given(request, opened)
            if reason is None:
                return reasons.ask(request, opened, self.around(request))
            self.note_opening(request, opened, reason)
        return super().render_change_form(request, context, *args, **kwargs)

    def note_opening(self, request: HttpRequest, opened: Model, reason: str) -> None:
        audit.record(
            actor=request.user, action=f"opened {self.opts.verbose_name}", subject=opened, reason=reason
        )

    def around(self, request: HttpRequest) -> dict[str, Any]:
        """What pages of ours need of the site."""
        return {**self.admin_site.each_context(request), "opts": self.opts}

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if reasons.is_sent(request):
            return self.take_reason(request, args[0] if args else kwargs.get("object_id"))
        return super().changeform_view(request, *args, **kwargs)

    def take_reason(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        row = self.get_object(request, unquote(str(object_id)))
        if row is None:
            raise Http404
        if not may_read(request) or not self.has_view_permission(request, row):
            raise PermissionDenied
        return reasons.ask(request, row, self.around(request))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A list with texts in it is read too; it is rendered after this is written down."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown and set(self.text_fields) & {*shown["cl"].list_display, *shown["cl"].search_fields}:
            self.note_list(request, shown["cl"])
        return response

    def note_list(self, request: HttpRequest, shown: Any) -> None:
        """That a list was opened, where it shows texts or was searched by them: then of whom it found something."""
        if shown.query or set(self.text_fields) & set(shown.list_display):
            words = f"list of {self.opts.verbose_name_plural}"
            audit.record(actor=request.user, action=f"opened {words}", subject=words, detail=shown.query)
        if shown.query and set(self.text_fields) & set(shown.search_fields):
            self.note_rows(request, "read search results", shown)

    def note_rows(self, request: HttpRequest, action: str, shown: Any) -> None:
        """For each session that rows of the list are of; once in an hour, as one turns pages and sorts."""
        sessions = {audit.session_of(row) for row in shown.result_list} - {None}
        audit.record_read(actor=request.user, action=action, sessions=sessions, look=True)


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
