"""The message box: keys, growth, drafts, and sends that fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Workspace, words

pytestmark = pytest.mark.browser

# Frames that are on their way do not arrive: the page shows what it showed.
HOLD_FRAMES = """() => document.addEventListener("htmx:wsBeforeMessage", (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true })"""


def height_of(workspace: Workspace) -> float:
    box = workspace.box.bounding_box()
    assert box is not None
    return box["height"]


def test_enter_sends_and_shift_enter_breaks_the_line(workspace: Workspace) -> None:
    workspace.box.press_sequentially("first")
    workspace.box.press("Shift+Enter")
    workspace.box.press_sequentially("second")
    expect(workspace.box).to_have_value("first\nsecond")
    expect(workspace.questions).to_have_count(0)
    workspace.box.press("Enter")
    expect(workspace.questions).to_have_count(1)
    expect(workspace.questions).to_contain_text("second")
    expect(workspace.box).to_have_value("")
    workspace.expect_status("complete")


@pytest.mark.thorough
def test_the_box_grows_with_its_text_and_shrinks_after_the_send(workspace: Workspace) -> None:
    low = height_of(workspace)
    workspace.box.fill("\n".join(f"line {n}" for n in range(6)))
    assert height_of(workspace) > low + 60
    workspace.box.fill("\n".join(f"line {n}" for n in range(200)))
    assert height_of(workspace) < 900 * 0.5
    workspace.box.press("Enter")
    expect(workspace.box).to_have_value("")
    assert height_of(workspace) == low


@pytest.mark.thorough
def test_enter_in_a_composition_chooses_the_word_and_sends_nothing(workspace: Workspace) -> None:
    workspace.box.focus()
    keys = workspace.context.new_cdp_session(workspace.page)
    keys.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    workspace.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    workspace.box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    keys.send("Input.insertText", {"text": "日本"})
    expect(workspace.box).to_have_value("日本")
    expect(workspace.questions).to_have_count(0)
    workspace.box.press("Enter")
    expect(workspace.questions).to_contain_text("日本")


def test_a_draft_survives_a_reload_and_is_gone_after_the_send(workspace: Workspace) -> None:
    workspace.box.fill("half a thou")
    workspace.page.reload()
    expect(workspace.box).to_have_value("half a thou")
    workspace.ask("half a thought")
    expect(workspace.box).to_have_value("")
    workspace.page.reload()
    expect(workspace.questions).to_have_count(1)
    expect(workspace.box).to_have_value("")


@pytest.mark.thorough
def test_drafts_of_two_sessions_are_kept_apart(workspace: Workspace) -> None:
    first = workspace.page.url
    workspace.box.fill("of the first")
    workspace.new_session()
    expect(workspace.box).to_have_value("")
    workspace.box.fill("of the second")
    workspace.page.goto(first)
    expect(workspace.box).to_have_value("of the first")


@pytest.mark.thorough
def test_an_empty_message_is_not_sent(workspace: Workspace) -> None:
    workspace.box.fill("  \n ")
    workspace.box.press("Enter")
    workspace.button("Send").click()
    workspace.ask("something")
    expect(workspace.questions).to_have_count(1)


def test_enter_twice_is_one_message(workspace: Workspace) -> None:
    workspace.box.fill("once")
    workspace.page.keyboard.press("Enter")
    workspace.page.keyboard.press("Enter")
    workspace.expect_status("complete")
    expect(workspace.questions).to_have_count(1)


@pytest.fixture
def refused(open_page: OpenPage) -> Workspace:
    """A page whose console may speak of refused requests."""
    return open_page(requests_may_fail=True).new_session()


def test_a_send_that_never_arrived_keeps_the_text_and_works_again(refused: Workspace) -> None:
    refused.page.route("**/messages/", lambda route: route.fulfill(status=503, body=""))
    refused.send("do not lose me")
    expect(refused.page.get_by_role("alert")).to_contain_text("Your message is kept")
    expect(refused.box).to_have_value("do not lose me")
    refused.page.unroute("**/messages/")
    refused.button("Send").click()
    refused.expect_words(words(20))
    expect(refused.questions).to_have_count(1)


def test_a_message_that_is_too_long_is_refused_in_words_and_kept(refused: Workspace) -> None:
    long = "word " * 100_000
    refused.box.fill(long)
    refused.box.press("Enter")
    expect(refused.page.get_by_role("alert")).to_contain_text("too long")
    assert refused.box.input_value() == long
    expect(refused.questions).to_have_count(0)
    refused.box.fill("Shorter.")
    expect(refused.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.thorough
def test_on_a_touch_screen_enter_breaks_the_line(open_page: OpenPage, new_path: Callable[[], str]) -> None:
    tab = open_page(new_path(), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab.expect_live()
    expect(tab.box).to_have_attribute("enterkeyhint", "enter")
    tab.box.press_sequentially("first")
    tab.box.press("Enter")
    tab.box.press_sequentially("second")
    expect(tab.box).to_have_value("first\nsecond")
    tab.button("Send").click()
    expect(tab.questions).to_contain_text("second")
    tab.expect_status("complete")


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(1440, 900), (390, 700)], ids=["wide", "phone"])
def test_a_long_draft_leaves_send_in_view_before_the_first_message(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    tab = open_page("/?welcome=1", viewport={"width": size[0], "height": size[1]})
    greeting = tab.page.get_by_role("heading", name="Good")
    expect(greeting).to_be_in_viewport(ratio=1)
    tab.box.fill("\n".join(f"line {n}" for n in range(60)))
    expect(tab.button("Send")).to_be_in_viewport(ratio=1)
    expect(greeting).to_be_in_viewport(ratio=1)
    tab.box.fill("")


def test_a_message_about_a_version_that_was_switched_elsewhere_is_kept_in_the_box(
    workspace: Workspace, open_page: OpenPage
) -> None:
    workspace.ask("A question.")
    other = open_page(f"/sessions/{workspace.chat_id}/", context=workspace.context, requests_may_fail=True)
    other.expect_live()
    workspace.button("Regenerate").click()
    for tab in (workspace, other):
        expect(tab.page.get_by_text("2 / 2")).to_be_visible()
        tab.expect_status("complete")
    other.page.evaluate(HOLD_FRAMES)
    workspace.button("Previous version").click()
    expect(workspace.page.get_by_text("1 / 2")).to_be_visible()
    other.send("About the second answer.")
    expect(other.page.get_by_role("alert").filter(has_text="changed elsewhere meanwhile")).to_be_visible()
    expect(other.box).to_have_value("About the second answer.")
    other.page.reload()
    other.expect_live()
    other.box.press("Enter")
    expect(workspace.questions).to_have_count(2)
    workspace.expect_status("complete")


@pytest.mark.thorough
def test_on_a_phone_send_stands_at_the_end_whatever_the_message_costs(
    open_page: OpenPage, new_path: Any
) -> None:
    workspace = open_page(new_path(), viewport={"width": 390, "height": 844})
    workspace.page.locator("#composer-cost").evaluate(
        "(cost) => { cost.hidden = false; cost.textContent = 'about $0.01'; }"
    )
    gap = workspace.page.evaluate(
        "document.getElementById('composer').getBoundingClientRect().right"
        " - document.querySelector('#composer .send').getBoundingClientRect().right"
    )
    assert 0 < gap < 16
