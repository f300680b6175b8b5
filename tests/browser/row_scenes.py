"""Pictures of the rows behind the figures, of one session in figures, of the prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.pictures import Camera


def rows_calls(camera: Camera) -> None:
    """All of them, of one prepared month: it is made once."""
    path = camera.server.run("tests.browser.ledger").strip()
    with camera.tab(camera.server.url, "visitor") as tab:
        tab.open("/dashboard/rows/calls/?time_range=all")
        camera.shoot("rows-calls", tab)
        tab.open(
            "/dashboard/rows/calls/?time_range=dates&from=2020-01-01&until=2020-02-01&error=any&unpriced=1"
        )
        camera.shoot("rows-none", tab)
        for kind in ("messages", "replies", "tools", "sessions"):
            tab.open(f"/dashboard/rows/{kind}/?time_range=all")
            camera.shoot(f"rows-{kind}", tab, ((1440, 900),))
        tab.open(f"{path}analytics/")
        camera.shoot("session-analytics", tab)
        tab.page.locator("#times-name").scroll_into_view_if_needed()
        camera.shoot("session-analytics-end", tab, ((1440, 900),))
        tab.open("/dashboard/prices/")
        camera.shoot("prices", tab)
        tab.page.locator(".prices__example summary").first.click()
        tab.page.locator("#how-name").scroll_into_view_if_needed()
        camera.shoot("prices-example", tab)


SCENES = (rows_calls,)
