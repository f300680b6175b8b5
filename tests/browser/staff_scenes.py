"""Pictures of the pages of staff."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.boss import NAME
from tests.browser.server import free_port, serving

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

TALL = ((1440, 1100), (1024, 1400), (390, 1800))


def health(camera: Camera) -> None:
    camera.server.run("tests.browser.boss")
    camera.upstream.script({"name": "words", "text": "It works."})
    with camera.tab(camera.server.url, "alice") as tab:
        tab.new_session().ask("Does it work?")
        tab.expect_status("complete")
    with camera.tab(camera.server.url, NAME) as tab:
        tab.open("/dashboard/health/")
        camera.shoot("health", tab, TALL)


def fallback(camera: Camera) -> None:
    """Nobody is reached where Claude was: who answers, and what staff see of it."""
    with (
        tempfile.TemporaryDirectory() as place,
        serving(Path(place), f"http://127.0.0.1:{free_port()}", FALLBACK="on") as server,
    ):
        server.stop()
        server.run("tests.browser.staff")  # with the admin site's own files
        server.start()
        with camera.tab(server.url, "alice") as tab:
            tab.new_session()
            for _ in range(2):
                tab.ask("Hello")
                tab.expect_status("complete")
            expect(tab.page.locator("#answering")).to_contain_text("answers instead")
            camera.shoot("fallback", tab)
        with camera.tab(server.url, "root") as tab:
            tab.open("/admin/sessions_app/modeloffer/")
            camera.shoot("models", tab, TALL)
            tab.open("/admin/sessions_app/modeloffer/add/?provider=anthropic&model=claude-sonnet-5-5")
            camera.shoot("model", tab, TALL)


STAFF = (health, fallback)
