"""Claim, request and first ledger row in one job; where part of it fails, the reply's own task does it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from sessions_app import offering
from sessions_app.actions import ledger
from sessions_app.actions.messages import send_message
from sessions_app.agent import context
from sessions_app.agent.events import CallStarted
from sessions_app.models import ChatSession, ModelOffer, Reply, TokenUsage
from sessions_app.providers.base import Text
from sessions_app.realtime import planning, taking

from .stage import Stage, check_sound, stored

OWNER = UUID(int=7)


def test_what_is_taken_is_planned_and_its_call_is_in_the_ledger(claude_chat: ChatSession) -> None:
    sent = send_message(chat=claude_chat, author=claude_chat.owner, content="What is in the ledger?")
    (taken,) = taking.take(owner=OWNER)
    assert sent.reply is not None
    assert taken.reply.pk == sent.reply.pk
    assert taken.plan is not None
    assert taken.plan.request.turns[-1].parts == (Text("What is in the ledger?"),)
    row = TokenUsage.objects.get()
    assert (row.pk, row.message_id, row.owner) == (taken.usage, taken.reply.pk, OWNER)
    assert (row.turn, row.attempt, row.settled_at) == (1, 1, None)
    assert row.input == taken.plan.estimate > 0
    later = planning.call_of(taken.reply, taken.plan, OWNER, OWNER, CallStarted(2, 1, grown=700))
    assert (later.turn, later.estimate) == (2, row.input + 700)
    assert taking.take(owner=OWNER) == []


def test_looking_in_vain_takes_no_turn_to_write(claude_chat: ChatSession) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert taking.take(owner=OWNER) == []
    assert len(asked) == 1


async def test_a_plan_that_fails_ends_its_reply_in_words_and_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(reply: Reply) -> Any:
        raise ValueError("nothing to ask")

    monkeypatch.setattr(context, "plan", broken)
    ended = await stage.answer("words")
    assert (ended.status, ended.error_type, stage.upstream.replies) == ("failed", "internal", [])
    assert await stage.ledger(ended) == []
    monkeypatch.undo()
    assert (await stage.answer("words", "Again")).status == "complete"
    await stored(lambda: check_sound(stage.chat))


async def test_where_the_ledger_is_away_the_reply_begins_its_call_itself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, away = ledger.begin_calls, [True]

    def sometimes(*calls: ledger.Call) -> Any:
        if away.pop() if away else False:
            raise OperationalError("database is locked")
        return whole(*calls)

    monkeypatch.setattr(ledger, "begin_calls", sometimes)
    ended = await stage.answer("words")
    assert (ended.status, away) == ("complete", [])
    (row,) = await stage.ledger(ended)
    assert row.ok
    assert [row.output] == [entry.usage["output_tokens"] for entry in stage.upstream.replies]


async def test_a_call_begun_and_never_sent_costs_nothing(stage: Stage) -> None:
    stage.stop_when_begun()  # before its request left
    ended = await stage.answer("words")
    assert (ended.status, stage.upstream.replies) == ("stopped", [])
    rows: list[TokenUsage] = await stage.ledger(ended)
    assert [(row.ok, row.error_type, row.input, row.output, row.cost) for row in rows] == [
        (False, "stopped", 0, 0, 0)
    ]


def test_a_process_that_serves_no_pages_knows_what_staff_decided(
    claude_chat: ChatSession, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    given = {"provider": "anthropic", "model": claude_chat.model, "max_output": 1234, "tools": False}
    ModelOffer.objects.create(**given)
    send_message(chat=claude_chat, author=claude_chat.owner, content="Hi")
    monkeypatch.setattr(offering, "_last", None)
    (taken,) = taking.take(owner=OWNER)
    assert taken.plan is not None
    request = taken.plan.request
    assert (request.tools, request.max_tokens) == ((), 1234)
    assert request.info is not None
    assert request.info.max_output == 1234
