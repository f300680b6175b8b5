"""A request near its limit is counted by the provider before it leaves: what an estimate took for short is cut in time."""

from __future__ import annotations

import pytest

from sessions_app.models import ChatSession
from sessions_app.realtime import counting
from tests.upstream import Scenario
from tests.upstream.tokens import prompt_size

from .stage import Stage, check_ledger, check_sound, stored

BUDGET = 12_000
DIGITS = '"\\' * 1500  # twice as many bytes in the request as in the database


@pytest.fixture
def claude_chat(claude_chat: ChatSession) -> ChatSession:
    claude_chat.settings = {"context_tokens": BUDGET}
    claude_chat.save()
    counting._known.clear()
    return claude_chat


async def unmeasured(stage: Stage, count: int) -> None:
    """Answers that nobody counted, as of an imported conversation."""
    for number in range(count):
        reply = await stage.begin(Scenario("unauthorized"), f"{number} {DIGITS}")
        await stage.ended(reply)


async def test_what_was_estimated_too_short_begins_later(stage: Stage) -> None:
    await unmeasured(stage, 7)
    reply = await stage.answer(Scenario("words", words=3), f"Last {DIGITS}")
    assert reply.status == "complete"
    assert stage.upstream.counted
    assert prompt_size(stage.upstream.counted[-1]) > BUDGET
    sent = stage.upstream.replies[-1]
    assert prompt_size(sent.body) <= BUDGET
    assert reply.model_config["begins_at"] > 1
    await stored(lambda: check_sound(stage.chat))
    await stored(lambda: check_ledger(stage.chat, stage.upstream.log))


async def test_a_short_request_and_one_that_was_counted_before_are_not_counted(stage: Stage) -> None:
    await stage.answer(Scenario("words", words=3))
    await stage.answer(Scenario("words", words=3), f"More {DIGITS}")
    assert stage.upstream.counted == []


async def test_an_answer_comes_where_nothing_can_be_counted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "PATIENCE", 0.0)
    await unmeasured(stage, 7)
    reply = await stage.answer(Scenario("words", words=3), f"Last {DIGITS}")
    assert (reply.status, reply.model_config["begins_at"]) == ("complete", 1)
