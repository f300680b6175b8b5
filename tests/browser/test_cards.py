"""Cards of every tool and every status on a page, without scripts too, by keyboard, and in print."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, StorageState, expect

from tests.browser.conftest import OpenPage, log_in
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.workspace import Workspace

pytestmark = pytest.mark.browser
PHONE = {"width": 320, "height": 700}


class Gallery(NamedTuple):
    state: StorageState
    tools: str
    statuses: str


@pytest.fixture(scope="module")
def gallery(chromium: Browser, server: Server) -> Gallery:
    """A visitor's two chats: one card of each tool, and one of each status."""
    tools, statuses = server.run("tests.browser.gallery").split()
    return Gallery(log_in(chromium, server.url, "visitor"), tools, statuses)


def card(tab: Workspace, label: str) -> Locator:
    return tab.log.locator(".tool-card", has=tab.page.locator(".tool-badge", has_text=label))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("view", ["Chart", "List", "Table", "JSON"])
def test_no_card_violates_a_rule(open_page: OpenPage, gallery: Gallery, theme: str, view: str) -> None:
    tab = open_page(gallery.tools, state=gallery.state, color_scheme=theme, bypass_csp=True)
    for choice in tab.log.get_by_role("radio", name=view).all():
        choice.check(force=True)
    expect_no_violations(tab)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_status_violates_a_rule(open_page: OpenPage, gallery: Gallery, theme: str) -> None:
    tab = open_page(gallery.statuses, state=gallery.state, color_scheme=theme, bypass_csp=True)
    for each in tab.log.locator(".tool-card").all():
        each.evaluate("(card) => { card.open = true; }")
    expect_no_violations(tab)


@pytest.mark.thorough
def test_the_view_is_chosen_by_keys(open_page: OpenPage, gallery: Gallery) -> None:
    tab = open_page(gallery.tools, state=gallery.state)
    shown = card(tab, "Session metrics")
    chart = shown.get_by_role("img", name="Messages by day")
    expect(chart).to_be_visible()
    shown.get_by_role("radio", name="Chart").focus()
    tab.page.keyboard.press("ArrowRight")
    expect(shown.get_by_role("table", name="Days")).to_be_visible()
    expect(chart).to_be_hidden()
    tab.page.keyboard.press("ArrowRight")
    expect(shown.get_by_text('"multi_turn_share"')).to_be_visible()
    shown.locator("summary").focus()
    tab.page.keyboard.press("Enter")
    expect(shown.get_by_text('"multi_turn_share"')).to_be_hidden()


def test_cards_open_and_change_their_view_without_scripts(open_page: OpenPage, gallery: Gallery) -> None:
    tab = open_page(gallery.tools, state=gallery.state, java_script_enabled=False)
    shown = card(tab, "Active sessions")
    expect(shown.get_by_role("link", name="Weekly cost review")).to_be_visible()
    shown.get_by_text("Table", exact=True).click()
    expect(shown.get_by_role("columnheader", name="Last active")).to_be_visible()


@pytest.mark.thorough
def test_nothing_of_a_card_is_wider_than_a_small_phone(open_page: OpenPage, gallery: Gallery) -> None:
    for path in (gallery.tools, gallery.statuses):
        tab = open_page(path, state=gallery.state, viewport=PHONE)
        for each in tab.log.locator(".tool-card").all():
            assert each.evaluate("(card) => card.scrollWidth <= card.clientWidth")
            head = each.locator("summary")
            assert head.evaluate("(head) => head.scrollWidth <= head.clientWidth")
        assert tab.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")


@pytest.mark.thorough
def test_in_print_a_closed_card_shows_its_table(open_page: OpenPage, gallery: Gallery) -> None:
    tab = open_page(gallery.tools, state=gallery.state)
    shown = card(tab, "Token usage")
    shown.locator("summary").first.click()
    expect(shown.get_by_role("table")).to_be_hidden()
    tab.page.emulate_media(media="print")
    expect(shown.get_by_role("table", name="Tokens by model")).to_be_visible()
    expect(shown.get_by_role("img", name="Claude Opus 5.5")).to_be_hidden()


@pytest.mark.thorough
def test_a_running_tool_counts_its_seconds(open_page: OpenPage, gallery: Gallery) -> None:
    clock = card(open_page(gallery.statuses, state=gallery.state), "Session metrics").locator("tool-clock")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)
