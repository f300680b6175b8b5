"""`python -m tests.browser.pictures OUTDIR [SCENE ...]`: pictures of the pages to lay beside the visual direction, and what
axe finds wrong with each."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.activity_scenes import SCENES as ACTIVITY
from tests.browser.conftest import CHROMIUM, FLAGS, log_in
from tests.browser.context_scenes import SCENES as CONTEXTS
from tests.browser.import_scenes import imports
from tests.browser.job_scenes import SCENES as JOBS
from tests.browser.notification_scenes import SCENES as NOTICES
from tests.browser.plugin_scenes import SCENES as PLUGINS
from tests.browser.row_scenes import SCENES as ROWS
from tests.browser.scenes import SCENES as MORE
from tests.browser.server import Server, serving
from tests.browser.share_scenes import SCENES as SHARES
from tests.browser.staff_scenes import STAFF
from tests.browser.token_scenes import SCENES as TOKENS
from tests.browser.transcript_scenes import SCENES as TRANSCRIPTS
from tests.browser.video_chat_scenes import SCENES as VIDEO_CHATS
from tests.browser.video_figure_scenes import SCENES as VIDEO_FIGURES
from tests.browser.video_scenes import SCENES as VIDEOS
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

SIZES = ((1440, 900), (1024, 768), (390, 844))
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
CARD_SIZES = ((1440, 1800), (820, 1800), (390, 1800))
TITLES = ("Migration plan for search index", "Retry policy for webhooks", "Release notes 2.4")
ANSWER = """**Sonnet used most of the tokens and made most of the cost,** in long sessions sent again in full.
The same rows by model:

| Model | Tokens | Cost |
| --- | ---: | ---: |
| Claude Sonnet 5.5 | 5,085,280 | $11.2836 |
| Claude Opus 5.5 | 2,702,950 | $10.0750 |

The API gives the same figures:

