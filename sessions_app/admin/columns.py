"""Columns and filters that several nouns show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from sessions_app.agent.labels.words import money
from sessions_app.offering import current, label


def exact(amount: Decimal | None) -> str:
    """USD with every digit that counts, at least cents; an unknown price is named."""
    if amount is None:
        return "price unknown"
    whole, _, cents = format(amount.normalize(), "f").partition(".")
    return f"${int(whole):,}.{cents.ljust(2, '0')}"


def dollars(amount: Decimal | None) -> str:
    """USD with four decimals as everywhere, and with all digits where the mouse rests; an unknown price is named."""
    return (
        format_html('<span title="{}">{}</span>', exact(amount), money(amount)) if amount else money(amount)
    )


def model_name(model: str) -> str:
    """A model by its label, with its id where the mouse rests."""
    return format_html('<span title="{}">{}</span>', model, label(model)) if model else "-"


def chat_link(key: UUID | None) -> str:
    """A chat by its key: its name is its title, which is not for all staff."""
    if key is None:
        return "-"
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:sessions_app_chatsession_change", args=[key]), key
    )


def short_key(key: UUID) -> str:
    """The end of its key, with the whole of it where the mouse rests: the beginning is the time, alike for many. For a
    column that is a link already."""
    return format_html('<span title="{}">Session …{}</span>', key, str(key)[-12:])


class OfChat:
    """Mixin: the column `chat` for rows with a foreign key `session`."""

    @admin.display(description="chat", ordering="session")
    def chat(self, row: Any) -> str:
        return chat_link(row.session_id)


class OfMessage:
    """Mixin: the column `chat` for rows with a foreign key `message`."""

    @admin.display(description="chat", ordering="message__session")
    def chat(self, row: Any) -> str:
        return chat_link(row.message.session_id)


class ModelFilter(admin.SimpleListFilter):
    """By model, of those that are known: the distinct models of a large table are slow to find."""

    title = "model"
    parameter_name = "of_model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(model.id, model.label) for model in current().known.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(model=self.value()) if self.value() else queryset
