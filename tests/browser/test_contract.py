"""Names, roles and attributes that checks from outside rely on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

MESSAGE_ID = re.compile(r"^message-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def test_every_promised_name_is_there_once(workspace: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "words", "text": "Here:\n\n```python\nprint(1)\n```\n"})
    workspace.ask("Some code, please.")
    page = workspace.page
    once = [
        workspace.box,
        workspace.log,
        workspace.list,
        page.get_by_role("complementary", name="Session details"),
        page.get_by_role("contentinfo"),
        page.get_by_role("main"),
        workspace.button("Send"),
        workspace.button("New session"),
        workspace.button("Copy code"),
        workspace.answer.get_by_role("button", name="Copy", exact=True),
        workspace.answer.get_by_role("button", name="Regenerate"),
    ]
    for each in once:
        expect(each).to_have_count(1)
    expect(workspace.log).not_to_have_attribute("aria-live", "polite")


def test_no_id_stands_twice_on_a_page(workspace: Workspace) -> None:
    """Two answers, an edit, a menu with tags, the palette; then the pages beside it."""
    page = workspace.page
    workspace.ask("One.")
    workspace.button("Regenerate").click()
    expect(page.get_by_text("2 / 2")).to_be_visible()
    workspace.expect_status("complete")
    workspace.questions.get_by_role("button", name="Edit").click()
    page.get_by_text("Add a tag").click()
    page.locator(f"#menu-{workspace.chat_id}").press("Enter")
    expect(page.get_by_role("menu")).to_be_visible()
    assert not workspace.look().doubles
    page.get_by_role("menuitem", name="Tags…").press("Enter")
    expect(page.get_by_role("group", name="Tags of")).to_be_visible()
    assert not workspace.look().doubles
    page.keyboard.press("Escape")
    workspace.answer.get_by_role("link", name="React or note").press("Enter")
    expect(page.locator("#marks-panel")).to_be_visible()
    assert not workspace.look().doubles
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Find anything").first).to_be_visible()
    assert not workspace.look().doubles
    here = f"/sessions/{workspace.chat_id}/"
    for path in (
        f"{here}compare/",
        f"{here}?after=0",
        "/search/?q=one",
        "/sessions/",
        "/templates/",
        "/dashboard/",
    ):
        workspace.open(path)
        assert not workspace.look().doubles, path


def test_buttons_of_a_running_and_of_a_stopped_answer(workspace: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "gate", "words": 9, "after": 3})
    workspace.send("Go.")
    expect(workspace.body).to_contain_text("w3")
    expect(workspace.log).to_have_attribute("aria-busy", "true")
    expect(workspace.button("Stop")).to_have_count(1)
    workspace.box.fill("Next, please.")
    expect(workspace.button("Send")).to_have_count(1)
    workspace.button("Stop").click()
    workspace.expect_status("stopped")
    expect(workspace.button("Continue")).to_have_count(1)
    expect(workspace.button("Retry")).to_have_count(1)
    expect(workspace.log).to_have_attribute("aria-busy", "false")


def test_articles_carry_id_role_and_status(workspace: Workspace, upstream: Upstream) -> None:
    upstream.script("words", {"name": "cut_fin", "after": 2})
    workspace.ask("One.")
    workspace.ask("Two.", status="failed")
    articles = workspace.log.locator("article").all()
    assert [attributes(each) for each in articles] == [
        ("user", "sent"),
        ("assistant", "complete"),
        ("user", "sent"),
        ("assistant", "failed"),
    ]
    for each in articles:
        assert MESSAGE_ID.match(each.get_attribute("id") or "")
        expect(each.locator(".message__body")).to_have_count(1)


def attributes(article: Locator) -> tuple[str | None, str | None]:
    return article.get_attribute("data-role"), article.get_attribute("data-status")


def test_the_counters_are_integers_before_and_after(workspace: Workspace) -> None:
    footer = workspace.page.get_by_role("contentinfo")
    expect(footer.locator("#counter-tokens")).to_have_attribute("data-value", "0")
    expect(footer.locator("#counter-runtime")).to_have_attribute("data-value", "0")
    workspace.ask("Cost me something.")
    expect(footer.locator("#counter-tokens")).to_have_attribute("data-value", re.compile(r"^[1-9]\d*$"))
    expect(footer.locator("#counter-runtime")).to_have_attribute("data-value", re.compile(r"^\d+$"))


def test_finished_sentences_are_announced(workspace: Workspace, upstream: Upstream) -> None:
    upstream.script({"name": "words", "text": "This is said aloud."})
    workspace.ask("Say it.")
    expect(workspace.page.get_by_role("status").filter(has_text="This is said aloud.")).to_have_count(1)


def test_an_answer_that_came_while_the_page_was_away_is_announced(
    workspace: Workspace, open_page: OpenPage, upstream: Upstream
) -> None:
    away = open_page(f"/sessions/{workspace.chat_id}/", requests_may_fail=True)
    away.expect_live()
    away.context.set_offline(True)
    upstream.script({"name": "words", "text": "This was said meanwhile."})
    workspace.ask("Say it.")
    away.context.set_offline(False)
    expect(away.page.get_by_role("status").filter(has_text="This was said meanwhile.")).to_have_count(1)
