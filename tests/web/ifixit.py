"""A server that answers as iFixit's API does."""

from __future__ import annotations

from typing import Any

from aiohttp import web

GUIDE_ID = 3
PICTURE = "https://guide-images.cdn.example/igi/abc"


def guide(steps: int = 3, **more: Any) -> dict[str, Any]:
    return {
        "guideid": GUIDE_ID,
        "title": "Phone 12 Battery Replacement",
        "category": "Phone 12",
        "difficulty": "Moderate",
        "time_required": "1 - 2 hours",
        "url": "https://www.ifixit.com/Guide/Phone+12+Battery/3",
        "introduction_rendered": "<p>Use this guide to replace the <b>battery</b>.</p>",
        "tools": [{"type": "tool", "text": "Spudger", "quantity": 1}, {"text": "P2 Screwdriver"}],
        "parts": [{"type": "part", "text": "Phone 12 Battery"}],
        "steps": [step(number) for number in range(1, steps + 1)],
        **more,
    }


def step(number: int) -> dict[str, Any]:
    return {
        "stepid": 100 + number,
        "orderby": number,
        "title": "Heat the edge" if number == 1 else "",
        "lines": [
            {
                "bullet": "red",
                "level": 0,
                "text_raw": f"Do [b]{number}[/b]",
                "text_rendered": f"Do <b>{number}</b> now",
            },
            {"bullet": "icon_caution", "level": 0, "text_rendered": "Do not <i>bend</i> it."},
        ],
        "media": {
            "type": "image",
            "data": [{"id": number, "guid": "abc", "standard": f"{PICTURE}.standard"}],
        },
    }


async def answer(request: web.Request) -> web.Response:
    """Searches find the one guide, which can be read."""
    if request.path == "/api/2.0/search/phone 12":
        row = {"dataType": "guide", "guideid": GUIDE_ID, "title": guide()["title"], "category": "Phone 12",
               "url": "https://www.ifixit.com/Guide/Phone+12+Battery/3", "summary": "Swap the battery."}  # fmt: skip
        return web.json_response(
            {"results": [row, {"dataType": "wiki", "title": "Phone 12"}], "totalResults": 2}
        )
    if request.path == f"/api/2.0/guides/{GUIDE_ID}":
        return web.json_response(guide())
    if request.path.startswith("/api/2.0/search/"):
        return web.json_response({"results": [], "totalResults": 0})
    return web.json_response({"message": "not found"}, status=404)
