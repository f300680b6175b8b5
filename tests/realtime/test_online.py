"""Who has a page open: each process notes it with its beat, and what all of them noted is who is online."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from django.utils import timezone

from analytics_app.queries.active import online
from sessions_app.actions import processes
from sessions_app.models import ChatSession, RunnerProcess, User, uuid7
from sessions_app.realtime.runtime import Runtime

from .page import key_of, login, socket_of
from .stage import stored

PATIENCE = 15.0


async def beat(process: Runtime) -> None:
    assert process.runner is not None
    await process.runner._beat()


async def opened(user: User, path: str) -> Any:
    socket = socket_of(path, key_of(await login(user)))
    accepted, _ = await socket.connect(timeout=PATIENCE)
    assert accepted
    return socket


async def joined(process: Runtime, *people: User) -> None:
    """Until these people's sockets have joined, and no others."""
    wanted = {person.pk for person in people}
    async with asyncio.timeout(PATIENCE):
        while process.hub is None or set(process.hub.people) != wanted:
            await asyncio.sleep(0.01)


async def test_who_has_a_page_open_is_online_until_the_last_is_closed(
    process: Runtime, alice: User, bob: User
) -> None:
    chat = await stored(lambda: ChatSession.objects.create(owner=alice, model="offline", provider="offline"))
    pages = [
        await opened(alice, f"/ws/sessions/{chat.pk}/"),
        await opened(alice, "/ws/"),
        await opened(bob, "/ws/"),
    ]
    await joined(process, alice, bob)
    await beat(process)
    assert await stored(online) == {alice.pk, bob.pk}
    await pages[0].disconnect()
    await pages[2].disconnect()
    await joined(process, alice)
    await beat(process)
    assert await stored(online) == {alice.pk}
    await pages[1].disconnect()


async def test_a_process_that_was_taken_for_dead_tells_its_people_again(
    process: Runtime, alice: User
) -> None:
    page = await opened(alice, "/ws/")
    await joined(process, alice)
    await beat(process)
    await stored(lambda: RunnerProcess.objects.all().delete())
    await beat(process)  # registers anew
    await beat(process)
    assert await stored(online) == {alice.pk}
    await page.disconnect()


def row(people: list[int], **values: Any) -> RunnerProcess:
    given = {"id": uuid7(), "host": "elsewhere", "beat_at": timezone.now(), "people": people}
    return RunnerProcess.objects.create(**{**given, **values})


def test_people_of_all_living_processes_are_online(db: None) -> None:
    row([1, 2])
    row([2, 3])
    row([4], beat_at=timezone.now() - timedelta(seconds=60))
    row([5], ended_at=timezone.now())
    assert online() == {1, 2, 3}


def test_a_process_of_this_host_whose_lock_is_free_is_dead_at_once(
    db: None, settings: Any, tmp_path: Any
) -> None:
    settings.VAR_DIR = tmp_path
    owner = uuid7()
    lock = processes.ProcessLock(owner)
    processes.register(owner=owner, lock_path=str(lock.path))
    processes.beat(owner=owner, people=[7])
    assert online() == {7}
    path = lock.path.read_bytes()
    lock.release()
    lock.path.write_bytes(path)  # as after a kill: the file is there, nobody holds it
    assert online() == set()


def test_people_are_written_only_where_they_changed_and_ten_thousand_at_most(db: None) -> None:
    owner = uuid7()
    processes.register(owner=owner)
    processes.beat(owner=owner, people=range(20_000))
    assert len(online()) == 10_000
    processes.beat(owner=owner)
    assert len(online()) == 10_000
