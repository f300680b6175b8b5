"""What stands around the conversation: list, title, model, theme, counters."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import StorageState, expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

TOKENS = "input + cache_read + cache_write_5m + cache_write_1h + output"


def test_the_list_shows_what_runs_and_then_the_title_the_model_wrote(
    workspace: Workspace, open_page: OpenPage, new_path: Callable[[], str], upstream: Upstream
) -> None:
    other = open_page(new_path())
    other.expect_live()
    upstream.script({"name": "gate", "words": 10, "after": 3})
    upstream.set_title({"name": "title", "text": "Counting to ten"})
    workspace.send("Count to ten.")
    row = other.list.locator(f'a[href*="{workspace.chat_id}"]')
    expect(row).to_have_accessible_name(re.compile("^Running:"))
    upstream.release()
    expect(row).to_have_accessible_name("Counting to ten")
    expect(workspace.page.get_by_role("heading", name="Counting to ten")).to_be_visible()
    expect(workspace.page).to_have_title(re.compile("^Counting to ten"))
    row.click()
    expect(other.questions).to_contain_text("Count to ten.")


def test_a_first_message_without_a_session_makes_one(open_page: OpenPage, beginner_in: StorageState) -> None:
    tab = open_page(state=beginner_in)
    expect(tab.page).to_have_url(f"{tab.base}/")
    tab.send("Begin here.")
    tab.page.wait_for_url("**/sessions/*/")
    tab.expect_status("complete")
    expect(tab.questions).to_have_count(1)
    expect(tab.box).to_have_value("")
    made = tab.page.url
    tab.open()
    expect(tab.page).to_have_url(made)
    expect(tab.questions).to_have_text(re.compile("Begin here."))
    expect(tab.box).to_have_value("")


@pytest.mark.thorough
def test_the_model_picker_decides_who_answers(workspace: Workspace) -> None:
    workspace.model.select_option(label="Offline assistant")
    workspace.ask("How many tokens did I use this week?")
    expect(workspace.answer).to_contain_text("Offline assistant")
    expect(workspace.answer.locator(".tool-card")).to_be_visible()
    workspace.model.select_option(label="Claude Haiku 5.5")
    workspace.ask("And you?")
    expect(workspace.answer).to_contain_text("Claude Haiku 5.5")


@pytest.mark.thorough
def test_the_sessions_own_model_is_set_in_its_details(workspace: Workspace) -> None:
    details = workspace.page.get_by_role("complementary", name="Session details")
    workspace.ask("Who are you?")
    with workspace.page.expect_response("**/settings/"):
        details.get_by_role("combobox", name="Session model").select_option(label="Offline assistant")
    workspace.page.reload()
    expect(workspace.model).to_have_value("offline")
    workspace.ask("And now?")
    expect(workspace.answer).to_contain_text("Offline assistant")


def test_the_theme_is_switched_at_once_and_kept(open_page: OpenPage) -> None:
    tab = open_page(color_scheme="light")
    root = tab.page.locator("html")
    tab.button("Profile").click()
    tab.page.get_by_role("radio", name="Dark").check()
    expect(root).to_have_css("color-scheme", re.compile("dark"))
    expect(root).to_have_attribute("data-theme", "dark")
    tab.page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    tab.button("Profile").click()
    expect(tab.page.get_by_role("radio", name="Dark")).to_be_checked()
    tab.page.get_by_role("radio", name="System").check()
    expect(root).not_to_have_attribute("data-theme", "dark")


def test_the_counters_are_the_ledgers_sums(workspace: Workspace, upstream: Upstream, server: Server) -> None:
    upstream.set_title({"name": "title", "text": "A counted session"})
    workspace.ask("First question of the counted session.")
    expect(workspace.page.get_by_role("heading", name="A counted session")).to_be_visible()
    workspace.ask("Second question.")
    sums = f"select sum({TOKENS}), count(*) from sessions_app_tokenusage where session_id = ?"
    ((tokens, calls),) = server.query(sums, workspace.chat_id.replace("-", ""))
    assert calls == 3
    expect(workspace.page.locator("#counter-tokens")).to_have_attribute("data-value", str(tokens))
    sent = [entry for entry in upstream.log if "of the counted session" in str(entry.body)]
    assert tokens == sum(sum(entry.usage.values()) for entry in sent)
    ((milliseconds,),) = server.query(
        "select runtime_ms from sessions_app_chatsession where id = ?", workspace.chat_id.replace("-", "")
    )
    assert workspace.counter("runtime") == milliseconds // 1000
    workspace.page.reload()
    assert workspace.counter("tokens") == tokens


@pytest.mark.thorough
def test_the_side_columns_close_and_open_and_stay_so(workspace: Workspace) -> None:
    tab = workspace
    tab.ask("Something to show.")
    details = tab.page.get_by_role("complementary", name="Session details")
    tab.button("Hide details").click()
    expect(details).to_be_hidden()
    tab.page.reload()
    expect(details).to_be_hidden()
    tab.button("Session details").click()
    expect(details).to_be_visible()
    tab.page.keyboard.press("Alt+[")
    expect(tab.list).to_be_hidden()


def test_on_a_phone_the_list_is_a_drawer(open_page: OpenPage) -> None:
    tab = open_page(viewport={"width": 390, "height": 844})
    expect(tab.button("New session")).to_be_hidden()
    tab.button("Sessions").click()
    expect(tab.button("New session")).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.button("New session")).to_be_hidden()
    tab.ask("From a phone.")
    assert tab.page.evaluate("() => document.documentElement.scrollWidth") <= 390
