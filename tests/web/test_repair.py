"""Repair guides: found, read step by step, and drawn without loading anything from elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from sessions_app.agent.tools import RESULT_LIMIT, Outcome, Toolbox, ToolContext
from sessions_app.rendering.cards import card_html, tool_card
from sessions_app.web.repair import guide, read_repair_guide, search_repair_guides
from tests.rendering.results import call

from . import ifixit
from .conftest import Serve

pytestmark = pytest.mark.sqlite


async def ask(name: str, **given: Any) -> Outcome:
    box = Toolbox.of(search_repair_guides, read_repair_guide).bound(ToolContext(1))
    return await box.call(name, given)


@pytest.fixture
async def api(serve: Serve, settings: Any) -> None:
    settings.IFIXIT_URL = f"{await serve(ifixit.answer)}/api/2.0"


@pytest.mark.usefixtures("api")
async def test_a_search_finds_guides_by_number_and_nothing_else() -> None:
    found = (await ask("search_repair_guides", query="phone 12")).result
    assert [(each["guide_id"], each["device"]) for each in found["guides"]] == [(3, "Phone 12")]
    assert "CC BY-NC-SA" in found["licence"]
    assert (await ask("search_repair_guides", query="toaster")).result[
        "said"
    ] == "iFixit has no guide for that."


@pytest.mark.usefixtures("api")
async def test_a_guide_is_told_with_its_cautions_and_where_its_pictures_are() -> None:
    told = (await ask("read_repair_guide", guide_id=3)).result
    assert (told["device"], told["difficulty"], told["time"]) == ("Phone 12", "Moderate", "1 - 2 hours")
    assert (told["tools"], told["parts"]) == (["Spudger", "P2 Screwdriver"], ["Phone 12 Battery"])
    assert told["introduction"] == "Use this guide to replace the battery."
    assert told["steps"][0] == {
        "step": 1,
        "title": "Heat the edge",
        "lines": [{"text": "Do 1 now", "mark": "red"}, {"text": "Do not bend it.", "mark": "icon_caution"}],
        "pictures": [f"{ifixit.PICTURE}.standard"],
    }
    assert "next_step" not in told
    assert (await ask("read_repair_guide", guide_id=3, first_step=9)).error == "The guide has 3 steps."
    gone = await ask("read_repair_guide", guide_id=99)
    assert gone.error == "iFixit was asked. It answered with HTTP 404."


async def test_an_api_that_is_down_or_talks_nonsense_is_a_plain_error(serve: Serve, settings: Any) -> None:
    settings.IFIXIT_URL = "http://127.0.0.1:9/api/2.0"
    assert (await ask("read_repair_guide", guide_id=3)).error == "iFixit was asked. It could not be reached."

    async def odd(_: web.Request) -> web.Response:
        return web.json_response({"steps": "x", "results": {"a": 1}})

    settings.IFIXIT_URL = await serve(odd)
    assert (await ask("read_repair_guide", guide_id=3)).status == "error"
    assert (await ask("search_repair_guides", query="phone")).result["guides"] == []


def test_a_long_guide_is_read_part_by_part_and_none_is_cut() -> None:
    long = ifixit.guide(60)
    seen, first = [], 1
    while first:
        told = guide(long, first)
        assert len(json.dumps(told).encode()) < RESULT_LIMIT
        seen += [each["step"] for each in told["steps"]]
        first = told.get("next_step", 0)
    assert seen == list(range(1, 61))


def test_a_card_draws_steps_with_pictures_by_click_alone() -> None:
    html = card_html(tool_card("card-1", call("read_repair_guide", guide(ifixit.guide(), 1)), opened=True))
    assert "<img" not in html
    assert f'href="{ifixit.PICTURE}.standard"' in html
    assert html.count('target="_blank" rel="noopener noreferrer nofollow"') == 4
    assert 'class="is-red"' in html
    assert "<strong>Caution:</strong> Do not bend it." in html
    waits = card_html(tool_card("card-1", call("search_repair_guides", None, "pending")))
    assert "Searching iFixit…" in waits


@pytest.mark.parametrize(
    "odd", ["javascript:alert(1)", "//evil.example/x", 'https://a"onclick=x', 7, None, "https://x y"]
)
def test_a_picture_whose_address_is_none_of_the_web_is_left_out(odd: Any) -> None:
    step = {"step": 1, "lines": [{"text": "x", "mark": odd}], "pictures": [odd]}
    html = card_html(
        tool_card("card-1", call("read_repair_guide", {"steps": [step], "address": odd}), opened=True)
    )
    assert "<a href" not in html.replace('<a href="/', "")
