"""Stop, from the button to the connection upstream."""

from __future__ import annotations

import asyncio
import time

import pytest

from .page import words_of
from .person import Person
from .processes import Site

pytestmark = pytest.mark.server


async def disconnected_at(site: Site) -> float:
    """When the upstream saw its one client go, in epoch seconds."""
    async with asyncio.timeout(5):
        while not (at := site.upstream.log()[0]["disconnected_at"]):
            await asyncio.sleep(0.02)
    return float(at)


@pytest.mark.parametrize("behaviour", ["words", "stall"])
async def test_stop_closes_the_connection_to_the_provider_within_a_second(
    site: Site, person: Person, behaviour: str
) -> None:
    site.upstream.tell(default={"name": behaviour, "words": 400, "rate": 50})
    reader = await person.watch(await person.new_chat())
    await person.send(reader.chat, "go")
    await reader.wait_for(lambda page: len(page.words()) >= 3)
    asked = time.time()
    assert await person.stop(reader.chat) == 204
    assert await disconnected_at(site) - asked < 1
    await reader.wait_for(lambda page: page.status() == "stopped")
    chat = site.inside.ask("chats", keys=[reader.chat])[reader.chat]
    assert reader.page.words() == words_of(chat["messages"][-1]["content"])
    assert len(reader.page.words()) >= 3
    replies = [call for call in chat["calls"] if call["purpose"] == "reply"]
    assert [(call["settled"], call["ok"]) for call in replies] == [(True, False)]
    assert replies[0]["input"] > 0
    assert replies[0]["output"] > 0


async def test_after_stop_the_next_message_works(site: Site, person: Person) -> None:
    reader = await person.watch(await person.new_chat())
    await person.send(reader.chat, "go")
    await reader.wait_for(lambda page: len(page.words()) > 3)
    await person.stop(reader.chat)
    await reader.wait_for(lambda page: page.status() == "stopped")
    site.upstream.tell(default={"name": "words", "words": 20})
    assert await person.send(reader.chat, "and now?") == 204
    await reader.wait_for(lambda page: page.status() == "complete" and len(page.words()) == 20)
    assert site.inside.ask("findings") == []
