"""What can be done with a message, as a person does it: with pointer and keys, in one tab and in two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.workspace import Workspace, words
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

# Where an article stands in the view, and a frame later: after everything has settled.
TOP = """(article) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const log = document.getElementById("log").getBoundingClientRect().top;
  done(Math.round(article.getBoundingClientRect().top - log));
})))"""


def tool(article: Locator, name: str) -> Locator:
    return article.get_by_role("button", name=name, exact=True)


def editor(workspace: Workspace) -> Locator:
    return workspace.page.get_by_role("textbox", name="Edited text")


def toast(workspace: Workspace) -> Locator:
    return workspace.page.locator(".toast")


def menu(workspace: Workspace, article: Locator) -> Locator:
    tool(article, "More").click()
    opened = workspace.page.get_by_role("dialog", name="What can be done")
    expect(opened).to_be_visible()
    return opened


def act(workspace: Workspace, name: str, *, exact: bool = False) -> None:
    """In the menu of the open session."""
    workspace.button("Session actions").click()
    workspace.page.get_by_role("menuitem", name=name, exact=exact).click()


def top_of(article: Locator) -> int:
    found: int = article.evaluate(TOP)
    return found


@pytest.fixture
def asked(workspace: Workspace, upstream: Upstream) -> Workspace:
    """A question, its answer and a second answer."""
    upstream.script(
        {"name": "words", "text": "The first answer."}, {"name": "words", "text": "The second one."}
    )
    workspace.ask("A question.")
    workspace.button("Regenerate").click()
    expect(workspace.body).to_contain_text("The second one.")
    workspace.expect_status("complete")
    return workspace


# ---------------------------------------------------------------- edit


def test_save_keeps_the_place_and_what_follows(asked: Workspace) -> None:
    tool(asked.questions.first, "Edit").click()
    expect(editor(asked)).to_be_focused()
    expect(editor(asked)).to_have_value("A question.")
    expect(asked.questions.first.locator(".message__body")).to_be_hidden()
    editor(asked).fill("A better question.")
    asked.button("Save").click()
    expect(editor(asked)).to_have_count(0)
    expect(asked.questions).to_have_count(1)
    expect(asked.questions.first.locator(".message__body")).to_have_text("A better question.")
    expect(asked.body).to_contain_text("The second one.")
    expect(tool(asked.questions.first, "Edit")).to_be_focused()
    asked.page.reload()
    expect(asked.questions.first).to_contain_text("A better question.")


@pytest.mark.thorough
def test_former_texts_can_be_read(asked: Workspace) -> None:
    tool(asked.questions.first, "Edit").click()
    editor(asked).fill("A better question.")
    asked.button("Save").click()
    expect(asked.questions.first).to_contain_text("A better question.")
    menu(asked, asked.questions.first).get_by_role("link", name="Show former texts").click()
    dialog = asked.page.get_by_role("dialog", name="Former texts")
    expect(dialog).to_contain_text("A question.")
    expect(dialog).to_contain_text("changed by alice")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


@pytest.mark.thorough
def test_escape_and_cancel_give_the_message_back(asked: Workspace) -> None:
    for leave in (lambda: editor(asked).press("Escape"), lambda: asked.button("Cancel").click()):
        tool(asked.questions.first, "Edit").click()
        editor(asked).fill("Not meant.")
        leave()
        expect(editor(asked)).to_have_count(0)
        expect(asked.questions.first.locator(".message__body")).to_have_text("A question.")
        expect(tool(asked.questions.first, "Edit")).to_be_focused()


@pytest.mark.thorough
def test_an_edit_that_was_not_saved_is_there_again_after_a_reload(asked: Workspace) -> None:
    tool(asked.questions, "Edit").click()
    unsaved = asked.page.get_by_text("Not saved yet.")
    expect(unsaved).to_be_hidden()
    editor(asked).fill("Half a better question")
    expect(unsaved).to_be_visible()
    asked.page.reload()
    expect(editor(asked)).to_have_value("Half a better question")
    expect(unsaved).to_be_visible()
    here = asked.page.url
    asked.open("/search/").page.goto(here)
    expect(editor(asked)).to_have_value("Half a better question")
    asked.button("Save").click()
    expect(asked.questions).to_contain_text("Half a better question")
    asked.page.reload()
    asked.expect_live()
    expect(editor(asked)).to_have_count(0)


@pytest.mark.thorough
def test_an_edit_that_was_given_up_is_not_opened_again(asked: Workspace) -> None:
    tool(asked.questions, "Edit").click()
    editor(asked).fill("Never mind")
    asked.button("Cancel").click()
    asked.page.reload()
    asked.expect_live()
    expect(editor(asked)).to_have_count(0)


def test_send_again_is_a_new_version_with_its_own_answer(asked: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "words", "text": "To the better one."})
    tool(asked.questions.first, "Edit").click()
    editor(asked).fill("A better question.")
    editor(asked).press("Enter")
    expect(asked.body).to_contain_text("To the better one.")
    expect(asked.questions).to_have_count(1)
    expect(asked.questions.first).to_contain_text("2 / 2")
    expect(asked.box).to_have_value("")
    tool(asked.questions.first, "Previous version").click()
    expect(asked.questions.first).to_contain_text("A question.")
    expect(asked.questions.first).to_contain_text("1 / 2")
    expect(asked.body).to_contain_text("The second one.")


@pytest.mark.thorough
def test_up_in_an_empty_box_edits_the_last_message(asked: Workspace) -> None:
    asked.ask("The last one.")
    asked.box.fill("something")
    asked.box.press("ArrowUp")
    expect(editor(asked)).to_have_count(0)
    asked.box.fill("")
    asked.box.press("ArrowUp")
    expect(editor(asked)).to_have_value("The last one.")
    expect(editor(asked)).to_be_focused()
    editor(asked).press("Escape")
    expect(asked.box).to_have_value("")


@pytest.mark.thorough
def test_a_refused_edit_says_why_and_keeps_the_text(
    open_page: OpenPage, new_path: Callable[[], str], upstream: Upstream
) -> None:
    tab = open_page(new_path(), requests_may_fail=True)
    tab.expect_live()
    tab.ask("A question.")
    upstream.script({"name": "gate", "words": 9, "after": 3})
    tab.send("Next.")
    expect(tab.body).to_contain_text("w3")
    tool(tab.questions.first, "Edit").click()
    editor(tab).fill("A better question.")
    tab.button("Send again").click()
    expect(tab.page.get_by_role("alert").filter(has_text="A reply is running.")).to_be_visible()
    expect(editor(tab)).to_have_value("A better question.")
    upstream.release()
    tab.expect_status("complete")
    tab.button("Send again").click()
    expect(tab.questions.first).to_contain_text("2 / 2")
    expect(tab.page.get_by_role("alert").filter(has_text="A reply is running.")).to_have_count(0)


# ---------------------------------------------------------------- versions


def test_versions_are_switched_by_keyboard_and_the_focus_stays(asked: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "words", "text": "The third."})
    asked.button("Regenerate").click()
    expect(asked.answer).to_contain_text("3 / 3")
    tool(asked.answer, "Previous version").focus()
    for number, text in ((2, "The second one."), (1, "The first answer.")):
        asked.page.keyboard.press("Enter")
        expect(asked.answer).to_contain_text(f"{number} / 3")
        expect(asked.body).to_contain_text(text)
        expect(tool(asked.answer, "Previous version")).to_be_focused()
    asked.page.keyboard.press("Enter")
    tool(asked.answer, "Next version").focus()
    asked.page.keyboard.press("Space")
    expect(asked.answer).to_contain_text("2 / 3")
    expect(tool(asked.answer, "Next version")).to_be_focused()
    assert not asked.look().doubles
    asked.page.reload()
    expect(asked.body).to_contain_text("The second one.")


@pytest.mark.thorough
def test_no_way_to_the_latest_is_offered_while_it_is_in_view(asked: Workspace) -> None:
    """The room that is made below an answer that became shorter is no distance."""
    asked.page.evaluate(
        """() => {
            document.querySelector(".log__room").style.minBlockSize = "500px";
            document.body.dispatchEvent(new CustomEvent("hold-place"));
        }"""
    )
    expect(asked.answer).to_be_in_viewport()
    expect(asked.button("Jump to the latest")).to_be_hidden()


@pytest.mark.thorough
def test_another_model_answers_beside_the_first(workspace: Workspace) -> None:
    workspace.ask("How many tokens did I use this week?")
    tool(workspace.answer, "Another model").click()
    choices = workspace.page.get_by_role("dialog", name="What can be done")
    choices.get_by_role("button", name="Offline assistant").click()
    expect(choices).to_be_hidden()
    expect(workspace.answer).to_contain_text("2 / 2")
    expect(workspace.answer.locator(".message__name")).to_have_text("Offline assistant")


@pytest.mark.thorough
def test_the_menu_is_worked_by_keys_and_gives_the_focus_back(asked: Workspace) -> None:
    more = tool(asked.answer, "More")
    more.focus()
    asked.page.keyboard.press("Enter")
    opened = asked.page.get_by_role("dialog", name="What can be done")
    expect(opened.get_by_role("button", name="Branch from here")).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "true")
    asked.page.keyboard.press("ArrowUp")
    expect(opened.get_by_role("button", name="Delete")).to_be_focused()
    asked.page.keyboard.press("ArrowDown")
    expect(opened.get_by_role("button", name="Branch from here")).to_be_focused()
    asked.page.keyboard.press("Escape")
    expect(opened).to_be_hidden()
    expect(more).to_be_focused()


@pytest.mark.thorough
def test_the_link_of_a_message_is_copied(asked: Workspace) -> None:
    asked.context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu(asked, asked.answer).get_by_role("button", name="Copy link").click()
    expect(toast(asked)).to_contain_text("Link copied")
    copied = asked.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{asked.page.url.split('#')[0]}#{asked.answer.get_attribute('id')}"


# ---------------------------------------------------------------- delete


@pytest.mark.thorough
def test_what_was_deleted_comes_back_with_undo(asked: Workspace) -> None:
    asked.ask("Another question.")
    menu(asked, asked.questions.last).get_by_role("button", name="Delete").click()
    expect(asked.questions).to_have_count(1)
    expect(toast(asked)).to_contain_text("Deleted. 2 messages.")
    asked.button("Undo").click()
    expect(asked.questions).to_have_count(2)
    expect(asked.answers).to_have_count(2)
    expect(asked.questions.last).to_contain_text("Another question.")


@pytest.mark.thorough
def test_of_two_versions_the_other_is_shown_when_one_is_deleted(asked: Workspace) -> None:
    menu(asked, asked.answer).get_by_role("button", name="Delete").click()
    expect(asked.body).to_contain_text("The first answer.")
    expect(asked.answers).to_have_count(1)
    expect(asked.answer.get_by_role("group", name="Versions")).to_have_count(0)


# ---------------------------------------------------------------- sessions of sessions


@pytest.mark.thorough
def test_a_branch_opens_as_a_session_of_its_own(asked: Workspace) -> None:
    before = asked.page.url
    asked.ask("Not in the branch.")
    tool(asked.answers.first, "Branch").click()
    asked.page.wait_for_url(lambda url: url != before)
    asked.expect_live()
    expect(toast(asked)).to_contain_text("Branched")
    expect(asked.questions).to_have_count(1)
    expect(asked.body).to_contain_text("The second one.")
    asked.ask("Only in the branch.")
    asked.page.goto(before)
    expect(asked.questions.last).to_contain_text("Not in the branch.")


def test_a_question_that_was_branched_from_is_answered_there(asked: Workspace, upstream: Upstream) -> None:
    before = asked.page.url
    menu(asked, asked.questions.first).get_by_role("button", name="Branch from here").click()
    asked.page.wait_for_url(lambda url: url != before)
    asked.expect_live()
    upstream.script({"name": "words", "text": "Here at last."})
    asked.button("Answer").click()
    expect(asked.body).to_contain_text("Here at last.")
    asked.expect_status("complete")
    expect(asked.button("Answer")).to_have_count(0)
    asked.page.get_by_text("Branched from").get_by_role("link").click()
    expect(asked.body).to_contain_text("The second one.")


@pytest.mark.thorough
def test_a_session_is_duplicated_with_its_versions(asked: Workspace) -> None:
    before = asked.page.url
    act(asked, "Duplicate")
    asked.page.wait_for_url(lambda url: url != before)
    asked.expect_live()
    expect(toast(asked)).to_contain_text("Duplicated")
    expect(asked.answer).to_contain_text("2 / 2")
    tool(asked.answer, "Previous version").click()
    expect(asked.body).to_contain_text("The first answer.")


@pytest.mark.thorough
def test_a_session_is_merged_into_one_found_by_its_title(asked: Workspace, upstream: Upstream) -> None:
    upstream.set_title({"name": "title", "text": "Where the merged go"})
    source = asked.page.url
    asked.new_session().ask("Already here.")
    target = asked.page.url
    expect(asked.page.get_by_role("heading", name="Where the merged go")).to_be_visible()
    asked.page.goto(source)
    asked.expect_live()
    act(asked, "Merge into another session")
    dialog = asked.page.get_by_role("dialog", name="Merge into another session")
    dialog.get_by_role("searchbox", name="Find a session").press_sequentially("merged go")
    expect(dialog.locator("#merge-targets button")).to_have_count(1)
    dialog.get_by_role("button", name="Where the merged go").click()
    asked.page.wait_for_url(target)
    asked.expect_live()
    expect(toast(asked)).to_contain_text("Merged.")
    expect(asked.questions).to_have_count(2)
    expect(asked.questions.last).to_contain_text("merged into this session")
    expect(asked.body).to_contain_text("The second one.")
    asked.button("Undo").click()
    expect(toast(asked)).to_contain_text("is back in the list")
    expect(asked.questions).to_have_count(1)


# ---------------------------------------------------------------- where the context starts anew


def test_the_line_stands_below_what_is_not_sent_and_goes_again(asked: Workspace) -> None:
    line = asked.page.get_by_role("note").filter(has_text="What is above is not sent any more.")
    act(asked, "Start the context anew")
    expect(line).to_be_visible()
    asked.ask("A new beginning.")
    expect(line).to_have_count(1)
    expect(asked.answers.first).to_contain_text("What is above is not sent any more.")
    asked.button("Send it again").click()
    expect(line).to_have_count(0)


# ---------------------------------------------------------------- what is gone, and the session as a whole


@pytest.mark.thorough
def test_what_was_deleted_comes_back_after_its_toast_by_key_and_from_the_list(asked: Workspace) -> None:
    menu(asked, asked.questions.last).get_by_role("button", name="Delete 3 messages, all versions").click()
    expect(asked.questions).to_have_count(0)
    asked.page.keyboard.press("Escape")
    asked.page.evaluate("document.querySelector('.toast').remove()")
    asked.page.keyboard.press("Alt+z")
    expect(asked.questions).to_have_count(1)
    menu(asked, asked.answer).get_by_role("button", name="Delete").click()
    expect(asked.body).to_contain_text("The first answer.")
    act(asked, "Deleted messages")
    dialog = asked.page.get_by_role("dialog", name="Deleted messages")
    dialog.get_by_role("button", name="Restore “The second one.”").click()
    expect(toast(asked)).to_contain_text("Restored.")
    expect(asked.body).to_contain_text("The second one.")
    expect(dialog).to_be_hidden()


# ---------------------------------------------------------------- two tabs


@pytest.fixture
def beside(asked: Workspace, open_page: OpenPage) -> Workspace:
    """The same session in another tab."""
    tab = open_page(f"/sessions/{asked.chat_id}/", context=asked.context, requests_may_fail=True)
    tab.expect_live()
    return tab


def same(one: Workspace, other: Workspace) -> None:
    """Both show the same messages, and what a fresh page would show."""
    for tab in (one, other):
        expect(tab.page.locator("#composer-actions .stop")).to_have_count(0)
    script = (
        "() => [...document.querySelectorAll('#messages > article')].map((each) => each.id + each.innerText)"
    )
    shown = [tab.page.evaluate(script) for tab in (one, other)]
    assert shown[0] == shown[1]
    assert not one.look().doubles
    one.page.reload()
    assert one.page.evaluate(script) == shown[0]


def test_an_edit_in_both_tabs_ends_the_same_and_loses_no_text(asked: Workspace, beside: Workspace) -> None:
    for tab, text in ((asked, "From one tab."), (beside, "From the other tab.")):
        tool(tab.questions.first, "Edit").click()
        editor(tab).fill(text)
    asked.button("Save").click()
    expect(asked.questions.first).to_contain_text("From one tab.")
    # The frame replaced the message below the other form: the form and its text are still there.
    expect(beside.questions.first.locator(".message__source")).to_have_value("From one tab.")
    expect(editor(beside)).to_have_value("From the other tab.")
    beside.button("Save").click()
    expect(toast(beside)).to_contain_text("changed elsewhere meanwhile")
    for tab in (asked, beside):
        expect(tab.questions.first.locator(".message__body")).to_have_text("From the other tab.")
    same(asked, beside)


@pytest.mark.thorough
def test_the_text_of_an_edit_survives_when_the_message_is_deleted_elsewhere(
    asked: Workspace, beside: Workspace
) -> None:
    tool(beside.questions.first, "Edit").click()
    editor(beside).fill("Typed for long.")
    menu(asked, asked.questions.first).get_by_role("button", name="Delete").click()
    expect(beside.questions).to_have_count(0)
    expect(beside.box).to_have_value("Typed for long.")
    expect(toast(beside)).to_contain_text("Your text is in the message box.")


@pytest.mark.thorough
def test_a_delete_while_the_other_tab_streams_is_refused_in_words(
    asked: Workspace, beside: Workspace, upstream: Upstream
) -> None:
    opened = menu(beside, beside.questions.first)
    upstream.script({"name": "gate", "words": 9, "after": 3})
    asked.send("Next.")
    expect(beside.body).to_contain_text("w3")
    opened.get_by_role("button", name="Delete").click()
    refusal = beside.page.get_by_role("alert").filter(has_text="A reply is running.")
    expect(refusal).to_be_visible()
    upstream.release()
    asked.expect_words(words(9))
    expect(refusal).to_have_count(0)
    beside.expect_words(words(9))
    same(asked, beside)


def test_a_switch_in_one_tab_and_a_send_again_in_the_other_end_the_same(
    asked: Workspace, beside: Workspace, upstream: Upstream
) -> None:
    upstream.script({"name": "words", "text": "To the new one."})
    tool(beside.questions.first, "Edit").click()
    editor(beside).fill("A new one.")
    tool(asked.answer, "Previous version").click()
    expect(beside.body).to_contain_text("The first answer.")
    beside.button("Send again").click()
    for tab in (asked, beside):
        expect(tab.body).to_contain_text("To the new one.")
        tab.expect_status("complete")
        expect(tab.questions.first).to_contain_text("2 / 2")
        expect(tab.questions).to_have_count(1)
    same(asked, beside)


# ---------------------------------------------------------------- for everyone


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_violation_in_the_form_the_menu_the_line_and_the_dialogs(
    open_page: OpenPage, new_path: Callable[[], str], theme: str
) -> None:
    tab = open_page(new_path(), color_scheme=theme, bypass_csp=True)
    tab.expect_live()
    tab.ask("A question.")
    tab.button("Regenerate").click()
    expect(tab.answer).to_contain_text("2 / 2")
    act(tab, "Start the context anew")
    expect(tab.button("Send it again")).to_be_visible()
    menu(tab, tab.answer)
    expect_no_violations(tab)
    tab.page.keyboard.press("Escape")
    tool(tab.questions.first, "Edit").click()
    editor(tab).fill("Another question.")
    expect(tab.page.get_by_text("Not saved yet.")).to_be_visible()
    expect_no_violations(tab)
    tab.button("Cancel").click()
    tab.button("Session actions").click()
    expect(tab.page.get_by_role("menuitem", name="Duplicate")).to_be_visible()
    expect_no_violations(tab)
    tab.page.get_by_role("menuitem", name="Merge into another session").click()
    expect(tab.page.get_by_role("dialog", name="Merge into another session")).to_be_visible()
    expect_no_violations(tab)


@pytest.mark.thorough
def test_on_a_phone_every_button_is_large_and_everything_can_be_reached(
    open_page: OpenPage, new_path: Callable[[], str]
) -> None:
    tab = open_page(new_path(), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab.expect_live()
    tab.ask("A question.")
    tab.button("Regenerate").tap()
    expect(tab.answer).to_contain_text("2 / 2")
    for button in tab.page.locator("#messages button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, button.get_attribute("aria-label")
    tool(tab.answer, "More").tap()
    expect(tab.page.get_by_role("link", name="Answer with another model")).to_be_visible()
    tab.page.get_by_role("link", name="Answer with another model").tap()
    expect(tab.page.get_by_role("button", name="Offline assistant")).to_be_visible()


def test_without_scripts_messages_are_edited_switched_and_deleted_by_plain_forms(
    asked: Workspace, open_page: OpenPage
) -> None:
    plain = open_page(f"/sessions/{asked.chat_id}/", java_script_enabled=False, requests_may_fail=True)
    tool(plain.questions.first, "Edit").click()
    editor(plain).fill("A plain question.")
    plain.button("Save").click()
    expect(plain.questions.first.locator(".message__body")).to_have_text("A plain question.")
    tool(plain.answer, "Previous version").click()
    expect(plain.body).to_contain_text("The first answer.")
    tool(plain.answer, "More").click()
    plain.button("Delete").click()
    expect(plain.page.get_by_text("1 message was deleted.")).to_be_visible()
    plain.button("Undo").click()
    expect(plain.body).to_contain_text("The first answer.")
    expect(asked.body).to_contain_text("The first answer.")
