"""Importing as a person does it: a file is dropped, looked through, chosen from, taken in."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.import_scenes import bring
from tests.browser.test_accessibility import expect_no_violations
from tests.exports.foreign import plain_chatgpt, plain_claude

pytestmark = pytest.mark.browser


def test_from_a_chosen_file_to_a_session(open_page: OpenPage) -> None:
    tab = open_page(bypass_csp=True)
    page = tab.page
    rows = [plain_claude("browser-1", "Rye bread"), plain_chatgpt("browser-2", "Wheat bread")]
    bring(tab, "conversations.json", json.dumps(rows).encode())
    button = page.get_by_role("button", name="Import 2 sessions")
    expect(button).to_be_visible()
    expect_no_violations(tab)
    page.get_by_role("checkbox", name="Import Wheat bread").uncheck()
    page.get_by_role("button", name="Import 1 session").click()
    expect(page.get_by_role("heading", name="1 session imported")).to_be_visible()
    page.get_by_role("link", name="Rye bread").click()
    expect(tab.log).to_contain_text("Twelve hours in the cold.")
    bring(tab, "conversations.json", json.dumps(rows[:1]).encode())
    expect(page.get_by_role("link", name="Already here")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Import Rye bread")).not_to_be_checked()


def test_a_file_that_is_not_taken_says_why_and_another_can_be_chosen(open_page: OpenPage) -> None:
    tab = open_page(requests_may_fail=True)
    bring(tab, "empty.json", b"")
    expect(tab.page.get_by_role("alert")).to_contain_text("empty.json was not taken")
    expect(tab.page.get_by_role("alert")).to_contain_text("This file is empty.")
    expect(tab.page.get_by_text("Sending empty.json")).to_be_hidden()
    bring(tab, "whole.json", json.dumps([plain_claude("taken-1", "Taken")]).encode(), reload=False)
    expect(tab.page.get_by_role("button", name="Import 1 session")).to_be_visible()


@pytest.mark.thorough
def test_a_cut_connection_goes_on_where_it_was(open_page: OpenPage) -> None:
    tab = open_page(requests_may_fail=True)
    page = tab.page
    page.route("**/pieces/**", lambda route: route.abort(), times=1)
    bring(tab, "big.json", json.dumps([plain_claude("cut-1", "Cut off")]).encode())
    expect(page.get_by_role("status").filter(has_text="The connection was cut")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Import 1 session")).to_be_visible()


@pytest.mark.thorough
def test_without_scripts(open_page: OpenPage) -> None:
    tab = open_page(java_script_enabled=False, requests_may_fail=True)
    page = tab.page
    bring(tab, "plain.json", json.dumps([plain_claude("plain-1", "No scripts")]).encode())
    page.get_by_role("button", name="Read this file").click()
    expect(page.get_by_role("heading", name="plain.json")).to_be_visible()
    button = page.get_by_role("button", name="Import 1 session")
    while not button.is_visible():
        page.reload()
    button.click()
    done = page.get_by_role("heading", name="1 session imported")
    while not done.is_visible():
        page.reload()
    expect(page.get_by_role("link", name="No scripts")).to_be_visible()
