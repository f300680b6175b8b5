"""Activity as a person uses it: chosen by /context, opened in a message, begun with from its page."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.workspace import Workspace

pytestmark = pytest.mark.browser


def test_what_happened_is_chosen_added_opened_and_begun_with(open_page: OpenPage, server: Server) -> None:
    server.run("tests.browser.happenings")
    tab = open_page(bypass_csp=True).new_session()
    dialog = tab.page.get_by_role("dialog", name="Add activity")
    ask(tab, "/context 1h")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(tab.questions).to_have_count(0)
    ask(tab, "/context 1h")
    expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(5)
    dialog.get_by_role("checkbox", name=re.compile("notes.md changed")).uncheck()
    assert Axe().run(tab.page).violations_count == 0
    tab.button("Add").click()
    expect(tab.questions).to_have_count(1)
    expect(dialog).to_be_hidden()
    card = tab.questions.locator(".card-chip")
    card.locator("summary").click()
    expect(card.get_by_role("link", name=re.compile("The build of main failed"))).to_be_visible()
    expect(card.get_by_role("link", name=re.compile("notes.md"))).to_have_count(0)
    card.get_by_role("link", name=re.compile("The build of main failed")).click()
    event = tab.page.get_by_role("dialog", name="The build of main failed")
    expect(event.get_by_text("FAILED tests/test_parser.py")).to_be_visible()
    with tab.page.expect_navigation(url="**/sessions/*/"):
        event.get_by_role("button", name="Start a session about this").click()
    expect(tab.page.get_by_role("heading", name="The build of main failed")).to_be_visible()
    expect(tab.box).to_be_focused()
    expect(tab.questions).to_have_count(1)


@pytest.mark.thorough
def test_the_page_follows_its_filters_and_says_what_is_new(open_page: OpenPage, server: Server) -> None:
    server.run("tests.browser.happenings")
    tab = open_page().open("/activity/")
    links = tab.page.locator(".event-row a")
    expect(links.first).to_contain_text("The backup of 29 November")
    tab.page.get_by_label("Words").press_sequentially("build of release")
    expect(links.filter(has_text="The backup")).to_have_count(0)
    expect(links.first).to_contain_text("The build of release-2.4 passed")
    expect(tab.page).to_have_url(re.compile(r"q=build\+of\+release"))
    tab.page.get_by_label("Words").fill("")
    tab.page.get_by_label("Severity").select_option("error")
    expect(tab.page.get_by_text("Info", exact=True)).to_have_count(0)
    tab.page.clock.install()
    tab.open("/activity/?severity=error")
    server.run("tests.browser.happenings", "again")
    tab.page.clock.fast_forward(31_000)
    expect(tab.page.get_by_role("link", name=re.compile("new event"))).to_be_visible()


def ask(tab: Workspace, command: str) -> None:
    tab.box.fill(command)
    tab.box.press("Enter")
    expect(tab.page.get_by_role("dialog", name="Add activity")).to_be_visible()
