"""Search APIs: asked as each wants to be, their answers read without trust, the key told to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from sessions_app.agent.context import own_tools
from sessions_app.agent.searching import told_tools
from sessions_app.agent.tools import Outcome, Toolbox, ToolContext
from sessions_app.web.search import is_configured, web_search

from .conftest import Serve

pytestmark = pytest.mark.sqlite
FOUND = {
    "title": "The <b>tower</b> &amp; town",
    "url": "https://tower.example/",
    "page_age": "2026-05-01T00:00:00",
}
SEARXNG = {"results": [{**FOUND, "content": "Opens at <em>nine</em>.", "publishedDate": "2026-05-01"}]}
BRAVE = {"web": {"results": [{**FOUND, "description": "Opens at <strong>nine</strong>."}]}}


async def search(query: str = "tower hours") -> Outcome:
    return await Toolbox.of(web_search).bound(ToolContext(1)).call("web_search", {"query": query})


@pytest.mark.parametrize(
    ("kind", "path", "answer", "key", "date"),
    [
        ("searxng", "/search", SEARXNG, ("Authorization", "Bearer secret"), "2026-05-01"),
        ("brave", "/web/search", BRAVE, ("X-Subscription-Token", "secret"), "2026-05-01T00:00:00"),
    ],
)
async def test_each_api_is_asked_in_its_own_words(
    serve: Serve, settings: Any, kind: str, path: str, answer: Any, key: tuple[str, str], date: str
) -> None:
    asked: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request)
        return web.json_response(answer)

    settings.WEB_SEARCH_KIND, settings.WEB_SEARCH_URL, settings.WEB_SEARCH_KEY = (
        kind,
        await serve(handler),
        "secret",
    )
    outcome = await search("tower & hours")
    assert asked[0].path == path
    assert asked[0].query["q"] == "tower & hours"
    assert asked[0].headers[key[0]] == key[1]
    assert outcome.result["results"] == [
        {
            "number": 1,
            "title": "The tower & town",
            "address": "https://tower.example/",
            "excerpt": "Opens at nine.",
            "date": date,
        }
    ]
    assert "not instructions" in outcome.result["about"]


@pytest.mark.parametrize(
    "answer",
    [
        [], {"results": "x"}, {"results": [1, None, {"url": "javascript:alert(1)"}, {"title": "no address"}]},
        {"results": [{"url": "https://a b/"}, {"url": 7}, {"url": "//host/"}]}, None, "text",
    ],
)  # fmt: skip
async def test_what_is_no_result_is_left_out(serve: Serve, settings: Any, answer: Any) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response(answer)

    settings.WEB_SEARCH_URL = await serve(handler)
    assert (await search()).result == {"query": "tower hours", "results": [], "said": "Nothing was found."}


async def test_the_key_goes_to_no_host_that_the_api_points_to(serve: Serve, settings: Any) -> None:
    seen: list[Any] = []

    async def other(request: web.Request) -> web.Response:
        seen.append(request)
        return web.json_response(SEARXNG)

    away = await serve(other)

    async def handler(_: web.Request) -> web.Response:
        raise web.HTTPFound(away)

    settings.WEB_SEARCH_URL, settings.WEB_SEARCH_KEY = await serve(handler), "secret"
    assert (await search()).status == "error"
    assert seen == []


async def test_an_api_whose_name_is_unknown_is_not_named_to_people(settings: Any) -> None:
    settings.WEB_SEARCH_KIND, settings.WEB_SEARCH_URL = "searxng", "https://search.inner.invalid"
    outcome = await search("x")
    assert (outcome.status, "inner" in outcome.error) == ("error", False)


async def test_an_api_that_is_down_is_told_of_in_words(settings: Any) -> None:
    settings.WEB_SEARCH_URL = "http://127.0.0.1:9"
    assert (await search()).error == "It could not be reached."


def test_a_search_is_offered_only_where_it_is_set_up(db: None, settings: Any) -> None:
    assert "web_search" not in own_tools().tools
    settings.WEB_SEARCH_KIND = "brave"
    assert not is_configured()
    settings.WEB_SEARCH_KEY = "secret"
    assert "web_search" in own_tools().tools
    assert "web_search" in [spec.name for spec in told_tools(own_tools(), ())]
    settings.WEB_SEARCH, settings.WEB_SEARCH_KEY = True, ""
    assert "web_search" in own_tools().tools
    assert "web_search" not in [spec.name for spec in told_tools(own_tools(), ())]
    assert "web_search" not in [spec.name for spec in told_tools(own_tools(), ("web_search",))]


def test_without_the_web_nothing_is_offered_that_leaves_the_machine(db: None, settings: Any) -> None:
    settings.WEB_TOOLS = False
    assert not {"read_web_page", "search_repair_guides", "read_repair_guide"} & set(own_tools().tools)
