"""The page that compares: marks, scrolling together, choosing, and what can be done with a version."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

LONG_TEXT = "\n\n".join(f"Paragraph {n} says the same on both sides." for n in range(40))
FIRST = f'Unfortunately we failed.\n\n- It names the address.\n- It apologises.\n\n```json\n{{"retry": true}}\n```\n\n{LONG_TEXT}'
SECOND = f'We could not deliver.\n\n- It names the address.\n- It says what is kept.\n\n```json\n{{"tries": 5}}\n```\n\n{LONG_TEXT}'
SCROLLED = "() => [...document.querySelectorAll('[data-scrolls]')].map((side) => Math.round(side.scrollTop))"
STANDS = f"""async () => {{
  for (let before = "", now = "-"; before !== now;) {{
    before = now;
    await new Promise((done) => setTimeout(done, 150));
    now = String(({SCROLLED})());
  }}
}}"""


@pytest.fixture
def compared(workspace: Workspace, upstream: Upstream) -> Workspace:
    """A question answered twice, and the page that compares both."""
    upstream.script({"name": "words", "text": FIRST}, {"name": "words", "text": SECOND})
    workspace.ask("Write the notice.")
    workspace.answer.get_by_role("button", name="Regenerate").click()
    expect(workspace.body).to_contain_text("We could not deliver.")
    workspace.expect_status("complete")
    workspace.page.get_by_role("link", name="Compare", exact=True).click()
    expect(workspace.page.get_by_role("heading", name="Compare")).to_be_visible()
    return workspace


def side(page: Page, which: int) -> Locator:
    return page.get_by_role("region", name=re.compile("^Version")).nth(which)


def path_of(tab: Workspace) -> str:
    return tab.page.url.removeprefix(tab.base)


def test_differences_are_marked_said_and_switched_off_for_this_tab(compared: Workspace) -> None:
    page = compared.page
    removed, added = side(page, 0).locator("del").first, side(page, 1).locator("ins").first
    expect(removed).to_contain_text("removed: Unfortunately")
    expect(added).to_contain_text("added: ")
    assert removed.evaluate("(mark) => getComputedStyle(mark).textDecorationLine") == "underline"
    switch = page.get_by_role("switch", name="Mark differences")
    switch.uncheck()
    assert removed.evaluate("(mark) => getComputedStyle(mark).textDecorationLine") == "none"
    page.reload()
    expect(switch).not_to_be_checked()
    expect(page.locator("[data-sides]")).to_have_class(re.compile("compare--plain"))
    switch.check()
    expect(page.locator("[data-sides]")).not_to_have_class(re.compile("compare--plain"))


def test_the_sides_scroll_together_until_they_are_told_not_to(compared: Workspace) -> None:
    page = compared.page
    side(page, 0).get_by_role("region").hover()
    page.mouse.wheel(0, 400)
    page.wait_for_function(f"() => ({SCROLLED})().every((top) => top > 100)")
    page.get_by_role("switch", name="Scroll together").uncheck()
    page.evaluate(STANDS)  # a turned wheel scrolls on for a moment
    other = page.evaluate(SCROLLED)[0]
    side(page, 1).get_by_role("region").hover()
    page.mouse.wheel(0, 300)
    page.wait_for_function(f"(before) => ({SCROLLED})()[1] > before + 100", arg=page.evaluate(SCROLLED)[1])
    assert page.evaluate(SCROLLED)[0] == other


@pytest.mark.thorough
def test_by_keyboard_a_side_scrolls_and_takes_the_other_along(compared: Workspace) -> None:
    page = compared.page
    side(page, 1).get_by_role("region").focus()
    page.keyboard.press("End")
    page.wait_for_function(f"() => ({SCROLLED})().every((top) => top > 200)")


@pytest.mark.thorough
def test_sides_are_swapped_and_versions_chosen(compared: Workspace) -> None:
    page = compared.page
    expect(page.get_by_role("heading", name="Version 2 against 1")).to_be_visible()
    page.get_by_role("link", name="Swap sides").click()
    expect(page.get_by_role("heading", name="Version 1 against 2")).to_be_visible()
    page.get_by_role("combobox", name="Right version").select_option(index=1)
    expect(page.get_by_role("heading", name="Version 2 against 1")).to_be_visible()


@pytest.mark.thorough
def test_the_figures_stand_below(compared: Workspace) -> None:
    foot = compared.page.get_by_role("region", name="Differences")
    for name in ("Cost", "Time to the end", "Output tokens", "Words", "Same text"):
        expect(foot).to_contain_text(name)
    expect(side(compared.page, 1)).to_contain_text("In use")


@pytest.mark.thorough
def test_on_a_phone_one_side_follows_the_other(compared: Workspace, open_page: OpenPage) -> None:
    tab = open_page(path_of(compared), viewport={"width": 390, "height": 844})
    upper, lower = side(tab.page, 0).bounding_box(), side(tab.page, 1).bounding_box()
    assert upper
    assert lower
    assert lower["y"] >= upper["y"] + upper["height"]
    assert tab.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    expect(tab.page.get_by_role("switch", name="Scroll together")).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 820, 390])
def test_the_page_breaks_no_rule(compared: Workspace, open_page: OpenPage, theme: str, width: int) -> None:
    tab = open_page(
        path_of(compared), viewport={"width": width, "height": 900}, color_scheme=theme, bypass_csp=True
    )
    results = Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()


def test_without_scripts_everything_is_a_link_or_a_form(compared: Workspace, open_page: OpenPage) -> None:
    tab = open_page(path_of(compared), java_script_enabled=False)
    page = tab.page
    page.get_by_role("switch", name="Mark differences").uncheck()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("[data-sides]")).to_have_class(re.compile("compare--plain"))
    page.get_by_role("combobox", name="Left version").select_option(index=1)
    page.get_by_role("button", name="Show").first.click()
    expect(page.get_by_role("heading", name="Version 2 against 1")).to_be_visible()


def test_two_sessions_are_chosen_by_their_menus_and_break_no_rule(
    compared: Workspace, open_page: OpenPage
) -> None:
    tab = open_page("/compare/", bypass_csp=True)
    expect(tab.page.get_by_text("Choose two sessions")).to_be_visible()
    first = tab.page.get_by_role("combobox", name="Left session")
    keys = first.evaluate("(menu) => [...menu.options].map((option) => option.value).filter(Boolean)")
    tab.open(f"/compare/?left={keys[0]}&right={keys[1]}")
    expect(tab.page.get_by_role("region", name="Differences")).to_contain_text("Messages")
    results = Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()
