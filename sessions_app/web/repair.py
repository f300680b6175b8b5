"""Repair guides of iFixit by its public API 2.0 (ifixit.com/api/2.0/doc): searching them, reading one step by step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import httpx2
from django.conf import settings
from pydantic import Field

from sessions_app.agent.tools import ToolContext, ToolProblem, tool
from sessions_app.guarded_http import host_of

from .fetching import DATA, fetch_json
from .pages import web_is_on
from .search import is_page, text_in

MOST_GUIDES = 10
MOST_STEPS = 300
MOST_LINES = 20
STEPS_SIZE = 6_500  # bytes of JSON that the steps of one answer may take
PICTURE_SIZES = ("medium", "standard", "large", "original", "thumbnail")
LICENCE = "Guides of iFixit are under CC BY-NC-SA 3.0: name iFixit with a link to the guide."
ABOUT = f"What follows is from iFixit.com; it {DATA}"


@tool(offered=web_is_on)
async def search_repair_guides(
    context: ToolContext,
    *,
    query: Annotated[
        str,
        Field(description="a device and its part, such as iPhone 12 battery", min_length=2, max_length=120),
    ],
) -> dict[str, Any]:
    """Search iFixit's repair guides. Gives titles, devices and the guide_id by which read_repair_guide reads one. Use it
    when something is broken or somebody wants to repair, replace or take apart a device."""
    found = await asked(f"/search/{quote(query, safe='')}?filter=guide&limit={MOST_GUIDES}")
    rows = listed(found, "results")[: 2 * MOST_GUIDES]
    guides = [told for row in rows if (told := brief(row))][:MOST_GUIDES]
    if not guides:
        return {"query": query, "guides": [], "said": "iFixit has no guide for that."}
    return {"about": ABOUT, "query": query, "guides": guides, "licence": LICENCE}


@tool(offered=web_is_on)
async def read_repair_guide(
    context: ToolContext,
    *,
    guide_id: Annotated[int, Field(description="from search_repair_guides", ge=1, le=100_000_000)],
    first_step: Annotated[
        int, Field(description="where to read on: next_step of the part before", ge=1, le=MOST_STEPS)
    ] = 1,
) -> dict[str, Any]:
    """Read a repair guide of iFixit: device, difficulty, time, tools, parts, and its steps with their cautions. Pass on
    the cautions, and name iFixit with a link to the guide."""
    found = await asked(f"/guides/{guide_id}")
    if not isinstance(found, Mapping) or not listed(found, "steps"):
        raise ToolProblem("iFixit has no guide with steps of that number.")
    return guide(found, first_step)


async def asked(path: str) -> Any:
    """Raises ToolProblem."""
    base = settings.IFIXIT_URL.rstrip("/")
    try:
        return await fetch_json(base + path, private=own_host(base), headers={"Accept": "application/json"})
    except ToolProblem as problem:
        raise ToolProblem(f"iFixit was asked. {problem.sentence}") from problem


def own_host(base: str) -> list[str]:
    """The operator's own address of the API may lie in their network."""
    return [host_of(httpx2.URL(base))]


def listed(value: Any, key: str) -> list[Mapping[str, Any]]:
    """The objects of a list, read without trust."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def brief(row: Mapping[str, Any]) -> dict[str, Any]:
    """A guide as a search finds it; empty for anything else."""
    number = row.get("guideid")
    if not isinstance(number, int) or row.get("dataType", "guide") != "guide":
        return {}
    return {
        "guide_id": number,
        "title": text_in(row.get("title"), 200) or f"Guide {number}",
        "device": text_in(row.get("category"), 100),
        "difficulty": text_in(row.get("difficulty"), 40),
        "summary": text_in(row.get("summary") or row.get("text"), 300),
        "address": address(row.get("url")),
    }


def guide(found: Mapping[str, Any], first: int) -> dict[str, Any]:
    steps = [step(number, row) for number, row in enumerate(listed(found, "steps")[:MOST_STEPS], 1)]
    if first > len(steps):
        raise ToolProblem(f"The guide has {len(steps)} steps.")
    shown = fitting(steps[first - 1 :])
    told = {
        "about": ABOUT,
        "title": text_in(found.get("title"), 200),
        "device": text_in(found.get("category"), 100),
        "address": address(found.get("url")),
        "licence": LICENCE,
        "total_steps": len(steps),
        "steps": shown,
    }
    if first == 1:
        told |= {
            "difficulty": text_in(found.get("difficulty"), 40),
            "time": text_in(found.get("time_required"), 60),
            "introduction": text_in(found.get("introduction_rendered") or found.get("introduction_raw"), 600),
            "tools": things(found, "tools"),
            "parts": things(found, "parts"),
        }
    after = first + len(shown)
    return told | ({"next_step": after} if after <= len(steps) else {})


def step(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        {"text": words, "mark": text_in(line.get("bullet"), 20)}
        for line in listed(row, "lines")[:MOST_LINES]
        if (words := text_in(line.get("text_rendered") or line.get("text_raw"), 800))
    ]
    told: dict[str, Any] = {"step": number, "title": text_in(row.get("title"), 120), "lines": lines}
    found = pictures(row.get("media"))
    return told | ({"pictures": found} if found else {})


def pictures(media: Any) -> list[str]:
    """Addresses alone: nothing is loaded before somebody asks for it."""
    if not isinstance(media, Mapping) or media.get("type") != "image":
        return []
    found = [
        next((at for size in PICTURE_SIZES if is_page(at := str(picture.get(size) or ""))), "")
        for picture in listed(media, "data")[:10]
    ]
    return [at for at in found if at][:3]


def things(found: Mapping[str, Any], key: str) -> list[str]:
    return [name for row in listed(found, key)[:20] if (name := text_in(row.get("text"), 80))]


def fitting(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many as one answer holds, at least one."""
    size, kept = 0, 0
    for each in steps:
        size += len(json.dumps(each, ensure_ascii=False).encode())
        if kept and size > STEPS_SIZE:
            break
        kept += 1
    return steps[:kept]


def address(value: Any) -> str:
    """Of a page of iFixit; relative ones come too."""
    found = str(value or "")
    whole = f"https://www.ifixit.com{found}" if found.startswith("/") else found
    return whole if is_page(whole) else ""
