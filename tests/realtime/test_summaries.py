"""What leaves the window is summarised after the answer: accounted, seen, and never in anybody's way."""

from __future__ import annotations

from typing import Any

import pytest

from sessions_app.actions.summaries import edit_summary, forget_summary
from sessions_app.agent.front import LEFT_OUT
from sessions_app.models import ChatSession, Reply, Summary, TokenUsage
from tests.upstream import Entry, Scenario

from .page import Page
from .stage import Stage, check_ledger, check_sound, stored

GIST = "They spoke of harbours and of the price of rope."
ANSWER = Scenario("words", words=200)
LONG = "x" * 2400


@pytest.fixture
def claude_chat(claude_chat: ChatSession) -> ChatSession:
    """One whose requests take some 4,000 tokens beside what is always told."""
    claude_chat.settings = {"context_tokens": 6000}
    claude_chat.save()
    return claude_chat


def summary_calls(stage: Stage) -> list[Entry]:
    return [entry for entry in stage.upstream.log if entry.purpose == "summary"]


def first_text(entry: Entry) -> str:
    return str(entry.body["messages"][0]["content"][0]["text"])


async def summaries(stage: Stage) -> list[Summary]:
    return await stored(lambda: list(Summary.objects.filter(session=stage.chat).order_by("position")))


async def talk(stage: Stage, count: int, begin: int = 0) -> list[Reply]:
    return [await stage.answer(ANSWER, f"Question {number} {LONG}") for number in range(begin, begin + count)]


async def until_summarised(stage: Stage, most: int = 12) -> int:
    """Ask until something is summarised; how many questions that took."""
    for number in range(most):
        await talk(stage, 1, number)
        if summary_calls(stage):
            return number + 1
    raise AssertionError("nothing was summarised")


async def test_it_is_made_ahead_of_need_and_stands_in_front_from_then_on(stage: Stage) -> None:
    stage.upstream.set_summary(Scenario("words", text=GIST))
    count = await until_summarised(stage)
    asked = summary_calls(stage)[0]
    assert "Person:\nQuestion 0 " in first_text(asked)
    assert asked.body["model"] == "claude-haiku-5-5"
    assert all(
        entry.body["messages"][0]["content"][0]["text"].startswith("Question 0")
        for entry in stage.upstream.replies
    )
    (row,) = await summaries(stage)
    assert (row.text, row.model, row.position % 2) == (GIST, "claude-haiku-5-5", 0)
    assert row.replaces > row.tokens
    await talk(stage, 2, count)
    fronts = [first_text(entry) for entry in stage.upstream.replies[-2:]]
    assert GIST in fronts[0]
    assert fronts[0] == fronts[1]  # the same bytes: the prefix stays cached
    assert f"Question {row.position // 2} " in str(stage.upstream.replies[-1].body["messages"][0])
    assert stage.upstream.replies[-1].usage["cache_read_input_tokens"] > 0
    [call, *_] = await stored(lambda: list(TokenUsage.objects.filter(session=stage.chat, purpose="summary")))
    assert (call.ok, call.message_id, call.provider) == (True, None, "anthropic")
    await stored(lambda: check_sound(stage.chat))
    await stored(lambda: check_ledger(stage.chat, stage.upstream.log))


async def test_the_next_one_is_made_of_it(stage: Stage) -> None:
    stage.upstream.set_summary(Scenario("words", text=GIST))
    count = await until_summarised(stage)
    await talk(stage, 8, count)
    [first, second, *_] = await summaries(stage)
    asked = first_text(summary_calls(stage)[1])
    assert asked.startswith(f"<earlier-summary>\n{GIST}\n</earlier-summary>")
    assert "Question 0 " not in asked
    assert second.replaces > first.replaces
    assert first_text(stage.upstream.replies[-1]).count(GIST) == 1


@pytest.mark.parametrize(
    "scenario",
    ["overloaded", "unauthorized", "cut_rst", "empty", "max_tokens", Scenario("pages", words=5)],
    ids=str,
)
async def test_its_failure_changes_no_answer_and_it_is_tried_twice(stage: Stage, scenario: Any) -> None:
    stage.upstream.set_summary(scenario)
    replies = await talk(stage, 9)
    assert {reply.status for reply in replies} == {"complete"}
    assert await summaries(stage) == []
    last = stage.upstream.replies[-1]
    assert first_text(last) == LEFT_OUT
    begins = {reply.model_config["begins_at"] for reply in replies}
    assert len(summary_calls(stage)) <= 2 * len(begins)
    await stored(lambda: check_sound(stage.chat))


async def test_pages_see_it_come_and_go(stage: Stage) -> None:
    stage.upstream.set_summary(Scenario("words", text=GIST))
    page = await Page.opened(stage.chat)
    await until_summarised(stage)
    await page.until(lambda document: "Earlier messages were summarised." in str(document.root.text))
    (row,) = await summaries(stage)
    await stored(lambda: edit_summary(summary=row, text="They spoke of ropes.", person=stage.chat.owner))
    await page.until(lambda document: "They spoke of ropes." in str(document.root.text))
    await stored(lambda: forget_summary(summary=row))
    await page.until(lambda document: "were summarised" not in str(document.root.text))
    await page.cut()
    await talk(stage, 1, 20)
    assert "conversation-summary" not in str(stage.upstream.replies[-1].body)


async def test_the_answer_does_not_wait_for_it(stage: Stage) -> None:
    stage.upstream.set_summary(Scenario("gate", words=4, after=1))
    await stage.answer(ANSWER, "First " + LONG * 4)
    page = await Page.opened(stage.chat)
    reply = await stage.begin(ANSWER, "Second " + LONG * 4)
    await page.until_ended(reply.pk)
    await stage.upstream_saw(lambda entry: entry.purpose == "summary" and entry.text == "w1 ")
    assert (await stage.fresh(reply)).status == "complete"
    await page.until(
        lambda document: "Earlier messages are not sent to the model." in str(document.root.text)
    )
    stage.upstream.release()
    await page.until(lambda document: "Earlier messages were summarised." in str(document.root.text))
    assert "are not sent to the model" not in str(page.document.root.text)
    await stage.ended(reply)
    await page.cut()
