from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import Permission
from django.utils import timezone

from analytics_app.tools.messages import NO_WORD
from sessions_app.agent.tools import Outcome, ToolContext, load_tools
from sessions_app.models import AuditEntry, ChatSession, User

from .saying import say

pytestmark = pytest.mark.django_db(transaction=True)  # tools read on another thread, which sees only commits

write = sync_to_async(thread_sensitive=True)


async def ask(user: User, chat: ChatSession | None = None, **given: Any) -> Outcome:
    context = ToolContext(user.pk, chat.pk if chat else "")
    return await load_tools(settings.AGENT_TOOLS).bound(context).call("search_session_messages", given)


async def test_a_search_finds_every_word_in_any_order_and_links_to_the_message(
    alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    chat = await write(make_chat)(title="Parsing")
    hit = await write(say)(chat, "The old PARSER has a bug in its table")
    await write(say)(chat, "Another parser", role="assistant")
    result = (await ask(alice, query="bug parser")).result
    found = result["messages"][0]
    assert (result["total_found"], result["period"], result["scope"]) == (1, "all time", "own")
    assert (found["session"], found["by"], found["in"]) == ("Parsing", "you", "message")
    assert [found["snippet"][start:end] for start, end in found["highlights"]] == ["PARSER", "bug"]
    assert found["score"] > 0
    assert found["link"] == f"/sessions/{chat.pk}/#message-{hit.pk}"
    assert (result["link"], list(result)[-2:]) == ("/search/?q=bug+parser", ["counted", "link"])


async def test_a_search_shows_the_newest_and_counts_all(alice: User, chat: ChatSession) -> None:
    now = timezone.now()
    for number in range(5):
        await write(say)(chat, f"parser {number}", at=now - timedelta(minutes=9 - number))
    result = (await ask(alice, query="parser", limit=2)).result
    assert (result["total_found"], result["more_found"]) == (5, False)
    assert [hit["snippet"] for hit in result["messages"]] == ["parser 4", "parser 3"]


async def test_without_words_a_period_gives_its_newest_messages_and_no_others(
    alice: User, bob: User, chat: ChatSession, make_chat: Callable[..., ChatSession]
) -> None:
    now = timezone.now()
    for hours, words in ((1, "just now"), (30, "yesterday"), (24 * 40, "long ago")):
        await write(say)(chat, words, at=now - timedelta(hours=hours))
    await write(say)(chat, "secret draft", deleted_at=now)
    await write(say)(await write(make_chat)(owner=bob), "Bobs own")
    result = (await ask(alice, query="", time_range="week")).result
    assert [hit["snippet"] for hit in result["messages"]] == ["just now", "yesterday"]
    assert [hit["highlights"] for hit in result["messages"]] == [[], []]
    assert result["total_found"] == 2
    assert (await ask(alice, time_range="week", query="  ")).result["total_found"] == 2
    assert (await ask(alice, query="")).status == "error"
    assert (await ask(alice, query="%", time_range="week")).status == "error"


async def test_without_words_staff_get_everyones_newest_where_they_may(
    staff: User, bob: User, make_chat: Callable[..., ChatSession]
) -> None:
    await write(say)(await write(make_chat)(owner=bob), "Bobs own")
    permission = await write(Permission.objects.get)(codename="view_message")
    await write(staff.user_permissions.add)(permission)
    result = (await ask(staff, query="", time_range="week", scope="everyone")).result
    assert [hit["snippet"] for hit in result["messages"]] == ["Bobs own"]
    assert (await ask(staff, query="", time_range="week")).result["total_found"] == 0


async def test_neither_deleted_nor_replaced_messages_are_found_and_a_stranger_finds_nothing(
    alice: User, bob: User, chat: ChatSession
) -> None:
    await write(say)(chat, "secret plan")
    await write(say)(chat, "secret draft", deleted_at=timezone.now())
    await write(say)(chat, "secret version", active=False)
    assert (await ask(alice, query="secret")).result["total_found"] == 1
    assert (await ask(bob, query="secret")).result["messages"] == []
    assert (await ask(bob, chat=chat, query="secret")).result["total_found"] == 0


async def test_the_question_that_asks_is_not_its_own_answer(alice: User, chat: ChatSession) -> None:
    await write(say)(chat, "the parser is slow")
    await write(say)(chat, "find messages about the parser")
    result = (await ask(alice, chat=chat, query="parser")).result
    assert [hit["snippet"] for hit in result["messages"]] == ["the parser is slow"]


async def test_a_search_keeps_to_its_period(alice: User, chat: ChatSession) -> None:
    await write(say)(chat, "old parser", at=timezone.now() - timedelta(days=8))
    await write(say)(chat, "new parser")
    result = (await ask(alice, query="parser", time_range="week")).result
    assert [hit["snippet"] for hit in result["messages"]] == ["new parser"]
    assert result["link"].startswith("/search/?q=parser&from=20")
    assert (await ask(alice, query="parser")).result["total_found"] == 2


@pytest.mark.parametrize("query", ["", "  ", '""', "?!", "%", "_", "-word"])
async def test_a_search_without_words_is_refused_in_words(alice: User, query: str) -> None:
    outcome = await ask(alice, query=query)
    assert (outcome.status, outcome.error) == ("error", NO_WORD)


@pytest.mark.parametrize("query", ["50%", "a\x00b", "'; drop", "x OR 1=1"])
async def test_a_search_takes_its_words_as_they_are(alice: User, chat: ChatSession, query: str) -> None:
    await write(say)(chat, "nothing of that")
    assert (await ask(alice, query=query)).result["total_found"] == 0


async def test_everyones_texts_are_for_staff_with_the_permission_and_recorded(
    alice: User, bob: User, staff: User, chat: ChatSession
) -> None:
    await write(say)(chat, "secret plan")
    member = await ask(bob, query="secret", scope="everyone")
    without = await ask(staff, query="secret", scope="everyone")
    assert (member.status, without.status) == ("denied", "denied")
    assert "permission to view messages" in without.error
    assert await write(AuditEntry.objects.count)() == 0
    permission = await write(Permission.objects.get)(codename="view_message")
    await write(staff.user_permissions.add)(permission)
    result = (await ask(staff, query="secret", scope="everyone")).result
    assert [hit["by"] for hit in result["messages"]] == ["alice"]
    assert result["link"] == "/search/?q=secret&everyone=1"
    entry = await write(AuditEntry.objects.get)(action="searched messages")
    assert (entry.action, entry.detail) == ("searched messages", "secret")
    assert (await ask(staff, query="secret")).result["total_found"] == 0
