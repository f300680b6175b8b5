"""Exporting from the page: the dialog by button, key and command, its preview, and the file that arrives."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Download, Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = [pytest.mark.browser]
WORDS = "We could not deliver this event. **Nothing is lost.**"


@pytest.fixture
def talk(workspace: Workspace, upstream: Upstream) -> Workspace:
    upstream.set_title({"name": "title", "text": "Weekly cost review"})
    upstream.script({"name": "words", "text": WORDS})
    workspace.ask("Where did the tokens go?")
    expect(workspace.page.get_by_role("heading", name="Weekly cost review")).to_be_visible()
    return workspace


def dialog(tab: Workspace, name: str = "Export session") -> Locator:
    return tab.page.get_by_role("dialog", name=name)


def opener(tab: Workspace) -> Locator:
    return tab.page.get_by_role("link", name="Export", exact=True)


def preview(tab: Workspace) -> Locator:
    return dialog(tab).get_by_role("region", name="Preview")


def card(tab: Workspace, label: str) -> Locator:
    return dialog(tab).get_by_role("radiogroup", name="Format").get_by_role("radio", name=label, exact=True)


def exported(tab: Workspace) -> Download:
    with tab.page.expect_download() as arrived:
        dialog(tab).get_by_role("button", name="Export", exact=True).click()
    return arrived.value


def text_of(download: Download) -> str:
    return Path(download.path()).read_text()


def test_the_preview_follows_the_choice_and_the_file_is_as_it_showed(talk: Workspace) -> None:
    address = talk.page.url
    opener(talk).focus()
    talk.page.keyboard.press("Enter")
    expect(card(talk, "Markdown")).to_be_focused()
    expect(preview(talk)).to_contain_text("# Weekly cost review")
    costs = dialog(talk).get_by_role("switch", name="Tokens and cost")
    costs.click()
    expect(preview(talk)).not_to_contain_text("total_tokens")
    expect(costs).to_be_focused()
    card(talk, "Markdown").focus()
    talk.page.keyboard.press("ArrowRight")
    expect(card(talk, "JSON")).to_be_focused()
    expect(preview(talk)).to_contain_text('"format":"workspace-session"')
    expect(dialog(talk)).to_contain_text("weekly-cost-review.json, about")
    expect(dialog(talk).get_by_role("switch", name="One field a line")).to_be_visible()
    talk.page.keyboard.press("ArrowLeft")
    expect(preview(talk)).to_contain_text("# Weekly cost review")
    expect(costs).not_to_be_checked()
    download = exported(talk)
    assert download.suggested_filename == "weekly-cost-review.md"
    assert WORDS in text_of(download)
    expect(dialog(talk)).to_be_hidden()
    expect(opener(talk)).to_be_focused()
    assert talk.page.url == address
    talk.expect_live()


def test_the_command_opens_the_dialog_or_brings_the_file(talk: Workspace) -> None:
    talk.send("/export")
    expect(dialog(talk)).to_be_visible()
    expect(talk.box).to_have_value("")
    talk.page.keyboard.press("Escape")
    expect(dialog(talk)).to_be_hidden()
    expect(talk.box).to_be_focused()
    with talk.page.expect_download() as arrived:
        talk.send("/export json")
    assert arrived.value.suggested_filename == "weekly-cost-review.json"
    expect(talk.page.locator("#composer-notice")).to_contain_text("weekly-cost-review.json, about")
    expect(talk.questions).to_have_count(1)


@pytest.mark.thorough
def test_a_refused_export_keeps_the_dialog(talk: Workspace, open_page: OpenPage) -> None:
    tab = open_page(talk.page.url.removeprefix(talk.base), requests_may_fail=True)
    tab.page.keyboard.press("Alt+x")
    expect(dialog(tab)).to_be_visible()
    tab.page.route("**/export/", lambda route: route.abort())
    button = dialog(tab).get_by_role("button", name="Export", exact=True)
    button.click()
    expect(dialog(tab).get_by_role("alert")).to_have_text(
        "The server did not answer. Nothing was exported; Export tries again."
    )
    tab.page.unroute("**/export/")
    assert exported(tab).suggested_filename == "weekly-cost-review.md"
    expect(dialog(tab)).to_be_hidden()


@pytest.mark.thorough
def test_what_is_wrong_is_marked_and_a_lost_preview_comes_again(talk: Workspace, open_page: OpenPage) -> None:
    tab = open_page(talk.page.url.removeprefix(talk.base), requests_may_fail=True)
    opener(tab).click()
    card(tab, "Text").check(force=True)
    width = dialog(tab).get_by_label("Characters a line")
    width.fill("5")
    expect(width).to_have_attribute("aria-invalid", "true")
    dialog(tab).get_by_role("button", name="Export", exact=True).click()
    expect(dialog(tab).get_by_role("alert")).to_contain_text("a whole number from 40 to 200")
    expect(width).to_be_focused()
    expect(width).to_have_accessible_description("A whole number from 40 to 200.")
    width.fill("60")
    expect(width).not_to_have_attribute("aria-invalid", "true")
    tab.page.route("**/export/preview/**", lambda route: route.abort())
    card(tab, "HTML").check(force=True)
    again = preview(tab).get_by_role("button", name="Try again")
    expect(preview(tab)).to_contain_text("The preview could not be loaded.")
    expect(dialog(tab)).not_to_contain_text("weekly-cost-review.txt")
    tab.page.unroute("**/export/preview/**")
    again.click()
    expect(dialog(tab)).to_contain_text("weekly-cost-review.html, about")
    preview(tab).locator("iframe").click(force=True)
    tab.page.keyboard.press("Escape")
    expect(dialog(tab)).to_be_hidden()


@pytest.mark.thorough
def test_one_message_is_copied_and_exported(talk: Workspace) -> None:
    talk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    more = talk.answer.get_by_role("button", name="More")
    more.click()
    talk.button("Copy as Markdown").click()
    expect(talk.page.locator(".toast")).to_have_text("Copied as Markdown")
    copied = talk.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == WORDS
    more.click()
    talk.page.get_by_role("link", name="Export message…").click()
    expect(dialog(talk, "Export message")).to_contain_text("Weekly cost review, message 2")
    with talk.page.expect_download() as arrived:
        dialog(talk, "Export message").get_by_role("button", name="Export", exact=True).click()
    assert arrived.value.suggested_filename == "weekly-cost-review-message-2.md"
    expect(more).to_be_focused()


@pytest.mark.thorough
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_dialog_violates_no_rule(open_page: OpenPage, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True).new_session()
    tab.ask("A question.")
    opener(tab).click()
    expect(preview(tab)).to_contain_text("A question.")
    results = Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.thorough
def test_without_scripts_a_page_gives_the_file(talk: Workspace, open_page: OpenPage) -> None:
    path = talk.page.url.removeprefix(talk.base)
    tab = open_page(f"{path}export/", java_script_enabled=False)
    tab.page.get_by_role("radio", name="JSON", exact=True).check(force=True)
    tab.button("Show options and preview").click()
    expect(tab.page.get_by_role("region", name="Preview")).to_contain_text("workspace-session")
    with tab.page.expect_download() as arrived:
        tab.button("Export").click()
    assert arrived.value.suggested_filename == "weekly-cost-review.json"
