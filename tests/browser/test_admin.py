"""The admin site in a browser: nothing on it is refused by the page's policy, and it follows the workspace's theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenPage, log_in
from tests.browser.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

SESSIONS = "/admin/sessions_app/chatsession/"


def test_a_superuser_looks_through_a_session_and_archives_it(
    chromium: Browser, own_server: Server, open_page: OpenPage
) -> None:
    own_server.stop()
    chat = own_server.run("tests.browser.staff").split()[-1]
    own_server.start()
    tab = open_page(
        "/accounts/preferences/", base=own_server.url, state=log_in(chromium, own_server.url, "root")
    )
    tab.page.locator("#column").get_by_text("Light", exact=True).click()
    tab.page.goto(f"{own_server.url}/admin/")
    expect(tab.page.get_by_role("heading", name="The last 14 days")).to_be_visible()
    expect(tab.page.locator("html")).to_have_css("color-scheme", "light")
    tab.page.get_by_text("The same figures as a table").click()
    expect(tab.page.get_by_role("columnheader", name="Failed replies")).to_be_visible()
    tab.page.goto(f"{own_server.url}{SESSIONS}{chat}/transcript/")
    tab.page.get_by_label("Find in this conversation").fill("delivery")
    tab.page.get_by_role("button", name="Find").click()
    tab.page.get_by_role("link", name="1. Person").first.click()
    tab.page.get_by_text("1 former text").click()
    expect(tab.page.get_by_text("Write the notice people get when a delivery failed.")).to_be_visible()
    tab.page.goto(f"{own_server.url}{SESSIONS}")
    tab.page.get_by_label(f"Choose chat session {chat}").check()
    tab.page.get_by_label("Action:").select_option(label="Archive")
    tab.page.get_by_role("button", name="Go").click()
    expect(tab.page.get_by_text("1 session archived.")).to_be_visible()
