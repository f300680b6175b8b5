"""What A runs, B shows, stops and survives."""

from __future__ import annotations

import asyncio
import statistics
import time

import pytest

from tests.server.page import Page, words_of
from tests.server.person import Person, Reader
from tests.server.processes import new_tag

from .conftest import Pair

pytestmark = pytest.mark.scale


LIVE = 1.0  # seconds between two growths, at most, where text is pushed


async def running_on_a(at_a: Person, at_b: Person, tag: str = "go") -> tuple[Reader, Reader]:
    """A page on each server, both showing a reply that A makes."""
    chat = await at_a.new_chat()
    on_a, on_b = await at_a.watch(chat), await at_b.watch(chat)
    assert await at_a.send(chat, tag) == 204
    for reader in (on_a, on_b):
        await reader.wait_for(lambda page: len(page.words()) > 5)
    return on_a, on_b


def stored_words(pair: Pair, chat: str) -> list[str]:
    answer = pair.inside.ask("chats", keys=[chat])[chat]["messages"][-1]
    return words_of(answer["content"])


def complete(page: Page) -> bool:
    return page.status() == "complete"


async def usual_growth(reader: Reader, more: int) -> float:
    """The median time in which the page showed no new word, until it shows so many more; in seconds.

    Far under a second where text is pushed, two seconds where the server looks for it. The median, since a
    shared machine may stand still once.
    """
    gaps, shown, since = [], len(reader.page.words()), time.monotonic()
    until = shown + more
    while shown < until:
        before = shown
        await reader.wait_for(lambda page, before=before: len(page.words()) > before, 60)  # type: ignore[misc]
        now = time.monotonic()
        gaps.append(now - since)
        shown, since = len(reader.page.words()), now
    return statistics.median(gaps)


async def test_text_that_a_writes_grows_on_b_and_ends_equal(pair: Pair, at_a: Person, at_b: Person) -> None:
    pair.upstream.tell(default={"name": "words", "words": 500, "rate": 50})
    on_a, on_b = await running_on_a(at_a, at_b)
    assert await usual_growth(on_b, 150) < LIVE
    for reader in (on_a, on_b):
        await reader.wait_for(complete, 60)
    assert on_a.page.words() == on_b.page.words() == stored_words(pair, on_a.chat)
    assert len(on_b.page.words()) == 500
    assert on_b.page.doubled_ids() == on_b.page.missing == []


async def test_stop_on_b_closes_the_connection_a_has_upstream(pair: Pair, at_a: Person, at_b: Person) -> None:
    tries = []
    for _ in range(
        3
    ):  # one of them meets the limit of a second: a shared machine may stand still in the others
        tag = new_tag()
        on_a, on_b = await running_on_a(at_a, at_b, tag)
        asked = time.time()
        assert await at_b.stop(on_a.chat) == 204
        for reader in (on_a, on_b):
            await reader.wait_for(lambda page: page.status() == "stopped")
        assert on_a.page.words() == on_b.page.words() == stored_words(pair, on_a.chat)
        tries.append(await pair.upstream.left_at(tag) - asked)
        if tries[-1] < 1:
            return
    raise AssertionError(tries)


async def test_a_send_on_b_waits_for_the_reply_of_a_and_is_then_answered(
    pair: Pair, at_a: Person, at_b: Person
) -> None:
    pair.upstream.tell(default={"name": "words", "words": 500, "rate": 50})
    on_a, on_b = await running_on_a(at_a, at_b)
    assert await at_b.send(on_b.chat, "and this afterwards", "later") == 204
    waiting = pair.inside.ask("chats", keys=[on_b.chat])[on_b.chat]["pending"]
    assert [each["client_id"] for each in waiting] == ["later"]
    pair.upstream.tell(default={"name": "words", "words": 20})
    for reader in (on_a, on_b):
        await reader.wait_for(lambda page: len(page.articles()) == 2 and complete(page), 60)
        assert len(reader.page.articles("user")) == 2
    assert pair.inside.ask("doubled", client_ids=["later"]) == []


