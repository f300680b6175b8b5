"""Messages of a document as the articles of every other page: the same partial, with nothing to press but Copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from export_app.document import Call, Entry, File
from export_app.shares.strangers import unfinished
from sessions_app.agent.labels import money
from sessions_app.agent.labels.words import size_words
from sessions_app.models import Attachment, TokenUsage
from sessions_app.rendering import render_person
from sessions_app.rendering.article import STATE_WORDS, Article, Receipt, day_words
from sessions_app.rendering.beside import Beside
from sessions_app.rendering.body import finished_body
from sessions_app.rendering.files import ICONS, Chip

Address = Callable[[str], str]


def articles(
    entries: Iterable[Entry], address: Address, bodies: Mapping[str, str] | None = None
) -> list[Article]:
    """In their order; `address` is where a file is by its id, `bodies` are those that were made before."""
    found: list[Article] = []
    before: datetime | None = None
    for entry in entries:
        html = (bodies or {}).get(entry.id)
        shown = mark_safe(body(entry) if html is None else html)
        day = day_words(entry.created_at, before)
        found.append(asked(entry, shown, day, address) if entry.by_person else answer(entry, shown, day))
        before = entry.created_at
    return found


def body(entry: Entry) -> str:
    """The HTML of a message: its text, its thinking and tool cards as far as the document has them."""
    if unfinished(entry):
        return f'<p class="message__later">{_("This answer is still being written.")}</p>'
    if not entry.by_person:
        tools = {call.id: call_data(call) for call in entry.tool_calls}
        return finished_body(entry.id, entry.parts, tools, linked=False)
    card = entry.posted
    text = card.text if card else entry.content
    if not text:
        return ""
    return (
        f'<div id="message-{entry.id}-b-0" class="block prose">{render_person(text, f"m-{entry.id}-")}</div>'
    )


def asked(entry: Entry, shown: SafeString, day: str, address: Address) -> Article:
    card = entry.posted
    return Article(
        id=entry.id,
        role="user",
        status="sent",
        session_id="",
        author=entry.author,
        model_label="",
        state="",
        at=entry.created_at,
        body=shown,
        source=card.words if card else entry.content,
        posted=Beside.of(card) if card else None,
        attachments=tuple(chip(file, address) for file in entry.files),
        position=int(entry.id),
        day=day,
        still=True,
        shared=True,
        speaker=entry.speaker,
    )


def answer(entry: Entry, shown: SafeString, day: str) -> Article:
    status = entry.reply.status if entry.reply and not unfinished(entry) else "complete"
    return Article(
        id=entry.id,
        role="assistant",
        status=status,
        session_id="",
        author="",
        model_label=entry.speaker,
        state=STATE_WORDS.get(status, ""),
        at=entry.created_at,
        body=shown,
        source=entry.content,
        receipt=receipt(entry),
        position=int(entry.id),
        day=day,
        still=True,
        shared=True,
    )


def receipt(entry: Entry) -> Receipt | None:
    """The sums of its calls, where the document has them."""
    if not entry.tokens:
        return None
    cached = sum(call.cache_read for call in entry.calls)
    output = sum(call.output for call in entry.calls)
    reply = entry.reply
    timed = reply is not None and reply.finished_at is not None
    return Receipt(
        turns=max(1, reply.turns if reply else 1),
        tokens_in=entry.tokens - output,
        cached=cached,
        tokens_out=output,
        seconds=reply.duration_ms / 1000 if reply and timed else None,
        cost=money(entry.cost),
        estimated=any(call.counts_source == TokenUsage.CountsSource.ESTIMATED for call in entry.calls),
    )


def chip(file: File, address: Address) -> Chip:
    """Pictures open where they are, everything else is downloaded."""
    return Chip(
        id=file.id,
        name=file.name,
        kind=file.kind,
        icon=ICONS.get(file.kind, "document"),
        size=size_words(file.size),
        about=file.kind,
        width=file.width,
        height=file.height,
        preview_url=address(file.id),
        download_url=address(file.id),
    )


def is_picture(file: File) -> bool:
    return file.kind == Attachment.Kind.PICTURE


def call_data(call: Call) -> dict[str, object]:
    """As a chunk has it."""
    return {
        "id": call.id,
        "tool_id": call.name,
        "input": call.input,
        "status": call.status,
        "result": call.result,
        "error": call.error,
        "duration_ms": call.duration_ms,
    }
