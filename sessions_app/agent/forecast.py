"""What the next message of a chat would bring to the model, and what it would cost: estimates, made without
reading any text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from sessions_app import offering, pricing
from sessions_app.models import Attachment, ChatSession, Message, TokenUsage, ToolCall
from sessions_app.providers.base import Counts, ModelInfo, estimate_tokens

from . import whole
from .context import offered_tools, system_prompt
from .weights import Bytes, carded

USUAL_OUTPUT = 500  # tokens of an answer, where the chat has none yet
CACHE_LIVES = timedelta(minutes=5)
LAST_CALLS = 20
PROBE = 1000  # tokens whose price tells that of a draft


@dataclass(frozen=True, slots=True)
class Forecast:
    """Tokens by what they are, against the model's `window` and the `budget` within it; USD of the next call without its
    draft. Of the messages shown, `summarised` have a summary of `summary` tokens in their place, and `left_out` none.

    `cost` is None where the price is unknown, `without_files` where there are none. `per_token` is the price of each
    token of the draft. `unsent` is how many of the files wait in the draft.
    """

    window: int
    instructions: int
    history: int
    files: int
    unsent: int
    free: bool
    cost: Decimal | None
    without_files: Decimal | None
    per_token: Decimal
    budget: int
    summary: int = 0
    summarised: int = 0
    left_out: int = 0

    @property
    def tokens(self) -> int:
        return self.instructions + self.summary + self.history + self.files


@dataclass(frozen=True, slots=True)
class Window:
    """The messages that go along with the next one: from `start` on. `steady`: the last answer was asked with the
    same beginning. `summary` stands for those up to its position, which lie below the `line` of `/clear`."""

    start: int
    last: Message | None
    steady: bool
    summary: whole.Standing | None = None
    line: int = 0

    @property
    def summarised(self) -> int:
        return self.summary.position - self.line if self.summary else 0

    @property
    def left_out(self) -> int:
        return max(0, self.start - 1 - self.line - self.summarised)


def forecast(chat: ChatSession, person: Any) -> Forecast:
    """For the next message of this person."""
    info = offering.choose("", chat.model)
    held = window_of(chat, info)
    instructions = instruction_tokens(chat.settings)
    sent, unsent, count = file_tokens(chat, held, person)
    call = last_call(held, info)
    summary = held.summary.tokens if held.summary else 0
    history = measured(call, held, instructions + sent + summary) if call else estimated(chat, held)
    tokens = instructions + summary + history + sent + unsent
    cached = cached_tokens(call)
    costs = Costs(info, usual_output(chat))
    files = sent + unsent
    return Forecast(
        window=info.context_window,
        budget=min(whole.budget_of(chat), whole.model_room(info, whole.max_tokens_of(chat, info))),
        instructions=instructions,
        summary=summary,
        history=history,
        files=files,
        unsent=count,
        free=info.free,
        cost=costs.of(tokens, cached),
        without_files=costs.of(tokens - files, cached - sent) if files else None,
        per_token=costs.of_draft(tokens, cached),
        summarised=held.summarised,
        left_out=held.left_out,
    )


def window_of(chat: ChatSession, info: ModelInfo) -> Window:
    """As `whole.window_for` will draw it for the answer to the next message."""
    shown = Message.objects.filter(session=chat).shown()
    last = shown.reverse().only("pk", "position", "role").first()
    if last is None:
        return Window(1, None, False)
    next_one = Message(session=chat, position=last.position + 2)
    found = whole.window_for(chat, info, next_one, whole.max_tokens_of(chat, info))
    chosen = found.chosen
    begin = max(chosen.window.begins, chosen.line + 1)
    if begin > last.position:
        return Window(begin, None, False, chosen.summary, chosen.line)
    asked = shown.filter(position__lte=begin, role=Message.Role.USER).reverse()
    start = asked.values_list("position", flat=True).first() or begin
    return Window(start, last, found.same, chosen.summary, chosen.line)


def instruction_tokens(settings: Mapping[str, Any]) -> int:
    """The system prompt and the tools as they are told."""
    specs = offered_tools().only(settings.get("tools")).specs()
    told = [json.dumps([spec.name, spec.description, spec.schema], default=str) for spec in specs]
    return estimate_tokens([system_prompt(settings), *told])


def file_tokens(chat: ChatSession, held: Window, person: Any) -> tuple[int, int, int]:
    """Tokens of files in the window, and of those that wait in this person's draft with their number."""
    inside = Message.objects.filter(session=chat, position__gte=held.start).shown() if held.last else None
    sent = Attachment.objects.filter(message__in=inside.values("pk")) if inside is not None else None
    before = (sent.aggregate(all=Sum("tokens"))["all"] or 0) if sent is not None else 0
    waiting = (
        Attachment.objects.unsent().filter(owner=person.pk, session=chat).values_list("tokens", flat=True)
    )
    tokens = list(waiting)
    return before, sum(tokens), len(tokens)


