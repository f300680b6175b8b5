"""What an answer looks like, and what it can never do."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

CODE = "def double(n: int) -> int:\n    return n * 2  # < 3 & > 1\n"
RICH = f"""# A heading

Some **strong** words, `inline`, and a [link](https://example.org/page).

| Model | Tokens |
| --- | ---: |
| Sonnet | 5,085 |
| Opus | 2,702 |

- [x] done
- [ ] open

```python
{CODE}```

Euler wrote $e^{{i\\pi}} + 1 = 0$, and Gauss

$$\\sum_{{k=1}}^n k = \\frac{{n(n+1)}}{{2}}$$

![A chart of another host](https://pictures.example.org/chart.png)
"""
HOSTILE = """<script>window.hacked = 1</script>
<img src="x" onerror="window.hacked = 2"> <svg onload="window.hacked = 3"></svg>

<div hx-get="/accounts/logout/" hx-trigger="load" data-hx-post="/x" id="cursor">boo</div>
<form action="/accounts/logout/" method="post"><button>Click me</button></form>
<style>body { display: none }</style> <base href="https://evil.example/"> <meta http-equiv="refresh" content="0;url=/admin/">

[a link](javascript:window.hacked=4) [another](data:text/html,<script>hacked=5</script>)
![spy](https://evil.example/spy.png) ![spy][ref]

[ref]: https://evil.example/by-reference.png

$$\\href{javascript:window.hacked=6}{x}$$ <iframe srcdoc="<script>parent.hacked=7</script>"></iframe>
"""


def test_a_rich_answer_is_rendered(workspace: Workspace, upstream: Upstream) -> None:
    upstream.script("echo")
    workspace.ask(RICH)
    body = workspace.body
    expect(body.get_by_role("heading", name="A heading")).to_be_visible()
    expect(body.get_by_role("cell", name="5,085")).to_be_visible()
    expect(body.get_by_role("checkbox").first).to_be_checked()
    expect(body.get_by_role("checkbox").last).not_to_be_checked()
    expect(body.locator("math")).to_have_count(2)
    expect(body.locator("pre span").first).to_be_visible()
    expect(body.get_by_role("link", name="link", exact=True)).to_have_attribute(
        "href", "https://example.org/page"
    )
    expect(body.locator("img")).to_have_count(0)
    picture = body.get_by_role("link", name="A chart of another host")
    expect(picture).to_have_attribute("href", "https://pictures.example.org/chart.png")
    expect(picture).to_have_attribute("target", "_blank")


def test_copy_code_copies_the_code_and_copy_the_whole_source(
    workspace: Workspace, upstream: Upstream
) -> None:
    workspace.context.grant_permissions(["clipboard-read", "clipboard-write"])
    upstream.script({"name": "words", "text": RICH})
    workspace.ask("Show me.")
    workspace.answer.get_by_role("button", name="Copy code").click()
    expect(workspace.page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    expect_clipboard(workspace, CODE)
    workspace.answer.get_by_role("button", name="Copy", exact=True).click()
    expect_clipboard(workspace, RICH)


def expect_clipboard(workspace: Workspace, text: str) -> None:
    """Chromium may read before it has written."""
    until = time.monotonic() + 15
    while (held := workspace.page.evaluate("() => navigator.clipboard.readText()").strip()) != text.strip():
        assert time.monotonic() < until, held
        workspace.page.wait_for_timeout(50)


def test_a_hostile_answer_does_nothing_live_or_after_a_reload(
    workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script("echo")
    workspace.ask(HOSTILE)
    expect_harmless(workspace)
    workspace.page.reload()
    workspace.expect_live()
    expect_harmless(workspace)
    workspace.ask("Still logged in?")


def expect_harmless(workspace: Workspace) -> None:
    page = workspace.page
    assert page.evaluate("() => window.hacked") is None
    inside = page.locator(".message__body")
    for selector in (
        "script, style, base, meta, iframe, svg, form, img[src^='http'], [onerror], [onload]",
        "[hx-get], [data-hx-post], [hx-trigger]",
        "a[href^='javascript'], a[href^='data'], [href*='window.hacked']",
    ):
        expect(inside.locator(selector)).to_have_count(0)
    expect(page.locator("#cursor")).to_have_count(1)
    for link in inside.get_by_role("link").all():
        assert (link.get_attribute("href") or "").startswith("https://evil.example/")
    expect(workspace.log).to_be_visible()
