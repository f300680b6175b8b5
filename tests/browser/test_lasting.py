"""Reloads, tabs and browsers: every look is an exact beginning of what the model said, and the end is all of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Look, Workspace, words
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


@pytest.mark.thorough
def test_twenty_reloads_in_one_answer_lose_and_double_nothing(
    workspace: Workspace, upstream: Upstream
) -> None:
    count = 560
    whole = words(count)
    upstream.script({"name": "words", "words": count, "rate": 70})
    workspace.send("Count far.")
    expect(workspace.body).to_contain_text("w3 ")
    for _ in range(20):
        for look in (workspace.look(), reloaded(workspace)):
            assert look.is_beginning_of(whole)
            assert not look.doubles
            assert look.articles == 2
    workspace.expect_words(whole)
    workspace.page.reload()
    workspace.expect_words(whole)


def reloaded(workspace: Workspace) -> Look:
    workspace.page.reload()
    return workspace.look()


def test_two_tabs_and_one_that_joins_late_show_the_same(
    workspace: Workspace, open_page: OpenPage, upstream: Upstream
) -> None:
    count = 240
    whole = words(count)
    path = f"/sessions/{workspace.chat_id}/"
    second = open_page(path, context=workspace.context)
    second.expect_live()
    upstream.script({"name": "words", "words": count, "rate": 60})
    workspace.send("Count.")
    expect(second.body).to_contain_text("w40 ")
    third = open_page(path, context=workspace.context)
    tabs = [workspace, second, third]
    while workspace.look().status != "complete":
        assert all(tab.look().is_beginning_of(whole) for tab in tabs)
    expect(workspace.page.get_by_role("heading", name="A plain title")).to_be_visible()
    tokens = str(workspace.counter("tokens"))
    for tab in tabs:
        tab.expect_words(whole)
        expect(tab.page.locator("#counter-tokens")).to_have_attribute("data-value", tokens)


def test_two_browsers_of_one_person_write_in_the_same_session(
    workspace: Workspace, open_page: OpenPage
) -> None:
    other = open_page(f"/sessions/{workspace.chat_id}/")
    other.expect_live()
    workspace.ask("From the desk.")
    other.expect_words(words(20))
    other.ask("From the train.")
    expect(workspace.questions).to_have_count(2)
    workspace.expect_words(words(20))
    expect(workspace.questions.last).to_contain_text("From the train.")


def test_a_markdown_answer_reads_the_same_live_and_after_a_reload(
    workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script({"name": "markdown", "words": 150, "rate": 150})
    workspace.ask("Write a page.")
    live = workspace.look().words
    workspace.page.reload()
    assert workspace.look().words == live
    assert re.findall(r"w\d+", live) == words(150).split()
