from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from sessions_app.agent.tools import Outcome, ToolContext, load_tools
from sessions_app.models import ChatSession, Message, TokenUsage, User

pytestmark = pytest.mark.django_db(transaction=True)  # tools read on another thread, which sees only commits

write = sync_to_async(thread_sensitive=True)


async def ask(user: User, tool: str, chat: ChatSession | None = None, **given: Any) -> Outcome:
    context = ToolContext(user.pk, chat.pk if chat else "")
    return await load_tools(settings.AGENT_TOOLS).bound(context).call(tool, given)


@pytest.fixture
def spend() -> Callable[..., None]:
    def make(user: User, chat: ChatSession, **values: Any) -> None:
        given = {"provider": "anthropic", "model": "claude", "settled_at": timezone.now(), **values}
        TokenUsage.objects.create(user=user, session=chat, session_key=chat.pk, **given)

    return make


def say(chat: ChatSession, content: str, **values: Any) -> Message:
    position = chat.messages.count()
    given = {"role": "user", "position": position, "content": content, **values}
    return Message.objects.create(session=chat, parts=[{"kind": "text", "turn": 1, "text": content}], **given)


async def test_token_usage_holds_period_sums_and_rows(
    alice: User, chat: ChatSession, spend: Callable[..., None]
) -> None:
    await write(spend)(alice, chat, input=10, cache_read=5, output=2, cost=Decimal("0.0500000000"))
    await write(spend)(alice, chat, input=9, cost=Decimal("1"), at=timezone.now() - timedelta(days=40))
    outcome = await ask(alice, "analyze_token_usage", time_range="week")
    assert outcome.error == ""
    expected = {
        "period": "last 7 days",
        "time_range": "week",
        "group_by": "model",
        "total_sessions": 1,
        "active_sessions": 1,
        "input_tokens": 10,
        "cache_read_tokens": 5,
        "cache_write_tokens": 0,
        "output_tokens": 2,
        "total_tokens": 17,
        "total_cost": "0.05",
        "calls": 1,
        "unpriced_calls": 0,
    }
    assert {key: outcome.result[key] for key in expected} == expected
    assert [(row["name"], row["total_tokens"]) for row in outcome.result["rows"]] == [("claude", 17)]
    everything = await ask(alice, "analyze_token_usage", timeRange="all", group_by="day")
    assert (everything.result["total_cost"], len(everything.result["rows"])) == ("1.05", 2)


@pytest.mark.parametrize("time_range", ["today", "week", "month", "all"])
@pytest.mark.parametrize("group_by", ["model", "provider", "purpose", "day"])
async def test_a_member_never_counts_anothers_calls(
    alice: User, bob: User, chat: ChatSession, spend: Callable[..., None], time_range: str, group_by: str
) -> None:
    await write(spend)(alice, chat, input=10, cost=Decimal(1))
    outcome = await ask(bob, "analyze_token_usage", time_range=time_range, group_by=group_by)
    assert (outcome.result["calls"], outcome.result["total_sessions"], outcome.result["rows"]) == (0, 0, [])


async def test_a_search_finds_every_word_in_any_order_and_links_to_the_message(
    alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    chat = await write(make_chat)(title="Parsing")
    hit = await write(say)(chat, "The old PARSER has a bug in its table")
    await write(say)(chat, "Another parser", role="assistant")
    outcome = await ask(alice, "search_session_messages", query="bug parser")
    assert outcome.result["total_found"] == 1
    found = outcome.result["messages"][0]
    assert (found["session"], found["by"], "PARSER has a bug" in found["snippet"]) == ("Parsing", "you", True)
    assert found["link"] == f"/sessions/{chat.pk}/#message-{hit.pk}"


async def test_a_search_shows_the_newest_and_counts_all(alice: User, chat: ChatSession) -> None:
    for number in range(5):
        await write(say)(chat, f"parser {number}")
    result = (await ask(alice, "search_session_messages", query="parser", limit=2)).result
    assert result["total_found"] == 5
    assert [hit["snippet"] for hit in result["messages"]] == ["parser 4", "parser 3"]


async def test_a_stranger_finds_nothing_and_neither_deleted_nor_replaced_messages_are_found(
    alice: User, bob: User, chat: ChatSession
) -> None:
    await write(say)(chat, "secret plan")
    await write(say)(chat, "secret draft", deleted_at=timezone.now())
    await write(say)(chat, "secret version", active=False)
    assert (await ask(alice, "search_session_messages", query="secret")).result["total_found"] == 1
    assert (await ask(bob, "search_session_messages", query="secret")).result["messages"] == []
    assert (await ask(bob, "search_session_messages", chat=chat, query="secret")).result["total_found"] == 0


async def test_the_question_that_asks_is_not_its_own_answer(alice: User, chat: ChatSession) -> None:
    await write(say)(chat, "the parser is slow")
    await write(say)(chat, "find messages about the parser")
    result = (await ask(alice, "search_session_messages", chat=chat, query="parser")).result
    assert [hit["snippet"] for hit in result["messages"]] == ["the parser is slow"]


async def test_a_search_keeps_to_its_period(alice: User, chat: ChatSession) -> None:
    old = await write(say)(chat, "old parser")
    await write(Message.objects.filter(pk=old.pk).update)(created_at=timezone.now() - timedelta(days=8))
    await write(say)(chat, "new parser")
    result = (await ask(alice, "search_session_messages", query="parser", time_range="week")).result
    assert [hit["snippet"] for hit in result["messages"]] == ["new parser"]
    assert (await ask(alice, "search_session_messages", query="parser")).result["total_found"] == 2


@pytest.mark.parametrize("query", ["", "  ", '""', "?!"])
async def test_a_search_without_words_is_refused_in_words(alice: User, query: str) -> None:
    outcome = await ask(alice, "search_session_messages", query=query)
    assert (outcome.status, outcome.error) == ("error", "A search needs at least one word.")


@pytest.mark.parametrize("query", ["%", "_", "50%", "a\x00b", "'; drop"])
async def test_a_search_takes_its_words_as_they_are(alice: User, chat: ChatSession, query: str) -> None:
    await write(say)(chat, "nothing of that")
    assert (await ask(alice, "search_session_messages", query=query)).result["total_found"] == 0
