"""Pictures of the pages of staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.boss import NAME

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


STAFF = (health,)
