"""Summaries of what is not sent any more: kept after a reply, changed and forgotten by people. Messages stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from sessions_app.models import ChatSession, Message, Summary, uuid7
from sessions_app.providers.base import estimate_tokens
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .errors import NotPossible, Refused
from .paths import locked, path_to, raise_version, tell_pages

LONGEST = 12_000  # characters


class BadSummary(Refused):
    kind = "bad_summary"
    sentence = f"A summary has 1 to {LONGEST:,} characters. Your text is kept."


GONE = "This summary was forgotten or replaced meanwhile."


@write()
def keep_summary(
    *,
    chat: ChatSession,
    until: UUID,
    text: str,
    model: str,
    replaces: int,
    since: int = 0,
    former: Summary | None = None,
) -> Summary | None:
    """What a model wrote about the messages from the line at `since` up to `until`, of which the `former` summary was a
    part; None where that message is gone or has one already, and where somebody changed or forgot the former one
    meanwhile. `replaces` is how many tokens it stands for."""
    row = locked(chat.pk)
    last = Message.objects.filter(pk=until, session=row).kept().first()
    text = clean_text(text).strip()
    if last is None or not text or len(text) > LONGEST or last.summaries.filter(since=since).exists():
        return None
    if former is not None and not Summary.objects.filter(pk=former.pk, text=former.text).exists():
        return None
    summary = Summary.objects.create(
        session=row, until=last, position=last.position, text=text, model=model, replaces=replaces,
        tokens=max(1, estimate_tokens([text])), since=since,
    )  # fmt: skip
    show_anew(row)
    return summary


@write()
def edit_summary(*, summary: Summary, text: str, person: Any) -> Summary:
    """Other words of a person; the model's own are kept."""
    text = clean_text(text).strip()
    if not text or len(text) > LONGEST:
        raise BadSummary
    chat, row = current(summary)
    if text == row.text:
        return row
    row.original = row.original or row.text
    row.edited_by_id, row.edited_at = person.pk, timezone.now()
    if text == row.original:
        row.original, row.edited_by_id, row.edited_at = "", None, None
    return saved(chat, row, text)


@write()
def restore_summary(*, summary: Summary) -> Summary:
    """The model's words again."""
    chat, row = current(summary)
    if not row.original:
        return row
    text, row.original, row.edited_by_id, row.edited_at = row.original, "", None, None
    return saved(chat, row, text)


@write()
def forget_summary(*, summary: Summary) -> None:
    """The messages themselves are sent again, as far as they fit. What it stood for is not summarised again, and the
    summaries that it was made of go too."""
    chat, row = current(summary)
    older = Summary.objects.filter(session=chat, position__lt=row.position, since=row.since)
    if older.exists():
        older.filter(until__in=set(path_to(row.until)) & set(older.values_list("until", flat=True))).delete()
    row.original, row.edited_by_id, row.edited_at = "", None, None
    saved(chat, row, "")


def copy_summaries(*, source: ChatSession, chat: ChatSession, keys: Mapping[UUID, UUID]) -> None:
    """Those of `source` that end with a message whose copy is in `chat`, within the caller's transaction. `keys` are of
    copies, by those of their origins."""
    for row in Summary.objects.filter(session=source).told():
        if copy := keys.get(row.until_id):
            row.pk, row.session, row.until_id = uuid7(), chat, copy
            Summary.objects.bulk_create([row])


# ---------------------------------------------------------------- what these share


def current(summary: Summary) -> tuple[ChatSession, Summary]:
    chat = locked(summary.session_id)
    row = Summary.objects.filter(pk=summary.pk).told().select_related("until").first()
    if row is None or (row.until.active and newer(row)):
        raise NotPossible(GONE)
    return chat, row


def newer(row: Summary) -> bool:
    """Whether another one, made of this, is in its place: nobody reads this one any more."""
    rows = Summary.objects.filter(session=row.session_id, since=row.since, position__gt=row.position)
    return rows.told().shown().exists()


def saved(chat: ChatSession, row: Summary, text: str) -> Summary:
    row.text, row.tokens = text, estimate_tokens([text])
    row.save()
    show_anew(chat)
    return row


def show_anew(chat: ChatSession) -> None:
    """What pages say of the context stands at the last messages of summaries, and where the last request begins."""
    version = raise_version(chat.pk, active=False, known=chat.version)
    places = set(Summary.objects.filter(session=chat).shown().values_list("position", flat=True)[:2])
    last = Message.objects.filter(session=chat, reply__copied=False).shown().reverse()
    config = last.values_list("reply__model_config", flat=True).first() or {}
    places.add(int(config.get("begins_at", 1)) - 1)
    Message.objects.filter(session=chat, position__in=places).shown().update(version=version)
    tell_pages(chat)
