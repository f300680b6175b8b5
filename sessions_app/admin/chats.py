"""Chats: what may be changed is the title and whether it is archived."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from sessions_app.actions import organising
from sessions_app.actions.sessions import set_title
from sessions_app.models import ChatSession

from .chat_actions import ChatActions
from .columns import ModelFilter, chat_link, dollars, model_name
from .filters import (
    ArchivedFilter,
    BranchFilter,
    CostFilter,
    DeletedFilter,
    ErrorFilter,
    PersonFilter,
    RatingFilter,
    ToolsFilter,
)
from .review import Review

if TYPE_CHECKING:
    ChatModelForm = forms.ModelForm[ChatSession]
else:
    ChatModelForm = forms.ModelForm

EDITABLE = ("title", "archived")


class ChatForm(ChatModelForm):
    archived = forms.BooleanField(required=False, help_text="Out of its owner's list; nothing is lost.")

    class Meta:
        model = ChatSession
        fields = ("title",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "archived" in self.fields:
            self.fields["archived"].initial = self.instance.archived_at is not None

    def clean_title(self) -> str:
        title: str = " ".join(self.cleaned_data["title"].split())
        if not title and self.initial.get("title"):
            raise forms.ValidationError("A title can be replaced, but not taken away.")
        return title


@admin.register(ChatSession)
class ChatSessionAdmin(ChatActions, Review):
    form = ChatForm
    text_fields = ("title", "settings")
    list_display = (
        "chat", "transcript", "title", "owner", "called", "messages", "total_tokens", "exact_cost", "last_activity_at", "state",
    )  # fmt: skip
    list_filter = (
        PersonFilter,
        ModelFilter,
        CostFilter,
        RatingFilter,
        ErrorFilter,
        ("last_activity_at", admin.DateFieldListFilter),
        ("owner__plan", admin.ChoicesFieldListFilter),
        ArchivedFilter,
        DeletedFilter,
        BranchFilter,
        ToolsFilter,
        "kind",
        "starred",
    )
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username", "owner__email", "model", "title")
    date_hierarchy = "created_at"
    fields = (
        "id", "title", "title_source", "archived", "owner", "people", "kind", "provider", "model", "settings", "starred",
        "branched_from", "message_count", "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens",
        "exact_cost", "unpriced_calls", "runtime_ms", "version", "structure_version", "created_at", "last_activity_at",
        "archived_at", "deleted_at",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = self.get_fields(request, obj)
        if not self.has_change_permission(request, obj):
            return fields
        return [name for name in fields if name not in EDITABLE]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> ChatSession | None:
        """A chat's name is its title: without the permission it has none in headings and crumbs either."""
        chat: ChatSession | None = super().get_object(request, object_id, from_field)
        return chat if chat is None or self.calls_by_name(request) else self.nameless(chat)

    def nameless(self, row: ChatSession) -> ChatSession:
        unnamed = copy(row)
        unnamed.title = f"Chat {row.pk}"  # never saved: save_model writes what was changed, no more
        return unnamed

    def note_list(self, request: HttpRequest, shown: Any) -> None:
        """Titles stand in it: their owners are told."""
        super().note_list(request, shown)
        if "title" in shown.list_display:
            self.note_rows(request, "read title", shown)

    def save_model(self, request: HttpRequest, obj: ChatSession, form: Any, change: bool) -> None:
        if "title" in form.changed_data:
            set_title(chat=obj, title=form.cleaned_data["title"], by_model=False)
        if "archived" in form.changed_data:
            organising.archive(chats=[obj], on=form.cleaned_data["archived"])

    @admin.display(description="session", ordering="id")
    def chat(self, row: ChatSession) -> str:
        """The end of its key: the beginning is the time, alike for many."""
        return f"…{str(row.pk)[-12:]}"

    @admin.display(description="archived", boolean=True)
    def archived(self, row: ChatSession) -> bool:
        return row.archived_at is not None

    @admin.display(description="state", ordering="archived_at")
    def state(self, row: ChatSession) -> str:
        if row.deleted_at is not None:
            return "deleted"
        return "archived" if row.archived_at is not None else ""

    @admin.display(description="model", ordering="model")
    def called(self, row: ChatSession) -> str:
        return model_name(row.model)

    @admin.display(description="tokens")
    def total_tokens(self, row: ChatSession) -> str:
        return f"{row.total_tokens:,}"

    @admin.display(description="messages", ordering="message_count")
    def messages(self, row: ChatSession) -> str:
        return f"{row.message_count:,}"

    @admin.display(description="cost", ordering="cost")
    def exact_cost(self, row: ChatSession) -> str:
        unknown = f" and {row.unpriced_calls} calls of unknown price" if row.unpriced_calls else ""
        return format_html("{}{}", dollars(row.cost), unknown)

    @admin.display(description="members")
    def people(self, row: ChatSession) -> str:
        members = row.memberships.select_related("user")
        return ", ".join(f"{member.user.get_username()} ({member.role})" for member in members) or "-"

    @admin.display(description="branched from")
    def branched_from(self, row: ChatSession) -> str:
        return chat_link(row.parent_id)

    @admin.display(description="review")
    def transcript(self, row: ChatSession) -> str:
        address = reverse("admin:sessions_app_chatsession_transcript", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, _("Review"))
