"""What a page says while the provider keeps it waiting."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from sessions_app.agent.loop import Clock
from sessions_app.agent.loop import run as run_loop
from sessions_app.realtime import run
from tests.upstream import Scenario

from .page import Page
from .stage import Stage, check_sound, stored
from .test_crash import left_by


async def test_a_retry_is_announced_beside_the_name_and_forgotten_when_text_comes(
    stage: Stage, monkeypatch: Any
) -> None:
    seen = asyncio.Event()

    async def until_seen(seconds: float) -> None:
        await seen.wait()

    monkeypatch.setattr(run, "run_loop", partial(run_loop, clock=Clock(sleep=until_seen)))
    page = await Page.opened(stage.chat)
    reply = await stage.begin("overloaded", "[[scenario:overloaded_then_ok]]")
    while not any("try 2 of 3" in frame for frame in page.frames):
        await page.step()
    seen.set()
    await page.until_ended(reply.pk)
    ended = await stage.ended(reply)
    assert ended.status == "complete"
    assert "try 2 of 3" not in page.frames[-1]
    await page.check_matches()
    await page.cut()
    await stored(lambda: check_sound(stage.chat))


async def test_a_silent_provider_is_named_while_the_reply_goes_on(stage: Stage, monkeypatch: Any) -> None:
    monkeypatch.setattr(run, "SILENCE", 0.3)
    page = await Page.opened(stage.chat)
    reply = await stage.begin(Scenario("gate", words=20, after=5))
    while not any(run.SILENT in frame for frame in page.frames):
        await page.step()
    assert page.document.status(reply.pk) == "running"
    stage.upstream.release()
    await page.until_ended(reply.pk)
    await stage.ended(reply)
    assert run.SILENT not in page.frames[-1]
    await page.check_matches()
    await page.cut()


async def test_after_an_outage_the_other_processes_get_time_to_beat_before_they_are_buried(
    stage: Stage,
) -> None:
    stage.runner._beat_at -= 60
    await stage.runner._beat()
    reply = await stored(lambda: left_by(stage.chat))
    await stage.runner.reap()
    assert (await stage.fresh(reply)).status == "running"
    stage.runner._patient_until = 0.0
    await stage.runner.reap()
    assert (await stage.fresh(reply)).status == "interrupted"
