"""What is pushed beside the order of a conversation never takes back what a later frame told."""

from __future__ import annotations

import asyncio
import threading
from uuid import UUID

import pytest

from sessions_app.realtime import hub as hub_module
from sessions_app.realtime.catchup import counters_now
from tests.upstream import Scenario

from .document import Document
from .page import Page
from .stage import Stage


async def test_counters_read_before_the_end_of_a_reply_are_dropped_after_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_read, may_return = threading.Event(), threading.Event()
    calls: list[UUID] = []

    def slow_counters(chat: UUID) -> str:
        calls.append(chat)
        html = counters_now(chat)
        if len(calls) == 1:
            was_read.set()
            may_return.wait(15)
        return html

    monkeypatch.setattr(hub_module, "counters_now", slow_counters)
    page = await Page.opened(stage.chat)
    reply = await stage.begin("tool")  # its first call is settled while it goes on
    await stage.ended(reply)
    await page.until_ended(reply.pk)
    assert await asyncio.to_thread(was_read.wait, 15)
    shown = len(page.frames)
    may_return.set()
    assert page.socket is not None
    while not await page.socket.receive_nothing(0.3):
        await page.step()
    assert not any("counter" in text for text in page.frames[shown:])
    await page.check_matches()
    await page.cut()


async def test_counters_and_details_tell_the_same_tokens_while_a_reply_runs(stage: Stage) -> None:
    page = await Page.opened(stage.chat)

    def counted(document: Document) -> int:
        counter = document.root.find("counter-tokens")
        assert counter is not None
        return int(counter.attributes["data-value"] or 0)

    reply = await stage.begin(Scenario("gate", words=20, after=3))
    await page.until(lambda document: counted(document) > 0)
    details = page.document.root.find("facts")
    assert details is not None
    assert f"Tokens{counted(page.document):,}" in "".join(details.text.split())
    stage.upstream.release()
    await stage.ended(reply)
    await page.until_ended(reply.pk)
    await page.check_matches()
    await page.cut()
