"""Every change made in the admin site is in the audit log, by whichever page it was made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString

from sessions_app.actions import audit
from sessions_app.transactions import write

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

TOLD = "AUDIT_TOLD"
UNASKABLE = (
    IncorrectLookupParameters,
    OverflowError,
    DataError,
)  # of an address: what no column can be compared with


class Audited(ModelAdmin):
    """Says what was changed, from what to what; of `untold` fields only that they were. `recorded_below` are
    the verbs whose actions write their own entries."""

    untold: tuple[str, ...] = ()
    recorded_below: tuple[str, ...] = ()
    show_facets = admin.ShowFacets.NEVER  # each would be counted over the whole table
    list_max_show_all = 100  # each row is a field of the form, and a request may have 200

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        request.META[TOLD] = told(form, self.secrets(), add=add)
        return super().construct_change_message(request, form, formsets, add)

    def secrets(self) -> set[str]:
        """Fields whose values stand in no log."""
        return set(self.untold)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.note_change(request, "added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if request.META.get(TOLD):
            self.note_change(request, "changed", obj)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            self.note_change(request, "deleted", row)
        return super().log_deletions(request, queryset)

    def note_change(self, request: HttpRequest, what: str, obj: Any) -> None:
        if what not in self.recorded_below:
            audit.record(
                actor=request.user,
                action=f"{what} {self.opts.verbose_name}",
                subject=obj,
                detail=request.META.pop(TOLD, ""),
            )

    def has_limit_permission(self, request: HttpRequest) -> bool:
        """For the action that sets budgets, which the app above puts on some of these pages. It replaces those there
        are."""
        return request.user.has_perms(["analytics_app.add_budget", "analytics_app.change_budget"])

    @admin.display(description="")
    def action_checkbox(self, obj: Any) -> SafeString:
        """Django's would say the row's name, which is a title that not all staff may read."""
        label = f"Choose {self.opts.verbose_name} {obj.pk}"
        box = forms.CheckboxInput({"class": "action-select", "aria-label": label}, lambda value: False)
        return box.render(helpers.ACTION_CHECKBOX_NAME, str(obj.pk))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django answers numbers and moments that no column holds with an error of the server's."""
        try:
            return super().changelist_view(request, extra_context)
        except UNASKABLE:
            if ERROR_FLAG in request.GET:
                raise
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The queue of writers before the transaction: taken inside it, each would wait for the other."""
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with write():
            return super().changeform_view(request, *args, **kwargs)

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return super().add_view(request, *args, **kwargs)
        with write():
            return super().add_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return super().delete_view(request, *args, **kwargs)
        with write():
            return super().delete_view(request, *args, **kwargs)


def told(form: Any, untold: Iterable[str], *, add: bool) -> str:
    """The changed fields of a form that was saved, with their values before and after."""
    names = [name for name in form.changed_data if name in form.cleaned_data or name in untold]
    secret = {
        name
        for name in form.changed_data
        if name in untold or "password" in name or name == "usable_password"
    }
    before = (
        {} if add else {name: named(form.get_initial_for_field(form.fields[name], name)) for name in names}
    )
    after = {name: named(form.cleaned_data.get(name)) for name in [*names, *secret]}
    return audit.changes(before, after, secret)


def named(value: Any) -> Any:
    """Rows of a choice by their names."""
    return (
        [str(each) for each in value] if hasattr(value, "__iter__") and not isinstance(value, str) else value
    )
