"""A page under random cuts, refused frames and resumes ends with exactly what is stored, nothing twice."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.upstream import Scenario

from .page import Page
from .stage import Stage


async def live_through(page: Page, message: object, chance: random.Random) -> None:
    """Take frames until the reply has ended, with a fault before one frame in five."""
    done = ("complete", "stopped", "failed", "interrupted")
    while page.document.status(message) not in done or page.document.cursor["data-reply"] == str(message):
        match chance.choice(["step"] * 16 + ["cut", "refuse", "resume", "forget"]):
            case "step":
                await page.step()
            case "cut":
                await page.cut()
                if chance.random() < 0.3:
                    await asyncio.sleep(0)
                await page.connect()
            case "refuse":
                await page.next()
                await page.resume()
            case "resume":
                await page.resume()
            case "forget":
                await page.resume(version=0, seq=0, reply=None)
        assert page.document.doubled() == []


@pytest.mark.parametrize("scenario", ["words", "markdown", "tool", "thinking_tool"])
@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_cut_the_page_ends_with_the_stored_text(
    stage: Stage, scenario: str, seed: int
) -> None:
    chance = random.Random(f"{scenario} {seed}")
    first, second = await Page.opened(stage.chat), await Page.opened(stage.chat)
    for question in ("One", "Two"):
        reply = await stage.begin(Scenario(scenario, words=120, rate=300), question)
        async with asyncio.timeout(30):
            await asyncio.gather(
                live_through(first, reply.pk, chance),
                live_through(second, reply.pk, random.Random(seed)),
                stage.ended(reply),
            )
    for page in (first, second):
        await page.connect()
        await page.resume(version=0)
        await page.step()
        await page.check_matches()
        await page.cut()
