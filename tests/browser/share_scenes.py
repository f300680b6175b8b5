"""Pictures of sharing: the dialog, the page of a link, the gallery, one's own links."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1440, 900), (820, 1000), (390, 844))
ANSWER = """**Six tries over twenty-four hours,** with a jitter of 20 %.

| Try | After | Jitter |
| --- | ---: | ---: |
| 1 | 1 min | 12 s |
| 2 | 10 min | 2 min |
| 3 | 2 h | 24 min |

```python
def wait(attempt: int) -> float:
    return base * 10**attempt * uniform(0.8, 1.2)
```
"""
USAGE = {"name": "analyze_token_usage", "input": {"time_range": "week", "group_by": "model"}}


def share(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        camera.upstream.set_title({"name": "title", "text": "Retry policy for webhooks"})
        camera.upstream.script({"name": "tool", "tools": [USAGE]}, {"name": "words", "text": ANSWER})
        tab.new_session().ask("How do we retry deliveries, and what did they cost this week?")
        expect(tab.page.get_by_role("heading", name="Retry policy for webhooks")).to_be_visible()
        camera.upstream.script({"name": "words", "text": "A 410 Gone ends it at once."})
        tab.ask("When do we give up?")
        camera.upstream.script({"name": "words", "text": "The owner of the endpoint, by e-mail."})
        tab.ask("And who is told?")
        dialog = tab.page.get_by_role("dialog", name="Share session")
        tab.page.get_by_role("link", name="Share", exact=True).click()
        expect(dialog).to_be_visible()
        camera.shoot("share-new", tab, SIZES)
        for name in (
            "Tool calls and results",
            "Tokens and cost",
            "Names of people",
            "Download it and continue",
        ):
            dialog.get_by_role("switch", name=name).check()
        dialog.get_by_role("switch", name="Find it in the gallery").check()
        dialog.get_by_label("A sentence for the gallery").fill("Six tries, a jitter, and who is told.")
        camera.shoot("share-chosen", tab, SIZES[:1])
        dialog.get_by_role("button", name="Make a link").click()
        address = dialog.get_by_role("textbox", name="Address of").first
        expect(address).to_be_focused()
        camera.shoot("share-made", tab, SIZES)
        path = address.input_value().removeprefix(tab.base)
        tab.open("/shares/")
        camera.shoot("shares", tab, SIZES)
        tab.open("/gallery/")
        camera.shoot("gallery", tab, SIZES)
        tab.open(f"{path}continue/")
        camera.shoot("share-continue", tab, SIZES[:1])
    with camera.tab(camera.server.url, "") as reader:
        reader.open(path)
        camera.shoot("shared", reader, SIZES, whole=True)
        reader.page.emulate_media(media="print")
        reader.page.screenshot(path=camera.place / "shared-print.png", full_page=True)
        reader.page.emulate_media(media="screen")
        reader.open("/share/nothing/")
        camera.shoot("shared-gone", reader, SIZES)


SCENES: tuple[Callable[[Camera], None], ...] = (share,)
