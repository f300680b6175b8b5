"""Summaries that stand for earlier messages, for programs: read, change, forget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.summaries import LONGEST, edit_summary, forget_summary, restore_summary
from sessions_app.agent import whole
from sessions_app.models import ChatSession, Summary

from . import examples
from .answers import ApiView, must_write
from .given import Given, Paged, Text, asked, given
from .operations import Gives, Listed, operation
from .pagination import page_of
from .session_changes import chat_of

BEYOND = 2**31 - 1  # every position


class SummaryShape(TypedDict):
    """It stands for the messages up to `until`, which is at `position`, and for `replaces` tokens. `original` is the
    model's own text where somebody changed it. `used`: it is the one that requests have in front."""

    id: UUID
    session: UUID
    until: UUID
    position: int
    text: str
    original: str | None
    model: str
    tokens: int
    replaces: int
    used: bool
    created_at: datetime
    edited_at: datetime | None


class SummaryChange(Given):
    text: Annotated[
        Annotated[Text, Field(max_length=LONGEST)] | None,
        Field(description="What the model reads from now on; null: its own text again."),
    ]


SUMMARY = {
    "id": "01938f2e-b001-7c44-8d55-e6f708192a3b",
    "session": examples.SESSION_ID,
    "until": examples.ANSWER_ID,
    "position": 42,
    "text": "The person compares the costs of three models for weekly reports.",
    "original": None,
    "model": "claude-haiku-5-5",
    "tokens": 17,
    "replaces": 48210,
    "used": True,
    "created_at": "2026-11-30T09:12:43.002000Z",
    "edited_at": None,
}


def summary_shapes(rows: Sequence[Summary]) -> list[SummaryShape]:
    newest = used_in(rows[0].session) if rows else None
    return [
        {
            "id": row.pk,
            "session": row.session_id,
            "until": row.until_id,
            "position": row.position,
            "text": row.text,
            "original": row.original or None,
            "model": row.model,
            "tokens": row.tokens,
            "replaces": row.replaces,
            "used": row.pk == newest,
            "created_at": row.created_at,
            "edited_at": row.edited_at,
        }
        for row in rows
    ]


def used_in(chat: ChatSession) -> UUID | None:
    """The key of the summary that the next request has in front."""
    found = whole.latest_summary(chat.pk, BEYOND, whole.cleared_to(chat, BEYOND))
    return found.key if found else None


def summary_of(request: Request, pk: UUID, summary: UUID) -> Summary:
    chat = must_write(request, chat_of(request, pk))
    return get_object_or_404(Summary.objects.filter(session=chat).told(), pk=summary)


class Summaries(ApiView):
    @operation(
        "list_summaries", "Summaries of earlier messages", tag="Sessions", scope="read", query=Paged,
        gives={200: Gives(Listed[SummaryShape], "The newest first.", examples.listed(SUMMARY))},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """What stands in requests for messages that are not sent any more. One whose last message is not on the shown
        path is not used."""
        asked(request, Paged)
        rows = Summary.objects.filter(session=chat_of(request, pk)).told()
        return page_of(request, rows, summary_shapes, "-position", "-pk")


class OneSummary(ApiView):
    @operation(
        "change_summary", "Change a summary", tag="Sessions", scope="write", takes=SummaryChange,
        example={"text": "The person compares three models for weekly reports; price matters most."},
        gives={200: Gives(SummaryShape, "As it is now.", SUMMARY)},
        refuses=["read_only", "deleted", "not_possible", "bad_summary"],
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID, summary: UUID) -> Response:
        """Other words, or the model's own again. The messages stay as they are."""
        row = summary_of(request, pk, summary)
        text = given(request, SummaryChange).text
        if text is None:
            row = restore_summary(summary=row)
        else:
            row = edit_summary(summary=row, text=text, person=request.user)
        return Response(summary_shapes([row])[0])

    @operation(
        "forget_summary", "Forget a summary", tag="Sessions", scope="write",
        gives={204: Gives(None, "The messages themselves are sent again, as far as they fit.")},
        refuses=["read_only", "deleted", "not_possible"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID, summary: UUID) -> Response:
        """What it stood for is not summarised again."""
        forget_summary(summary=summary_of(request, pk, summary))
        return Response(status=204)
