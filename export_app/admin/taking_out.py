"""Chosen sessions of others as files, for staff who may read them: beside the lines of JSON that the page has itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from export_app.actions.exporting import begin_export
from export_app.renderers import formats
from sessions_app.actions.errors import Refused
from sessions_app.admin import reasons
from sessions_app.admin.asking import answered, ask, chosen, counted
from sessions_app.admin.base import may_read
from sessions_app.models import ChatSession, User

MADE = 'An export of {} has begun. <a href="{}">See it in Exports</a>: the file is there once it is made.'


class FormatsForm(forms.Form):
    formats = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one format."},
        help_text="With texts. Figures alone are the action “Export as JSON lines”.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(formats().values())
        self.fields["formats"].choices = [(each.name, each.label) for each in known]  # type: ignore[attr-defined]
        self.fields["formats"].initial = [known[0].name]


@admin.action(description="Export as files", permissions=["reading"])
def export_files(
    model_admin: Any, request: HttpRequest, queryset: QuerySet[ChatSession]
) -> HttpResponse | None:
    """Asks for formats; then each session is on record, and its export begins, or neither. It belongs to whoever asked."""
    chats = chosen(request, queryset.order_by("-last_activity_at", "-pk"))
    if not chats:
        return None
    given = {chat.pk: reasons.given(request, chat) for chat in chats}
    if missing := [key for key, reason in given.items() if reason is None]:
        words = counted(len(missing), "session takes", "sessions take")
        messages.error(request, f"{words} a reason first: open its review. Nothing was exported.")
        return None
    form = answered(request, FormatsForm)
    if not form.is_valid():
        words = (
            f"{counted(len(chats), 'session', 'sessions')}, with texts. Its owner is told that you exported it."
            if len(chats) == 1
            else f"{counted(len(chats), 'session', 'sessions')}, with texts. Their owners are told that you exported them."
        )
        around = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts}
        return ask(request, around, form, title="Export as files", words=words, button="Export")
    assert isinstance(request.user, User)
    try:
        begin_export(
            owner=request.user,
            sessions=list(given),
            formats=form.cleaned_data["formats"],
            for_staff=True,
            reasons={key: reason or "" for key, reason in given.items()},
        )
    except Refused as refusal:
        messages.error(request, f"{refusal.sentence} Nothing was exported.")
        return None
    count = counted(len(chats), "session", "sessions")
    messages.success(request, format_html(MADE, count, reverse("exports")))
    return None


def offer() -> None:
    page: Any = admin.site.get_model_admin(ChatSession)
    page.has_reading_permission = may_read
    page.actions = (*page.actions, export_files)


offer()
