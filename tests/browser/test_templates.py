"""Templates as a person uses them: made from a session, chosen by keyboard, begun from the welcome."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.test_details import details_of, field
from tests.browser.workspace import Workspace

pytestmark = pytest.mark.browser


def make(tab: Workspace, opening: str = "") -> str:
    """A template of a name that nobody else has; the page that follows is the list."""
    name = f"Template {uuid4().hex[:8]}"
    tab.open("/templates/new/")
    tab.page.get_by_label("Name").fill(name)
    tab.page.get_by_label("Maximum turns").fill("6")
    tab.page.get_by_label("Opening message").fill(opening)
    tab.button("Save").click()
    expect(tab.page.get_by_role("heading", name=name)).to_be_visible()
    return name


@pytest.mark.thorough
def test_the_settings_of_a_session_become_a_template_that_another_begins_with(workspace: Workspace) -> None:
    workspace.ask("Begin.")
    field(workspace, "Maximum turns").fill("9")
    field(workspace, "Maximum turns").press("Tab")
    expect(details_of(workspace).locator("#settings-state")).to_have_text("Saved")
    page = workspace.page
    page.get_by_role("link", name="Save as template").click()
    name = f"Nine turns {uuid4().hex[:8]}"
    page.get_by_label("Name").fill(name)
    expect(page.get_by_label("Maximum turns")).to_have_value("9")
    workspace.button("Save").click()
    expect(page.get_by_role("status").filter(has_text=f"“{name}” is saved.")).to_be_visible()
    workspace.button(f"New session with {name}").click()
    page.wait_for_url("**/sessions/*/")
    workspace.expect_live()
    workspace.ask("Go.")
    expect(field(workspace, "Maximum turns")).to_have_value("9")


@pytest.mark.thorough
def test_a_template_is_chosen_by_keyboard_from_the_menu(open_page: OpenPage) -> None:
    tab = open_page()
    name = make(tab)
    tab.open()
    tab.button("Begin with a template").press("Enter")
    row = tab.page.get_by_role("group", name="Templates").get_by_role("button", name=name)
    row.press("Enter")
    tab.page.wait_for_url("**/sessions/*/")
    tab.expect_live()
    tab.ask("Go.")
    expect(field(tab, "Maximum turns")).to_have_value("6")


def test_the_welcome_offers_templates_and_the_empty_session_takes_one(open_page: OpenPage) -> None:
    tab = open_page()
    name = make(tab)
    tab.open().new_session()
    before = tab.page.url
    with tab.page.expect_navigation():
        tab.button(f"{name} Your template").click()
    tab.expect_live()
    assert tab.page.url == before
    tab.ask("Go.")
    expect(field(tab, "Maximum turns")).to_have_value("6")


@pytest.mark.thorough
def test_a_refused_form_keeps_what_was_entered_and_deleting_asks_first(open_page: OpenPage) -> None:
    tab = open_page(requests_may_fail=True)
    name = make(tab)
    tab.page.get_by_role("link", name=f"Edit {name}").click()
    tab.page.get_by_label("Maximum turns").fill("99")
    tab.page.get_by_label("Description").fill("Kept, whatever comes.")
    tab.button("Save").click()
    expect(tab.page.get_by_text("Maximum turns must be a whole number from 1 to 50.")).to_be_visible()
    expect(tab.page.get_by_label("Maximum turns")).to_have_value("99")
    expect(tab.page.get_by_label("Description")).to_have_value("Kept, whatever comes.")
    tab.open("/templates/")
    tab.button(f"Delete {name}").click()
    tab.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(tab.page.get_by_role("status").filter(has_text=f"“{name}” is deleted.")).to_be_visible()
    expect(tab.page.get_by_role("heading", name=name)).to_have_count(0)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_pages_of_templates_have_no_violation(open_page: OpenPage, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True, viewport={"width": 390, "height": 844})
    make(tab, "Dear all,")
    expect_no_violations(tab)
    tab.open("/templates/new/")
    expect_no_violations(tab)
