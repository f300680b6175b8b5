"""A transcript as a creator brings it: pasted, refused, long, and indexed while they look on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.transcript_scenes import long

pytestmark = pytest.mark.browser


def test_a_long_transcript_is_indexed_and_comes_into_use_by_itself(
    open_page: OpenPage, server: Server
) -> None:
    key = server.run("tests.browser.transcript_rows").strip()
    tab = open_page(bypass_csp=True)
    tab.open(f"/videos/{key}/transcripts/")
    expect_no_violations(tab)
    tab.page.get_by_label("File", exact=True).set_input_files(long(20_000))
    tab.button("Save as a new version").click()
    state = tab.page.locator("#transcript-state")
    expect(state).to_contain_text("Version 4 is being indexed")
    newest = tab.page.locator(".transcript-version").first
    expect(newest).to_contain_text("In use", timeout=60_000)
    expect(state).to_be_empty()
    tab.button("Use version 1").click()
    expect(tab.page.get_by_text("Version 1 is in use.")).to_be_visible()


@pytest.mark.thorough
def test_what_is_pasted_may_be_longer_than_a_form(open_page: OpenPage, server: Server) -> None:
    key = server.run("tests.browser.transcript_rows").strip()
    tab = open_page()
    tab.open(f"/videos/{key}/transcripts/")
    text = long(60_000)["buffer"].decode()
    assert len(text) > 2_500_000
    box = tab.page.get_by_label("Or paste it")
    box.evaluate("(box, text) => { box.value = text; }", text)
    tab.button("Save as a new version").click()
    expect(tab.page.locator(".transcript-version").first).to_contain_text("pasted.txt", timeout=60_000)
