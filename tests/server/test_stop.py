"""Stop, from the button to the connection upstream."""

from __future__ import annotations

import time

import pytest

from .page import words_of
from .person import Person
from .processes import Site, new_tag

pytestmark = pytest.mark.server


TRIES = 3  # one of them meets the limit of a second: a shared machine may stand still in the others


async def stopped_within(site: Site, person: Person) -> float:
    """Ask, stop the reply, and look at what is kept; returns when the upstream saw its client go, in seconds."""
    reader, tag = await person.watch(await person.new_chat()), new_tag()
    await person.send(reader.chat, f"{tag} go")
    await reader.wait_for(lambda page: len(page.words()) >= 3)
    asked = time.time()
    assert await person.stop(reader.chat) == 204
    took = await site.upstream.left_at(tag) - asked
    await reader.wait_for(lambda page: page.status() == "stopped")
    chat = site.inside.ask("chats", keys=[reader.chat])[reader.chat]
    assert reader.page.words() == words_of(chat["messages"][-1]["content"])
    assert len(reader.page.words()) >= 3
    replies = [call for call in chat["calls"] if call["purpose"] == "reply"]
    assert [(call["settled"], call["ok"]) for call in replies] == [(True, False)]
    assert replies[0]["input"] > 0
    assert replies[0]["output"] > 0
    return took


@pytest.mark.parametrize("behaviour", ["words", "stall"])
async def test_stop_closes_the_connection_to_the_provider_within_a_second(
    site: Site, person: Person, behaviour: str
) -> None:
    site.upstream.tell(default={"name": behaviour, "words": 4000, "rate": 50})
    for _ in range(TRIES):
        if (took := await stopped_within(site, person)) < 1:
            return
    raise AssertionError(f"the last of {TRIES} tries took {took:.2f} s")


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
