"""Where the request of a thread begins: it holds the whole history, as far as the model's window takes it.

A beginning is kept from answer to answer, in the reply's `model_config`, so that the provider finds its cached prefix
again; it moves only where the next request would not fit, and then far enough that it need not move again soon. How
large the history is tells the last model call, by what the provider counted; only where there is none, or where the
beginning moves, are the stored texts measured.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Func, IntegerField, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from sessions_app.models import Attachment, ChatSession, Message, Reply, TokenUsage, ToolCall
from sessions_app.providers.base import ModelInfo, estimate_tokens

from .context import offered_tools, system_prompt
from .sizes import TOOL_PROMPT

BYTES_A_TOKEN = 3.0  # where nothing was counted yet: rather too many tokens than too few
GROWING = 0.1  # of the window, for what the tools of the reply itself bring
KEPT = 0.6  # of the room, once something has to go


class Bytes(Func):
    """How long a text is in UTF-8."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


def takes_whole(chat: ChatSession) -> bool:
    """A thread whose person set no number of messages."""
    return chat.kind == ChatSession.Kind.THREAD and "context_window" not in chat.settings


@dataclass(frozen=True, slots=True)
class Before:
    """How the answer before was asked: from which position on, and what that took, where the provider counted it.
    `refused` says that it was too long for the model."""

    position: int = 0
    begins: int = 1
    tokens: int | None = None
    refused: bool = False


def begins_at(chat: ChatSession, info: ModelInfo, answer: Message, max_tokens: int) -> int:
    """The position of the first message of the request for this answer, which is on the shown path."""
    before = refused_before(chat, info, answer) or asked_before(chat, info, answer.position)
    told = instructions(chat.settings)
    room = int(info.context_window * (1 - GROWING)) - max_tokens - told
    above = Message.objects.filter(session=chat, position__lt=answer.position).shown()
    if before.tokens is not None and not before.refused:
        history = before.tokens - told + tokens_of(above.filter(position__gt=before.position))
        if history <= room:
            return before.begins
    held = sizes(above.filter(position__gte=before.begins))
    since = sum(size for place, _, size in held if place <= before.position)
    bytes_a_token = BYTES_A_TOKEN
    if before.tokens is not None and since:
        bytes_a_token = min(4.0, max(0.5, since / max(1, before.tokens - told)))
    fits = room * bytes_a_token
    if not before.refused and sum(size for _, _, size in held) <= fits:
        return before.begins
    if before.refused:  # whatever was counted, it was too much
        fits = min(fits, since)
    return first_kept(held, fits * KEPT)


def first_kept(held: list[tuple[int, str, int]], fits: float) -> int:
    """The earliest question from which on what is held (position, role, bytes) fits; the last one where none does."""
    left, found = 0, 1
    for place, role, size in reversed(held):
        left += size
        if role == Message.Role.USER:
            if left > fits and found > 1:
                break
            found = place
    return found


def refused_before(chat: ChatSession, info: ModelInfo, answer: Message) -> Before | None:
    """Of another answer of this model to the same question, for which the history was too long."""
    others = Reply.objects.filter(session=chat, message__parent=answer.parent_id, error_type="too_long")
    others = others.filter(model_config__model=info.id)
    last = others.order_by("-created_at").only("model_config").first()
    if last is None:
        return None
    return Before(answer.position, int(last.model_config.get("begins_at", 1)), refused=True)


def asked_before(chat: ChatSession, info: ModelInfo, position: int) -> Before:
    """Of the answer that is shown above this position. One of another model, or a copy, tells nothing."""
    answers = Message.objects.filter(session=chat, position__lt=position, role=Message.Role.ASSISTANT)
    last = answers.shown().reverse().select_related("reply").defer("parts", "content", "html").first()
    reply: Reply | None = getattr(last, "reply", None)
    if last is None or reply is None or reply.copied or reply.model_config.get("model") != info.id:
        return Before()
    begins = int(reply.model_config.get("begins_at", 1))
    if reply.error_type == "too_long":
        return Before(last.position, begins, refused=True)
    calls = TokenUsage.objects.filter(message=reply.pk, ok=True, model=info.id, provider=info.provider)
    call = calls.filter(counts_source=TokenUsage.CountsSource.REPORTED).order_by("-at").first()
    return Before(last.position, begins, call.total if call else None)


def standing(chat: ChatSession, last: Message) -> int:
    """Where the next request is going to begin, below this last message of the shown path, as long as it fits."""
    reply = Reply.objects.filter(message=last.pk, copied=False).only("model_config").first()
    same = reply is not None and reply.model_config.get("model") == chat.model
    return int(reply.model_config.get("begins_at", 1)) if reply is not None and same else 1


def instructions(settings: Mapping[str, Any]) -> int:
    """Tokens of the system prompt and the tools."""
    specs = offered_tools().only(settings.get("tools")).specs()
    prompt = estimate_tokens([system_prompt(settings.get("system_prompt", ""))])
    return prompt + sum(spec.tokens for spec in specs) + (TOOL_PROMPT if specs else 0)


def tokens_of(rows: QuerySet[Message]) -> int:
    return int(sum(size for _, _, size in sizes(rows)) / BYTES_A_TOKEN)


def sizes(rows: QuerySet[Message]) -> list[tuple[int, str, int]]:
    """Position, role and bytes of these messages, in their order, with what their tools were asked and answered; files
    as the bytes of a text of as many tokens."""
    texts = list(rows.annotate(size=Bytes("content")).values_list("position", "role", "size"))
    places = [place for place, _, _ in texts]
    total = [size for _, _, size in texts]
    keys = rows.order_by().values("pk")
    calls = ToolCall.objects.filter(message__in=keys).order_by().values_list("message__position")
    asked = calls.annotate(
        told=Sum(Bytes(Cast("input", TextField()))), answered=Sum(Bytes(Cast("result", TextField())))
    )
    more = [(place, (told or 0) + (answered or 0)) for place, told, answered in asked]
    files = Attachment.objects.filter(message__in=keys).order_by().values_list("message__position")
    more += [(place, int(tokens * BYTES_A_TOKEN)) for place, tokens in files.annotate(all=Sum("tokens"))]
    for place, size in more:
        total[bisect_left(places, place)] += size
    return [(place, role, size) for (place, role, _), size in zip(texts, total, strict=True)]
