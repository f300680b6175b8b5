"""When connections are opened, used again and closed."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest

from sessions_app.providers.anthropic import AnthropicProvider
from sessions_app.providers.base import Provider, TextDelta, TimedOut
from sessions_app.providers.patience import Patience
from tests.providers.asking import ask, events_of, text_of
from tests.upstream import DEFAULT_KEY, Entry, Scenario, Upstream


async def closed_upstream(upstream: Upstream) -> Entry:
    return await asyncio.to_thread(upstream.wait_for, lambda entry: entry.disconnected_at is not None)


async def first_text(provider: Provider, begun: asyncio.Event) -> None:
    async for event in provider.stream(ask()):
        if isinstance(event, TextDelta):
            begun.set()


@pytest.mark.parametrize("scenario", ["stall", "stall_pings"])
async def test_closing_the_iterator_closes_the_upstream_at_once(
    upstream: Upstream, provider: AnthropicProvider, scenario: str
) -> None:
    upstream.script(scenario)
    async with aclosing(provider.stream(ask())) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
        asked = time.time()
    assert ((await closed_upstream(upstream)).disconnected_at or 0) - asked < 5


@pytest.mark.parametrize("scenario", ["hang", "silence", "stall"])
async def test_cancelling_the_task_closes_the_upstream_at_once(
    upstream: Upstream, provider: AnthropicProvider, scenario: str
) -> None:
    upstream.script(scenario)
    task = asyncio.create_task(first_text(provider, asyncio.Event()))
    await asyncio.to_thread(upstream.wait_for, lambda entry: scenario != "stall" or len(entry.pieces) == 3)
    asked = time.time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ((await closed_upstream(upstream)).disconnected_at or 0) - asked < 5


async def test_the_next_call_uses_the_same_connection(upstream: Upstream) -> None:
    provider = AnthropicProvider(DEFAULT_KEY, upstream.url, drain_timeout=30)
    for _ in range(3):
        await events_of(provider, ask())
    await provider.aclose()
    assert len({entry.peer_port for entry in upstream.log}) == 1


async def test_two_hundred_streams_run_side_by_side(upstream: Upstream, provider: AnthropicProvider) -> None:
    upstream.set_default(Scenario("gate", words=6))
    tasks = [asyncio.create_task(events_of(provider, ask())) for _ in range(200)]
    await asyncio.to_thread(
        upstream.wait_for, lambda _: [len(e.pieces) for e in upstream.log] == [3] * 200, 60
    )
    upstream.release()
    assert {text_of(events) for events in await asyncio.gather(*tasks)} == {"w1 w2 w3 w4 w5 w6 "}


def test_a_provider_works_on_one_loop_after_another(upstream: Upstream) -> None:
    provider = AnthropicProvider(DEFAULT_KEY, upstream.url)

    async def once() -> str:
        try:
            return text_of(await events_of(provider, ask()))
        finally:
            await provider.aclose()

    assert asyncio.run(once()) == asyncio.run(once()) == upstream.log[0].text


async def test_a_provider_can_be_used_again_after_it_was_closed(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    await events_of(provider, ask())
    await provider.aclose()
    assert text_of(await events_of(provider, ask())) == upstream.log[1].text


@pytest.mark.parametrize("first", ["cancel", "patience"])
async def test_patience_that_runs_out_does_not_swallow_a_cancel(first: str) -> None:
    """Both come in one turn of the loop, in either order."""
    loop, patience = asyncio.get_running_loop(), Patience(0.01)

    async def wait() -> None:
        await patience.wait(loop.create_future())

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    time.sleep(0.02)
    if first == "cancel":
        loop.call_soon(task.cancel)
    else:
        loop.call_later(0, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_time_in_which_nobody_waits_does_not_use_up_patience() -> None:
    loop, held = asyncio.get_running_loop(), asyncio.Event()
    patience = Patience(0.01)
    loop.call_later(0.05, held.set)
    await held.wait()
    patience.renew(60)
    assert await patience.wait(asyncio.to_thread(lambda: "here")) == "here"
    patience.renew(0.01)
    with pytest.raises(TimedOut):
        await patience.wait(loop.create_future())
