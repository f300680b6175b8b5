"""Pictures of a person's tokens: the list, a new one, the change and the end of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.pictures import Camera


def tokens(camera: Camera) -> None:
    camera.server.run("tests.browser.programs")
    with camera.tab(camera.server.url, "alice") as tab:
        tab.open("/accounts/tokens/")
        camera.shoot("tokens", tab)
        rows = tab.page.locator("#tokens")
        rows.scroll_into_view_if_needed()
        tab.page.locator("main").evaluate("(main) => { main.scrollTop = main.scrollHeight; }")
        camera.shoot("tokens-list", tab)
        tab.page.get_by_role("link", name="Change Nightly report").click()
        camera.shoot("token", tab)
        tab.open("/accounts/tokens/")
        tab.page.get_by_label("Name", exact=True).fill("Release notes")
        tab.page.get_by_label("Expires").select_option("date")
        tab.page.get_by_label("What is limited").select_option("tokens")
        tab.page.get_by_label("How much").fill("many")
        tab.button("Make a token").click()
        camera.shoot("tokens-refused", tab)
        tab.page.get_by_label("Expires").select_option("90")
        tab.page.get_by_label("How much").fill("200,000")
        tab.button("Make a token").click()
        camera.shoot("tokens-new", tab)
        tab.button("Revoke Release notes").click()
        camera.shoot("tokens-revoke", tab)


SCENES = (tokens,)