```bash
curl -s "$HOST/api/chat/sessions/$ID/usage" \\
  -H "Authorization: Bearer $TOKEN" | jq '.results[] | {model, cost}'
```
"""
USAGE_TOOL = {"name": "analyze_token_usage", "input": {"time_range": "week", "group_by": "model"}}


class Camera:
    def __init__(self, browser: Browser, server: Server, upstream: Upstream, place: Path) -> None:
        self.browser, self.server, self.upstream, self.place = browser, server, upstream, place

    def shoot(
        self, name: str, tab: Workspace, sizes: tuple[tuple[int, int], ...] = SIZES, *, whole: bool = False
    ) -> None:
        """One picture for each size and theme; of the `whole` page, or of what is seen of it."""
        for width, height in sizes:
            tab.page.set_viewport_size({"width": width, "height": height})
            for theme in THEMES:
                tab.page.emulate_media(color_scheme=theme)
                tab.page.mouse.move(0, 0)
                path = self.place / f"{name}-{width}-{theme}.png"
                tab.page.screenshot(path=path, animations="disabled", full_page=whole)
                self.judge(f"{name}-{width}-{theme}", tab)
        tab.page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})

    def judge(self, name: str, tab: Workspace) -> None:
        for found in Axe().run(tab.page).response["violations"]:
            places = " | ".join(str(node["target"][0]) for node in found["nodes"][:4])
            print(f"{name}: {found['id']} ({len(found['nodes'])}): {places}", flush=True)

    @contextmanager
    def tab(self, base: str, person: str) -> Iterator[Workspace]:
        """A page of this person, or of nobody."""
        state = log_in(self.browser, base, person) if person else None
        context = self.browser.new_context(
            storage_state=state,
            viewport={"width": 1440, "height": 900},
            reduced_motion="reduce",
            bypass_csp=True,
        )
        yield Workspace(context.new_page(), base).open()
        context.close()


def login(camera: Camera) -> None:
    with camera.tab(camera.server.url, "") as tab:
        camera.shoot("login", tab)


def empty(camera: Camera) -> None:
    with (
        tempfile.TemporaryDirectory() as place,
        serving(Path(place)) as keyless,
        camera.tab(keyless.url, "newcomer") as tab,
    ):
        camera.shoot("empty", tab)


def finished(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        for title in TITLES:
            camera.upstream.set_title({"name": "title", "text": title})
            tab.new_session().ask(f"Let us talk about this: {title}")
            expect(tab.page.get_by_role("heading", name=title)).to_be_visible()
        camera.upstream.set_title({"name": "title", "text": "Weekly cost review"})
        camera.upstream.script({"name": "tool", "tools": [USAGE_TOOL]}, {"name": "words", "text": ANSWER})
        tab.new_session().ask("Where did this week’s tokens go? Split it by model, and show me the API call.")
        expect(tab.page.get_by_role("heading", name="Weekly cost review")).to_be_visible()
        camera.shoot("workspace", tab)
        tab.page.set_viewport_size({"width": 390, "height": 844})
        tab.button("Sessions").click()
        camera.shoot("phone-list", tab, sizes=(SIZES[-1],))


def streaming(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        tab.new_session()
        camera.upstream.script({"name": "markdown", "words": 400, "rate": 8})
        tab.send("Explain the plan step by step.")
        expect(tab.body).to_contain_text("w30 ")
        tab.send("Then compare it with last week.")
        expect(tab.page.locator("#pending")).to_contain_text("Next")
        camera.shoot("streaming", tab)
        tab.context.set_offline(True)
        expect(tab.banner).to_be_visible()
        camera.shoot("reconnecting", tab)
        tab.context.set_offline(False)
        tab.button("Stop").click()


def recovery(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        tab.new_session()
        camera.upstream.script({"name": "gate", "words": 40, "after": 20}, *["overloaded"] * 3)
        tab.send("Summarise the migration plan in five points.")
        expect(tab.body).to_contain_text("w20")
        camera.server.stop()
        camera.server.start()
        tab.expect_live()
        tab.expect_status("interrupted")
        tab.ask("Now the same for the ledger.", status="failed")
        tab.log.evaluate("(log) => { log.scrollTop = 0; }")
        camera.shoot("recovery", tab)


RETRIES = (
    ("Retry policy for webhooks", "How do we retry?", "So the retry policy is six tries over twenty-four hours, with a "
     "jitter of 20 %. A 410 Gone ends it at once; every other answer above 399 counts as a failed try. "
     "What the retry policy does not say: who is told when it gives up."),
    ("Compare rate limiters", "Does the limiter know about the retry policy, or does it count against the budget?",
     "It does not know. Both count."),
    ("Plain words for error messages", "How do we say it?", "“We could not deliver this event. By our retry policy we "
     "will try again at 14:30, and five times more until tomorrow.” It says what happened and what comes next."),
)  # fmt: skip


def search(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        for title, question, answer in RETRIES:
            camera.upstream.set_title({"name": "title", "text": title})
            camera.upstream.script({"name": "words", "text": answer})
            tab.new_session().ask(question)
            expect(tab.page.get_by_role("heading", name=title)).to_be_visible()
        sizes = ((1440, 900), (820, 1000), (390, 844))
        tab.open("/search/?q=retry+policy")
        camera.shoot("search", tab, sizes)
        tab.open("/search/")
        camera.shoot("search-empty", tab, sizes)
        tab.open("/search/?q=nothing+like+it&starred=1&from=2026-13-01")
        camera.shoot("search-none", tab, sizes)
        tab.open("/search/?q=retry+policy&order=newest")
        tab.page.set_viewport_size({"width": 390, "height": 844})
        tab.button("Filters").click()
        camera.shoot("search-filters", tab, (sizes[-1],))
        tab.open("/search/?q=jitter")
        tab.page.get_by_role("link", name="Retry policy for webhooks").last.click()
        camera.shoot("search-opened", tab, sizes)


def cards(camera: Camera) -> None:
    """Every tool with its card open, then every status; the page as long as its cards are."""
    tools, statuses = camera.server.run("tests.browser.gallery").split()
    with camera.tab(camera.server.url, "visitor") as tab:
        for path, name in ((tools, "tools"), (statuses, "statuses")):
            tab.open(path)
            for at, card in enumerate(tab.log.locator(".tool-card").all()):
                label = f"{name}-{at}"
                card.evaluate("(card, name) => { if (name === 'tools') card.open = true; }", name)
                for width, height in CARD_SIZES:
                    tab.page.set_viewport_size({"width": width, "height": height})
                    for theme in THEMES:
                        tab.page.emulate_media(color_scheme=theme)
                        card.screenshot(
                            path=camera.place / f"card-{label}-{width}-{theme}.png", animations="disabled"
                        )
            camera.shoot(f"cards-{name}", tab, sizes=CARD_SIZES)


SCENES: tuple[Callable[[Camera], None], ...] = (
    login,
    empty,
    finished,
    streaming,
    recovery,
    cards,
    search,
    *MORE,
    *STAFF,
    *CONTEXTS,
    *ROWS,
    *JOBS,
    imports,
    *SHARES,
    *TOKENS,
    *ACTIVITY,
    *NOTICES,
    *PLUGINS,
    *TRANSCRIPTS,
    *VIDEOS,
    *VIDEO_FIGURES,
    *VIDEO_CHATS,
)


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("Usage: python -m tests.browser.pictures OUTDIR [SCENE ...]")
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as server_place,
        Upstream() as upstream,
        serving(Path(server_place), upstream.url) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for scene in SCENES:
            if sys.argv[2:] and scene.__name__ not in sys.argv[2:]:
                continue
            scene(Camera(browser, server, upstream, place))
        browser.close()


if __name__ == "__main__":
    main()
