"""Server-sent events of a real server: cut and resumed, never read, and what stands in them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from .page import words_of
from .person import Person
from .processes import Site
from .program import Deaf, Follower

pytestmark = pytest.mark.server
CUTS = 20
KINDS = {"content", "thinking", "tool_call", "metadata", "error"}
WARM, DEAF, MEGABYTE = 2, 60, 1_000_000
TRIES = 2  # memory is taken in lots: what one reply needs may fall into the other's


@pytest.fixture
def token(site: Site) -> str:
    made: str = site.inside.ask("token", scopes=("read", "chat"))
    return made


async def test_three_programs_cut_twenty_times_and_a_page_have_the_exact_text(
    site: Site, person: Person, token: str
) -> None:
    site.upstream.tell(default={"name": "words", "words": 900, "rate": 300})
    reader = await person.watch(await person.new_chat())
    url = f"{site.server.url}/api/chat/sessions/{reader.chat}/stream"
    followers = [Follower(url, token) for _ in range(3)]
    await person.send(reader.chat, "go")
    await asyncio.gather(
        *(each.follow(CUTS, random.Random(seed)) for seed, each in enumerate(followers)),
        reader.wait_for(lambda page: page.status() == "complete", 60),
    )
    kept = site.inside.ask("chats", keys=[reader.chat])[reader.chat]["messages"][-1]["content"]
    assert kept.split() == [f"w{number}" for number in range(1, 901)]
    for each in followers:
        assert each.text == kept
        assert [chunk["seq"] for chunk in each.chunks] == list(range(1, len(each.chunks) + 1))
        assert each.cuts == CUTS
    assert reader.page.words() == words_of(kept)


def held(pid: int) -> int:
    """Bytes of memory this process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def connections(pid: int) -> int:
    found = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed this moment
            found += str(each.readlink()).startswith("socket:")
    return found


async def grown(site: Site, person: Person, token: str, readers: int, words: int = 800) -> int:
    """What the server grew by over a reply of so many times 4 KB, which so many programs asked for and never read: half
    of them before it began, half when it had ended."""
    assert site.server.child is not None
    pid, chat = site.server.child.pid, await person.new_chat()
    site.upstream.tell(default={"name": "pages", "words": words, "first": min(readers, 1)})
    before, open_before = held(pid), connections(pid)
    await person.send(chat, "go")
    url = f"{site.server.url}/api/chat/sessions/{chat}/stream"
    deaf = [Deaf(url, token) for _ in range(readers // 2)]
    async with asyncio.timeout(60):
        while site.inside.ask("unfinished"):
            await asyncio.sleep(0.05)
        deaf += [Deaf(url, token) for _ in range(readers // 2)]
        for each in deaf:
            await each.flooded()
    after = held(pid)
    assert connections(pid) > open_before + readers - 5
    for each in deaf:
        each.leave()
    async with asyncio.timeout(20):
        while connections(pid) > open_before + 5:  # this person's and the provider's may be kept
            await asyncio.sleep(0.05)
    return after - before


@pytest.mark.thorough  # tests/api/test_stream_readers.py measures it exactly
async def test_a_program_that_never_reads_makes_the_server_grow_by_a_megabyte_at_most(
    site: Site, person: Person, token: str
) -> None:
    for _ in range(WARM):  # what long replies, and so many requests at once, need is kept for the next
        await grown(site, person, token, 0)
    await grown(site, person, token, DEAF, words=1)
    found = [await grown(site, person, token, DEAF) for _ in range(TRIES)]
    assert min(found) < DEAF * MEGABYTE, found


async def chunks_of(url: str, token: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """What comes for a message that is sent to an agent."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/api/agents/stream", json=body, headers=headers) as answer,
    ):
        assert answer.headers["Content-Type"] == "text/event-stream"
        reader = Follower("", "")
        reader.take(await answer.read())
        return reader.chunks


async def test_an_agent_speaks_in_five_kinds_of_chunks_with_their_times(
    site: Site, person: Person, token: str
) -> None:
    began, chat = time.time() * 1000, await person.new_chat()
    found: list[dict[str, Any]] = []
    for scenario in ("thinking_tool", "error_event"):
        site.upstream.tell(default={"name": scenario, "words": 20})
        body = {"agent_id": "assistant", "session_id": chat, "message": scenario}
        chunks = await chunks_of(site.server.url, token, body)
        again = Follower(f"{site.server.url}/api/chat/sessions/{chat}/stream", token)
        await again.follow()
        assert again.chunks == chunks
        found += chunks
    assert {chunk["type"] for chunk in found} == KINDS
    for chunk in found:
        assert set(chunk) == {"type", "data", "timestamp", "reply", "seq"}
        assert isinstance(chunk["timestamp"], int)
        assert began - 1000 < chunk["timestamp"] < time.time() * 1000 + 1000
    assert [chunk["data"]["status"] for chunk in found if chunk["type"] == "metadata"][-1] == "failed"
