"""Notifications while a person looks, and while they look elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.notification_scenes import SAID, post
from tests.browser.test_accessibility import expect_no_violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_one_that_comes_is_shown_and_told_and_takes_no_focus(
    open_page: OpenPage, new_path: Callable[[], str], theme: str
) -> None:
    tab = open_page(new_path(), color_scheme=theme, bypass_csp=True)
    tab.expect_live()
    tab.box.focus()
    for said in SAID:
        post(tab.page, **said)
    cards = tab.page.get_by_role("article", name="Notification from alice")
    expect(cards).to_have_count(len(SAID))
    expect(tab.page.locator("#announcer")).to_contain_text("Notification from alice: Customer 4711")
    expect(cards.nth(2).get_by_role("button", name="Show all")).to_be_visible()
    expect(cards.nth(2).get_by_role("button", name="Edit")).to_have_count(0)
    expect(cards.nth(2).get_by_role("link", name="Open in a new tab")).to_be_visible()
    expect(tab.box).to_be_focused()
    expect_no_violations(tab)


def test_a_session_that_is_not_open_shows_that_something_came(
    open_page: OpenPage, new_path: Callable[[], str]
) -> None:
    tab = open_page(new_path())
    tab.expect_live()
    other = new_path().partition("/sessions/")[2].strip("/")
    post(tab.page, other, **SAID[0])
    expect(tab.list.locator(f"#session-{other}")).to_contain_text("unread")
