"""The details column: settings saved as they change, the gauge that follows typing, tags, a drawer where it is narrow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


def details_of(tab: Workspace) -> Locator:
    return tab.page.get_by_role("complementary", name="Session details")


def field(tab: Workspace, name: str) -> Locator:
    return details_of(tab).get_by_role("textbox", name=name)


@pytest.fixture
def begun(workspace: Workspace) -> Workspace:
    """A session with an answer: its details stand beside it."""
    workspace.ask("Begin.")
    expect(details_of(workspace)).to_be_visible()
    return workspace


def test_a_setting_is_saved_as_it_is_changed_and_sent_with_the_next_message(
    begun: Workspace, upstream: Upstream
) -> None:
    details = details_of(begun)
    field(begun, "Maximum tokens").fill("1,234")
    field(begun, "Maximum tokens").press("Tab")
    expect(details.locator("#settings-state")).to_have_text("Saved")
    begun.ask("With a limit, please.")
    asked = next(entry for entry in upstream.log if "With a limit, please." in str(entry.body))
    assert asked.body["max_tokens"] == 1234
    begun.page.reload()
    expect(field(begun, "Maximum tokens")).to_have_value("1,234")


@pytest.mark.thorough
def test_a_refused_value_stays_beside_its_sentence_until_it_is_right(
    open_page: OpenPage, upstream: Upstream
) -> None:
    tab = open_page(requests_may_fail=True).new_session()
    tab.ask("Begin.")
    limit = field(tab, "Maximum tokens")
    limit.fill("9999999")
    limit.press("Enter")
    expect(
        tab.page.get_by_role("alert").filter(has_text="Maximum tokens must be a whole number")
    ).to_be_visible()
    expect(limit).to_have_attribute("aria-invalid", "true")
    expect(details_of(tab).locator("#settings-state")).to_have_text("Not saved")
    tab.ask("Something else meanwhile.")
    expect(limit).to_have_value("9999999")
    limit.fill("500")
    limit.press("Tab")
    expect(details_of(tab).locator("#settings-state")).to_have_text("Saved")
    expect(limit).not_to_have_attribute("aria-invalid", "true")
    expect(tab.page.get_by_text("Maximum tokens must be")).to_have_count(0)


@pytest.mark.thorough
def test_another_tab_shows_what_was_changed_but_never_under_the_hands_of_who_types(
    begun: Workspace, open_page: OpenPage
) -> None:
    other = open_page(begun.page.url.removeprefix(begun.base))
    other.expect_live()
    window = field(other, "History window")
    window.press_sequentially("2")
    field(begun, "Maximum turns").fill("7")
    field(begun, "Maximum turns").press("Tab")
    expect(details_of(begun).locator("#settings-state")).to_have_text("Saved")
    begun.ask("So that the other tab is told.")
    expect(other.questions).to_have_count(2)
    expect(window).to_have_value("2")
    expect(window).to_be_focused()
    window.press("Backspace")
    window.press("Tab")
    expect(field(other, "Maximum turns")).to_have_value("7")


@pytest.mark.thorough
def test_what_a_model_does_not_take_is_not_offered_and_goes_with_a_note(begun: Workspace) -> None:
    details = details_of(begun)
    model = details.get_by_role("combobox", name="Session model")
    model.select_option(label="Claude Opus 4.6")
    temperature = field(begun, "Temperature")
    temperature.fill("0.7")
    temperature.press("Tab")
    expect(details.get_by_role("switch", name="Thinking")).not_to_be_checked()
    expect(begun.model).to_have_value("claude-opus-4-6")
    model.select_option(label="Claude Opus 4.8")
    expect(begun.page.locator(".toast")).to_contain_text("Temperature was taken out: Claude Opus 4.8")
    expect(details.get_by_text("Temperature: this model does not take it.")).to_be_visible()
    expect(temperature).to_have_count(0)


@pytest.mark.thorough
def test_instructions_are_written_in_a_dialog_and_kept(begun: Workspace, upstream: Upstream) -> None:
    page = begun.page
    begun.button("Change the instructions").press("Enter")
    dialog = page.get_by_role("dialog", name="Instructions")
    expect(dialog.get_by_role("textbox", name="Instructions")).to_be_focused()
    page.keyboard.type("Answer like a lighthouse keeper.")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    begun.button("Change the instructions").click()
    expect(dialog.get_by_role("textbox", name="Instructions")).to_have_value("")
    dialog.get_by_role("textbox", name="Instructions").fill("Answer like a ferryman.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(details_of(begun).get_by_text("Instructions set")).to_be_visible()
    begun.ask("Who goes there?")
    asked = next(entry for entry in upstream.log if "Who goes there?" in str(entry.body))
    assert "Answer like a ferryman." in str(asked.body["system"])


@pytest.mark.thorough
def test_a_tool_is_switched_off_by_keyboard(begun: Workspace, upstream: Upstream) -> None:
    details = details_of(begun)
    details.locator(".setting-fold__summary").press("Enter")
    with begun.page.expect_response("**/settings/"):
        details.get_by_role("checkbox", name="Costs").press("Space")
    expect(details.locator(".setting-fold__count")).to_have_text(re.compile("6 of 7"))
    begun.ask("What may you do?")
    asked = next(entry for entry in upstream.log if "What may you do?" in str(entry.body))
    assert "analyze_costs" not in {tool["name"] for tool in asked.body["tools"]}


def test_the_gauge_follows_what_is_typed_and_what_was_answered(begun: Workspace) -> None:
    details = details_of(begun)
    total = details.locator("[data-total]")
    expect(details.locator('[data-tokens-of="history"]')).not_to_have_text("0")
    before = int((total.text_content() or "0").replace(",", ""))
    begun.box.fill("word " * 800)
    expect(details.locator('[data-tokens-of="draft"]')).to_have_text("1,000")
    expect(total).to_have_text(f"{before + 1000:,}")
    assert float(details.locator('rect[data-part="draft"]').get_attribute("width") or 0) > 0
    expect(details.locator("[data-cost-words]")).to_have_text(re.compile(r"(about|under).\$\d"))
    expect(begun.page.locator("#composer-cost")).to_have_text(re.compile(r"(about|under).\$\d"))
    begun.box.fill("")
    expect(total).to_have_text(f"{before:,}")
    begun.ask("And more.")
    expect(total).not_to_have_text(f"{before:,}")


@pytest.mark.thorough
def test_the_gauge_follows_the_line_below_which_the_context_begins(begun: Workspace) -> None:
    history = details_of(begun).locator('[data-tokens-of="history"]')
    expect(history).not_to_have_text("0")
    begun.send("/clear")
    expect(history).to_have_text("0")
    begun.button("Undo").click()
    expect(history).not_to_have_text("0")
    begun.button("Session actions").click()
    begun.page.get_by_role("menuitem", name="Start the context anew").click()
    expect(history).to_have_text("0")


def test_the_page_itself_never_scrolls(begun: Workspace) -> None:
    begun.page.set_viewport_size({"width": 1440, "height": 700})
    expect(details_of(begun)).to_be_visible()
    begun.page.evaluate("() => document.scrollingElement.scrollBy(0, 500)")
    begun.page.keyboard.press("Alt+Home")
    assert begun.page.evaluate(
        "() => [document.scrollingElement.scrollTop, document.scrollingElement.scrollHeight]"
    ) == [0, 700]


@pytest.mark.thorough
def test_a_draft_that_fills_the_window_is_warned_of(begun: Workspace) -> None:
    details = details_of(begun)
    details.get_by_role("combobox", name="Session model").select_option(label="Claude Haiku 4.5")
    expect(details.get_by_text("of 100,000 tokens")).to_be_visible()
    begun.box.fill("x" * 800_000)
    expect(details.locator("[data-warn]")).to_contain_text("Little room is left.")
    begun.box.fill("x")
    expect(details.locator("[data-warn]")).to_be_empty()


@pytest.mark.thorough
def test_a_free_model_hides_the_cost_in_the_composer(begun: Workspace) -> None:
    details_of(begun).get_by_role("combobox", name="Session model").select_option(label="Offline assistant")
    expect(details_of(begun).get_by_text("This message costs nothing")).to_be_visible()
    expect(begun.page.locator("#composer-cost")).to_be_hidden()


def test_tags_are_added_completed_and_removed_by_keyboard(begun: Workspace) -> None:
    details = details_of(begun)
    details.locator("#tag-add").press("Enter")
    new = details.get_by_role("combobox", name="New tag")
    expect(new).to_be_focused()
    begun.page.keyboard.type("lighthouse")
    begun.page.keyboard.press("Enter")
    remove = details.get_by_role("button", name="Remove the tag lighthouse")
    expect(remove).to_be_visible()
    expect(new).to_have_value("")
    expect(new).to_be_focused()
    begun.page.keyboard.press("Escape")
    expect(new).to_be_hidden()
    remove.press("Enter")
    expect(remove).to_have_count(0)
    expect(details.locator("#tag-add")).to_be_focused()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_details_have_no_violation(open_page: OpenPage, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True).new_session()
    tab.ask("Begin.")
    details = details_of(tab)
    details.locator(".setting-fold__summary").click()
    details.locator("#tag-add").click()
    expect(details.locator("[data-cost-words]")).to_be_visible()
    expect_no_violations(tab)
    tab.button("Change the instructions").click()
    expect_no_violations(tab)


@pytest.mark.thorough
@pytest.mark.parametrize(("width", "height"), [(1024, 768), (390, 844)])
def test_where_it_is_narrow_the_details_are_a_drawer(open_page: OpenPage, width: int, height: int) -> None:
    tab = open_page(viewport={"width": width, "height": height}, has_touch=width == 390)
    if width == 390:
        tab.button("Sessions").click()
    tab.new_session()
    tab.ask("From a small screen.")
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.ask("Once more.")
    assert not [url for url in asked if url.endswith("/about/")]
    expect(details_of(tab)).to_be_hidden()
    with tab.page.expect_response("**/about/"):
        tab.button("Session details").click()
    expect(details_of(tab).get_by_text("Models used")).to_be_visible()
    field(tab, "Maximum turns").fill("4")
    field(tab, "Maximum turns").press("Tab")
    expect(details_of(tab).locator("#settings-state")).to_have_text("Saved")
    tab.page.keyboard.press("Escape")
    expect(details_of(tab)).to_be_hidden()
    assert tab.page.evaluate("() => document.documentElement.scrollWidth") <= width
