"""Notifications that come while a reply runs: they stand below it at once, and disturb nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from sessions_app.actions.notifications import Notification, notify
from sessions_app.actions.replies import answer_question, request_stop
from sessions_app.models import Message, Reply
from tests.api.program import streamed, text_of
from tests.upstream import Scenario

from .page import Page
from .stage import Stage, check_sound, stored

FAILED = Notification("CI", "deploy", "Deploy failed", "Step `migrate` timed out.", severity="error")


async def post(stage: Stage, **more: Any) -> Message:
    sent = await stored(lambda: notify(chat=stage.chat, author=stage.chat.owner, notification=FAILED, **more))
    assert sent.message is not None
    return sent.message


async def shown(stage: Stage) -> list[str]:
    def told() -> list[str]:
        rows = Message.objects.filter(session=stage.chat).shown().select_related("reply")
        return [row.content or row.parts[0]["title"] for row in rows]

    return await stored(told)


async def test_one_that_comes_while_an_answer_grows_is_on_the_page_at_once_and_the_answer_goes_on(
    stage: Stage,
) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.begin(Scenario("gate", words=6, after=3))
    await stage.growing(reply, "w3 ")
    stream = asyncio.create_task(
        streamed(await page.client.get(f"/api/chat/sessions/{stage.chat.pk}/stream"))
    )
    posted = await post(stage)
    await page.until(lambda document: document.root.find(f"message-{posted.pk}") is not None)
    order = [article.id for article in page.document.articles()]
    assert order[-2:] == [f"message-{reply.pk}", f"message-{posted.pk}"]
    article = page.document.root.find(f"message-{posted.pk}")
    assert article is not None
    assert article.attributes["aria-label"] == "Notification from CI"
    stage.upstream.release()
    ended = await stage.ended(reply)
    await page.until_ended(reply.pk)
    assert (ended.status, ended.message.content) == ("complete", "w1 w2 w3 w4 w5 w6 ")
    assert text_of(await stream) == ended.message.content
    await page.check_matches()
    await stored(lambda: check_sound(stage.chat))
    await page.cut()


async def test_a_stopped_answer_hands_on_to_what_waits_below_a_notification(stage: Stage) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.begin(Scenario("gate", words=6, after=3))
    await stage.growing(reply, "w3 ")
    await asyncio.gather(*(post(stage, client_id=f"n{number % 2}") for number in range(4)))
    await stage.send("Next")
    stage.upstream.set_default(Scenario("words", words=2))
    await stored(lambda: request_stop(chat=stage.chat))
    await stage.ended(reply)
    assert (await shown(stage))[:5] == ["Hello", "w1 w2 w3 ", "Deploy failed", "Deploy failed", "Next"]
    last = await stored(lambda: Reply.objects.order_by("created_at").last())
    assert last is not None
    await page.until_ended(last.pk)
    await page.check_matches()
    await stored(lambda: check_sound(stage.chat))
    await page.cut()


async def test_a_notification_is_answered_and_the_model_is_told_it_as_data(stage: Stage) -> None:
    message = await post(stage)
    stage.upstream.set_default(Scenario("words", words=2))
    reply = await stored(lambda: answer_question(message=message))
    ended = await stage.ended(reply)
    assert ended.status == "complete"
    [told] = [part["text"] for part in stage.upstream.replies[0].body["messages"][0]["content"]]
    assert told == (
        '<workspace-data kind="notification" source="CI" severity="error" topic="deploy">\n'
        "Deploy failed\nStep `migrate` timed out.\n</workspace-data>"
    )
    await stored(lambda: check_sound(stage.chat))
