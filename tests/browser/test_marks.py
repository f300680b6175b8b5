"""Marks on messages: thumbs with a reason, reactions, notes on selected words; the same in all tabs."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

ANSWER = "The first words of an answer.\n\nA second paragraph, with **bold** words in it."
SELECT = """([first, last]) => {
  const body = [...document.querySelectorAll("article[data-role=assistant] .message__body")].at(-1);
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const { data } = walker.currentNode;
    if (data.includes(first)) range.setStart(walker.currentNode, data.indexOf(first));
    if (data.includes(last)) range.setEnd(walker.currentNode, data.indexOf(last) + last.length);
  }
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""
NOTED = """() => [...(CSS.highlights.get("note") ?? [])].map((range) => {
  const made = document.createRange();
  made.setStart(range.startContainer, range.startOffset);
  made.setEnd(range.endContainer, range.endOffset);
  return made.toString();
})"""


@pytest.fixture
def answered(workspace: Workspace, upstream: Upstream) -> Workspace:
    upstream.script({"name": "words", "text": ANSWER})
    workspace.ask("Say something.")
    return workspace


def panel(tab: Workspace) -> Locator:
    return tab.page.get_by_role("dialog", name="Marks")


def open_panel(tab: Workspace) -> Locator:
    tab.answer.get_by_role("link", name="React or note").click()
    expect(panel(tab)).to_be_visible()
    return panel(tab)


def thumb(tab: Workspace, name: str) -> Locator:
    return tab.answer.get_by_role("button", name=name)


def test_a_thumb_is_pressed_in_every_tab_and_asks_for_a_reason(
    answered: Workspace, open_page: OpenPage
) -> None:
    other = open_page(answered.page.url.removeprefix(answered.base), context=answered.context)
    thumb(answered, "Bad answer").click()
    expect(panel(answered).get_by_role("heading", name="What went wrong?")).to_be_visible()
    expect(thumb(other, "Bad answer")).to_have_attribute("aria-pressed", "true")
    expect(panel(other)).to_be_hidden()
    panel(answered).get_by_role("radio", name="2 stars").check(force=True)
    panel(answered).get_by_role("textbox", name="Reason").fill("Not what I asked")
    panel(answered).get_by_role("button", name="Save").click()
    expect(panel(answered)).to_be_hidden()
    for tab in (answered, other):
        expect(tab.answer).to_contain_text("2 of 5 stars: Not what I asked alice")
    thumb(answered, "Bad answer").click()
    for tab in (answered, other):
        expect(thumb(tab, "Bad answer")).to_have_attribute("aria-pressed", "false")
        expect(tab.answer).not_to_contain_text("Not what I asked")


@pytest.mark.thorough
def test_the_question_after_a_thumb_is_skipped_by_escape_and_the_focus_comes_back(
    answered: Workspace,
) -> None:
    thumb(answered, "Good answer").focus()
    answered.page.keyboard.press("Enter")
    expect(panel(answered).get_by_role("heading", name="What was good?")).to_be_visible()
    expect(panel(answered).get_by_role("button", name="Close")).to_be_focused()
    answered.page.keyboard.press("Escape")
    expect(panel(answered)).to_be_hidden()
    expect(thumb(answered, "Good answer")).to_have_attribute("aria-pressed", "true")
    expect(answered.answer.locator(":focus")).to_have_count(1)


@pytest.mark.thorough
def test_reactions_toggle_in_the_panel_and_under_the_message(answered: Workspace) -> None:
    opened = open_panel(answered)
    opened.get_by_role("button", name="🎉").click()
    expect(opened.get_by_role("button", name="🎉")).to_have_attribute("aria-pressed", "true")
    opened.get_by_role("textbox", name="Another emoji").fill("🦑")
    opened.get_by_role("button", name="React", exact=True).click()
    chip = answered.answer.get_by_role("button", name="🦑 1")
    expect(chip).to_have_attribute("aria-pressed", "true")
    answered.page.keyboard.press("Escape")
    chip.click()
    expect(chip).to_have_count(0)
    expect(answered.answer.get_by_role("button", name="🎉 1")).to_be_visible()
    answered.page.reload()
    expect(answered.answer.get_by_role("button", name="🎉 1")).to_have_attribute("aria-pressed", "true")


@pytest.mark.thorough
def test_a_note_half_written_stays_while_a_reaction_is_sent(answered: Workspace) -> None:
    opened = open_panel(answered)
    written = opened.get_by_role("textbox", name="Note", exact=True)
    written.fill("Half a thought")
    opened.get_by_role("textbox", name="Another emoji").fill("👍🏽")
    opened.get_by_role("button", name="React", exact=True).click()
    expect(answered.answer.get_by_role("button", name="👍🏽 1")).to_be_visible()
    expect(opened.get_by_role("textbox", name="Another emoji")).to_have_value("")
    expect(written).to_have_value("Half a thought")


@pytest.mark.thorough
def test_a_note_that_was_not_added_is_there_when_the_panel_opens_again(answered: Workspace) -> None:
    opened = open_panel(answered)
    opened.get_by_role("textbox", name="Note", exact=True).fill("Not yet")
    answered.page.keyboard.press("Escape")
    open_panel(answered)
    expect(opened.get_by_role("textbox", name="Note", exact=True)).to_have_value("Not yet")
    opened.get_by_role("button", name="Add note").click()
    expect(opened.get_by_role("listitem")).to_contain_text("Not yet")
    answered.page.keyboard.press("Escape")
    open_panel(answered)
    expect(opened.get_by_role("textbox", name="Note", exact=True)).to_have_value("")


