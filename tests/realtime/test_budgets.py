"""Budgets while replies run: what is reserved and counted, calls that must not leave, stops, crashes, titles."""

from __future__ import annotations

import socket
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from analytics_app.actions.budgets import remove_budget, set_budget
from analytics_app.models import Budget, BudgetSpan, Reservation
from analytics_app.queries.budgets import Standing, standings
from sessions_app.actions import ledger, pending, processes
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.actions.messages import send_message
from sessions_app.actions.replies import continue_reply, request_stop
from sessions_app.models import ChatSession, Message, Reply, RunnerProcess, TokenUsage, uuid7
from tests.upstream import Scenario

from .stage import Stage, check_ledger, check_sound, stored


def limit(stage: Stage, amount: Any, measure: str = "money", period: str = "month", **subject: Any) -> Budget:
    subject = subject or {"user": stage.chat.owner}
    return set_budget(actor=None, measure=measure, period=period, amount=amount, **subject)


async def limited(stage: Stage, amount: Any, *given: Any, **subject: Any) -> Budget:
    return await stored(lambda: limit(stage, amount, *given, **subject))


async def standing_of(stage: Stage) -> Standing:
    return (await stored(lambda: standings(stage.chat.owner, stage.chat)))[0]


async def test_a_reply_is_counted_as_in_the_ledger_and_nothing_stays_reserved(stage: Stage) -> None:
    await stage.answer(Scenario("words", words=3))  # before there was a budget
    await limited(stage, Decimal(5))
    await limited(stage, 10**9, "tokens", workspace=True)
    await stage.answer(Scenario("words", words=5), "Again")

    def look() -> None:
        rows = TokenUsage.objects.filter(user=stage.chat.owner)
        mine, all_of = BudgetSpan.objects.order_by("scope")
        assert (mine.scope, all_of.scope) == (f"user:{stage.chat.owner_id}", "workspace")
        assert mine.money == sum((row.cost for row in rows if row.cost), Decimal(0)) > 0
        assert mine.tokens == all_of.tokens == sum(row.total for row in rows)
        assert rows.count() == 2
        assert not Reservation.objects.exists()
        check_sound(stage.chat)

    await stored(look)


async def test_the_worst_case_of_a_running_call_is_reserved_and_stop_gives_it_back(stage: Stage) -> None:
    await limited(stage, Decimal(5))
    reply = await stage.begin(Scenario("gate", words=20, after=3))
    await stage.growing(reply, "w3 ")
    running = await standing_of(stage)
    assert (running.spent, 0 < running.reserved < 5) == (0, True)
    await stored(lambda: request_stop(chat=stage.chat))
    assert (await stage.ended(reply)).status == "stopped"
    stopped = await standing_of(stage)
    assert (stopped.reserved, 0 < stopped.spent < running.reserved) == (0, True)
    await stored(lambda: check_sound(stage.chat))


async def test_a_call_that_failed_without_tokens_gives_all_back(stage: Stage) -> None:
    await limited(stage, Decimal(5))
    assert (await stage.answer("unauthorized")).status == "failed"
    standing = await standing_of(stage)
    assert (standing.spent, standing.reserved) == (0, 0)
    await stored(lambda: check_sound(stage.chat))


async def test_a_reply_that_goes_on_ends_when_its_budget_is_used_up(stage: Stage) -> None:
    budget = await limited(stage, 1, "tokens")
    reply = await stage.answer("tool")
    assert (reply.status, reply.stop_reason, reply.can_continue) == ("complete", "budget", True)
    assert reply.error_message.startswith(
        "This month's limit of tokens of the person who asked is used up. It starts again on 1"
    )
    assert reply.error_message.endswith("What was found is kept; Continue goes on from there.")
    assert len(stage.upstream.replies) == 1
    with pytest.raises(BudgetUsedUp):
        await stored(lambda: continue_reply(message=reply.message))
    await stored(lambda: remove_budget(actor=None, budget=budget))
    stage.upstream.set_default(Scenario("words", words=3))
    assert (
        await stage.ended(await stored(lambda: continue_reply(message=reply.message)))
    ).status == "complete"
    await stored(lambda: check_sound(stage.chat))


