"""A tool that asks: the reply waits for its person, on any page, through a restart, and goes on from there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from sessions_app.actions.approvals import answer_call, withdraw_consent
from sessions_app.actions.errors import NotPossible, NotYours
from sessions_app.actions.messages import send_message
from sessions_app.actions.replies import continue_reply, request_stop
from sessions_app.models import Message, PremiumUse, Reply, SessionMember, ToolCall, User
from sessions_app.realtime import feed, runtime
from tests.upstream import Scenario

from . import asking_tools
from .page import Page
from .stage import Stage, check_goes_on, check_ledger, check_sound, stored

LETTER = {"name": "send_letter", "input": {"to": "Bob"}}
READ = {"name": "read_letter", "input": {}}
BURN = {"name": "burn_letter", "input": {}}


@pytest.fixture(autouse=True)
def tools(settings: Any) -> None:
    settings.AGENT_TOOLS = asking_tools.ALL
    asking_tools.runs.clear()


def asking(*calls: dict[str, Any], name: str = "tool") -> Scenario:
    return Scenario(name, words=3, tools=calls)


async def calls_of(reply: Reply) -> dict[str, ToolCall]:
    rows = await stored(lambda: list(ToolCall.objects.filter(message=reply.pk)))
    return {row.tool_name: row for row in rows}


async def say(stage: Stage, reply: Reply, decision: str, tool: str = "send_letter") -> None:
    call = (await calls_of(reply))[tool]
    message = await stored(lambda: message_of(reply.pk))
    await stored(
        lambda: answer_call(message=message, call=call.pk, decision=decision, person=stage.chat.owner)
    )


def message_of(key: UUID) -> Message:
    return Message.objects.select_related("reply", "parent", "session").get(pk=key)


def results_sent(stage: Stage) -> dict[str, str]:
    """What the last request told of each call, by the tool's name."""
    messages = stage.upstream.replies[-1].body["messages"]
    blocks = [block for message in messages for block in message["content"] if isinstance(block, dict)]
    names = {block["id"]: block["name"] for block in blocks if block["type"] == "tool_use"}
    return {
        names[block["tool_use_id"]]: str(block["content"])
        for block in blocks
        if block["type"] == "tool_result"
    }


async def test_a_reply_waits_for_the_tool_that_asks_and_the_others_run(stage: Stage) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.answer(asking(LETTER, READ))
    assert reply.status == "waiting"
    assert reply.owner is None
    assert [name for name, _ in asking_tools.runs] == ["read"]
    assert len(stage.upstream.replies) == 1
    await page.until(lambda document: document.status(reply.pk) == "waiting")
    assert "needs you" in page.document.shown(str(reply.pk))
    assert page.document.cursor["data-reply"] == ""
    await page.check_matches()
    await page.cut()


async def test_allowed_once_it_runs_with_its_persons_rights_and_the_reply_goes_on(stage: Stage) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.answer(asking(LETTER, READ))
    await say(stage, reply, "once")
    ended = await stage.ended(reply)
    assert (ended.status, ended.message.content, ended.turns) == ("complete", "Let me look. \n\nw1 w2 w3 ", 2)
    assert asking_tools.runs == [("read", stage.chat.owner_id), ("sent to Bob", stage.chat.owner_id)]
    assert results_sent(stage) == {
        "send_letter": '{"done": "sent to Bob"}',
        "read_letter": '{"done": "read"}',
    }
    assert [(row.turn, row.ok) for row in await stage.ledger(ended)] == [(1, True), (2, True)]
    await page.until_ended(reply.pk)
    await page.check_matches()
    await page.cut()
    await check_goes_on(stage, ended)


async def test_refused_it_does_not_run_and_the_model_is_told(stage: Stage) -> None:
    reply = await stage.answer(asking(LETTER))
    await say(stage, reply, "refuse")
    ended = await stage.ended(reply)
    assert ended.status == "complete"
    assert asking_tools.runs == []
    assert results_sent(stage)["send_letter"] == "The person refused this call."
    call = (await calls_of(ended))["send_letter"]
    assert (call.status, call.answered_by_id) == ("denied", stage.chat.owner_id)
    assert call.answered_at is not None
    await check_goes_on(stage, ended)


async def test_a_tool_that_is_always_allowed_asks_no_more_until_that_is_taken_back(stage: Stage) -> None:
    first = await stage.answer(asking(LETTER))
    await say(stage, first, "always")
    await stage.ended(first)
    second = await stage.answer(asking(LETTER), "Again")
    assert second.status == "complete"
    assert len(asking_tools.runs) == 2
    await stored(lambda: withdraw_consent(person=stage.chat.owner, tool_name="send_letter"))
    third = await stage.answer(asking(LETTER), "And again")
    assert third.status == "waiting"


