"""Pictures of the figures of a creator's videos."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.pictures import Camera


def video_figures(camera: Camera) -> None:
    """Of a month of questions that is made once."""
    one = camera.server.run("tests.browser.video_month").strip()
    with camera.tab(camera.server.url, "visitor") as tab:
        tab.open("/videos/figures/?time_range=30d")
        camera.shoot("video-figures", tab, whole=True)
        tab.open(f"/videos/figures/?time_range=30d&video={one}")
        camera.shoot("video-figures-one", tab, whole=True)
        tab.open("/videos/figures/?time_range=dates&from=2020-01-01&until=2020-01-02")
        camera.shoot("video-figures-none", tab, ((1440, 900),))
        tab.open("/accounts/preferences/")
        camera.shoot("preferences-videos", tab, ((1440, 900),))


SCENES = (video_figures,)