@pytest.mark.parametrize("same_host", [True, False], ids=["same host", "other host"])
async def test_when_a_is_killed_b_ends_its_reply_and_says_so(
    pair: Pair, at_a: Person, at_b: Person, same_host: bool
) -> None:
    on_a, on_b = await running_on_a(at_a, at_b)
    if not same_host:
        pair.inside.ask("forget_locks")
    pair.a.kill()
    killed, shown = time.monotonic(), len(on_b.page.words())
    await on_b.wait_for(lambda page: page.status() == "interrupted", 60)
    assert time.monotonic() - killed < 45  # 15 s without a beat, a look every 3 s, and patience
    await on_a.until_closed()
    kept = stored_words(pair, on_b.chat)
    assert on_b.page.words() == kept
    assert len(kept) >= shown
    assert (
        len(on_a.page.words()) - len(kept) <= 150
    )  # a second's, and patience; its limit: tests/server/test_kill.py
    message = on_b.page.articles()[-1].id.removeprefix("message-")
    pair.upstream.tell(default={"name": "words", "words": 20})
    assert await at_b.act(on_b.chat, message, "retry") == 204
    await on_b.wait_for(lambda page: complete(page) and len(page.words()) == 20)
    assert pair.inside.ask("findings") == []


async def test_without_redis_a_goes_on_live_b_by_looking_and_both_take_messages(
    pair: Pair, at_a: Person, at_b: Person
) -> None:
    on_a, on_b = await running_on_a(at_a, at_b)
    other = await at_b.watch(await at_b.new_chat())
    pair.redis.stop()
    live, looking = await asyncio.gather(usual_growth(on_a, 200), usual_growth(on_b, 200))
    assert live < LIVE < looking
    assert await at_b.send(other.chat, "[[scenario:words]] without Redis") == 204
    await other.wait_for(complete)
    for server in (pair.a, pair.b):
        status, content = await asyncio.to_thread(server.readiness)
        assert status == 503
        assert content == {"database": True, "layer": False, "accepting": True}
    await asyncio.to_thread(pair.redis.start)
    for server in (pair.a, pair.b):
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(server.ready):
                await asyncio.sleep(0.1)
    assert await usual_growth(on_b, 150) < LIVE
    assert await at_b.stop(on_b.chat) == 204
    for reader in (on_a, on_b):
        await reader.wait_for(lambda page: page.status() == "stopped")
    assert on_a.page.words() == on_b.page.words() == stored_words(pair, on_a.chat)


async def test_when_a_ends_in_order_b_shows_the_kept_text_at_once(
    pair: Pair, at_a: Person, at_b: Person
) -> None:
    on_a, on_b = await running_on_a(at_a, at_b)
    pair.a.terminate()
    await on_b.wait_for(lambda page: page.status() == "interrupted")
    assert await on_a.until_closed() == 4012
    assert on_a.page.status() == "interrupted"
    assert on_a.page.words() == on_b.page.words() == stored_words(pair, on_a.chat)
    assert not on_b.closed
    assert pair.a.child is not None
    assert await asyncio.to_thread(pair.a.child.wait) == 0
    assert pair.inside.ask("findings") == []


async def test_while_a_restarts_the_reply_of_b_is_left_alone(pair: Pair, at_a: Person, at_b: Person) -> None:
    pair.upstream.tell(default={"name": "words", "words": 300, "rate": 50})
    on_b = await at_b.watch(await at_b.new_chat())
    assert await at_b.send(on_b.chat, "go") == 204
    await on_b.wait_for(lambda page: len(page.words()) > 5)
    pair.a.kill()
    await asyncio.to_thread(pair.a.start)
    await on_b.wait_for(complete, 60)
    assert len(on_b.page.words()) == 300