@pytest.mark.thorough
def test_selected_words_get_a_note_and_are_marked_in_the_message(
    answered: Workspace, open_page: OpenPage
) -> None:
    answered.page.evaluate(SELECT, ["words of", "with "])
    answered.button("Note").click()
    opened = panel(answered)
    quote = opened.get_by_role("textbox", name="Words it is about")
    expect(quote).to_have_value("words of an answer.\nA second paragraph, with")
    expect(opened.get_by_role("textbox", name="Note", exact=True)).to_be_focused()
    answered.page.keyboard.type("Say which answer")
    opened.get_by_role("button", name="Add note").click()
    expect(opened.get_by_role("listitem").filter(has_text="Say which answer")).to_be_visible()
    expect(opened.get_by_role("textbox", name="Note", exact=True)).to_have_value("")
    expect(answered.answer.get_by_role("link", name="1 note")).to_be_visible()
    other = open_page(answered.page.url.removeprefix(answered.base), context=answered.context)
    expect(other.answer.get_by_role("link", name="1 note")).to_be_visible()
    for tab in (answered, other):
        (noted,) = tab.page.evaluate(NOTED)
        assert noted.split() == ["words", "of", "an", "answer.", "A", "second", "paragraph,", "with"]


def test_a_note_by_keyboard_alone_is_found_in_the_message_edited_and_removed(answered: Workspace) -> None:
    page = answered.page
    answered.answer.get_by_role("link", name="React or note").focus()
    page.keyboard.press("Enter")
    opened = panel(answered)
    opened.get_by_role("textbox", name="Words it is about").focus()
    page.keyboard.type("bold words")
    page.keyboard.press("Tab")
    page.keyboard.type("Why bold?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    note = opened.get_by_role("listitem")
    expect(note).to_contain_text("Why bold?")
    page.wait_for_function(f"() => ({NOTED})()[0] === 'bold words'")
    note.get_by_role("link", name="bold words").click()
    expect(answered.answer.get_by_text("bold", exact=True)).to_be_in_viewport()
    note.get_by_text("Edit", exact=True).click()
    note.get_by_role("textbox", name="Note").fill("Why not?")
    note.get_by_role("button", name="Save").click()
    expect(note).to_contain_text("Why not?")
    note.get_by_text("Edit", exact=True).click()
    note.get_by_role("button", name="Remove note").click()
    expect(note).to_have_count(0)
    page.wait_for_function(f"() => ({NOTED})().length === 0")


@pytest.mark.thorough
def test_a_question_is_reacted_to_but_not_rated(answered: Workspace) -> None:
    answered.questions.last.hover()
    answered.questions.last.get_by_role("link", name="React or note").click()
    opened = panel(answered)
    expect(opened.get_by_role("button", name="Save rating")).to_have_count(0)
    opened.get_by_role("button", name="👀").click()
    expect(answered.questions.last.get_by_role("button", name="👀 1")).to_be_visible()


@pytest.mark.thorough
@pytest.mark.parametrize("width", [1440, 820, 390])
def test_the_panel_stays_in_the_window_and_beside_who_asked(
    answered: Workspace, open_page: OpenPage, width: int
) -> None:
    tab = open_page(answered.page.url.removeprefix(answered.base), viewport={"width": width, "height": 800})
    opened = open_panel(tab)
    box, asker = opened.bounding_box(), tab.answer.get_by_role("link", name="React or note").bounding_box()
    assert box
    assert asker
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 800
    if width > 720:
        assert box["y"] >= asker["y"] + asker["height"] or box["y"] + box["height"] <= asker["y"]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 390])
def test_marks_and_their_panel_break_no_rule(
    answered: Workspace, open_page: OpenPage, theme: str, width: int
) -> None:
    opened = open_panel(answered)
    opened.get_by_role("button", name="🎉").click()
    opened.get_by_role("textbox", name="Words it is about").fill("bold")
    opened.get_by_role("textbox", name="Note", exact=True).fill("A note")
    opened.get_by_role("button", name="Add note").click()
    expect(answered.answer.get_by_role("link", name="1 note")).to_be_visible()
    tab = open_page(
        answered.page.url.removeprefix(answered.base),
        viewport={"width": width, "height": 844}, color_scheme=theme, bypass_csp=True,
    )  # fmt: skip
    results = Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()
    open_panel(tab)
    results = Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.thorough
def test_without_scripts_thumbs_reactions_and_notes_are_forms(
    answered: Workspace, open_page: OpenPage
) -> None:
    tab = open_page(answered.page.url.removeprefix(answered.base), java_script_enabled=False)
    thumb(tab, "Good answer").click()
    page = tab.page
    expect(page.get_by_role("radio", name="Good")).to_be_checked()
    page.get_by_role("textbox", name="Reason").fill("Clear")
    page.get_by_role("button", name="Save rating").click()
    page.get_by_role("button", name="👀").click()
    page.get_by_role("textbox", name="Note", exact=True).fill("From a plain page")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("listitem")).to_contain_text("From a plain page")
    page.get_by_role("link", name="Back to the session").click()
    expect(tab.answer).to_contain_text("Clear alice")
    expect(tab.answer.get_by_role("button", name="👀 1")).to_be_visible()