async def test_always_answers_every_call_of_that_tool_and_no_other(stage: Stage) -> None:
    reply = await stage.answer(asking(LETTER, {"name": "send_letter", "input": {"to": "Eve"}}, BURN))
    await say(stage, reply, "always")
    assert (await stage.fresh(reply)).status == "waiting"
    assert asking_tools.runs == []
    await say(stage, reply, "refuse", "burn_letter")
    assert (await stage.ended(reply)).status == "complete"
    assert sorted(name for name, _ in asking_tools.runs) == ["sent to Bob", "sent to Eve"]


async def test_the_question_survives_a_restart_and_is_answered_by_another_process(
    stage: Stage, settings: Any, tmp_path: Any
) -> None:
    reply = await stage.answer(asking(LETTER, name="thinking_tool"))
    await runtime.close()
    feed.reopen()
    settings.VAR_DIR = tmp_path / "other"
    stage.process = await runtime.start()
    assert stage.process.runner is not None
    stage.runner = stage.process.runner
    await stage.runner.reap()
    assert (await stage.fresh(reply)).status == "waiting"
    await say(stage, reply, "once")
    ended = await stage.ended(reply)
    assert (ended.status, ended.attempt) == ("complete", 2)
    assert stage.upstream.replies[-1].status == 200
    await stored(lambda: check_sound(stage.chat))
    await stored(lambda: check_ledger(stage.chat, stage.upstream.replies))


async def test_of_two_answers_the_first_holds_and_both_pages_see_it(stage: Stage) -> None:
    one, other = await Page.opened(stage.chat), await Page.opened(stage.chat)
    reply = await stage.answer(asking(LETTER))
    await say(stage, reply, "refuse")
    with pytest.raises(NotPossible, match="already"):
        await say(stage, reply, "once")
    await stage.ended(reply)
    for page in (one, other):
        await page.until_ended(reply.pk)
        assert "refused" in page.document.shown(str(reply.pk))
        await page.cut()
    assert asking_tools.runs == []


async def test_stop_ends_a_reply_that_waits_and_the_chat_goes_on(stage: Stage) -> None:
    reply = await stage.answer(asking(LETTER))
    await stored(lambda: request_stop(chat=stage.chat))
    ended = await stage.fresh(reply)
    assert (ended.status, ended.message.content) == ("stopped", "Let me look. ")
    assert (await calls_of(ended))["send_letter"].status == "cancelled"
    with pytest.raises(NotPossible):
        await say(stage, reply, "once")
    assert asking_tools.runs == []
    await check_goes_on(stage, ended)


async def test_the_time_a_person_took_is_not_the_replys(stage: Stage) -> None:
    reply = await stage.answer(asking(LETTER))
    paused = await stage.fresh(reply)
    day = timedelta(days=1)
    await stored(
        lambda: Reply.objects.filter(pk=reply.pk).update(
            created_at=paused.created_at - day, first_token_at=timezone.now() - day
        )
    )
    await say(stage, reply, "once")
    ended = await stage.ended(reply)
    assert ended.earlier_ms < ended.duration_ms < 60_000
    assert ended.first_token_at is not None
    assert ended.first_token_at < timezone.now() - day / 2
    chat = await stored(lambda: type(stage.chat).objects.get(pk=stage.chat.pk))
    assert abs(chat.runtime_ms - ended.duration_ms) <= 2


async def test_a_message_sent_meanwhile_follows_when_the_reply_has_ended(stage: Stage) -> None:
    reply = await stage.answer(asking(LETTER))
    sent = await stage.send("Next")
    assert sent.pending is not None
    await say(stage, reply, "refuse")
    await stage.ended(reply)
    contents = await stored(
        lambda: list(Message.objects.filter(session=stage.chat).shown().values_list("content", flat=True))
    )
    assert [content[:4] for content in contents] == ["Hell", "Let ", "Next", "Let "]


async def test_nobody_answers_for_another(stage: Stage, bob: User) -> None:
    await stored(lambda: SessionMember.objects.create(session=stage.chat, user=bob, role="writer"))
    reply = await stage.answer(asking(LETTER))
    call = (await calls_of(reply))["send_letter"]
    message = await stored(lambda: message_of(reply.pk))
    with pytest.raises(NotYours):
        await stored(lambda: answer_call(message=message, call=call.pk, decision="once", person=bob))
    assert (await stage.fresh(reply)).status == "waiting"


