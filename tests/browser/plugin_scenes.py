"""Pictures of plugins: a person's page, the administration's two, and a command that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1280, 1100), (768, 1300), (360, 1500))


def plugins(camera: Camera) -> None:
    camera.server.run("tests.browser.plugins")
    camera.server.stop()  # which reads what files there are when it starts
    camera.server.start()
    with camera.tab(camera.server.url, "alice") as tab:
        tab.open("/plugins/")
        tab.page.get_by_label("Notes with each question").fill("many")
        tab.button("Save the settings of Notes").click()
        camera.shoot("plugins", tab, SIZES)
        tab.new_session()
        tab.send("/calc 12 kg * 9.81 m/s^2 in N")
        tab.page.locator("#composer-notice").get_by_text("117.72 N").wait_for()
        camera.shoot("plugin-command", tab, ((1280, 800),))
    with camera.tab(camera.server.url, "keeper") as tab:
        tab.open("/admin/sessions_app/pluginstate/")
        camera.shoot("plugins-admin", tab, SIZES)
        tab.open("/admin/sessions_app/pluginstate/notes/change/")
        camera.shoot("plugin-admin", tab, SIZES, whole=True)
        tab.open("/admin/sessions_app/pluginstate/git/change/")
        camera.shoot("plugin-admin-git", tab, SIZES, whole=True)


SCENES = (plugins,)
