"""Everything can be done without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.prepare import password_of
from tests.browser.workspace import Workspace, words
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

FAR = 300  # tab stops: every session in the list has some


def tab_to(workspace: Workspace, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until this has the focus, and see that the focus shows."""
    for _ in range(FAR):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        workspace.page.keyboard.press(key)
    raise AssertionError(f"{wanted} cannot be reached by {key}")


def log_in(tab: Workspace) -> None:
    keys = tab.page.keyboard
    expect(tab.page.get_by_label("Username or e-mail")).to_be_focused()
    keys.type("alice")
    tab_to(tab, tab.page.get_by_label("Password", exact=True))
    keys.type(password_of("alice"))
    keys.press("Enter")
    expect(tab.box).to_be_focused()


def test_the_whole_job_is_done_with_keys_alone(open_page: OpenPage, upstream: Upstream) -> None:
    tab = open_page(state={"cookies": [], "origins": []})
    keys = tab.page.keyboard
    log_in(tab)
    tab_to(tab, tab.button("New session"), "Shift+Tab")
    with tab.page.expect_navigation(url="**/sessions/*/"):
        keys.press("Enter")
    tab.expect_live()
    expect(tab.box).to_be_focused()

    upstream.script({"name": "gate", "words": 20, "after": 4})
    keys.type("Count.")
    keys.press("Enter")
    expect(tab.body).to_contain_text("w4")
    keys.press("Escape")
    tab.expect_status("stopped")
    expect(tab.box).to_be_focused()
    tab_to(tab, tab.button("Retry"), "Shift+Tab")
    keys.press("Enter")
    tab.expect_words(words(20))

    tab_to(tab, tab.model)
    keys.press("End")
    expect(tab.model).to_have_value("offline")
    tab_to(tab, tab.box, "Shift+Tab")
    keys.type("How many tokens did I use this week?")
    keys.press("Enter")
    expect(tab.answers).to_have_count(2)
    tab.expect_status("complete")
    summary = tab.answer.locator(".tool-card > summary")
    view = tab.answer.locator(".tool-card").get_by_role("radio", name="Table")
    tab_to(tab, summary, "Shift+Tab")
    keys.press("Enter")
    expect(view).to_be_hidden()
    keys.press("Enter")
    expect(view).to_be_visible()

    tab_to(tab, tab.button("Profile"), "Shift+Tab")
    keys.press("Enter")
    tab_to(tab, tab.button("Log out"))
    keys.press("Enter")
    tab.page.wait_for_url("**/accounts/login/**")


@pytest.mark.thorough
def test_the_focus_is_seen_where_it_goes(workspace: Workspace) -> None:
    workspace.ask("Anything.")
    for name in ("New session", "Profile", "Hide details"):
        tab_to(workspace, workspace.button(name), "Shift+Tab")
        outline = workspace.button(name).evaluate("(element) => getComputedStyle(element).outlineStyle")
        assert outline != "none"


@pytest.mark.thorough
def test_a_column_that_closes_and_opens_takes_the_focus_to_its_button(workspace: Workspace) -> None:
    keys = workspace.page.keyboard
    tab_to(workspace, workspace.button("Hide list"), "Shift+Tab")
    keys.press("Enter")
    expect(workspace.button("Sessions")).to_be_focused()
    keys.press("Enter")
    expect(workspace.button("Hide list")).to_be_focused()


@pytest.mark.thorough
def test_what_opens_over_the_page_gives_the_focus_back(workspace: Workspace) -> None:
    workspace.ask("Anything.")
    page = workspace.page
    answer = workspace.answer
    for opener in (
        workspace.button("Session actions"),
        workspace.button("Open another session"),
        workspace.button("Filter sessions"),
        workspace.button("Profile"),
        answer.get_by_role("button", name="More"),
        answer.get_by_role("link", name="React or note"),
        page.get_by_role("button", name="Change the instructions"),
        page.locator(f"#menu-{workspace.chat_id}"),
    ):
        opener.press("Enter")
        expect(page.locator(":popover-open, dialog[open]")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator(":popover-open, dialog[open]")).to_have_count(0)
        expect(opener).to_be_focused()
        assert opener.evaluate("(element) => getComputedStyle(element).outlineStyle") != "none"


def test_stop_by_key_leaves_the_focus_in_a_place_that_stays(workspace: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "gate", "words": 9, "after": 3})
    workspace.send("Go.")
    expect(workspace.body).to_contain_text("w3")
    tab_to(workspace, workspace.button("Stop"))
    workspace.page.keyboard.press("Enter")
    workspace.expect_status("stopped")
    expect(workspace.box).to_be_focused()


def test_the_list_of_keys_opens_with_a_question_mark(workspace: Workspace) -> None:
    workspace.log.focus()
    workspace.page.keyboard.press("?")
    expect(workspace.page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    workspace.page.keyboard.press("Escape")
    expect(workspace.page.get_by_role("dialog", name="Shortcuts")).to_be_hidden()
