"""Passages of videos by the tools for programs: with the rights of the token's person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
from asgiref.sync import sync_to_async

from sessions_app.knowledge.models import Video
from sessions_app.models import User
from tests.knowledge.kept import MARKER, passage_of, video_of

from .conftest import Connect

write = sync_to_async(thread_sensitive=True)
NAME = "search_video_transcripts"


async def test_a_program_finds_what_its_person_may_see_and_nothing_else(
    connect: Connect, alice: User, bob: User, token_of: Callable[..., str]
) -> None:
    video = await write(video_of)(alice)
    await write(passage_of)(video)

    async def found(person: User) -> str:
        async with connect(await write(token_of)(person)) as client:
            assert NAME in [tool.name for tool in (await client.list_tools()).tools]
            answer: Any = await client.call_tool(NAME, {"query": "the blade"})
            assert not answer.is_error
            return str(answer.content[0].text)

    assert MARKER in await found(alice)
    assert MARKER not in await found(bob)
    await write(Video.objects.update)(visibility="everyone")
    assert MARKER in await found(bob)
    await write(Video.objects.update)(visibility="private")
    assert MARKER not in await found(bob)


async def test_the_same_by_plain_json(
    site: httpx2.AsyncClient, alice: User, bob: User, token_of: Callable[..., str]
) -> None:
    video = await write(video_of)(alice, visibility="listed", viewers=[bob])
    await write(passage_of)(video)
    token = await write(token_of)(bob)

    async def post(scope: str, body: dict[str, Any]) -> httpx2.Response:
        return await site.post(f"/mcp/tools/{NAME}", headers={"Authorization": f"Bearer {scope}"}, json=body)

    answer = await post(token, {"query": "the blade"})
    assert answer.status_code == 200
    (passage,) = answer.json()["result"]["passages"]
    assert (passage["video"], passage["from"]) == (video.title, "1:23")
    assert MARKER in passage["text"]
    assert (await post(token, {"query": ""})).status_code == 400
    assert (await post(await write(token_of)(bob, "write"), {"query": "blade"})).status_code == 403
