"""A chat's title: asked of a model after the first answer, accounted, and never in anybody's way."""

from __future__ import annotations

import pytest

from sessions_app.actions.sessions import set_title
from sessions_app.models import ChatSession, TokenUsage
from tests.upstream import Scenario

from .page import Page
from .stage import Stage, check_ledger, check_sound, stored


@pytest.fixture
def claude_chat(claude_chat: ChatSession) -> ChatSession:
    """One that nobody has named yet."""
    claude_chat.title, claude_chat.title_source = "", "none"
    claude_chat.save()
    return claude_chat


async def chat_now(stage: Stage) -> ChatSession:
    return await stored(lambda: ChatSession.objects.get(pk=stage.chat.pk))


async def titles_of(stage: Stage) -> list[TokenUsage]:
    return await stored(lambda: list(TokenUsage.objects.filter(session_key=stage.chat.pk, purpose="title")))


async def test_it_is_written_after_the_first_answer_with_a_ledger_row_of_its_own(stage: Stage) -> None:
    stage.upstream.set_title(Scenario("title", text='"Counting words."\nmore'))
    reply = await stage.answer(Scenario("words", words=3))
    chat = await chat_now(stage)
    assert (chat.title, chat.title_source) == ("Counting words", "model")
    (row,) = await titles_of(stage)
    asked = next(entry for entry in stage.upstream.log if entry.purpose == "title")
    assert asked.at > stage.upstream.replies[0].at
    assert (row.ok, row.message_id, row.output) == (True, None, asked.usage["output_tokens"])
    assert row.input + row.cache_read + row.cache_write_5m > 0
    assert reply.status == "complete"
    await stored(lambda: check_sound(stage.chat))
    await stored(lambda: check_ledger(stage.chat, stage.upstream.log))


async def test_it_is_asked_for_once(stage: Stage) -> None:
    await stage.answer(Scenario("words", words=3))
    await stage.answer(Scenario("words", words=3), "Again")
    assert len(await titles_of(stage)) == 1


@pytest.mark.parametrize("scenario", ["overloaded", "unauthorized", "cut_rst", "garbage_json", "empty"])
async def test_its_failure_leaves_everything_as_it_was(stage: Stage, scenario: str) -> None:
    stage.upstream.set_title(Scenario(scenario))
    reply = await stage.answer(Scenario("words", words=3), "What is this about?")
    chat = await chat_now(stage)
    assert (reply.status, chat.title, chat.title_source) == ("complete", "What is this about?", "none")
    (row,) = await titles_of(stage)
    assert row.settled_at is not None
    assert row.ok == (scenario == "empty")
    await stored(lambda: check_sound(stage.chat))
    after = await stage.answer(Scenario("words", words=3), "And now?")
    assert after.status == "complete"


async def test_a_title_call_that_stays_silent_is_given_up(stage: Stage, hasty: None) -> None:
    stage.upstream.set_title("stall")
    reply = await stage.answer(Scenario("words", words=3), "What is this about?")
    (row,) = await titles_of(stage)
    assert (reply.status, row.error_type) == ("complete", "timeout")
    assert (await chat_now(stage)).title == "What is this about?"
    await stored(lambda: check_sound(stage.chat))


async def test_a_title_that_a_person_writes_meanwhile_stays(stage: Stage) -> None:
    stage.upstream.set_title(Scenario("gate", words=4, after=2))
    reply = await stage.begin(Scenario("words", words=3))
    await stage.upstream_saw(lambda entry: entry.purpose == "title" and entry.text == "w1 w2 ")
    await stored(lambda: set_title(chat=stage.chat, title="Mine", by_model=False))
    stage.upstream.release()
    await stage.ended(reply)
    chat = await chat_now(stage)
    assert (chat.title, chat.title_source) == ("Mine", "person")
    await stored(lambda: check_sound(stage.chat))


async def test_after_a_failed_answer_no_title_is_asked_for(stage: Stage) -> None:
    await stage.answer("unauthorized")
    assert await titles_of(stage) == []


async def test_the_answer_does_not_wait_for_it(stage: Stage) -> None:
    stage.upstream.set_title(Scenario("gate", words=4, after=1))
    page = await Page.opened(stage.chat)
    reply = await stage.begin(Scenario("words", words=3))
    await page.until_ended(reply.pk)
    assert page.document.status(reply.pk) == "complete"
    await stage.upstream_saw(lambda entry: entry.purpose == "title" and entry.text == "w1 ")
    stage.upstream.release()
    await page.until(lambda document: "w1 w2 w3 w4" in str(document.root.text))
    await stage.ended(reply)
    await page.cut()
