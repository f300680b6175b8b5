"""The keys of the page: what the list says is what works, and all of it can be switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from sessions_app.shortcuts import GROUPS
from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.test_palette import field
from tests.browser.test_tabs import write
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


@pytest.fixture
def own_keys(server: Server) -> Iterator[None]:
    """What a test switches off is on again for the next."""
    yield
    write(server, "update sessions_app_user set preferences = '{}'")


def listed(tab: Workspace) -> Locator:
    return tab.page.get_by_role("dialog", name="Shortcuts")


@pytest.mark.thorough
def test_the_list_names_every_key(workspace: Workspace) -> None:
    workspace.log.focus()
    workspace.page.keyboard.press("?")
    expect(listed(workspace).get_by_role("term")).to_have_text(
        [str(each.words) for group in GROUPS for each in group.shortcuts]
    )
    workspace.page.keyboard.press("?")
    expect(listed(workspace)).to_be_hidden()


@pytest.mark.thorough
def test_single_characters_are_text_in_fields(workspace: Workspace) -> None:
    workspace.box.press_sequentially("a/b?")
    expect(workspace.box).to_have_value("a/b?")
    expect(listed(workspace)).to_be_hidden()


@pytest.mark.thorough
def test_a_failed_answer_is_retried_by_key(workspace: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "cut_fin", "after": 2}, {"name": "words", "text": "Whole this time."})
    workspace.ask("Go.", status="failed")
    workspace.page.keyboard.press("Alt+r")
    expect(workspace.body).to_contain_text("Whole this time.")


@pytest.mark.thorough
def test_keys_that_have_nothing_to_do_are_left_to_the_browser(workspace: Workspace) -> None:
    taken = """(key) => {
        const event = new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    for key in ({"code": "KeyR", "key": "r"}, {"code": "KeyZ", "key": "z"}):
        assert not workspace.page.evaluate(taken, {**key, "altKey": True})
    assert workspace.page.evaluate(taken, {"code": "BracketLeft", "key": "[", "altKey": True})


@pytest.mark.thorough
def test_switched_off_no_key_is_heard_but_enter_and_escape(
    workspace: Workspace, own_keys: None, upstream: Upstream
) -> None:
    tab = workspace
    tab.page.get_by_role("button", name="Shortcuts").click()
    with tab.page.expect_response("**/accounts/preferences/"):
        listed(tab).get_by_role("switch", name="Listen for these keys").uncheck()
    expect(tab.page.get_by_text("Shortcuts are off.").first).to_be_visible()
    tab.page.keyboard.press("Escape")
    for _ in range(2):
        tab.log.focus()
        for key in ("?", "Control+k", "Alt+[", "/", "Alt+w", "Alt+n"):
            tab.page.keyboard.press(key)
        expect(listed(tab)).to_be_hidden()
        expect(field(tab)).to_be_hidden()
        expect(tab.list).to_be_visible()
        expect(tab.page).to_have_url(re.compile(tab.chat_id))
        tab.page.reload()
        tab.expect_live()
    upstream.script({"name": "gate", "words": 9, "after": 3})
    tab.send("Go.")
    expect(tab.body).to_contain_text("w3")
    tab.page.keyboard.press("Escape")
    tab.expect_status("stopped")


@pytest.mark.thorough
def test_they_are_switched_on_again_in_the_preferences(
    workspace: Workspace, own_keys: None, server: Server
) -> None:
    write(server, "update sessions_app_user set preferences = '{\"shortcuts\": false}'")
    page = workspace.page
    workspace.button("Profile").click()
    page.get_by_role("link", name="Preferences").click()
    switch = page.get_by_role("switch", name="Listen for shortcuts")
    expect(switch).not_to_be_checked()
    switch.check()
    page.get_by_role("combobox", name="Time zone").select_option("Europe/Zurich")
    workspace.button("Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    expect(switch).to_be_checked()
    expect(page.get_by_role("combobox", name="Time zone")).to_have_value("Europe/Zurich")
    page.get_by_role("link", name="Home").focus()
    page.keyboard.press("?")
    expect(listed(workspace)).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_wrong_with_list_and_preferences(open_page: OpenPage, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True)
    tab.page.get_by_role("button", name="Shortcuts").click()
    expect_no_violations(tab)
    tab.open("/accounts/preferences/")
    expect_no_violations(tab)
