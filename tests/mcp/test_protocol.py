"""The tools by the Model Context Protocol, with the SDK's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from asgiref.sync import sync_to_async
from mcp_types import TextContent

from analytics_app.mcp_server import callers, endpoint, protocol
from sessions_app.actions.messages import send_message
from sessions_app.agent.context import own_tools
from sessions_app.models import ApiToken, ChatSession, User

from .conftest import ACCEPT, Connect, rpc
from .tools import PATHS

write = sync_to_async(thread_sensitive=True)


def text_of(result: Any) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28", "auto"])
async def test_the_tools_are_listed_and_called_in_both_protocols(
    connect: Connect, alice: User, chat: ChatSession, token_of: Callable[..., str], mode: str
) -> None:
    async with connect(await write(token_of)(alice), mode) as client:
        listed = (await client.list_tools()).tools
        result = await client.call_tool("analyze_token_usage", {"timeRange": "all"})
    assert [tool.name for tool in listed] == [
        tool.name for tool in (await write(own_tools)()).tools.values() if not tool.needs_approval
    ]
    shown = {tool.name: tool for tool in listed}["analyze_token_usage"]
    assert shown.title == "Token usage"
    assert shown.input_schema["properties"]["time_range"]["enum"] == ["today", "week", "month", "all"]
    assert not result.is_error
    assert result.structured_content is not None
    assert result.structured_content["total_sessions"] == 1
    assert json.loads(text_of(result)) == result.structured_content


async def test_another_persons_rows_never_come_back(
    connect: Connect, alice: User, bob: User, chat: ChatSession, token_of: Callable[..., str]
) -> None:
    await write(send_message)(chat=chat, author=alice, content="the harbour plan")
    found = {}
    for person in (alice, bob):
        async with connect(await write(token_of)(person)) as client:
            asked = await client.call_tool("search_session_messages", {"query": "harbour"})
            found[person.username] = asked.structured_content["total_found"]
            everyone = await client.call_tool("analyze_token_usage", {"time_range": "all"})
            found[f"{person.username}s chats"] = everyone.structured_content["total_sessions"]
    assert found == {"alice": 1, "alices chats": 1, "bob": 0, "bobs chats": 0}


@pytest.mark.parametrize(
    ("tool", "given", "words"),
    [
        ("erase", {}, "needs a person's approval"),
        ("forecast", {}, "needs the premium plan"),
        ("broken", {}, "is in the server's log"),
        ("broken", {"problem": True}, "There is nothing to look at."),
        ("broken", {"problem": 5}, "was not understood"),
        ("nothing", {}, 'no tool named "nothing"'),
    ],
)
async def test_errors_and_refusals_are_results_the_model_can_read(
    connect: Connect,
    settings: Any,
    alice: User,
    token_of: Callable[..., str],
    tool: str,
    given: dict[str, Any],
    words: str,
) -> None:
    settings.AGENT_TOOLS = PATHS
    async with connect(await write(token_of)(alice)) as client:
        result = await client.call_tool(tool, given)
    assert result.is_error
    assert words in text_of(result)
    assert "private" not in text_of(result)


async def test_a_tool_that_needs_an_approval_is_not_offered_and_the_plan_decides_what_runs(
    connect: Connect, settings: Any, alice: User, token_of: Callable[..., str]
) -> None:
    settings.AGENT_TOOLS = PATHS
    await write(User.objects.filter(pk=alice.pk).update)(plan="premium")
    async with connect(await write(token_of)(alice)) as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        result = await client.call_tool("forecast", {"days": 3})
    assert listed == ["forecast", "broken"]
    assert result.structured_content == {"days": 3}


async def ask(site: httpx2.AsyncClient, token: str = "", **headers: str) -> httpx2.Response:
    told = {**ACCEPT, **headers} | ({"Authorization": f"Bearer {token}"} if token else {})
    return await site.post("/mcp", json=rpc("tools/list"), headers=told)


async def test_without_a_token_nothing_is_told_and_the_answer_says_what_is_missing(
    site: httpx2.AsyncClient, alice: User, token_of: Callable[..., str]
) -> None:
    nobody, wrong, bad = await ask(site), await ask(site, "0" * 64), await ask(site, "two words")
    assert [each.status_code for each in (nobody, wrong, bad)] == [401, 401, 401]
    assert nobody.headers["WWW-Authenticate"] == 'Bearer realm="workspace"'
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    assert (await site.post("/mcp", content=b"", headers={"Authorization": "Basic eA=="})).status_code == 401


async def test_a_token_needs_the_scope_read(
    site: httpx2.AsyncClient, alice: User, token_of: Callable[..., str]
) -> None:
    refused = await ask(site, await write(token_of)(alice, "chat", "write"))
    assert refused.status_code == 403
    assert 'scope="read"' in refused.headers["WWW-Authenticate"]


async def test_a_token_is_dead_at_once_when_it_is_revoked_or_its_person_is_disabled(
    site: httpx2.AsyncClient, alice: User, bob: User, token_of: Callable[..., str]
) -> None:
    hers, his = await write(token_of)(alice), await write(token_of)(bob)
    assert [(await ask(site, token)).status_code for token in (hers, his)] == [200, 200]
    await write(User.objects.filter(pk=alice.pk).update)(is_active=False)
    await write(ApiToken.objects.filter(user=bob).delete)()
    assert [(await ask(site, token)).status_code for token in (hers, his)] == [401, 401]


async def test_a_browsers_session_opens_nothing(site: httpx2.AsyncClient, as_alice: Any, alice: User) -> None:
    cookie = f"sessionid={as_alice.cookies['sessionid'].value}"
    assert (await ask(site, Cookie=cookie)).status_code == 401


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8000", "", 200),
        ("localhost:4711", "", 200),
        ("localhost:4711", "http://localhost:4711", 200),
        ("localhost:4711", "https://trusted.example", 200),
        ("127.0.0.1:8000", "http://127.0.0.1:9000", 403),
        ("127.0.0.1:8000", "https://127.0.0.1:8000", 403),
        ("127.0.0.1:8000", "http://evil.example", 403),
        ("127.0.0.1:8000", "null", 403),
        ("evil.example", "", 421),
        ("evil.example:8000", "http://evil.example:8000", 421),
        ("127.0.0.1.evil.example", "", 421),
    ],
)
async def test_host_and_origin_must_be_the_sites_own(
    site: httpx2.AsyncClient,
    settings: Any,
    alice: User,
    token_of: Callable[..., str],
    host: str,
    origin: str,
    status: int,
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example"]
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    assert (await ask(site, await write(token_of)(alice), **headers)).status_code == status


async def test_where_the_site_uses_https_a_token_is_not_taken_without(
    site: httpx2.AsyncClient, settings: Any, alice: User, token_of: Callable[..., str]
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    token = await write(token_of)(alice)
    assert (await ask(site, token)).status_code == 403
    assert (await ask(site, token, **{"X-Forwarded-Proto": "https"})).status_code == 200


@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
@pytest.mark.parametrize("raw", [b"{", b"[]", b"5", b'{"jsonrpc": "2.0"}', b"\xff", b"[" * 90_000])
async def test_malformed_requests_are_errors_of_the_protocol_and_the_next_one_works(
    site: httpx2.AsyncClient, alice: User, token_of: Callable[..., str], version: str, raw: bytes
) -> None:
    token = await write(token_of)(alice)
    headers = {**ACCEPT, "Content-Type": "application/json", "MCP-Protocol-Version": version}
    answer = await site.post("/mcp", content=raw, headers=headers | {"Authorization": f"Bearer {token}"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in (-32700, -32600, -32602)
    assert (await ask(site, token)).status_code == 200


async def test_a_large_body_is_refused(
    site: httpx2.AsyncClient, alice: User, token_of: Callable[..., str]
) -> None:
    token = await write(token_of)(alice)
    headers = {**ACCEPT, "Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    for path in ("/mcp", "/mcp/tools/get_token_usage"):
        answer = await site.post(path, content=b" " * (endpoint.BODY_LIMIT + 1), headers=headers)
        assert answer.status_code == 413, path


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
async def test_there_are_no_streams_and_sessions_to_open_or_end(
    site: httpx2.AsyncClient, alice: User, token_of: Callable[..., str], method: str
) -> None:
    headers = {**ACCEPT, "Authorization": f"Bearer {await write(token_of)(alice)}"}
    for path in ("/mcp", "/mcp/", "/mcp/tools/get_token_usage"):
        answer = await site.request(method, path, headers=headers)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


async def test_so_many_requests_a_minute_then_a_person_must_wait(
    site: httpx2.AsyncClient,
    alice: User,
    bob: User,
    token_of: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    settings.RATE_LIMITS = True
    monkeypatch.setattr(callers, "CALLS_A_MINUTE", 2)
    first, second, his = [await write(token_of)(person) for person in (alice, alice, bob)]
    assert [(await ask(site, token)).status_code for token in (first, second, first, his)] == [
        200,
        200,
        429,
        200,
    ]


async def test_a_manager_that_died_is_replaced_and_one_that_cannot_start_does_not_hang(
    site: httpx2.AsyncClient, alice: User, token_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await write(token_of)(alice)
    assert (await ask(site, token)).status_code == 200
    died = protocol.running._task
    assert died is not None
    died.cancel()
    await asyncio.wait({died})
    assert (await ask(site, token)).status_code == 200
    await endpoint.close()

    def fail() -> Any:
        raise RuntimeError("no manager today")

    monkeypatch.setattr(protocol, "make_manager", fail)
    with pytest.raises(RuntimeError, match="no manager today"):
        await ask(site, token)
    monkeypatch.undo()
    assert (await ask(site, token)).status_code == 200


async def test_programs_that_look_for_another_way_to_log_in_are_told_there_is_none(
    site: httpx2.AsyncClient,
) -> None:
    assert (await site.get("/.well-known/oauth-protected-resource/mcp")).status_code == 404
