"""Stop: the upstream is closed at once, the text stays, the call is accounted."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from sessions_app.actions.replies import request_stop
from sessions_app.models import ChatSession, Reply, RunnerProcess, ToolCall, uuid7
from sessions_app.realtime.runtime import Runtime
from sessions_app.transactions import write
from tests.upstream import Scenario

from . import slow_tools
from .stage import Stage, check_goes_on, check_sound, stored


async def stop(stage: Stage) -> float:
    """Ask for it; returns when, in epoch seconds."""
    asked = time.time()
    await stored(lambda: request_stop(chat=stage.chat))
    return asked


async def test_stop_closes_the_upstream_at_once_and_keeps_the_text(stage: Stage) -> None:
    reply = await stage.begin(Scenario("gate", words=20, after=3))
    await stage.growing(reply, "w3 ")
    asked = await stop(stage)
    entry = await stage.upstream_saw(lambda entry: entry.disconnected_at is not None)
    assert entry.disconnected_at is not None
    assert entry.disconnected_at - asked < 5
    ended = await stage.ended(reply)
    assert (ended.status, ended.stop_reason, ended.error_message) == ("stopped", "stopped", "")
    assert ended.message.content == entry.text == "w1 w2 w3 "
    row = (await stage.ledger(reply))[0]
    assert (row.ok, row.error_type, row.counts_source) == (False, "stopped", "estimated")
    assert row.cache_write_5m == entry.usage["cache_creation_input_tokens"] > 0
    assert row.output > 0
    await check_goes_on(stage, ended)


async def test_what_is_kept_is_a_prefix_of_what_was_sent(stage: Stage) -> None:
    reply = await stage.begin(Scenario("words", words=20_000, rate=2000))
    await stage.growing(reply, "w40 ")
    await stop(stage)
    ended = await stage.ended(reply)
    assert ended.status == "stopped"
    assert "".join(f"w{n} " for n in range(1, 20_001)).startswith(ended.message.content)
    assert "w40 " in ended.message.content
    await check_goes_on(stage, ended)


async def test_stop_while_the_next_try_is_waited_for(stage: Stage) -> None:
    reply = await stage.begin(Scenario("rate_limited", retry_after="20"))
    await stage.until(reply, lambda growth: "try 2" in growth.state)
    await stop(stage)
    ended = await stage.ended(reply)
    assert (ended.status, ended.message.content) == ("stopped", "")
    assert len(stage.upstream.replies) == 1
    await check_goes_on(stage, ended)


async def test_stop_during_a_tool_gives_its_call_an_end(stage: Stage, settings: Any) -> None:
    settings.AGENT_TOOLS = ["tests.realtime.slow_tools.wait_for_ever"]
    slow_tools.began = asyncio.Queue()
    reply = await stage.begin("tool")
    await slow_tools.began.get()
    await stop(stage)
    ended = await stage.ended(reply)
    assert (ended.status, ended.message.content) == ("stopped", "Let me look. ")
    calls = await stored(lambda: list(ToolCall.objects.filter(message=reply.pk)))
    assert [(call.status, bool(call.error_message)) for call in calls] == [("cancelled", True)]
    await check_goes_on(stage, ended)
    history = stage.upstream.replies[-1].body["messages"]
    assert history[2]["content"][0]["type"] == "tool_result"
    assert history[2]["content"][0]["is_error"] is True


async def test_stop_asked_twice_ends_once(stage: Stage) -> None:
    reply = await stage.begin(Scenario("gate", after=2))
    await stage.growing(reply, "w2 ")
    await stop(stage)
    await stop(stage)
    ended = await stage.ended(reply)
    assert ended.status == "stopped"
    assert await stored(lambda: request_stop(chat=stage.chat)) is None
    await check_goes_on(stage, ended)


async def test_a_stop_that_comes_before_the_first_step_is_a_stop(stage: Stage) -> None:
    """The signal can arrive in the very moment of the claim, when the task exists and has not run yet."""
    stage.stop_when_begun()
    ended = await stage.answer("words")
    assert ended.status == "stopped"
    await stored(lambda: check_sound(stage.chat))


async def test_a_stop_that_only_the_database_knows_is_seen_at_the_next_tick(stage: Stage) -> None:
    reply = await stage.begin(Scenario("gate", after=2))
    await stage.growing(reply, "w2 ")
    from django.utils import timezone

    await stored(lambda: Reply.objects.filter(pk=reply.pk).update(stop_requested_at=timezone.now()))
    ended = await stage.ended(reply)
    assert ended.status == "stopped"
    await check_goes_on(stage, ended)


async def test_the_reply_of_another_process_is_only_asked_to_stop(
    claude_chat: ChatSession, process: Runtime
) -> None:
    from django.utils import timezone

    from sessions_app.actions.messages import send_message

    other = uuid7()

    @write()
    def running_elsewhere() -> Reply:
        """All in one turn, so that nobody here can claim it."""
        RunnerProcess.objects.create(id=other, host="elsewhere", beat_at=timezone.now())
        reply = send_message(chat=claude_chat, author=claude_chat.owner, content="Hello").reply
        assert reply is not None
        Reply.objects.filter(pk=reply.pk).update(status="running", owner=other, attempt=1)
        return reply

    reply = await stored(running_elsewhere)
    asked = await stored(lambda: request_stop(chat=claude_chat))
    assert asked is not None
    row = await stored(lambda: Reply.objects.get(pk=reply.pk))
    assert (row.status, row.owner) == ("running", other)
    assert row.stop_requested_at is not None


@pytest.mark.parametrize("after", [1, 2, 5, 9])
async def test_a_stop_at_any_word_leaves_everything_sound(stage: Stage, after: int) -> None:
    reply = await stage.begin(Scenario("gate", words=12, after=after, rate=200))
    await stage.growing(reply, f"w{after} ")
    stage.upstream.release()
    await stop(stage)
    ended = await stage.ended(reply)
    assert ended.status in ("stopped", "complete")
    row = (await stage.ledger(reply))[0]
    assert row.error_type == ("stopped" if ended.status == "stopped" else "")
    await check_goes_on(stage, ended)
