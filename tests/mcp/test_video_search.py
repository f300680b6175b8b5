"""Programs look into transcripts with the rights of their token's person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
from asgiref.sync import sync_to_async

from sessions_app.agent.passages import CITE, TOOL
from sessions_app.models import User
from tests.realtime.test_videos import WORDS, film

from .conftest import Connect

write = sync_to_async(thread_sensitive=True)


async def asked(site: httpx2.AsyncClient, token: str, **given: Any) -> Any:
    answer = await site.post(
        f"/mcp/tools/{TOOL}",
        headers={"Authorization": f"Bearer {token}"},
        json={"query": "lighthouse", **given},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


async def test_a_program_gets_the_words_of_passages_that_its_person_may_see(
    site: httpx2.AsyncClient, token_of: Callable[..., str], alice: User, bob: User
) -> None:
    await write(film)(alice)
    found = await asked(site, await write(token_of)(alice))
    assert [each["text"] for each in found["passages"]] == list(WORDS)
    assert found["cite"] == CITE
    assert set(found["passages"][0]) == {"key", "video", "from", "to", "text"}
    hidden = await asked(site, await write(token_of)(bob), everywhere=True)
    assert hidden["passages"] == []
    assert "No passage" in hidden["said"]


async def test_the_tool_is_listed_where_there_is_anything_to_look_into(
    connect: Connect, token_of: Callable[..., str], alice: User
) -> None:
    token = await write(token_of)(alice)
    async with connect(token) as client:
        assert TOOL not in [tool.name for tool in (await client.list_tools()).tools]
    await write(film)(alice)
    async with connect(token) as client:
        assert TOOL in [tool.name for tool in (await client.list_tools()).tools]
