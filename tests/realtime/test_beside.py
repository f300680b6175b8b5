"""What is pushed beside the order of a conversation never takes back what a later frame told."""

from __future__ import annotations

import asyncio
import threading
from uuid import UUID

import pytest

from sessions_app.realtime import hub as hub_module
from sessions_app.realtime.catchup import counters_now

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
