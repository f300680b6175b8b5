"""What was typed and not sent: there after a reload, on another device, after a logout, and gone with the send."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.browser.conftest import OpenPage, log_in
from tests.browser.server import Server
from tests.browser.workspace import Workspace, words

pytestmark = pytest.mark.browser


def type_and_keep(tab: Workspace, text: str) -> None:
    """Type, and wait until the server has it."""
    with tab.page.expect_response("**/drafts/") as kept:
        tab.box.press_sequentially(text)
    assert kept.value.status == 204


def turn_to(tab: Workspace) -> None:
    """What a browser does when its tab is looked at again."""
    with tab.page.expect_response("**/drafts/?session=*"):
        tab.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_draft_is_on_the_page_of_another_device(workspace: Workspace, open_page: OpenPage) -> None:
    type_and_keep(workspace, "half a thought")
    path = workspace.page.url.removeprefix(workspace.base)
    other = open_page(path)
    expect(other.box).to_have_value("half a thought")
    other.expect_live()
    other.box.press("End")
    other.box.press_sequentially(", finished")
    other.box.press("Enter")
    expect(other.questions).to_contain_text("half a thought, finished")
    expect(other.box).to_have_value("")
    other.page.reload()
    expect(other.box).to_have_value("")


@pytest.mark.thorough
def test_without_scripts_the_draft_stands_in_the_box(workspace: Workspace, open_page: OpenPage) -> None:
    type_and_keep(workspace, "half a thought")
    plain = open_page(workspace.page.url.removeprefix(workspace.base), java_script_enabled=False)
    expect(plain.box).to_have_value("half a thought")
    plain.button("Send").click()
    expect(plain.questions).to_contain_text("half a thought")
    expect(plain.box).to_have_value("")


def test_a_logout_leaves_nothing_here_and_the_next_login_shows_it_again(
    open_page: OpenPage, chromium: Browser, server: Server
) -> None:
    tab = open_page(state=log_in(chromium, server.url, "visitor")).new_session()
    path = tab.page.url.removeprefix(tab.base)
    type_and_keep(tab, "kept for later")
    tab.button("Profile").click()
    tab.button("Log out").click()
    tab.page.wait_for_url("**/accounts/login/**")
    assert tab.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))") == []
    again = open_page(path, state=log_in(chromium, server.url, "visitor"))
    expect(again.box).to_have_value("kept for later")


@pytest.mark.thorough
def test_a_first_message_is_kept_before_there_is_a_session(
    open_page: OpenPage, beginner_in: StorageState
) -> None:
    tab = open_page(state=beginner_in)
    type_and_keep(tab, "to begin with")
    tab.page.reload()
    expect(tab.box).to_have_value("to begin with")
    other = open_page(state=beginner_in)
    expect(other.box).to_have_value("to begin with")
    tab.box.press("Enter")
    tab.page.wait_for_url("**/sessions/*/")
    expect(tab.questions).to_contain_text("to begin with")
    expect(tab.box).to_have_value("")
    turn_to(other)
    expect(other.box).to_have_value("")


@pytest.mark.thorough
def test_a_send_from_earlier_messages_goes_to_the_live_page(workspace: Workspace) -> None:
    workspace.ask("The first.")
    live = workspace.page.url
    workspace.page.route("**/?after=*", lambda route: None)  # what follows is long in coming
    workspace.page.goto(f"{live}?before=2")
    expect(workspace.answers).to_have_count(0)
    workspace.box.fill("The second.")
    workspace.box.press("Enter")
    workspace.page.wait_for_url(live)
    expect(workspace.questions).to_have_count(2)
    expect(workspace.box).to_have_value("")
    workspace.expect_words(words(20))


def test_a_failed_send_keeps_the_text_over_a_reload_and_sends_it_once(open_page: OpenPage) -> None:
    tab = open_page(requests_may_fail=True).new_session()
    tab.page.route("**/messages/", lambda route: route.abort())
    tab.send("do not lose me")
    expect(tab.page.get_by_role("alert")).to_contain_text("Your message is kept")
    tab.page.unroute("**/messages/")
    tab.page.reload()
    expect(tab.box).to_have_value("do not lose me")
    tab.expect_live()
    tab.box.press("Enter")
    tab.expect_words(words(20))
    expect(tab.questions).to_have_count(1)


@pytest.mark.thorough
def test_without_the_server_it_is_kept_here(open_page: OpenPage) -> None:
    tab = open_page(requests_may_fail=True).new_session()
    tab.page.route("**/drafts/", lambda route: route.abort())
    with tab.page.expect_event("requestfailed"):
        tab.box.press_sequentially("only here")
    tab.page.reload()
    expect(tab.box).to_have_value("only here")


@pytest.mark.thorough
def test_the_server_wins_where_it_is_newer(workspace: Workspace, open_page: OpenPage) -> None:
    type_and_keep(workspace, "old")
    path = workspace.page.url.removeprefix(workspace.base)
    workspace.page.goto("about:blank")
    other = open_page(path)
    other.box.press("End")
    type_and_keep(other, " and new")
    workspace.open(path)
    expect(workspace.box).to_have_value("old and new")


@pytest.mark.thorough
def test_a_second_tab_shows_what_was_typed_in_the_first(workspace: Workspace, open_page: OpenPage) -> None:
    path = workspace.page.url.removeprefix(workspace.base)
    second = open_page(path, context=workspace.context)
    second.expect_live()
    workspace.page.bring_to_front()
    type_and_keep(workspace, "seen there too")
    expect(second.box).to_have_value("seen there too")
    workspace.box.press("Enter")
    expect(workspace.questions).to_have_count(1)
    turn_to(second)
    expect(second.box).to_have_value("")


def test_what_is_being_typed_is_never_overwritten(workspace: Workspace, open_page: OpenPage) -> None:
    path = workspace.page.url.removeprefix(workspace.base)
    other = open_page(path, requests_may_fail=True)
    other.expect_live()
    other.page.route("**/drafts/", lambda route: route.abort())
    other.box.press_sequentially("my own words")
    type_and_keep(workspace, "words from elsewhere")
    other.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    other.page.wait_for_load_state("networkidle")
    expect(other.box).to_have_value("my own words")


@pytest.mark.parametrize("choice", ["Use that one", "Keep this one"])
def test_of_two_drafts_written_at_once_one_is_chosen(
    workspace: Workspace, open_page: OpenPage, choice: str
) -> None:
    type_and_keep(workspace, "half a thought")
    other = open_page(workspace.page.url.removeprefix(workspace.base), requests_may_fail=True)
    other.expect_live()
    workspace.box.press("End")
    type_and_keep(workspace, ", longer")
    other.box.press("End")
    other.box.press_sequentially(" X")
    offer = other.page.get_by_text("Elsewhere you wrote something else here.")
    expect(offer).to_be_visible()
    expect(other.box).to_have_value("half a thought X")
    wanted = "half a thought, longer" if choice == "Use that one" else "half a thought X"
    other.button(choice).click()
    expect(other.box).to_have_value(wanted)
    expect(offer).to_be_hidden()
    expect(other.box).to_be_focused()
    other.page.wait_for_load_state("networkidle")
    turn_to(workspace)
    expect(workspace.box).to_have_value(wanted)


@pytest.mark.thorough
def test_back_from_another_page_the_newest_draft_stands_and_goes_on(workspace: Workspace) -> None:
    """The browser has the page from before it was typed, and would show that."""
    for text in ("half a thought", ", and more"):
        workspace.page.reload()
        workspace.expect_live()
        workspace.box.press("End")
        type_and_keep(workspace, text)
        workspace.page.goto(f"{workspace.base}/accounts/privacy/")
        workspace.page.go_back()
        workspace.expect_live()
    expect(workspace.box).to_have_value("half a thought, and more")
    workspace.box.press("End")
    type_and_keep(workspace, " still")
    expect(workspace.page.get_by_text("Elsewhere you wrote something else here.")).to_be_hidden()
    workspace.page.reload()
    expect(workspace.box).to_have_value("half a thought, and more still")


@pytest.mark.thorough
def test_a_page_that_comes_back_as_it_was_left_looks_again(workspace: Workspace, open_page: OpenPage) -> None:
    type_and_keep(workspace, "half a thought")
    other = open_page(workspace.page.url.removeprefix(workspace.base))
    other.box.press("End")
    type_and_keep(other, ", finished")
    workspace.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(workspace.box).to_have_value("half a thought, finished")
