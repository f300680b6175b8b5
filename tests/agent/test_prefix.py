"""From answer to answer a request begins with the bytes of the one before, whatever a conversation holds: that is what
the provider's cache finds again. It moves only where the window does, and stays what every API takes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sessions_app.actions.cards import attach_cards, post_card
from sessions_app.actions.messages import send_message
from sessions_app.actions.summaries import keep_summary
from sessions_app.actions.versions import clear_context
from sessions_app.agent import context, summarising
from sessions_app.agent.cards import Card
from sessions_app.models import Attachment, ChatSession, Message, Reply, ToolCall, User
from sessions_app.providers.anthropic_request import build
from tests.actions.steps import end

from .rules import broken_rules

MODEL = "claude-sonnet-5-5"
MOVES = ("begins_at", "shortened_below", "summary", "cleared_at")


def sealed(**block: Any) -> dict[str, Any]:
    return {"provider": "anthropic", "model": MODEL, **block}


def tool(reply: Reply, turn: int, dice: random.Random) -> dict[str, Any]:
    found = {"rows": "r" * dice.choice([10, 9000]), "b": {"z": 1, "a": "ü"}}
    call = ToolCall.objects.create(
        message=reply.message, turn=turn, tool_name="analyze_costs", tool_use_id="call_0", input={"z": 1, "a": [2]},
        result=found, status=dice.choice(["success", "success", "error", "cancelled"]), error_message="No",
    )  # fmt: skip
    said = {"tool_use_id": call.tool_use_id, "name": call.tool_name, "input": {"z": 1, "a": [2]}}
    return {"kind": "tool_call", "turn": turn, "id": str(call.pk), **said}


def search(number: int, turn: int, dice: random.Random) -> dict[str, Any]:
    key = f"srvtoolu_{number}"
    block = {"type": "server_tool_use", "id": key, "name": "web_search", "input": {"query": "ropes"}}
    result = {"type": "web_search_tool_result", "tool_use_id": key, "content": []}
    later = turn + dice.randint(0, 1)
    return {
        "kind": "tool_call", "turn": turn, "id": key, "tool_use_id": key, "name": "web_search",
        "raw": sealed(block=block, result=result, result_turn=later),
    }  # fmt: skip


def parts(reply: Reply, number: int, dice: random.Random) -> list[dict[str, Any]]:
    """What an answer holds: nothing, or thinking, a search and a tool, then words, which may cite."""
    if dice.random() < 0.1:
        return []
    made: list[dict[str, Any]] = []
    if dice.random() < 0.5:
        thought = {"type": "thinking", "thinking": "hm", "signature": "s"}
        made.append({"kind": "thinking", "turn": 1, "text": "hm", "raw": sealed(block=thought)})
    if dice.random() < 0.3:
        made.append(search(number, 1, dice))
    if dice.random() < 0.5:
        made.append(tool(reply, 1, dice))
    text: dict[str, Any] = {
        "kind": "text",
        "turn": 2,
        "text": f"Answer {number} " + "y" * dice.choice([5, 1500]),
    }
    if dice.random() < 0.3:
        text["raw"] = sealed(block={"type": "text", "text": text["text"], "citations": [{"z": 1, "a": 2}]})
    return [*made, text]


def card(kind: Any, dice: random.Random) -> Card:
    return Card(
        kind, "ci", "Red", "c" * dice.choice([20, 3000]), "error", "https://example.org/", topic="build"
    )


def question(chat: ChatSession, number: int, dice: random.Random) -> Reply:
    """With files, with a card of the person's own, with one that is added before the model is asked."""
    files = []
    if dice.random() < 0.2:
        files = [Attachment.objects.create(
            owner=chat.owner, session=chat, kind="text", name="a.txt", media_type="text/plain", size=5, digest="a",
            stored="a", text="A log " * 900, tokens=1350,
        ).pk]  # fmt: skip
    cards = [card("activity", dice)] if dice.random() < 0.2 else []
    text = f"Question {number} " + "x" * dice.choice([5, 1500])
    sent = send_message(chat=chat, author=chat.owner, content=text, attachments=files, cards=cards)
    assert sent.reply is not None
    reply = Reply.objects.select_related("session__owner", "message__parent__author").get(pk=sent.reply.pk)
    if dice.random() < 0.2:
        attach_cards(reply=reply, cards=[card("context", dice)])
    return reply


def plain(value: Any) -> Any:
    """Without the marks of the cache."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if key != "cache_control"}
    return [plain(each) for each in value] if isinstance(value, list) else value


def is_prefix(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether all that the one said stands in front of the other; a question without an answer goes on in its turn."""
    *whole, last = before["messages"]
    same = now["messages"][len(whole)]
    return (
        (before["tools"], before["system"]) == (now["tools"], now["system"])
        and now["messages"][: len(whole)] == whole
        and same["content"][: len(last["content"])] == last["content"]
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_request_begins_as_the_one_before(alice: User, settings: Any, seed: int) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    dice, steps = random.Random(seed), 0
    chat = ChatSession.objects.create(
        owner=alice, model=MODEL, provider="anthropic", title="Long", settings={"context_tokens": 14_000}
    )
    before: tuple[dict[str, Any], dict[str, Any]] | None = None
    for number in range(30):
        if dice.random() < 0.15:
            post_card(chat=chat, card=card("notification", dice))
        if dice.random() < 0.03:
            clear_context(chat=chat)
        chat.refresh_from_db()
        reply = question(chat, number, dice)
        request = context.plan(reply).request
        assert broken_rules(request.turns, "anthropic", MODEL) == []
        body, moves = plain(build(request)), {name: reply.model_config[name] for name in MOVES}
        if before and before[1] == moves:
            assert is_prefix(before[0], body), number
            steps += 1
        before = body, moves
        end(reply)
        Message.objects.filter(pk=reply.pk).update(parts=parts(reply, number, dice))
        if (wanted := summarising.wanted(reply)) is not None:
            keep_summary(
                chat=chat, until=wanted.until, text=f"Gist {number}", model=MODEL, replaces=wanted.replaces,
                since=wanted.since, former=wanted.former,
            )  # fmt: skip
    assert 10 <= steps < 29
