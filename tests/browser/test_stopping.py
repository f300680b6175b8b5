"""Stop, and what can be done with an answer that ended before its end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import Server
from tests.browser.workspace import Workspace, words
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

HALF = {"name": "gate", "words": 20, "after": 8}


def begin(workspace: Workspace, upstream: Upstream) -> None:
    """Ask, and come to where the answer rests after eight words."""
    upstream.script(HALF)
    workspace.send("Go.")
    expect(workspace.body).to_contain_text("w8")
    workspace.expect_status("running")


@pytest.mark.parametrize("way", ["Escape", "Stop"])
def test_stop_keeps_the_text_and_offers_to_go_on(workspace: Workspace, upstream: Upstream, way: str) -> None:
    begin(workspace, upstream)
    if way == "Stop":
        workspace.button("Stop").click()
    else:
        workspace.page.keyboard.press("Escape")
    workspace.expect_status("stopped")
    assert upstream.wait_for(lambda entry: entry.disconnected_at is not None).text.split()[-1] == "w8"
    assert workspace.look().words == words(8)
    for name in ("Continue", "Retry"):
        expect(workspace.answer.get_by_role("button", name=name)).to_be_visible()
    expect(workspace.button("Stop")).to_have_count(0)
    expect(workspace.button("Send")).to_be_visible()


def test_escape_closes_what_is_open_before_it_stops(workspace: Workspace, upstream: Upstream) -> None:
    begin(workspace, upstream)
    workspace.button("Profile").click()
    workspace.page.keyboard.press("Escape")
    expect(workspace.button("Log out")).to_be_hidden()
    workspace.expect_status("running")
    workspace.page.keyboard.press("Escape")
    workspace.expect_status("stopped")


def test_continue_goes_on_from_the_kept_text(workspace: Workspace, upstream: Upstream) -> None:
    begin(workspace, upstream)
    workspace.button("Stop").click()
    workspace.expect_status("stopped")
    upstream.script({"name": "words", "text": "and on"})
    workspace.button("Continue").click()
    workspace.expect_status("complete")
    assert re.sub(r"\s", "", workspace.look().text) == re.sub(r"\s", "", words(8) + "and on")
    expect(workspace.answers).to_have_count(1)
    expect(workspace.questions).to_have_count(1)


def test_retry_asks_again_and_the_next_message_works(workspace: Workspace, upstream: Upstream) -> None:
    begin(workspace, upstream)
    workspace.button("Stop").click()
    workspace.expect_status("stopped")
    workspace.button("Retry").click()
    workspace.expect_words(words(20))
    expect(workspace.questions).to_have_count(1)
    workspace.ask("And now?")
    expect(workspace.answers).to_have_count(2)


@pytest.mark.thorough
def test_regenerate_makes_a_new_version_and_loses_none(
    workspace: Workspace, upstream: Upstream, server: Server
) -> None:
    upstream.script({"name": "words", "text": "The first version."})
    workspace.ask("Say something.")
    upstream.script({"name": "words", "text": "The second version."})
    workspace.answer.hover()
    workspace.button("Regenerate").click()
    expect(workspace.body).to_have_text(re.compile("The second version."))
    workspace.expect_status("complete")
    expect(workspace.answers).to_have_count(1)
    kept = server.query(
        "select count(*) from sessions_app_message where session_id = ? and content like '%version.'",
        workspace.chat_id.replace("-", ""),
    )
    assert kept == [(2,)]
    workspace.page.reload()
    expect(workspace.body).to_have_text(re.compile("The second version."))


@pytest.mark.thorough
def test_a_refused_key_is_one_plain_sentence_and_retry_works(
    workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script("unauthorized")
    workspace.ask("Hello?", status="failed")
    notice = workspace.answer.locator(".notice")
    expect(notice).to_contain_text("key")
    expect(notice).not_to_contain_text("sk-ant")
    expect(notice).not_to_contain_text("invalid x-api-key")
    workspace.button("Retry").click()
    workspace.expect_words(words(20))


@pytest.mark.thorough
def test_an_overloaded_model_is_asked_again_before_anything_is_shown(
    workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script("overloaded", "overloaded", "words")
    workspace.ask("Hello?")
    workspace.expect_words(words(20))
    expect(workspace.answer.locator(".notice")).to_have_count(0)
    assert [entry.status for entry in upstream.replies] == [529, 529, 200]


def test_a_model_that_stays_overloaded_fails_in_words_and_retry_works(
    workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script("overloaded", "overloaded", "overloaded")
    workspace.ask("Hello?", status="failed")
    expect(workspace.answer.locator(".notice")).to_contain_text("overloaded")
    expect(workspace.answer.locator(".notice")).to_contain_text("Your message is kept")
    workspace.button("Retry").click()
    workspace.expect_words(words(20))


def test_an_answer_cut_off_by_the_network_keeps_its_text(workspace: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "cut_rst", "after": 5})
    workspace.ask("Hello?", status="failed")
    assert workspace.look().words == words(5)
    expect(workspace.answer.locator(".notice")).to_contain_text("The text is kept")
