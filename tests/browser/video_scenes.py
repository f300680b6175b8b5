"""Pictures of videos: the list, the page of one with its transcript, the form, the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1280, 800), (768, 1024), (360, 780))


def videos(camera: Camera) -> None:
    with camera.tab(camera.server.url, "beginner") as tab:
        tab.open("/videos/")
        camera.shoot("videos-empty", tab, SIZES)
    own, elsewhere = camera.server.run("tests.browser.cinema").split()
    with camera.tab(camera.server.url, "alice") as tab:
        tab.open("/videos/")
        camera.shoot("videos", tab, SIZES)
        tab.open(own)
        expect(tab.page.locator("video")).to_have_js_property("currentTime", 83.2)
        camera.shoot("video", tab, SIZES, whole=True)
        tab.page.get_by_label("Find in the transcript").fill("crane")
        camera.shoot("video-found", tab, ((1280, 800),))
        tab.open(elsewhere)
        camera.shoot("video-elsewhere", tab, SIZES)
        tab.open("/videos/new/")
        camera.shoot("video-new", tab, SIZES, whole=True)
        tab.page.get_by_label("Title").fill("Night shift at the crane")
        tab.page.get_by_label("Length").fill("soon")
        tab.page.get_by_role("radio", name="Listed people").check()
        tab.page.get_by_label("Names").fill("zoe, nobody")
        tab.button("Save").click()
        expect(tab.page.get_by_role("alert")).to_contain_text("Not saved.")
        camera.shoot("video-refused", tab, SIZES, whole=True)
        tab.open("/videos/")
        tab.page.evaluate(
            """(address) => {
              document.body.insertAdjacentHTML("beforeend", '<loaded-dialog><dialog class="dialog" aria-labelledby="loaded-title"><div id="loaded"></div></dialog></loaded-dialog>');
              htmx.ajax("GET", address, { source: document.body, target: "#loaded", swap: "innerHTML" });
            }""",
            own.replace("/?", "/player/?"),
        )
        expect(tab.page.get_by_role("dialog")).to_be_visible()
        expect(tab.page.locator(".cue--marked")).to_be_in_viewport()
        camera.shoot("video-dialog", tab, SIZES)


SCENES = (videos,)
