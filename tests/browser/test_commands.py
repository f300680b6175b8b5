"""Slash commands: completed and run by keys, each with its notice; what only looks like one is sent."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


def options(tab: Workspace) -> Locator:
    return tab.page.get_by_role("listbox", name="Commands").get_by_role("option")


def active(tab: Workspace) -> Locator:
    return tab.page.get_by_role("listbox", name="Commands").get_by_role("option", selected=True)


def notice(tab: Workspace) -> Locator:
    return tab.page.locator("#composer-notice")


def write(tab: Workspace, text: str) -> None:
    """Type letter by letter, and wait for the list of the last one."""
    tab.box.press_sequentially(text)
    expect(options(tab).first).to_be_visible()


def expect_active(tab: Workspace, text: str) -> None:
    """The marked row is this one, and the box tells assistive technology so."""
    expect(active(tab)).to_contain_text(text)
    key = active(tab).get_attribute("id")
    expect(tab.box).to_have_attribute("aria-activedescendant", key or "")


# ---------------------------------------------------------------- completing


def test_a_command_is_completed_and_run_by_keys(workspace: Workspace) -> None:
    write(workspace, "/")
    expect(workspace.page.get_by_role("status").filter(has_text="suggestions")).to_have_count(1)
    first, second = options(workspace).nth(0).inner_text(), options(workspace).nth(1).inner_text()
    expect_active(workspace, first.split()[0])
    workspace.page.keyboard.press("ArrowDown")
    expect_active(workspace, second.split()[0])
    workspace.page.keyboard.press("ArrowUp")
    workspace.page.keyboard.press("ArrowUp")
    expect(active(workspace)).to_contain_text("/video")
    workspace.page.keyboard.type("he")
    expect(options(workspace)).to_have_count(1)
    workspace.page.keyboard.press("Tab")
    expect(workspace.box).to_have_value("/help")
    expect(workspace.box).to_be_focused()
    expect(options(workspace).first).to_be_hidden()
    expect(workspace.box).not_to_have_attribute("aria-activedescendant", "command-1")
    workspace.page.keyboard.press("Enter")
    expect(notice(workspace)).to_contain_text("/model NAME")
    expect(workspace.box).to_have_value("")
    workspace.button("Close").click()
    expect(notice(workspace)).to_have_text("")
    expect(workspace.box).to_be_focused()
    expect(workspace.questions).to_have_count(0)


@pytest.mark.thorough
def test_arguments_are_completed_too(workspace: Workspace) -> None:
    write(workspace, "/mo")
    expect(options(workspace)).to_have_count(1)
    workspace.page.keyboard.press("Enter")
    expect(workspace.box).to_have_value("/model ")
    expect(options(workspace).filter(has_text="claude-opus-5-5")).to_be_visible()
    workspace.page.keyboard.type("offl")
    expect(options(workspace)).to_have_count(1)
    workspace.page.keyboard.press("Enter")
    expect(workspace.box).to_have_value("/model offline")
    workspace.page.keyboard.press("Enter")
    expect(notice(workspace)).to_contain_text("Offline assistant answers in this session.")
    expect(workspace.model).to_have_value("offline")
    expect(workspace.page.locator("#model-form select")).to_have_value("offline")


@pytest.mark.thorough
def test_a_word_typed_out_is_run_by_enter_at_once(workspace: Workspace) -> None:
    write(workspace, "/help")
    workspace.page.keyboard.press("Enter")
    expect(notice(workspace)).to_contain_text("/title TEXT")


@pytest.mark.thorough
def test_what_does_not_fit_any_more_is_never_chosen(workspace: Workspace) -> None:
    """The server's answer takes its time; the keys do not wait for it."""
    write(workspace, "/")
    workspace.page.route("**/commands/*", lambda route: None)
    workspace.page.keyboard.type("hel")
    expect(options(workspace)).to_have_count(1)
    workspace.page.keyboard.type("p")
    workspace.page.keyboard.press("Enter")
    expect(notice(workspace)).to_contain_text("/title TEXT")
    workspace.page.unroute("**/commands/*")


