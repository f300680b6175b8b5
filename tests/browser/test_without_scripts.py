"""Without JavaScript the page can be read, and the main actions done."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import OpenPage
from tests.browser.prepare import password_of
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(open_page: OpenPage) -> Workspace:
    """Logged in by the form, in a new session, all without a script."""
    tab = open_page(state={"cookies": [], "origins": []}, java_script_enabled=False, requests_may_fail=True)
    tab.page.get_by_label("Username or e-mail").fill("alice")
    tab.page.get_by_label("Password", exact=True).fill(password_of("alice"))
    tab.button("Log in").click()
    with tab.page.expect_navigation(url="**/sessions/*/"):
        tab.button("New session").click()
    return tab


def test_a_message_is_sent_by_the_plain_form_and_the_page_renews_itself(
    plain: Workspace, upstream: Upstream
) -> None:
    upstream.script({"name": "gate", "words": 20, "after": 5})
    plain.box.fill("No scripts here.")
    plain.button("Send").click()
    expect(plain.questions).to_contain_text("No scripts here.")
    expect(plain.page.locator('meta[http-equiv="refresh"]')).to_have_count(1)
    upstream.release()
    plain.expect_status("complete")
    expect(plain.body).to_contain_text("w20")
    expect(plain.page.locator('meta[http-equiv="refresh"]')).to_have_count(0)


def test_stop_and_retry_are_plain_forms(plain: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "gate", "words": 20, "after": 5})
    plain.box.fill("Go.")
    plain.button("Send").click()
    plain.button("Stop").click()
    reload_until(plain, "stopped")
    plain.button("Retry").click()
    reload_until(plain, "complete")
    expect(plain.questions).to_have_count(1)


def test_a_refused_message_stays_in_the_box(plain: Workspace) -> None:
    plain.box.fill("word " * 100_000)
    plain.button("Send").click()
    expect(plain.page.get_by_role("alert")).to_contain_text("too long")
    expect(plain.questions).to_have_count(0)
    assert plain.box.input_value().startswith("word word")


def reload_until(plain: Workspace, status: str) -> None:
    """The page would renew itself after some seconds; a person may be quicker, or be just too late."""
    while plain.answer.get_attribute("data-status") in {"queued", "running"}:
        with suppress(Error):  # the page's own renewal comes in between
            plain.page.reload()
        plain.page.wait_for_load_state()
    plain.expect_status(status)
