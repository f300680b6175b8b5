"""Pages and repair guides in a reply: what is said while they are read, what is shown of them, who is asked first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from sessions_app.actions.approvals import answer_call
from sessions_app.models import ToolCall
from tests.upstream import Scenario
from tests.web import ifixit

from .page import Page
from .stage import Stage, check_goes_on, check_sound, stored
from .test_tool_turns import asks, results_of

FIND = {"name": "search_repair_guides", "input": {"query": "phone 12"}}
READ = {"name": "read_repair_guide", "input": {"guide_id": 3}}


class Outside:
    """A server of the web that waits until the test lets it answer."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.begun, self.goes = asyncio.Event(), asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        self.begun.set()
        await self.goes.wait()
        if request.path.startswith("/api/"):
            return await ifixit.answer(request)
        return web.Response(text="<title>Hours</title><p>Open from nine.</p>", content_type="text/html")


@pytest.fixture
async def outside(settings: Any) -> AsyncIterator[Outside]:
    made, app = Outside(), web.Application()
    app.router.add_get("/{tail:.*}", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings.WEB_PRIVATE_HOSTS, settings.IFIXIT_URL = ["127.0.0.1"], f"{made.url}/api/2.0"
    yield made
    await runner.cleanup()


async def test_a_repair_guide_is_searched_read_and_drawn_and_every_transport_says_so(
    stage: Stage, outside: Outside
) -> None:
    page = await Page.opened(stage.chat)
    stage.upstream.script(asks(FIND), asks(READ))
    reply = await stage.begin(Scenario("words", words=3), "My phone's battery is weak")
    await asyncio.wait_for(outside.begun.wait(), 15)
    await stage.until(reply, lambda growth: growth.state == "Searching iFixit…")
    await page.until(lambda document: "Searching iFixit…" in document.root.text)
    outside.goes.set()
    reply = await stage.ended(reply)
    assert outside.asked == ["/api/2.0/search/phone 12", "/api/2.0/guides/3"]
    said = [
        chunk["data"].get("message") for chunk in await stage.journal(reply) if chunk["type"] == "metadata"
    ]
    assert [each for each in said if each] == ["Searching iFixit…", "Reading the guide on iFixit…"]
    assert {call.status for call in (await results_of(reply)).values()} == {"success"}
    await page.until_ended(reply.pk)
    shown = page.document.shown(str(reply.pk))
    for words in (
        "Repair guides",
        "Step 1: Heat the edge",
        "Caution: Do not bend it.",
        "Picture 1",
        "CC BY-NC-SA",
    ):
        assert words in shown, words
    await page.check_matches()
    await page.cut()
    assert "Do not bend it." in str(stage.upstream.replies[-1].body["messages"])
    await check_goes_on(stage, reply)


async def test_a_page_the_person_named_is_read_at_once(stage: Stage, outside: Outside) -> None:
    outside.goes.set()
    url = f"{outside.url}/hours"
    stage.upstream.script(asks({"name": "read_web_page", "input": {"url": url}}))
    reply = await stage.answer(Scenario("words", words=3), f"What does {url} say?")
    assert reply.status == "complete"
    [call] = (await results_of(reply)).values()
    assert (call.status, call.result["text"]) == ("success", "Open from nine.")


async def test_an_address_the_model_thought_of_is_read_when_the_person_allows_it(
    stage: Stage, outside: Outside
) -> None:
    outside.goes.set()
    url = f"{outside.url}/?all=secrets"
    stage.upstream.script(asks({"name": "read_web_page", "input": {"url": url}}))
    reply = await stage.answer(Scenario("words", words=3), "What is new?")
    assert (reply.status, outside.asked) == ("waiting", [])

    def allow() -> None:
        call = ToolCall.objects.get(message=reply.pk)
        answer_call(message=reply.message, call=call.pk, decision="once", person=stage.chat.owner)

    await stored(allow)
    reply = await stage.ended(reply)
    assert (reply.status, outside.asked) == ("complete", ["/"])
    await stored(lambda: check_sound(stage.chat))


async def test_without_the_web_a_guide_is_a_plain_error_and_the_answer_goes_on(
    stage: Stage, settings: Any
) -> None:
    settings.IFIXIT_URL = "http://127.0.0.1:9/api/2.0"
    stage.upstream.script(asks(FIND))
    reply = await stage.answer(Scenario("words", words=3), "My phone's battery is weak")
    [call] = (await results_of(reply)).values()
    assert (call.status, call.error_message) == ("error", "iFixit was asked. It could not be reached.")
    assert reply.status == "complete"
    await check_goes_on(stage, reply)
