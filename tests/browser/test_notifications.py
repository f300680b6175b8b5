"""Notifications while a person looks, or does not."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.workspace import Workspace

from .notification_scenes import SAID, post


def test_one_that_comes_is_shown_told_and_marks_the_session_elsewhere(alice: Workspace) -> None:
    alice.new_session().ask("How is the release going?")
    page, address = alice.page, alice.page.url
    for said in SAID[:3]:
        post(page, **said)
    cards = page.get_by_role("article", name="Notification from alice")
    expect(cards).to_have_count(3)
    expect(page.locator("#announcer")).to_contain_text("Notification from alice: Deploy failed.")
    expect(cards.last).to_contain_text("Error")
    expect(cards.last.get_by_role("button", name="Show all")).to_be_visible()
    expect(cards.last.get_by_role("button", name="Edit")).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "message-box"
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    other = Workspace(page.context.new_page(), alice.base)
    other.open("/sessions/?").new_session()
    post_to(other, address)
    expect(other.list.get_by_role("link", name="unread")).to_be_visible()


def post_to(tab: Workspace, address: str) -> None:
    """From the page of another session."""
    here = tab.page.url
    session = address.partition("/sessions/")[2].partition("/")[0]
    assert session not in here
    from .notification_scenes import POST

    said = {"kind": "deploy", "title": "Deploy went well"}
    assert tab.page.evaluate(POST, [f"/api/chat/sessions/{session}/notifications", said]) == 201
