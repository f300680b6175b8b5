"""The palette: opened by key, found in while typing, done by Enter; the same by mouse, on a phone, and for axe."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.browser.conftest import OpenPage, log_in
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.test_tabs import NewPath, expect_tabs, named, write
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


@pytest.fixture
def abroad(new_path: NewPath, server: Server) -> str:
    """The path of another session of alice, with a title of its own."""
    write(server, "delete from sessions_app_opentab")
    write(server, "update sessions_app_chatsession set title = '' where title like 'Zanzibar%'")
    path = new_path()
    named(server, path, "Zanzibar ferry times")
    return path


def field(tab: Workspace) -> Locator:
    return tab.page.get_by_role("combobox", name="Find anything")


def options(tab: Workspace) -> Locator:
    return tab.page.get_by_role("listbox", name="Results").get_by_role("option")


def chosen(tab: Workspace) -> Locator:
    return tab.page.get_by_role("listbox", name="Results").get_by_role("option", selected=True)


def find(tab: Workspace, words: str) -> None:
    """Open the palette, type, and wait for the answer to just this."""
    tab.page.keyboard.press("Control+k")
    expect(field(tab)).to_be_focused()
    tab.page.keyboard.type(words)
    expect(tab.page.locator("#palette-typed")).to_have_attribute("data-typed", words)


def test_a_session_is_found_by_its_title_and_opened_by_enter(abroad: str, workspace: Workspace) -> None:
    find(workspace, "zanz")
    expect(chosen(workspace)).to_have_text(re.compile("Zanzibar ferry times"))
    expect(field(workspace)).to_have_attribute("aria-activedescendant", "palette-0")
    workspace.page.keyboard.press("Enter")
    workspace.page.wait_for_url(f"**{abroad}")


@pytest.mark.thorough
def test_enter_before_the_answer_is_done_when_it_is_there(abroad: str, workspace: Workspace) -> None:
    def slowly(route: Route) -> None:
        time.sleep(0.4)
        route.continue_()

    workspace.page.route("**/palette/?q=zanzibar*", slowly)
    workspace.page.keyboard.press("Control+k")
    expect(options(workspace).first).to_be_visible()
    workspace.page.keyboard.type("zanzibar")
    workspace.page.keyboard.press("Enter")
    workspace.page.wait_for_url(f"**{abroad}")


@pytest.mark.thorough
def test_a_late_answer_to_fewer_letters_is_dropped(abroad: str, workspace: Workspace) -> None:
    held: list[Route] = []
    page = workspace.page
    page.route("**/palette/?q=zan&*", lambda route: held.append(route))
    page.keyboard.press("Control+k")
    with page.expect_request("**/palette/?q=zan&*"):
        page.keyboard.type("zan")
    shown: list[str] = []
    page.expose_function("shown", lambda typed: shown.append(typed))
    page.evaluate(
        """() => document.querySelector("#palette-results").addEventListener("htmx:afterSwap",
            ({ target }) => shown(target.querySelector("#palette-typed").dataset.typed))"""
    )
    page.keyboard.type("zibar")
    held[0].continue_()
    expect(chosen(workspace)).to_have_text(re.compile("Zanzibar"))
    expect(page.locator("#palette-typed")).to_have_attribute("data-typed", "zanzibar")
    assert set(shown) == {"zanzibar"}


@pytest.mark.thorough
def test_the_arrows_go_round_and_home_and_end_to_the_ends(workspace: Workspace) -> None:
    keys = workspace.page.keyboard
    keys.press("Control+k")
    expect(options(workspace).nth(3)).to_be_visible()
    keys.press("ArrowUp")
    expect(options(workspace).last).to_have_attribute("aria-selected", "true")
    expect(options(workspace).last).to_be_in_viewport()
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(options(workspace).nth(1)).to_have_attribute("aria-selected", "true")
    keys.press("End")
    expect(options(workspace).last).to_have_attribute("aria-selected", "true")
    keys.press("Home")
    expect(options(workspace).first).to_have_attribute("aria-selected", "true")
    expect(chosen(workspace)).to_have_count(1)
    keys.press("Escape")
    expect(field(workspace)).to_be_hidden()
    expect(workspace.box).to_be_focused()


@pytest.mark.thorough
def test_alt_enter_opens_a_tab_without_leaving(abroad: str, workspace: Workspace) -> None:
    here = workspace.page.url
    find(workspace, "zanz")
    workspace.page.keyboard.press("Alt+Enter")
    expect(workspace.page.get_by_text("Opened in a tab.").first).to_be_visible()
    expect(workspace.page.get_by_role("link", name="Zanzibar ferry times").first).to_be_visible()
    tabs = workspace.page.get_by_role("navigation", name="Tabs")
    expect(tabs.get_by_role("link", name="Zanzibar ferry times")).to_be_visible()
    assert workspace.page.url == here


def test_a_message_is_found_by_its_words_and_all_of_them_on_the_page_of_the_search(
    workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script({"name": "words", "text": "The archipelago has nine lighthouses."})
    workspace.ask("How many lighthouses?")
    find(workspace, "archipel")
    rows = workspace.page.get_by_role("group", name="Messages").get_by_role("option")
    expect(rows).to_have_count(1)
    expect(rows.locator("mark")).to_have_text("archipelago")
    workspace.page.keyboard.press("Control+Enter")
    workspace.page.wait_for_url("**/search/?q=archipel*")
    expect(workspace.page.get_by_role("region", name="Results").get_by_role("listitem")).to_have_count(1)
    find(workspace, "archipel")
    workspace.page.keyboard.press("Enter")
    expect(workspace.answer).to_be_in_viewport()
    expect(workspace.page).to_have_url(re.compile(f"#{workspace.answer.get_attribute('id')}$"))


@pytest.mark.thorough
def test_an_answer_is_regenerated_by_name(workspace: Workspace, upstream: Upstream) -> None:
    workspace.ask("Say something.")
    upstream.script({"name": "words", "text": "Said anew."})
    find(workspace, "regen")
    workspace.page.keyboard.press("Enter")
    expect(workspace.body).to_contain_text("Said anew.")
    expect(field(workspace)).to_be_hidden()


@pytest.mark.thorough
def test_a_session_is_renamed(workspace: Workspace) -> None:
    find(workspace, "rename")
    workspace.page.keyboard.press("Enter")
    title = workspace.page.get_by_role("textbox", name="Title of this session")
    expect(title).to_be_focused()
    workspace.page.keyboard.type("A name of my own")
    workspace.page.keyboard.press("Enter")
    expect(workspace.page.get_by_role("heading", name="A name of my own")).to_be_visible()
    expect(title).to_be_hidden()
    expect(workspace.button("Close A name of my own")).to_be_visible()


@pytest.mark.thorough
def test_the_page_is_changed_by_name(workspace: Workspace) -> None:
    find(workspace, "dark theme")
    workspace.page.keyboard.press("Enter")
    expect(workspace.page.locator("html")).to_have_attribute("data-theme", "dark")
    find(workspace, "shortcuts")
    workspace.page.keyboard.press("Enter")
    expect(workspace.page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    find(workspace, "show list")
    workspace.page.keyboard.press("Enter")
    expect(workspace.list).to_be_hidden()


@pytest.mark.thorough
def test_one_logs_out_by_name(chromium: Browser, server: Server, open_page: OpenPage) -> None:
    tab = open_page(state=log_in(chromium, server.url, "alice"))
    find(tab, "log out")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/accounts/login/**")


@pytest.mark.thorough
def test_search_and_plus_open_it_by_mouse(abroad: str, workspace: Workspace) -> None:
    workspace.button("Open another session").click()
    expect(field(workspace)).to_be_focused()
    workspace.page.mouse.click(5, 5)
    expect(field(workspace)).to_be_hidden()
    workspace.list.get_by_role("link", name="Search", exact=True).click()
    workspace.page.keyboard.type("zanz")
    options(workspace).filter(has_text="Zanzibar").click()
    workspace.page.wait_for_url(f"**{abroad}")
    expect_tabs(workspace, "New session", "[Zanzibar ferry times]")


@pytest.mark.thorough
def test_nothing_found_says_so(workspace: Workspace) -> None:
    find(workspace, "qqqqq")
    expect(options(workspace)).to_have_text([re.compile("Search all messages for “qqqqq”")])


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_wrong_with_it(open_page: OpenPage, abroad: str, theme: str, width: int) -> None:
    size = {"width": width, "height": 844}
    tab = open_page(abroad, color_scheme=theme, bypass_csp=True, viewport=size)
    tab.expect_live()
    find(tab, "zanz")
    expect_no_violations(tab)
    for _ in range(4):
        tab.page.keyboard.press("Backspace")
    expect(tab.page.locator("#palette-typed")).to_have_attribute("data-typed", "")
    expect_no_violations(tab)
    assert tab.page.evaluate("() => document.documentElement.scrollWidth") <= width
