"""The open session as a whole: its menu on a phone, deleted in another tab, merged away in another tab."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_versions import act, toast
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


def test_the_open_session_is_renamed_and_starred_from_its_own_menu_on_a_phone_too(
    open_page: OpenPage, new_path: Callable[[], str]
) -> None:
    tab = open_page(new_path(), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab.expect_live()
    box = tab.button("Session actions").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    tab.button("Session actions").tap()
    tab.page.get_by_role("menuitem", name="Rename").tap()
    tab.page.get_by_role("textbox", name="Title").fill("On the way")
    tab.page.get_by_role("textbox", name="Title").press("Enter")
    expect(tab.page.locator("#chat-title")).to_have_text("On the way")
    tab.button("Session actions").tap()
    tab.page.get_by_role("menuitem", name="Star", exact=True).tap()
    tab.button("Session actions").tap()
    expect(tab.page.get_by_role("menuitem", name="Unstar")).to_be_visible()


def test_a_session_deleted_elsewhere_says_so_ends_what_lives_and_comes_back(
    open_page: OpenPage, new_path: Callable[[], str], upstream: Upstream
) -> None:
    path = new_path()
    here = open_page(path, requests_may_fail=True)
    here.expect_live()
    other = open_page(path, context=here.context, requests_may_fail=True)
    other.expect_live()
    upstream.script({"name": "gate", "words": 9, "after": 3})
    other.send("A question.")
    expect(other.body).to_contain_text("w3")
    act(here, "Delete", exact=True)
    here.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    notice = other.page.get_by_role("alert").filter(has_text="This session was deleted.")
    expect(notice).to_be_visible()
    expect(other.log).to_have_attribute("aria-busy", "false")
    expect(other.button("Stop Esc")).to_have_count(0)
    expect(other.page.locator(".message__clock")).to_have_count(0)
    other.send("Still there?")
    expect(notice).to_be_visible()
    expect(other.page.get_by_text("the server did not answer")).to_have_count(0)
    here.page.keyboard.press("Alt+z")
    expect(here.list.locator(f"[data-session='{other.chat_id}']").first).to_be_visible()
    other.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    other.expect_live()
    expect(notice).to_have_count(0)
    other.ask("Again.")


@pytest.mark.thorough
def test_a_session_that_is_merged_away_says_so_in_its_other_tab(
    workspace: Workspace, open_page: OpenPage, new_path: Callable[[], str]
) -> None:
    new_path()
    asked = workspace
    asked.ask("A question.")
    beside = open_page(f"/sessions/{asked.chat_id}/", context=asked.context, requests_may_fail=True)
    beside.expect_live()
    act(asked, "Merge into another session")
    asked.page.locator("#merge-targets").get_by_role("button").first.click()
    expect(toast(asked)).to_contain_text("Merged.")
    strip = beside.page.get_by_role("status").filter(has_text="Archived. Merged into")
    expect(strip).to_be_visible()
    beside.ask("Still going on.")
    expect(toast(beside)).to_contain_text("is back in the list")
    expect(strip).to_have_count(0)