async def test_what_a_member_asks_runs_with_the_members_rights(stage: Stage, bob: User) -> None:
    await stored(lambda: SessionMember.objects.create(session=stage.chat, user=bob, role="writer"))
    stage.upstream.set_default(asking(LETTER))
    sent = await stored(lambda: send_message(chat=stage.chat, author=bob, content="For me"))
    assert sent.reply is not None
    reply = await stage.ended(sent.reply)
    with pytest.raises(NotYours):
        await say(stage, reply, "once")
    call = (await calls_of(reply))["send_letter"]
    message = await stored(lambda: message_of(reply.pk))
    await stored(lambda: answer_call(message=message, call=call.pk, decision="once", person=bob))
    await stage.ended(reply)
    assert asking_tools.runs == [("sent to Bob", bob.pk)]


async def test_a_continued_reply_that_waited_does_not_tell_its_kept_text_twice(stage: Stage) -> None:
    cut = await stage.answer(Scenario("max_tokens", words=3))
    assert cut.stop_reason == "max_tokens"
    stage.upstream.set_default(asking(LETTER))
    message = await stored(lambda: message_of(cut.pk))
    again = await stored(lambda: continue_reply(message=message))
    waiting = await stage.ended(again)
    assert waiting.status == "waiting"
    await say(stage, waiting, "once")
    ended = await stage.ended(waiting)
    assert ended.status == "complete"
    told = str(stage.upstream.replies[-1].body["messages"])
    assert told.count(cut.message.content.strip()) == 1
    assert ended.message.content.startswith(cut.message.content)


@pytest.mark.parametrize(("plan", "status", "counted"), [("free", "denied", 0), ("premium", "success", 2)])
async def test_a_premium_tool_is_for_premium_people_and_its_runs_are_counted(
    stage: Stage, plan: str, status: str, counted: int
) -> None:
    await stored(lambda: User.objects.filter(pk=stage.chat.owner_id).update(plan=plan))
    for question in ("One", "Two"):
        reply = await stage.answer(asking({"name": "gild_letter", "input": {}}), question)
        call = (await calls_of(reply))["gild_letter"]
        assert (reply.status, call.status) == ("complete", status)
    if status == "denied":
        assert "premium" in results_sent(stage)["gild_letter"]
    use = await stored(lambda: list(PremiumUse.objects.values_list("user", "tool_name", "runs")))
    assert use == ([(stage.chat.owner_id, "gild_letter", counted)] if counted else [])


async def test_a_premium_tool_that_asks_too_asks_only_who_may_run_it(stage: Stage, settings: Any) -> None:
    settings.APPROVAL_TOOLS = ["gild_letter"]
    reply = await stage.answer(asking({"name": "gild_letter", "input": {}}))
    assert (reply.status, (await calls_of(reply))["gild_letter"].status) == ("complete", "denied")


async def test_calls_beyond_the_limit_of_a_turn_are_not_run_and_the_model_is_told(
    stage: Stage, settings: Any
) -> None:
    settings.MAX_TOOL_CALLS = 2
    reply = await stage.answer(asking(READ, READ, READ))
    assert reply.status == "complete"
    assert len(asking_tools.runs) == 2
    assert "2 tools at most" in str(stage.upstream.replies[-1].body["messages"])


async def test_a_reply_that_has_cost_what_one_may_makes_no_further_call(stage: Stage, settings: Any) -> None:
    settings.MAX_REPLY_COST = settings.MAX_REPLY_COST.from_float(0.000001)
    reply = await stage.answer(asking(READ))
    assert (reply.status, reply.stop_reason) == ("complete", "cost_limit")
    assert "one reply may cost" in reply.error_message
    assert len(stage.upstream.replies) == 1
    assert reply.can_continue
    settings.MAX_REPLY_COST = 5
    await check_goes_on(stage, reply)


@pytest.mark.parametrize("decision", ["", "perhaps"])
async def test_an_answer_that_is_none_changes_nothing(stage: Stage, decision: str) -> None:
    reply = await stage.answer(asking(LETTER))
    with pytest.raises(NotPossible, match="once, always or refuse"):
        await say(stage, reply, decision)
    assert (await stage.fresh(reply)).status == "waiting"


async def test_the_page_answers_by_its_form(stage: Stage) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.answer(asking(LETTER))
    call = (await calls_of(reply))["send_letter"]
    path = f"/sessions/{stage.chat.pk}/messages/{reply.pk}/approve/"
    bad = await page.client.post(path, {"tool_call": "none", "decision": "once"})
    assert bad.status_code == 409
    answer = await page.client.post(path, {"tool_call": str(call.pk), "decision": "once"})
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{stage.chat.pk}/")
    assert (await stage.ended(reply)).status == "complete"
    await page.cut()
