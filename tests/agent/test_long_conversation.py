"""What a conversation of 400 messages costs, by the cache rules of the local upstream, against sending it uncached."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from sessions_app import pricing
from sessions_app.actions.messages import send_message
from sessions_app.actions.summaries import keep_summary
from sessions_app.agent import context, summarising
from sessions_app.agent.context import Plan
from sessions_app.agent.tools import as_told
from sessions_app.models import ChatSession, Message, Reply, Summary, TokenUsage, ToolCall, User
from sessions_app.providers.anthropic_request import build
from sessions_app.providers.base import Counts, Request, Text, ToolResult, ToolUse, Turn
from tests.actions.steps import end
from tests.upstream.tokens import PromptCache, prompt_blocks, prompt_size

MODEL, WINDOW = "claude-haiku-4-5", 200_000
MESSAGES = 400
WORDS = [
    "cost",
    "model",
    "week",
    "report",
    "token",
    "budget",
    "answer",
    "figure",
    "month",
    "price",
    "table",
    "session",
    "cache",
    "total",
    "first",
]


@dataclass
class Bill:
    """What was paid for input, and what a client pays that caches and trims nothing: for all of the history, or for as
    much of it as the model takes."""

    cache: PromptCache = field(default_factory=PromptCache)
    paid: Decimal = Decimal(0)
    summaries: Decimal = Decimal(0)
    all_of_it: Decimal = Decimal(0)
    as_fits: Decimal = Decimal(0)
    said: int = 0
    largest: int = 0
    requests: int = 0

    def ask(self, request: Request) -> Counts:
        """One call, as the upstream counts it; no request is larger than the window, with its answer."""
        body = build(request)
        size = prompt_size(body)
        self.requests, self.largest = self.requests + 1, max(self.largest, size)
        assert size + request.max_tokens <= WINDOW
        found = self.cache.count(body)
        counts = Counts(found.input, found.cache_read, found.cache_creation)
        self.paid += price(request.model, counts)
        whole = self.said + prompt_size(body | {"messages": []})
        self.all_of_it += price(request.model, Counts(input=whole))
        self.as_fits += price(request.model, Counts(input=min(whole, WINDOW - request.max_tokens)))
        return counts

    def say(self, turn: Turn) -> None:
        """One more turn of the history, whoever sends it."""
        body = build(Request(MODEL, (Turn("user", (Text("."),)), turn)))
        self.said += -(-len(prompt_blocks(body)[-1][0]) // 4)


def price(model: str, counts: Counts) -> Decimal:
    cost = pricing.price("anthropic", model, counts, timezone.now())[0]
    assert cost is not None
    return cost


def words(dice: random.Random, tokens: int) -> str:
    text = ""
    while len(text) < tokens * 4:
        text += dice.choice(WORDS) + " "
    return text


def ask_again(chat: ChatSession, dice: random.Random, bill: Bill, number: int) -> Reply:
    """A question and its answer; every other one looks something up."""
    question, answer = words(dice, dice.randint(600, 1500)), words(dice, dice.randint(600, 1500))
    sent = send_message(chat=chat, author=chat.owner, content=question)
    assert sent.reply is not None
    rows = Reply.objects.select_related("session__owner", "message__parent__author")
    reply = rows.get(pk=sent.reply.pk)
    plan = context.plan(reply)
    bill.say(Turn("user", (Text(question),)))
    counts = bill.ask(plan.request)
    parts: list[dict[str, Any]] = []
    if number % 2:
        call = ToolUse(f"toolu_{number}", "analyze_costs", {"days": number})
        found = {"rows": words(dice, dice.randint(1500, 2400))}
        turns = (Turn("assistant", (call,)), Turn("user", (ToolResult(call.id, as_told(found)),)))
        for turn in turns:
            bill.say(turn)
        counts = bill.ask(replace(plan.request, turns=(*plan.request.turns, *turns)))
        row = ToolCall.objects.create(
            message=reply.message, turn=1, tool_name=call.name, tool_use_id=call.id, input=dict(call.input),
            result=found, status="success",
        )  # fmt: skip
        given = {"tool_use_id": call.id, "name": call.name, "input": dict(call.input)}
        parts = [{"kind": "tool_call", "turn": 1, "id": str(row.pk), **given}]
    bill.say(Turn("assistant", (Text(answer),)))
    store(reply, plan, counts, answer, parts)
    return reply


def store(reply: Reply, plan: Plan, counts: Counts, answer: str, parts: list[dict[str, Any]]) -> None:
    end(reply, text=answer)
    turn = 2 if parts else 1
    Message.objects.filter(pk=reply.pk).update(parts=[*parts, {"kind": "text", "turn": turn, "text": answer}])
    TokenUsage.objects.create(
        user_id=plan.payer, session=reply.session, session_key=reply.session_id, message=reply.message, ok=True,
        provider="anthropic", model=MODEL, input=counts.input, cache_read=counts.cache_read,
        cache_write_5m=counts.cache_write_5m, output=len(answer) // 4, settled_at=timezone.now(),
    )  # fmt: skip


def summarise(reply: Reply, bill: Bill, dice: random.Random) -> None:
    """As after every reply; what the summary costs is paid too."""
    wanted = summarising.wanted(reply)
    if wanted is None:
        return
    size = prompt_size(build(wanted.request))
    assert size + wanted.request.max_tokens <= WINDOW
    bill.summaries += price(wanted.request.model, Counts(input=size))
    text = words(dice, 800)
    assert keep_summary(
        chat=wanted.chat, until=wanted.until, text=text, model=wanted.request.model, replaces=wanted.replaces
    )


def windows(chat: ChatSession) -> Iterator[tuple[int, int]]:
    replies = Reply.objects.filter(session=chat).order_by("message__position")
    for config in replies.values_list("model_config", flat=True):
        yield config["begins_at"], config["shortened_below"]


@pytest.mark.sqlite
def test_400_messages_cost_at_most_a_quarter_of_sending_them_uncached(alice: User, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    chat = ChatSession.objects.create(owner=alice, model=MODEL, provider="anthropic", title="Long")
    dice, bill = random.Random(8), Bill()
    for number in range(MESSAGES // 2):
        summarise(ask_again(chat, dice, bill, number), bill, dice)
    assert Message.objects.filter(session=chat).shown().count() == MESSAGES
    assert bill.said > WINDOW  # all of it would not fit
    ours = bill.paid + bill.summaries
    print(
        f"{bill.requests} requests, the largest of {bill.largest:,} tokens; said {bill.said:,} tokens; "
        f"paid ${bill.paid:.4f} and ${bill.summaries:.4f} for {Summary.objects.count()} summaries; "
        f"uncached as much as fits ${bill.as_fits:.4f} ({ours / bill.as_fits:.1%}), all ${bill.all_of_it:.4f}"
    )
    assert ours <= bill.as_fits / 4
    places = list(windows(chat))
    assert places == sorted(places)
    assert len(set(places)) <= 30  # so often the cached prefix was lost
    assert Summary.objects.filter(session=chat).count() >= 2
