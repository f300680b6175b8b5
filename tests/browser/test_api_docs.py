"""The reference of the API in a browser: under the page's policy, from this host alone, and able to ask."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser


def test_the_reference_shows_every_group_and_asks_with_the_browsers_session(open_page: OpenPage) -> None:
    """`open_page` fails on any complaint of the console and any request to another host."""
    page = open_page("/api/docs").page
    expect(page.locator("#operations-tag-Sessions")).to_be_visible()
    page.locator("#operations-Sessions-create_session .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("201")
    expect(page.locator(".live-responses-table")).to_contain_text("Weekly cost review")
