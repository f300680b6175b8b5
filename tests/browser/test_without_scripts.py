"""Without JavaScript the page can be read, and the main actions done."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

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


def test_a_message_is_sent_by_the_plain_form_and_looking_again_loses_no_text(
    plain: Workspace, upstream: Upstream
) -> None:
    upstream.script({"name": "gate", "words": 20, "after": 5})
    plain.box.fill("No scripts here.")
    plain.button("Send").click()
    expect(plain.questions).to_contain_text("No scripts here.")
    plain.box.fill("Typed meanwhile.")
    upstream.release()
    look_until(plain, "complete")
    expect(plain.body).to_contain_text("w20")
    expect(plain.box).to_have_value("Typed meanwhile.")
    expect(plain.button("Look again")).to_have_count(0)
    details = plain.page.get_by_role("complementary", name="Session details")
    expect(details.get_by_role("heading", name="Tags")).to_be_visible()
    expect(details.get_by_text("Context", exact=True)).to_be_hidden()  # it would stand empty
    plain.button("Send").click()
    expect(plain.questions.last).to_contain_text("Typed meanwhile.")
    look_until(plain, "complete")


def test_stop_and_retry_are_plain_forms(plain: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "gate", "words": 20, "after": 5})
    plain.box.fill("Go.")
    plain.button("Send").click()
    plain.button("Stop").click()
    look_until(plain, "stopped")
    plain.button("Retry").click()
    look_until(plain, "complete")
    expect(plain.questions).to_have_count(1)


def test_a_refused_message_stays_in_the_box(plain: Workspace) -> None:
    plain.box.fill("word " * 100_000)
    plain.button("Send").click()
    expect(plain.page.get_by_role("alert")).to_contain_text("too long")
    expect(plain.questions).to_have_count(0)
    assert plain.box.input_value().startswith("word word")


def test_a_session_is_renamed_by_a_command(plain: Workspace) -> None:
    named(plain, "Plain words")
    expect(plain.page.get_by_role("status").filter(has_text="The session has its new title.")).to_be_visible()
    expect(plain.list.get_by_role("link", name="Plain words")).to_be_visible()


def test_a_session_is_archived_and_brought_back_on_the_page_of_all(plain: Workspace) -> None:
    named(plain, "Put away")
    plain.page.get_by_role("link", name="All sessions").click()
    entry = plain.page.get_by_role("listitem").filter(has_text="Put away")
    plain.page.get_by_label("Actions for Put away").click()
    entry.get_by_role("button", name="Archive").click()
    expect(entry).to_have_count(0)
    plain.page.get_by_role("link", name="Archived").click()
    plain.page.get_by_label("Actions for Put away").click()
    entry.get_by_role("button", name="Restore").click()
    expect(entry).to_have_count(0)


def test_a_message_is_found_and_opened(plain: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "words", "text": "The isthmus is narrow."})
    plain.box.fill("What is narrow?")
    plain.button("Send").click()
    look_until(plain, "complete")
    plain.page.get_by_role("link", name="Search", exact=True).click()
    plain.page.get_by_role("searchbox", name="Search messages").fill("isthmus")
    plain.page.get_by_role("search").get_by_role("button", name="Search").click()
    plain.page.get_by_role("region", name="Results").get_by_role("link").click()
    expect(plain.body).to_contain_text("The isthmus is narrow.")
    expect(plain.answer).to_be_in_viewport()


def named(plain: Workspace, title: str) -> None:
    plain.box.fill(f"/title {title}")
    plain.button("Send").click()


def look_until(plain: Workspace, status: str) -> None:
    while plain.answer.get_attribute("data-status") in {"queued", "running"}:
        plain.button("Look again").click()
    plain.expect_status(status)
