"""The search page in a real browser: found while typing, filtered, opened at the message."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


# What the page marks as found: in text nodes, without elements of its own.
MARKED = """() => [...CSS.highlights.get("found")].map(({ startContainer, startOffset, endOffset }) =>
  startContainer.data.slice(startOffset, endOffset))"""


def hits(page: Page) -> Locator:
    return page.get_by_role("region", name="Results").get_by_role("listitem")


@pytest.fixture
def glacier(workspace: Workspace, upstream: Upstream) -> Workspace:
    """An own session of this test: it asks about a word of its own."""
    upstream.script({"name": "words", "text": "The glaciologist measures the **moraine** every year."})
    workspace.ask("Who measures the glaciers?")
    return workspace


def test_what_is_typed_is_found_and_opens_at_the_message(glacier: Workspace) -> None:
    page = glacier.page
    glacier.log.focus()
    page.keyboard.press("/")
    expect(page).to_have_url(re.compile(r"/search/$"))
    field = page.get_by_role("searchbox", name="Search messages")
    expect(field).to_be_focused()
    field.press_sequentially("moraine glaciol*")
    expect(hits(page)).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 message")).to_be_visible()
    assert hits(page).locator("mark").all_inner_texts() == ["glaciologist", "moraine"]
    expect(page).to_have_url(re.compile(r"/search/\?q=moraine\+glaciol%2A$"))
    page.get_by_role("radio", name="People").check()
    expect(page.get_by_text("No message holds all of this.")).to_be_visible()
    expect(page).to_have_url(re.compile("role=user"))
    page.get_by_role("radio", name="Anyone").check()
    hits(page).get_by_role("link").click()
    expect(glacier.answer).to_be_in_viewport()
    expect(page).to_have_url(re.compile(f"#{glacier.answer.get_attribute('id')}$"))
    assert page.evaluate(MARKED) == ["moraine", "glaciologist"]


@pytest.mark.thorough
def test_a_link_opens_at_a_message_of_long_ago(
    open_page: OpenPage, new_path: Callable[[], str], server: Server
) -> None:
    """Also one that the first page of a long session does not hold, and the reader stays there."""
    long_ago = fill(server, new_path())
    tab = open_page(long_ago)
    message = tab.page.locator(f"#{long_ago.partition('#')[2]}")
    expect(message).to_be_in_viewport()
    expect(message).to_contain_text("Message 20.")
    expect(tab.page).to_have_url(re.compile(r"\?message="))


def fill(server: Server, path: str) -> str:
    """Puts 200 messages into a session, and gives the address of the 20th."""
    keys = server.run("tests.browser.lengthen", path.strip("/").partition("/")[2], "200").split()
    return f"{path}#message-{keys[19]}"


@pytest.mark.thorough
def test_more_results_are_added_below(glacier: Workspace, upstream: Upstream) -> None:
    page = glacier.page
    upstream.script(*[{"name": "words", "text": "A yak is a yak."}] * 12)
    for _ in range(11):
        glacier.ask("Is a yak a yak?")
    chat = glacier.chat_id
    glacier.open(f"/search/?q=yak&session={chat}")
    expect(page.locator(".hit")).to_have_count(20)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator(".hit")).to_have_count(22)
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    page.get_by_role("link", name=re.compile("^Remove the filter In ")).click()
    expect(page.locator(".hit")).to_have_count(1)
    page.get_by_role("link", name=re.compile("^21 more in this session")).click()
    expect(page.locator(".hit")).to_have_count(21)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator(".hit")).to_have_count(22)
    page.get_by_role("button", name="Last 7 days").click()
    expect(page).to_have_url(re.compile("from="))
    expect(page.get_by_role("link", name="Remove the filter Last 7 days")).to_be_visible()


def test_without_scripts_the_form_searches_and_filters(glacier: Workspace, open_page: OpenPage) -> None:
    tab = open_page("/search/", java_script_enabled=False)
    tab.page.get_by_role("searchbox", name="Search messages").fill("glaciers measures")
    tab.page.get_by_role("radio", name="People").check()
    tab.page.get_by_role("button", name="Search", exact=True).first.click()
    expect(hits(tab.page)).not_to_have_count(0)
    assert "role=user" in tab.page.url


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_page_breaks_no_rule_of_accessibility(
    glacier: Workspace, open_page: OpenPage, theme: str
) -> None:
    tab = open_page("/search/", color_scheme=theme, bypass_csp=True)
    expect_no_violations(tab)
    tab.open("/search/?q=moraine&starred=&from=2026-99-99")
    expect(hits(tab.page).first).to_be_visible()
    expect_no_violations(tab)
    tab.open("/search/?q=nothingoflikethat")
    expect_no_violations(tab)
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.button("Filters").click()
    expect(tab.page.get_by_role("complementary", name="Filters")).to_be_visible()
    expect_no_violations(tab)
