"""The tools by plain JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from asgiref.sync import sync_to_async
from structlog.testing import capture_logs

from analytics_app.mcp_server.offered import ALIASES
from sessions_app.models import ChatSession, User

from .tools import PATHS

write = sync_to_async(thread_sensitive=True)
Post = Callable[..., Any]


@pytest.fixture
async def post(site: httpx2.AsyncClient, alice: User, token_of: Callable[..., str]) -> Post:
    token = await write(token_of)(alice)

    async def made(name: str, body: Any = None, **options: Any) -> httpx2.Response:
        given = options or {"json": body if body is not None else {}}
        return await site.post(f"/mcp/tools/{name}", headers={"Authorization": f"Bearer {token}"}, **given)

    return made


def problem(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.json()["error"]["message"]
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("name", ["get_token_usage", "analyze_token_usage", "analyze_token_usage/"])
async def test_arguments_go_in_and_the_result_comes_out(post: Post, chat: ChatSession, name: str) -> None:
    answer = await post(name, {"timeRange": "all", "group_by": "day"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    result = answer.json()["result"]
    assert (result["period"], result["group_by"], result["total_sessions"]) == ("all time", "day", 1)


async def test_an_empty_body_takes_the_defaults(post: Post) -> None:
    answer = await post("get_token_usage", content=b"")
    assert answer.json()["result"]["period"] == "last 7 days"


async def test_a_search_goes_by_its_alias(post: Post) -> None:
    assert (await post("search_messages", {"query": "harbour"})).json()["result"]["total_found"] == 0


def test_every_alias_names_one_of_the_seven_tools() -> None:
    assert set(ALIASES.values()) == {
        "analyze_session_metrics",
        "analyze_token_usage",
        "search_session_messages",
        "analyze_engagement",
        "check_system_health",
        "analyze_costs",
    }


@pytest.mark.parametrize(
    ("name", "options", "status", "code"),
    [
        ("nothing", {"json": {}}, 404, "not_found"),
        ("", {"json": {}}, 404, "not_found"),
        ("broken/more", {"json": {}}, 404, "not_found"),
        ("broken", {"content": b"{"}, 400, "invalid_json"),
        ("broken", {"json": [1]}, 400, "invalid_json"),
        ("broken", {"json": {"problem": "yes"}}, 400, "invalid_input"),
        ("broken", {"json": {"unknown": 1}}, 400, "invalid_input"),
        ("broken", {"json": {"problem": True}}, 400, "problem"),
        ("broken", {"json": {}}, 500, "failed"),
        ("forecast", {"json": {}}, 403, "denied"),
        ("erase", {"json": {}}, 403, "denied"),
    ],
)
async def test_what_cannot_be_answered_is_named(
    post: Post, settings: Any, name: str, options: dict[str, Any], status: int, code: str
) -> None:
    settings.AGENT_TOOLS = PATHS
    answer = await post(name, **options)
    assert problem(answer) == (status, code)
    assert "private" not in answer.text


async def test_nobody_and_cookies_get_nothing(site: httpx2.AsyncClient, as_alice: Any, alice: User) -> None:
    cookie = f"sessionid={as_alice.cookies['sessionid'].value}"
    for headers in ({}, {"Cookie": cookie}):
        answer = await site.post("/mcp/tools/get_token_usage", json={}, headers=headers)
        assert problem(answer) == (401, "not_authenticated")


async def test_everyones_figures_take_a_token_of_staff_that_may_have_them(
    site: httpx2.AsyncClient, alice: User, staff: User, token_of: Callable[..., str]
) -> None:
    told = {}
    for person, scopes in ((alice, ["read"]), (staff, ["read"]), (staff, ["read", "admin"])):
        headers = {"Authorization": f"Bearer {await write(token_of)(person, *scopes)}"}
        answer = await site.post("/mcp/tools/get_token_usage", json={"scope": "everyone"}, headers=headers)
        told[person.username, *scopes] = answer.status_code
    assert told == {("alice", "read"): 403, ("staff", "read"): 403, ("staff", "read", "admin"): 200}


async def test_the_log_says_who_ran_what_but_not_what_was_asked(post: Post, alice: User) -> None:
    with capture_logs() as logged:
        await post("search_messages", {"query": "harbour"})
    (line,) = [entry for entry in logged if entry["event"] == "tool called"]
    assert (line["user"], line["tool"], line["status"]) == (alice.pk, "search_session_messages", "success")
    assert "harbour" not in str(logged)