def last_call(held: Window, info: ModelInfo) -> TokenUsage | None:
    """The call that ended the last answer, where its counts tell what the next one brings."""
    if held.last is None or not held.steady:
        return None
    calls = TokenUsage.objects.filter(message=held.last.pk, ok=True, model=info.id, provider=info.provider)
    return calls.filter(counts_source=TokenUsage.CountsSource.REPORTED).order_by("-at").first()


def measured(call: TokenUsage, held: Window, others: int) -> int:
    """What the last call really took, with the answer it gave, without what is counted elsewhere."""
    assert held.last is not None
    said = Message.objects.filter(pk=held.last.pk).aggregate(all=Sum(Bytes("content")))["all"] or 0
    return max(0, taken(call) + min(call.output, -(-said // 4)) - others)


def taken(call: TokenUsage) -> int:
    return call.input + call.cache_read + call.cache_write_5m + call.cache_write_1h


def estimated(chat: ChatSession, held: Window) -> int:
    """By the length of what is stored: texts, cards, and what tools were asked and answered."""
    if held.last is None:
        return 0
    rows = Message.objects.filter(session=chat, position__gte=held.start).shown()
    texts = rows.aggregate(all=Sum(Bytes("content")))["all"] or 0
    calls = ToolCall.objects.filter(message__in=rows.values("pk")).order_by()
    told = calls.aggregate(
        asked=Sum(Bytes(Cast("input", TextField()))), answered=Sum(Bytes(Cast("result", TextField())))
    )
    cards = sum(size for _, size, _ in carded(rows))
    return -(-(texts + cards + (told["asked"] or 0) + (told["answered"] or 0)) // 4)


def cached_tokens(call: TokenUsage | None) -> int:
    """What the provider still holds of the last call."""
    if call is None or call.settled_at is None or timezone.now() - call.settled_at > CACHE_LIVES:
        return 0
    return call.cache_read + call.cache_write_5m + call.cache_write_1h


def usual_output(chat: ChatSession) -> int:
    """The mean of the chat's last answers."""
    calls = TokenUsage.objects.filter(session=chat, purpose=TokenUsage.Purpose.REPLY, ok=True)
    last = calls.order_by("-at").values_list("message", "output")[:LAST_CALLS]
    answers = {message for message, _ in last}
    return sum(output for _, output in last) // len(answers) if answers else USUAL_OUTPUT


@dataclass(frozen=True, slots=True)
class Costs:
    """What a call of this model would cost now, with an answer of `output` tokens."""

    info: ModelInfo
    output: int

    def of(self, tokens: int, cached: int) -> Decimal | None:
        held = max(0, min(cached, tokens))
        counts = Counts(input=tokens - held, cache_read=held, output=self.output)
        return pricing.price(self.info.provider, self.info.id, counts, timezone.now())[0]

    def of_draft(self, tokens: int, cached: int) -> Decimal:
        """USD of one more token of input."""
        more, now = self.of(tokens + PROBE, cached), self.of(tokens, cached)
        return Decimal(0) if more is None or now is None else (more - now) / PROBE
