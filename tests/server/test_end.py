"""The orderly end: SIGTERM while replies run."""

from __future__ import annotations

import asyncio
import signal

import pytest

from .page import words_of
from .person import Person, Reader
from .processes import END, Site, new_tag

pytestmark = pytest.mark.server
STREAMS = 20


async def streaming(person: Person, count: int) -> list[Reader]:
    """Readers of this many replies, each of which shows its first words."""
    readers = [await person.watch(await person.new_chat()) for _ in range(count)]
    for status in await asyncio.gather(*(person.send(each.chat, f"{new_tag()} go") for each in readers)):
        assert status == 204
    await asyncio.gather(*(each.wait_for(lambda page: len(page.words()) > 5) for each in readers))
    return readers


async def test_on_sigterm_every_reply_ends_and_every_page_hears_it_before_the_process_is_gone(
    site: Site, person: Person
) -> None:
    readers = await streaming(person, STREAMS)
    site.server.terminate()
    codes = await asyncio.gather(*(each.until_closed(END) for each in readers))
    assert site.server.child is not None
    # After 9.5 s a guard would end it with another code.
    assert await asyncio.to_thread(site.server.child.wait) == 0
    assert set(codes) == {4012}
    stored = site.inside.ask("chats", keys=[each.chat for each in readers])
    for reader in readers:
        answer = stored[reader.chat]["messages"][-1]
        assert answer["status"] == reader.page.status() == "interrupted"
        assert reader.page.words() == words_of(answer["content"])
        assert all(call["settled"] for call in stored[reader.chat]["calls"])
    assert site.inside.ask("unfinished") == 0
    assert site.inside.ask("findings") == []


@pytest.mark.thorough
async def test_nothing_the_upstream_sent_before_sigterm_is_lost(site: Site, person: Person) -> None:
    reader = (await streaming(person, 1))[0]
    sent_before = len(words_of(site.upstream.log()[-1]["text"]))
    site.server.terminate()
    await reader.until_closed(END)
    assert len(reader.page.words()) >= sent_before - 1  # one word may be on its way
    entry = site.upstream.log()[-1]
    assert entry["text"].split()[: len(reader.page.words())] == reader.page.words()


@pytest.mark.thorough
async def test_while_the_server_ends_sends_are_refused_and_a_second_signal_ends_it_at_once(
    site: Site,
) -> None:
    site.server.stop()
    await asyncio.to_thread(site.server.start, "--grace", "5")
    async with Person(site.server.url) as person:
        reader = (await streaming(person, 1))[0]
        other = await person.new_chat()
        site.server.terminate()
        while site.server.readiness() != (0, {}):  # nobody new is let in
            await asyncio.sleep(0.02)
        answer = await person.post(f"/sessions/{other}/messages/", content="too late")
        assert answer.status == 503
        shown = len(reader.page.words())
        await reader.wait_for(lambda page: len(page.words()) > shown + 10)
        site.server.terminate()
        assert site.server.child is not None
        assert await asyncio.to_thread(site.server.child.wait) == 130  # the code of this way out alone
        await asyncio.to_thread(site.server.start)
    async with Person(site.server.url, person.jar) as again:
        late = await again.watch(reader.chat)
        await late.wait_for(lambda page: page.status() == "interrupted")
        assert site.inside.ask("chats", keys=[other])[other]["messages"] == []


@pytest.mark.thorough
async def test_a_reply_left_in_the_queue_is_made_by_the_next_server(site: Site, person: Person) -> None:
    chat = await person.new_chat()
    site.server.stop()
    site.upstream.tell(default={"name": "words", "words": 20})
    site.inside.ask("send", chat=chat, content="nobody is there to take this")
    assert site.inside.ask("statuses", keys=[chat]) == {chat: "queued"}
    await asyncio.to_thread(site.server.start)
    reader = await person.watch(chat)
    await reader.wait_for(lambda page: page.status() == "complete")
    assert len(reader.page.words()) == 20


def test_sigint_ends_an_idle_server_in_order(site: Site) -> None:
    assert site.server.child is not None
    site.server.child.signal(signal.SIGINT)
    assert site.server.child.wait() == 0
