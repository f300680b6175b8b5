"""Sharing as a person does it: a link is made, read by someone without an account, and revoked."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

NOBODY: StorageState = {"cookies": [], "origins": []}


def make_link(tab: Workspace, *switches: str, kind: str = "A snapshot") -> str:
    """The path of a new link, made in the dialog."""
    tab.page.get_by_role("link", name="Share", exact=True).click()
    dialog = tab.page.get_by_role("dialog", name="Share session")
    dialog.get_by_role("radio", name=kind).check()
    for name in switches:
        dialog.get_by_role("switch", name=name).check()
    dialog.get_by_role("button", name="Make a link").click()
    address = dialog.get_by_role("textbox", name="Address of").first
    expect(address).to_be_focused()
    expect(dialog).to_be_visible()
    return address.input_value().removeprefix(tab.base)


def test_a_link_is_made_read_without_a_login_and_revoked(
    workspace: Workspace, upstream: Upstream, open_page: OpenPage
) -> None:
    upstream.script({"name": "words", "text": "Six tries over **a day**."})
    workspace.ask("How do we retry?")
    path = make_link(workspace)
    reader = open_page(path, state=NOBODY, requests_may_fail=True, bypass_csp=True)
    expect(reader.page.locator("#message-1-b-0")).to_have_text("How do we retry?")
    expect(reader.body).to_have_text("Six tries over a day.")
    assert reader.context.cookies() == []
    assert Axe().run(reader.page).response["violations"] == []
    dialog = workspace.page.get_by_role("dialog", name="Share session")
    dialog.get_by_role("button", name="Revoke the link").click()
    workspace.page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("The link is revoked.")
    reader.page.reload()
    expect(reader.page.get_by_role("heading", name="Nothing is shared here")).to_be_visible()
    expect(reader.page.locator("article")).to_have_count(0)
    reader.page.go_back()
    expect(reader.page.locator("article")).to_have_count(0)


@pytest.mark.thorough
def test_a_living_session_grows_and_is_taken_on(
    workspace: Workspace, upstream: Upstream, open_page: OpenPage
) -> None:
    upstream.script({"name": "words", "text": "First."}, {"name": "words", "text": "Second."})
    workspace.ask("One?")
    path = make_link(workspace, "Download it and continue", kind="The living session")
    workspace.page.keyboard.press("Escape")
    reader = open_page(path, state=NOBODY)
    expect(reader.body).to_have_text("First.")
    workspace.ask("Two?")
    reader.page.reload()
    expect(reader.body).to_have_text("Second.")
    copied(reader.page)
    reader.page.get_by_role("link", name="Continue").click()
    expect(reader.page).to_have_url(f"{workspace.base}/accounts/login/?next={path}continue/")
    workspace.open(f"{path}continue/")
    workspace.button("Make my copy").click()
    workspace.expect_live()
    expect(workspace.answers).to_have_count(2)
    expect(workspace.body).to_have_text("Second.")


def copied(page: Page) -> None:
    """The buttons that copy work on the page without the workspace's scripts."""
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_have_count(1)


@pytest.mark.thorough
def test_without_scripts_a_link_is_made_on_a_page(workspace: Workspace, open_page: OpenPage) -> None:
    workspace.ask("One?")
    state = workspace.context.storage_state()
    plain = open_page(f"/sessions/{workspace.chat_id}/share/", state=state, java_script_enabled=False)
    plain.page.get_by_role("button", name="Make a link").click()
    address = plain.page.get_by_role("textbox", name="Address of").input_value()
    plain.page.goto(address)
    expect(plain.page.locator("#message-1-b-0")).to_have_text("One?")