async def test_a_claimed_reply_whose_call_must_not_leave_fails_and_nothing_is_charged(stage: Stage) -> None:
    """Sent while there was room; then others reserved the rest."""
    await limited(stage, 100_000, "tokens")
    stage.runner.closing = True  # nobody claims it yet
    reply = (await stage.send()).reply
    assert reply is not None
    call = ledger.Call(
        uuid7(), stage.chat.owner_id, stage.chat.pk, None, "anthropic", stage.chat.model, most=100_000
    )
    await stored(lambda: ledger.begin_call(call))
    stage.runner.closing = False
    ended = await stage.ended(reply)
    assert (ended.status, ended.error_type) == ("failed", "budget")
    assert ended.error_message == (
        "Other replies have reserved the rest of this month's limit of tokens of the person who asked. "
        "Wait until one has ended. Your message is kept, and nothing was charged."
    )
    assert stage.upstream.replies == []
    assert await stage.ledger(reply) == []


async def test_a_pending_message_whose_turn_comes_too_late_goes_on_waiting(stage: Stage) -> None:
    budget = await limited(stage, 10, "tokens")
    reply = await stage.begin(Scenario("gate", words=20, after=3))
    await stage.growing(reply, "w3 ")
    waits = (await stage.send("And then?")).pending
    assert waits is not None
    stage.upstream.release()
    assert (await stage.ended(reply)).status == "complete"
    assert await stored(lambda: list(stage.chat.pending.values_list("content", flat=True))) == ["And then?"]
    with pytest.raises(BudgetUsedUp, match="used up"):
        await stored(lambda: pending.hurry_pending(pending=waits))
    stage.upstream.set_default(Scenario("words", words=3))
    await stored(lambda: remove_budget(actor=None, budget=budget))
    await stored(lambda: pending.hurry_pending(pending=waits))
    await stage.ended(reply)
    last = await stored(lambda: Message.objects.filter(session=stage.chat).shown().reverse()[0])
    assert last.content == "w1 w2 w3 "
    await stored(lambda: check_sound(stage.chat))


async def test_a_title_that_may_not_be_asked_for_is_left_out(stage: Stage) -> None:
    await stored(lambda: ChatSession.objects.filter(pk=stage.chat.pk).update(title="", title_source="none"))
    await limited(stage, 1, "tokens")
    assert (await stage.answer(Scenario("words", words=3), "What now?")).status == "complete"
    await stored(lambda: check_ledger(stage.chat, stage.upstream.log))
    assert len(stage.upstream.log) == 1


async def test_what_a_dead_process_reserved_is_free_again(stage: Stage) -> None:
    await limited(stage, Decimal(5))
    dead = uuid7()

    def leave() -> None:
        RunnerProcess.objects.create(
            id=dead, beat_at=timezone.now() - timedelta(minutes=1), host=f"not-{socket.gethostname()}"[:120]
        )
        reply = send_message(chat=stage.chat, author=stage.chat.owner, content="Hello").reply
        assert reply is not None
        Reply.objects.filter(pk=reply.pk).update(
            status="running", owner=dead, attempt=1, started_at=timezone.now()
        )
        chat = stage.chat
        for message in (reply.pk, None):  # the reply's own, and a title's
            call = ledger.Call(
                uuid7(), chat.owner_id, chat.pk, message, "anthropic", chat.model, owner=dead, most=1000
            )
            assert ledger.begin_call(call) is None

    stage.runner.closing = True
    await stored(leave)
    assert (await standing_of(stage)).reserved > 0
    await stored(lambda: processes.reap(owner=stage.runner.owner))
    stage.runner.closing = False
    assert (await standing_of(stage)).reserved == 0
    assert not await stored(Reservation.objects.exists)
    await stored(lambda: check_sound(stage.chat))
