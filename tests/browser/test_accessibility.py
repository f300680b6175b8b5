"""No violation of any axe rule, in both themes."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_rendering import RICH
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("theme", ["dark", "light"])]


def expect_no_violations(workspace: Workspace) -> None:
    """Axe is put into the page by evaluation, which the page's own policy refuses: these contexts bypass it."""
    results = Axe().run(workspace.page)
    assert results.violations_count == 0, results.generate_report()


def test_login(open_page: OpenPage, theme: str) -> None:
    expect_no_violations(open_page(state={"cookies": [], "origins": []}, color_scheme=theme, bypass_csp=True))


def test_an_empty_workspace(open_page: OpenPage, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True).new_session()
    expect_no_violations(tab)


def test_a_streaming_answer_with_one_waiting(open_page: OpenPage, upstream: Upstream, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True).new_session()
    upstream.script({"name": "gate", "words": 20, "after": 8})
    tab.send("Go.")
    expect(tab.body).to_contain_text("w8")
    tab.send("And then this.")
    expect(tab.page.locator("#pending")).to_contain_text("And then this.")
    expect_no_violations(tab)


def test_finished_answers_with_tool_card_and_code_and_a_failed_one(
    open_page: OpenPage, upstream: Upstream, theme: str
) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True).new_session()
    upstream.script({"name": "words", "text": RICH}, "unauthorized")
    tab.ask("Show me.")
    tab.ask("Fail, please.", status="failed")
    tab.model.select_option(label="Offline assistant")
    tab.ask("How many tokens did I use this week?")
    expect(tab.answer.locator(".tool-card")).to_be_visible()
    expect_no_violations(tab)


def test_a_phone_with_its_list_open(open_page: OpenPage, server: Server, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True, viewport={"width": 390, "height": 844})
    expect_no_violations(tab)
    tab.button("Sessions").click()
    expect(tab.button("New session")).to_be_visible()
    expect_no_violations(tab)
