"""Pictures of exports that are made in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1440, 900), (1024, 768), (390, 844))


def exports(camera: Camera) -> None:
    """The list in every state, the page that begins one, and a list with nothing in it."""
    camera.server.run("tests.browser.job_rows")
    with camera.tab(camera.server.url, "newcomer") as tab:
        tab.open("/exports/")
        tab.page.get_by_text("What is left out").click()
        camera.shoot("exports", tab, SIZES, whole=True)
        tab.open("/exports/new/")
        expect(tab.page.locator("#export-sum")).to_contain_text("3 sessions")
        camera.shoot("exports-new", tab, SIZES)
        tab.page.get_by_text("What goes in").click()
        tab.page.get_by_label("Which").select_option("starred")
        expect(tab.page.locator("#export-sum")).to_contain_text("1 session")
        camera.shoot("exports-options", tab, SIZES, whole=True)
    with camera.tab(camera.server.url, "beginner") as tab:
        tab.open("/exports/")
        camera.shoot("exports-none", tab, SIZES)


SCENES = (exports,)
