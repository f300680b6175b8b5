"""The page of figures as a person uses it: periods, tables, figures that follow, dashboards of one's own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Workspace

pytestmark = pytest.mark.browser


def panel(tab: Workspace, title: str) -> Locator:
    return tab.page.get_by_role("region", name=title, exact=True)


def titles(tab: Workspace) -> list[str]:
    return tab.page.get_by_role("main").get_by_role("heading", level=2).all_text_contents()


def test_figures_follow_what_happens_and_keep_what_was_chosen(
    workspace: Workspace, open_page: OpenPage
) -> None:
    workspace.ask("One.")
    tab = open_page("/dashboard/", context=workspace.context)
    tab.page.get_by_role("navigation", name="Period").get_by_role("link", name="Today").click()
    tokens = panel(tab, "Tokens by kind")
    expect(tokens.get_by_role("img").first).to_be_visible()
    tokens.get_by_text("Table", exact=True).click()
    table = tokens.get_by_role("table")
    expect(table.get_by_role("columnheader", name="Input")).to_be_visible()
    expect(tokens.get_by_role("img").first).to_be_hidden()
    calls = table.get_by_role("row", name=re.compile("^All ")).get_by_role("cell").last
    before = calls.inner_text()
    tokens.get_by_role("radio", name="Table").focus()
    tab.page.evaluate("window.same = true")
    workspace.ask("Two.")
    expect(calls).not_to_have_text(before)
    expect(table).to_be_visible()
    expect(tokens.get_by_role("radio", name="Table")).to_be_focused()
    assert tab.page.evaluate("window.same"), "the page was loaded again"
    assert not tab.look().doubles
    tab.page.reload()
    expect(table).to_be_visible()


@pytest.mark.thorough
def test_a_dashboard_is_put_together_by_keyboard(workspace: Workspace, open_page: OpenPage) -> None:
    workspace.ask("One.")
    tab = open_page("/dashboard/?time_range=week", context=workspace.context, requests_may_fail=True)
    keys = tab.page.keyboard
    tab.page.get_by_role("link", name="Panels").focus()
    keys.press("Enter")
    dialog = tab.page.get_by_role("dialog", name="New dashboard")
    expect(dialog.get_by_label("Name")).to_be_focused()
    keys.type("Standard")
    keys.press("Enter")
    expect(dialog.get_by_text("is the name of the usual dashboard.")).to_be_visible()
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill("Mornings")
    dialog.get_by_role("button", name="Choose none").click()
    for title in ("Busy hours", "Tokens by kind"):
        dialog.get_by_role("checkbox", name=title).check()
    up = dialog.get_by_role("button", name="Move Tokens by kind up")
    up.focus()
    for _ in range(5):
        keys.press("Enter")
        expect(up).to_be_focused()
    expect(dialog.get_by_role("status")).to_contain_text("Tokens by kind, place ")
    dialog.get_by_label("Name").press("Enter")
    expect(tab.page.get_by_role("heading", name="Mornings", level=1)).to_be_visible()
    assert titles(tab) == ["Tokens by kind", "Busy hours"]
    expect(tab.page.get_by_role("link", name="Week")).to_have_attribute("aria-current", "true")
    tab.page.get_by_role("link", name="Panels").click()
    tab.page.get_by_role("dialog", name="Panels").get_by_role("button", name="Delete").click()
    asked = tab.page.get_by_role("dialog", name="Delete the dashboard “Mornings”? Its figures stay.")
    asked.get_by_role("button", name="Delete").click()
    expect(tab.page.get_by_role("status").first).to_contain_text("The dashboard “Mornings” is deleted.")


@pytest.mark.thorough
def test_two_days_are_chosen_in_a_popover(workspace: Workspace, open_page: OpenPage) -> None:
    workspace.ask("One.")
    tab = open_page("/dashboard/", context=workspace.context)
    tab.button("Dates…").click()
    tab.page.get_by_label("From").fill("2025-03-01")
    tab.page.get_by_label("Until").fill("2025-03-02")
    tab.button("Show").click()
    expect(tab.page.get_by_text("No calls in this period. The last one was on")).to_be_visible()
    expect(tab.page.get_by_text("1 to 2 March 2025, nothing before")).to_be_visible()
    tab.page.get_by_role("link", name="Show all time").click()
    expect(panel(tab, "Tokens by kind")).to_be_visible()


@pytest.mark.thorough
def test_without_scripts_periods_tables_and_dashboards_work(
    workspace: Workspace, open_page: OpenPage
) -> None:
    workspace.ask("One.")
    tab = open_page("/dashboard/", java_script_enabled=False)
    tab.page.get_by_role("link", name="Week").click()
    tokens = panel(tab, "Tokens by kind")
    tokens.get_by_text("Table", exact=True).click()
    expect(tokens.get_by_role("table")).to_be_visible()
    tab.page.get_by_role("link", name="Panels").click()
    tab.page.get_by_label("Name").fill("Plain")
    tab.button("Move Busy hours up").click()
    expect(tab.page.get_by_label("Name")).to_have_value("Plain")
    tab.page.get_by_role("main").get_by_role("button", name="Save").last.click()
    expect(tab.page.get_by_role("heading", name="Plain", level=1)).to_be_visible()
    assert titles(tab)[:3] == ["Cost by model, a day", "Busy hours", "End of the month"]
    tab.page.get_by_role("link", name="Standard").click()
    expect(tab.page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
