"""Pictures of videos in a conversation: the choice, what is chosen, references under an answer, and what one opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1280, 800), (768, 900), (360, 740))


def video_chat(camera: Camera) -> None:
    path = camera.server.run("tests.browser.videos").split()[0]
    with camera.tab(camera.server.url, "alice") as tab:
        tab.open(path)
        tab.expect_live()
        camera.shoot("video-chat", tab, SIZES)
        tab.page.locator(".composer__videos").click()
        expect(tab.page.get_by_role("dialog", name="Choose videos")).to_be_visible()
        camera.shoot("video-choice", tab, SIZES)
        tab.page.keyboard.press("Escape")
        chip = tab.answers.first.locator(".sources .source-chip").nth(1)
        chip.focus()
        tab.page.keyboard.press("Shift+Tab")
        tab.page.keyboard.press("Tab")
        expect(tab.page.get_by_role("tooltip")).to_be_visible()
        camera.shoot("video-preview", tab, SIZES[:1])
        chip.click()
        expect(tab.page.locator(".reference-dialog[open]")).to_be_visible()
        expect(tab.page.get_by_text("Loading…")).to_have_count(0)
        camera.shoot("video-reference", tab, SIZES)
        tab.page.keyboard.press("Escape")
        tab.open(f"{path}videos/")
        camera.shoot("video-choice-page", tab, SIZES)


SCENES = (video_chat,)
