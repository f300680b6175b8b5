"""Where a reader is stays where it is, whatever becomes of the messages around."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_versions import editor, menu, tool, top_of
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


@pytest.fixture
def long_one(workspace: Workspace, upstream: Upstream) -> Workspace:
    """Eight exchanges; the third answer has a long and a short version, both with what follows."""
    long, short = "\n\n".join(["Many words. " * 30] * 8), "Few words."
    upstream.script(*[{"name": "words", "text": text} for text in ("One. " * 80, "Two. " * 80, short, long)])
    workspace.ask("Question 1.")
    workspace.ask("Question 2.")
    workspace.ask("Question 3.")
    upstream.script({"name": "words", "text": "Four. " * 200})
    workspace.ask("Question 4.")
    tool(workspace.answers.nth(2), "Regenerate").click()
    expect(workspace.answers).to_have_count(3)
    workspace.expect_status("complete")
    for number in (5, 6, 7):
        upstream.script({"name": "words", "text": f"Answer {number}. " * 80})
        workspace.ask(f"Question {number}.")
    return workspace


@pytest.mark.thorough
def test_the_place_is_kept_when_a_version_is_switched(long_one: Workspace) -> None:
    article = long_one.answers.nth(2)
    tool(article, "Previous version").scroll_into_view_if_needed()
    before = top_of(article)
    tool(article, "Previous version").click()
    expect(article).to_contain_text("1 / 2")
    assert abs(top_of(article) - before) <= 1
    tool(article, "Next version").click()
    expect(article).to_contain_text("2 / 2")
    assert abs(top_of(article) - before) <= 1


@pytest.mark.thorough
def test_the_place_is_kept_when_something_above_is_edited_elsewhere(
    long_one: Workspace, open_page: OpenPage
) -> None:
    other = open_page(f"/sessions/{long_one.chat_id}/")
    other.expect_live()
    long_one.log.hover()
    long_one.page.mouse.wheel(0, -900)
    reading = long_one.questions.filter(has_text="Question 5.")
    reading.scroll_into_view_if_needed()
    before = top_of(reading)
    tool(other.questions.first, "Edit").click()
    editor(other).fill("\n".join(f"Line {n}." for n in range(10)))
    other.button("Save").click()
    expect(long_one.questions.first).to_contain_text("Line 9.")
    assert abs(top_of(reading) - before) <= 1
    menu(other, other.questions.filter(has_text="Question 7.")).get_by_role("button", name="Delete").click()
    expect(long_one.questions.filter(has_text="Question 7.")).to_have_count(0)
    assert abs(top_of(reading) - before) <= 1


@pytest.mark.thorough
def test_what_is_left_stays_where_it_was_when_the_last_is_deleted(long_one: Workspace) -> None:
    last = long_one.questions.last
    last.scroll_into_view_if_needed()
    stays = long_one.answers.nth(-2)
    before = top_of(stays)
    menu(long_one, last).get_by_role("button", name="Delete").click()
    expect(long_one.questions.filter(has_text="Question 7.")).to_have_count(0)
    assert abs(top_of(long_one.answers.last) - before) <= 1
    expect(long_one.log).to_be_focused()
