"""Pictures of activity: the page, an event, the choice behind /context, a message that carries events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1280, 800), (768, 1024), (360, 780))


def activity(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        tab.open("/activity/")
        camera.shoot("activity-empty", tab, SIZES)
        camera.server.run("tests.browser.happenings", "staff")
        tab.open("/activity/")
        camera.shoot("activity", tab, SIZES)
        tab.page.get_by_role("link", name="The build of main failed").click()
        expect(tab.page.get_by_role("dialog")).to_be_visible()
        camera.shoot("activity-event", tab, SIZES)
        tab.page.get_by_role("link", name="Add to a session…").click()
        expect(tab.page.get_by_role("heading", name="Add to a session")).to_be_visible()
        camera.shoot("activity-add", tab, SIZES)
        tab.open("/")
        tab.new_session()
        tab.box.fill("/context 1h")
        tab.box.press("Enter")
        expect(tab.page.get_by_role("heading", name="Add activity")).to_be_visible()
        camera.shoot("activity-context", tab, SIZES)
        tab.button("Add").click()
        expect(tab.questions).to_have_count(1)
        camera.shoot("activity-message", tab, SIZES)
        tab.page.locator(".message-card summary").click()
        expect(tab.questions.get_by_role("link", name="The build of main failed")).to_be_visible()
        camera.shoot("activity-message-open", tab, SIZES)


SCENES = (activity,)
