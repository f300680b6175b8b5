"""The main job: log in, ask, watch the answer come."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import StorageState, expect

from tests.browser.conftest import OpenPage
from tests.browser.prepare import password_of
from tests.browser.server import Server
from tests.browser.workspace import Workspace, words
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

# Keeps what the newest answer says after every change of the conversation.
RECORD = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const last = [...document.querySelectorAll('article[data-role="assistant"] .message__body')].at(-1);
    if (last) window.seen.push(last.textContent);
  }).observe(document.querySelector("#messages"), { childList: true, subtree: true, characterData: true });
}"""


def test_a_newcomer_logs_in_and_asks_about_tokens_without_any_key(
    open_page: OpenPage, keyless: Server
) -> None:
    tab = open_page(base=keyless.url, state={"cookies": [], "origins": []})
    tab.page.get_by_label("Username or e-mail").fill("beginner")
    tab.page.get_by_label("Password", exact=True).fill(password_of("beginner"))
    tab.button("Log in").click()
    tab.expect_live()
    expect(tab.page.get_by_text("No model is connected yet.")).to_be_visible()
    tab.ask("How many tokens did I use this week?")
    card = tab.answer.locator(".tool-card", has_text="Token usage")
    expect(card).to_be_visible()
    expect(card.locator(".tool-card__total")).to_have_text(re.compile(r"\d"))
    expect(tab.body).to_have_text(re.compile(r"\d+ tokens|no tokens", re.IGNORECASE))


def test_a_wrong_password_is_refused_in_words(open_page: OpenPage) -> None:
    tab = open_page(state={"cookies": [], "origins": []})
    tab.page.get_by_label("Username or e-mail").fill("alice")
    tab.page.get_by_label("Password", exact=True).fill("not-the-password")
    tab.button("Log in").click()
    expect(tab.page.get_by_role("alert")).to_contain_text("not correct")


def test_an_answer_grows_in_steps_and_each_is_an_exact_beginning(
    workspace: Workspace, upstream: Upstream
) -> None:
    whole = words(300)
    workspace.page.evaluate(RECORD)
    upstream.script({"name": "words", "words": 300, "rate": 60})
    workspace.send("Count, please.")
    workspace.expect_words(whole)
    seen: list[str] = workspace.page.evaluate("() => window.seen")
    steps = [" ".join(text.split()) for text in seen]
    assert len(set(steps)) >= 5
    assert all(f"{whole} ".startswith(f"{step} ") for step in steps if step)


def test_a_tool_card_shows_its_figures_as_chart_table_and_json(
    open_page: OpenPage, keyless: Server, newcomer_in: StorageState
) -> None:
    tab = open_page(base=keyless.url, state=newcomer_in).new_session()
    tab.ask("How many tokens did I use this week?")
    card = tab.answer.locator(".tool-card")
    expect(card.get_by_role("img", name=re.compile(r"\d tokens in"))).to_be_visible()
    card.get_by_text("Table", exact=True).click()
    expect(card.get_by_role("columnheader", name="Cache read")).to_be_visible()
    card.get_by_text("JSON", exact=True).click()
    expect(card.get_by_text('"total_tokens"').first).to_be_visible()
    expect(card.get_by_role("table")).to_be_hidden()
    card.locator("summary").click()
    expect(card.get_by_text("JSON", exact=True)).to_be_hidden()
    tab.page.reload()
    expect(card).to_contain_text("Token usage")