@pytest.mark.thorough
def test_escape_closes_the_list_first_and_stops_the_answer_next(
    workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script({"name": "gate", "words": 20, "after": 3})
    workspace.send("Go.")
    expect(workspace.body).to_contain_text("w3")
    write(workspace, "/cl")
    workspace.page.keyboard.press("Escape")
    expect(options(workspace).first).to_be_hidden()
    expect(workspace.button("Stop")).to_be_visible()
    workspace.expect_status("running")
    workspace.page.keyboard.press("Escape")
    workspace.expect_status("stopped")
    expect(workspace.box).to_have_value("/cl")


@pytest.mark.thorough
def test_the_button_opens_the_list_and_the_mouse_chooses(workspace: Workspace) -> None:
    button = workspace.button("Commands")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(workspace.box).to_be_focused()
    button.click()
    expect(options(workspace).first).to_be_hidden()
    workspace.box.fill("Weekly costs")
    button.click()
    options(workspace).filter(has_text="/title").click()
    expect(workspace.box).to_have_value("/title Weekly costs")
    workspace.page.keyboard.press("Enter")
    expect(workspace.page.get_by_role("heading", level=1)).to_have_text("Weekly costs")


@pytest.mark.thorough
def test_the_open_list_leaves_the_last_line_in_sight(workspace: Workspace) -> None:
    workspace.ask("words 400")
    write(workspace, "/")
    line, shown = workspace.body.bounding_box(), workspace.page.get_by_role("listbox").bounding_box()
    assert line is not None
    assert shown is not None
    log = workspace.log.bounding_box()
    assert log is not None
    assert log["y"] + log["height"] <= shown["y"]
    foot = workspace.answer.locator(".message__foot")
    expect(foot).to_be_in_viewport()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_open_list_and_the_notice_violate_no_rule(open_page: OpenPage, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True).new_session()
    write(tab, "/")
    results = Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()
    tab.box.fill("/help")
    tab.page.keyboard.press("Enter")
    expect(notice(tab)).to_contain_text("/title TEXT")
    results = Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()


# ---------------------------------------------------------------- running


def test_each_command_answers_and_none_is_a_message(workspace: Workspace) -> None:
    for text, says in [
        ("/clear", "Nothing to clear"),
        ("/compare", "no other version"),
        ("/context 1h nowhere", "There was no activity of nowhere"),
        ("/plugin list", "No plugin is switched on"),
        ("/model", "answers in this session"),
        ("/title Figures", "its new title"),
        ("/help", "/export FORMAT"),
    ]:
        workspace.send(text)
        expect(notice(workspace)).to_contain_text(says)
        expect(workspace.box).to_have_value("")
    expect(workspace.questions).to_have_count(0)
    expect(workspace.page.get_by_role("heading", level=1)).to_have_text("Figures")
    workspace.ask("And now a message.")
    expect(notice(workspace)).to_have_text("")


@pytest.mark.thorough
def test_clear_can_be_undone_from_its_notice(workspace: Workspace) -> None:
    workspace.ask("A question.")
    workspace.send("/clear")
    expect(notice(workspace)).to_contain_text("The model sees only what follows.")
    notice(workspace).get_by_role("button", name="Undo").click()
    expect(notice(workspace)).to_have_text("")
    workspace.send("/clear")
    expect(notice(workspace)).to_contain_text("The model sees only what follows.")


@pytest.mark.thorough
def test_branch_goes_to_the_new_session(workspace: Workspace) -> None:
    workspace.ask("A question.")
    before = workspace.page.url
    workspace.send("/branch")
    workspace.page.wait_for_url(lambda url: "/sessions/" in url and url != before)
    expect(workspace.questions).to_contain_text("A question.")
    expect(workspace.box).to_have_value("")


def test_an_unknown_command_keeps_its_text(open_page: OpenPage) -> None:
    tab = open_page(requests_may_fail=True).new_session()
    tab.send("/foo bar")
    expect(tab.page.get_by_role("alert")).to_have_text("There is no command /foo. /help lists them.")
    expect(tab.box).to_have_value("/foo bar")
    expect(tab.questions).to_have_count(0)


@pytest.mark.thorough
def test_a_path_and_two_slashes_are_messages(workspace: Workspace) -> None:
    workspace.ask("/etc/hosts is a file")
    expect(workspace.questions.last).to_contain_text("/etc/hosts is a file")
    workspace.ask("//help me")
    expect(workspace.questions.last).to_contain_text("/help me")
    expect(workspace.questions).to_have_count(2)


def test_without_scripts_a_command_answers_on_the_page(open_page: OpenPage) -> None:
    tab = open_page("/", java_script_enabled=False)
    tab.box.fill("/help")
    tab.button("Send").click()
    expect(notice(tab)).to_contain_text("/model NAME")
    expect(tab.button("Commands")).to_be_hidden()


# ---------------------------------------------------------------- keys of the box


@pytest.mark.thorough
def test_up_in_an_empty_box_asks_for_the_last_message(workspace: Workspace) -> None:
    workspace.page.evaluate(
        "document.body.addEventListener('edit-last', () => { document.title = 'asked'; })"
    )
    workspace.box.fill("not empty")
    workspace.box.press("ArrowUp")
    assert workspace.page.title() != "asked"
    workspace.box.fill("")
    workspace.box.press("ArrowUp")
    expect(workspace.page).to_have_title("asked")


@pytest.mark.thorough
def test_control_enter_sends_too(workspace: Workspace) -> None:
    workspace.box.fill("With control.")
    workspace.box.press("Control+Enter")
    expect(workspace.questions).to_contain_text("With control.")


@pytest.mark.thorough
def test_a_composition_neither_sends_nor_chooses(workspace: Workspace) -> None:
    workspace.box.focus()
    keys = workspace.context.new_cdp_session(workspace.page)
    keys.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    workspace.page.keyboard.press("Enter")
    expect(workspace.questions).to_have_count(0)
    keys.send("Input.insertText", {"text": "日本"})
    workspace.box.fill("")
    write(workspace, "/")
    workspace.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    workspace.box.dispatch_event("keydown", {"key": "Tab", "keyCode": 229})
    expect(workspace.box).to_have_value("/")
    expect(options(workspace).first).to_be_visible()
