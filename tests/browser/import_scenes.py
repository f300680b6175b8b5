"""Pictures of importing: where a file is chosen, what is in it, how far it is, what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.browser.workspace import Workspace
from tests.exports.foreign import chatgpt, node, plain_chatgpt, plain_claude, zipped

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1440, 900), (1024, 768), (390, 844))
TALKS = (
    "Trip to Lisbon", "Regex for log lines", "Sourdough timetable", "Pension letter in plain words", "Heat pump or gas",
    "Postgres index for search", "Names for a cat", "Chess opening for beginners", "Cover letter, second draft",
    "Why the build is slow", "Presents for a ten-year-old who likes rockets", "Thesis outline",
)  # fmt: skip


def talks(more: int = 0) -> list[dict[str, Any]]:
    return [plain_chatgpt(f"talk-{at}", title, more=at % 5 + more) for at, title in enumerate(TALKS)]


def bring(tab: Workspace, name: str, data: bytes, *, reload: bool = True) -> None:
    if reload:
        tab.open("/import/")
    kind = "application/zip" if name.endswith(".zip") else "application/json"
    tab.page.get_by_label("Choose a JSON or ZIP file").set_input_files(
        {"name": name, "mimeType": kind, "buffer": data}
    )


def imports(camera: Camera) -> None:
    with camera.tab(camera.server.url, "beginner") as tab:
        bring(tab, "claude-export.zip", zipped({"conversations.json": [plain_claude("1", "Sourdough")]}))
        tab.page.get_by_role("button", name="Import 1 session").click()
        expect(tab.page.get_by_role("heading", name="1 session imported")).to_be_visible()
        bring(tab, "first.json", json.dumps(talks()[:4]).encode())
        tab.page.get_by_role("button", name="Import 4 sessions").click()
        expect(tab.page.get_by_role("heading", name="4 sessions imported")).to_be_visible()
        bring(tab, "chat.html", b"<!doctype html>")
        expect(tab.page.get_by_role("alert")).to_contain_text("not a JSON file")
        camera.shoot("import-refused", tab, SIZES)
        bring(tab, "empty.json", b"")
        expect(tab.page.get_by_role("alert")).to_contain_text("empty.json was not taken")
        camera.shoot("import-not-taken", tab, SIZES)
        bring(tab, "again.json", json.dumps(talks()[:4]).encode())
        expect(tab.page.locator("main")).to_contain_text("Nothing new in this file.")
        camera.shoot("import-nothing-new", tab, SIZES)
        bring(tab, "chatgpt-export-2026-11.zip", zipped({"conversations.json": mixed(), "chat.html": b"x"}))
        expect(tab.page.get_by_role("button", name="Import 60 sessions")).to_be_visible()
        camera.shoot("import-preview", tab, SIZES)
        tab.open("/import/")
        camera.shoot("import", tab, SIZES)
        tab.page.get_by_role("link", name="chatgpt-export-2026-11.zip").click()
        tab.page.get_by_role("button", name="Import 60 sessions").click()
        expect(tab.page.locator("#import-state")).to_contain_text("of 60 sessions")
        camera.shoot("import-busy", tab, ((1440, 900),))
        expect(tab.page.get_by_role("heading", name="60 sessions imported")).to_be_visible()
        camera.shoot("import-done", tab, SIZES)
        tab.page.get_by_role("link", name="Kitchen plan").click()
        expect(tab.log).to_contain_text("A kitchen with a gas stove.")
        expect(tab.page.locator("#used")).to_contain_text("From ChatGPT")
        camera.shoot("imported-session", tab, ((1440, 900), (390, 844)))


def mixed() -> bytes:
    """Here, changed, new with notes, broken."""
    strange = {"content_type": "hologram", "beams": 3}
    named = [{"id": "file-AbCdEfGh12", "name": "kitchen.jpg", "size": 482_112, "mime_type": "image/jpeg"}]
    odd = chatgpt(
        node("q", "root", "user", "What is in this picture?", attachments=named),
        node("x", "q", "assistant", content=strange),
        node("a", "x", "assistant", "A kitchen with a gas stove."),
        key="odd",
        title="Kitchen plan",
    )
    rows = [*talks()[:2], *talks(more=1)[2:4], odd, *talks()[4:]]
    rows += [plain_chatgpt(f"more-{at}", f"{TALKS[at % 12]} ({at})", more=at % 7) for at in range(49)]
    broken = b'{"title": "Half a talk", "mapping": {"a": nope}}'
    parts = [json.dumps(row).encode() for row in rows]
    return b"[\n" + b",\n".join([*parts[:3], broken, *parts[3:]]) + b"\n]"
