"""Pictures of a conversation whose beginning was summarised, or is not sent any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.workspace import Workspace

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1280, 800), (768, 900), (360, 740))
MATERIAL = (
    "The harbour master wants the price of each rope by metre, its breaking load and who delivers it. " * 20
)
GIST = """The person compares ropes for the harbour.

- Polyester, 12 mm: $2.40 a metre, breaking load 3,100 kg, from Nordic Lines.
- Dyneema, 10 mm: $6.10 a metre, breaking load 8,900 kg; delivery takes three weeks.

Open: which of them the harbour master approves by 12 December."""


def talk(tab: Workspace, sign: str) -> None:
    """Ask with a small budget until the page says so."""
    tab.new_session().ask("Begin.")
    tab.page.get_by_label("Context budget").fill("6,000")
    with tab.page.expect_response(lambda answer: "/settings/" in answer.url):
        tab.page.get_by_label("Context budget").press("Tab")
    for number in range(8):
        tab.ask(f"Which rope for berth {number + 1}? {MATERIAL}")
        tab.expect_status("complete")
        if number > 2 and tab.page.get_by_text(sign).count():
            break
    expect(tab.page.get_by_text(sign)).to_be_visible()


def context(camera: Camera) -> None:
    """The summary in its place, opened; its form; and what is left out where there is none."""
    with camera.tab(camera.server.url, "alice") as tab:
        camera.upstream.set_default(
            {"name": "words", "text": "Polyester for this berth: it gives, and costs little."}
        )
        camera.upstream.set_summary({"name": "words", "text": GIST})
        talk(tab, "Earlier messages were summarised.")
        fold = tab.page.locator(".context-fold")
        fold.locator("summary").click()
        for size in SIZES:
            tab.page.set_viewport_size({"width": size[0], "height": size[1]})
            fold.locator("summary").evaluate("(line) => line.scrollIntoView({block: 'start'})")
            camera.shoot("context-summary", tab, (size,))
        fold.get_by_role("button", name="Change").click()
        expect(tab.page.get_by_role("dialog")).to_be_visible()
        camera.shoot("context-change", tab, SIZES)
        tab.page.keyboard.press("Escape")
        camera.upstream.set_summary("overloaded")
        talk(tab, "Earlier messages are not sent to the model.")
        for size in SIZES:
            tab.page.set_viewport_size({"width": size[0], "height": size[1]})
            line = tab.page.get_by_text("Earlier messages are not sent to the model.")
            line.evaluate("(line) => line.scrollIntoView({block: 'center'})")
            camera.shoot("context-left-out", tab, (size,))


SCENES = (context,)
