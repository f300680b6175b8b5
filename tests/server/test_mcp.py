"""The tools of the real server, by the SDK's client over real HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from .processes import Site

pytestmark = pytest.mark.server

LISTING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@asynccontextmanager
async def connected(url: str, token: str, mode: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", ["legacy", "auto"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_sdks_client_lists_and_calls_the_tools(site: Site, mode: str, host: str) -> None:
    url = f"http://{host}:{site.server.port}/mcp"
    async with connected(url, site.inside.ask("token"), mode) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        result = await client.call_tool("analyze_token_usage", {"time_range": "all"})
    assert "search_session_messages" in names
    assert result.structured_content is not None
    assert result.structured_content["period"] == "all time"


async def test_it_is_refused_without_a_token_and_for_a_foreign_host_or_origin(site: Site) -> None:
    token = {"Authorization": f"Bearer {site.inside.ask('token')}"}
    url = f"{site.server.url}/mcp"
    async with httpx2.AsyncClient(headers=ACCEPT, timeout=60) as http:
        told = [
            (await http.post(url, json=LISTING, headers=headers)).status_code
            for headers in ({}, token, token | {"Origin": "http://a.example"}, token | {"Host": "a.example"})
        ]
        with pytest.raises((MCPError, ExceptionGroup)):
            async with Client(streamable_http_client(url, http_client=http)):
                pass
    assert told == [401, 200, 403, 421]


async def test_a_disabled_persons_token_is_dead_at_once(site: Site) -> None:
    token = {"Authorization": f"Bearer {site.inside.ask('token', name='carol')}"}
    url = f"{site.server.url}/mcp/tools/get_token_usage"
    async with httpx2.AsyncClient(headers=token, timeout=60) as http:
        before = await http.post(url, json={})
        site.inside.ask("disable", name="carol")
        after = await http.post(url, json={})
    assert (before.status_code, after.status_code) == (200, 401)


async def test_the_server_still_ends_in_order_after_it_served_tools(site: Site) -> None:
    token = {"Authorization": f"Bearer {site.inside.ask('token')}"}
    async with httpx2.AsyncClient(headers={**ACCEPT, **token}, timeout=60) as http:
        assert (await http.post(f"{site.server.url}/mcp", json=LISTING)).status_code == 200
    site.server.terminate()
    assert site.server.child is not None
    assert site.server.child.wait() == 0
    assert "Traceback" not in site.server.child.last_words()


SUMS = {"command": sys.executable, "args": ["-m", "tests.mcp_client.example"]}


@pytest.fixture
def wide_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose operator allows a program, and MCP servers on this machine."""
    place = tmp_path_factory.mktemp("wide")
    programs = json.dumps({"sums": SUMS})
    with Site(place, MCP_STDIO_SERVERS=programs, MCP_PRIVATE_HOSTS="127.0.0.1") as site:
        site.server.start()
        yield site


async def test_a_reply_uses_tools_of_other_servers_and_outlives_a_dead_one(wide_site: Site) -> None:
    wide_site.inside.ask("register", name="sums", tool="add", program="sums")
    wide_site.inside.ask("register", name="dead", tool="add", url="http://127.0.0.1:1/mcp")
    calls = [{"name": f"mcp_{server}_add", "input": {"a": 2, "b": 40}} for server in ("sums", "dead")]
    wide_site.upstream.tell(clear=True, default={"name": "tool", "tools": calls})
    token = wide_site.inside.ask("token", scopes=["read", "write", "chat"])
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=wide_site.server.url, headers=headers, timeout=100) as http:
        chat = (await http.post("/api/chat/sessions", json={})).json()["id"]
        sent = await http.post(f"/api/chat/sessions/{chat}/messages?wait=1", json={"content": "Add them"})
    reply = sent.json()["reply"]
    assert reply["status"] == "complete"
    asked = {call["tool_id"]: call for call in reply["tool_calls"]}
    assert asked["mcp_sums_add"]["result"]["text"] == "42"
    assert asked["mcp_dead_add"]["status"] == "error"
    assert "could not be reached" in asked["mcp_dead_add"]["error"]
