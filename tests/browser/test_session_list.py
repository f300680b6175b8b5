"""The list of sessions, as a person uses it: by mouse and keys, in two tabs, scrolled far, without a script."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.browser.conftest import OpenPage, log_in
from tests.browser.server import Server
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


def named(tab: Workspace, title: str) -> str:
    """A new session with this title; its address."""
    tab.new_session()
    tab.button("Rename session").click()
    field = tab.page.locator(".head").get_by_role("textbox", name="Title")
    field.fill(title)
    field.press("Enter")
    expect(row(tab, title)).to_be_visible()
    return tab.page.url


def row(tab: Workspace, title: str) -> Locator:
    return tab.list.get_by_role("link", name=re.compile(rf"\b{title}\b"))


def menu_of(tab: Workspace, title: str) -> Locator:
    row(tab, title).hover()
    tab.button(f"Actions for {title}").click()
    menu = tab.page.get_by_role("menu", name=f"Actions for {title}")
    expect(menu).to_be_visible()
    return menu


def do(tab: Workspace, title: str, act: str) -> None:
    menu_of(tab, title).get_by_role("menuitem", name=act, exact=True).click()


def toast(tab: Workspace, text: str) -> Locator:
    shown = tab.page.locator(".toast")
    expect(shown).to_contain_text(text)
    return shown


def place(tab: Workspace, title: str) -> float:
    """Where the row stands on the page; asked again if the list was just being renewed."""
    for _ in range(20):
        expect(row(tab, title)).to_be_visible()
        top: float = row(tab, title).evaluate("(row) => row.isConnected && row.getBoundingClientRect().top")
        if top:
            return top
    raise AssertionError("the list never stood still")


def focus(tab: Workspace, title: str) -> None:
    """As often as the list is renewed in the very moment."""
    for _ in range(20):
        row(tab, title).focus()
        if row(tab, title).evaluate("(row) => row === document.activeElement"):
            return
    raise AssertionError("the list never stood still")


# ---------------------------------------------------------------- renaming


@pytest.mark.thorough
def test_a_row_is_renamed_in_its_place_by_menu_and_by_key(workspace: Workspace) -> None:
    named(workspace, "Ampersand")
    named(workspace, "Bracket")
    before = place(workspace, "Ampersand")
    do(workspace, "Ampersand", "Rename")
    field = workspace.list.get_by_role("textbox", name="Title", exact=True)
    expect(field).to_be_focused()
    field.fill("Caret & <b>")
    field.press("Enter")
    expect(row(workspace, "Caret")).to_be_focused()
    assert place(workspace, "Caret") == before
    workspace.page.keyboard.press("F2")
    expect(field).to_have_value("Caret & <b>")
    field.fill("Never")
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(row(workspace, "Caret")).to_be_focused()
    workspace.page.reload()
    expect(row(workspace, "Caret")).to_be_visible()
    expect(row(workspace, "Never")).to_have_count(0)


def test_the_open_session_is_renamed_in_its_head_and_every_tab_shows_it(
    workspace: Workspace, open_page: OpenPage
) -> None:
    other = open_page(f"/sessions/{workspace.chat_id}/", context=workspace.context)
    other.expect_live()
    workspace.page.locator("#chat-title").dblclick()
    field = workspace.page.locator(".head").get_by_role("textbox", name="Title")
    field.fill("Dagger")
    field.press("Enter")
    for tab in (workspace, other):
        expect(tab.page.locator("#chat-title")).to_have_text("Dagger")
        expect(row(tab, "Dagger")).to_be_visible()


@pytest.mark.thorough
def test_a_title_that_is_being_written_outlives_what_changes_meanwhile(
    workspace: Workspace, open_page: OpenPage
) -> None:
    named(workspace, "Ellipsis")
    other = open_page(f"/sessions/{workspace.chat_id}/", context=workspace.context)
    other.expect_live()
    do(workspace, "Ellipsis", "Rename")
    field = workspace.list.get_by_role("textbox", name="Title", exact=True)
    field.fill("Full stop")
    do(other, "Ellipsis", "Star")
    expect(row(other, "Ellipsis starred")).to_be_visible()
    expect(field).to_have_value("Full stop")
    field.press("Enter")
    expect(row(workspace, "Full stop starred")).to_be_visible()


# ---------------------------------------------------------------- menu


@pytest.mark.thorough
def test_the_menu_is_opened_walked_and_left_by_keys(workspace: Workspace) -> None:
    named(workspace, "Grave")
    keys = workspace.page.keyboard
    focus(workspace, "Grave")
    keys.press("Tab")
    expect(workspace.button("Actions for Grave")).to_be_focused()
    keys.press("Enter")
    menu = workspace.page.get_by_role("menu", name="Actions for Grave")
    expect(menu.get_by_role("menuitem", name="Rename")).to_be_focused()
    keys.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Star", exact=True)).to_be_focused()
    keys.press("End")
    expect(menu.get_by_role("menuitem", name="Delete", exact=True)).to_be_focused()
    keys.press("Escape")
    expect(menu).to_be_hidden()
    expect(workspace.button("Actions for Grave")).to_be_focused()
    keys.press("Shift+F10")
    expect(menu.get_by_role("menuitem", name="Rename")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(row(workspace, "Grave starred")).to_be_visible()
    do(workspace, "Grave", "Unstar")
    expect(row(workspace, "Grave starred")).to_have_count(0)


@pytest.mark.thorough
def test_an_archived_session_is_brought_back_by_its_toast_and_by_its_menu(workspace: Workspace) -> None:
    named(workspace, "Hash")
    do(workspace, "Hash", "Archive")
    undo = toast(workspace, "“Hash” archived")
    expect(row(workspace, "Hash")).to_have_count(0)
    undo.get_by_role("button", name="Undo").click()
    expect(row(workspace, "Hash")).to_be_visible()
    do(workspace, "Hash", "Archive")
    expect(row(workspace, "Hash")).to_have_count(0)
    workspace.button("Filter sessions").click()
    workspace.page.get_by_role("checkbox", name="Archived").check()
    expect(row(workspace, "Hash")).to_be_visible()
    workspace.page.keyboard.press("Escape")
    do(workspace, "Hash", "Restore")
    expect(row(workspace, "Hash")).to_have_count(0)
    workspace.list.get_by_role("link", name="Archived remove this filter").click()
    expect(row(workspace, "Hash")).to_be_visible()


@pytest.mark.thorough
def test_the_delete_key_asks_and_the_toast_takes_it_back(workspace: Workspace) -> None:
    named(workspace, "Iota")
    named(workspace, "Jot")
    focus(workspace, "Iota")
    workspace.page.keyboard.press("Delete")
    ask = workspace.page.get_by_role("dialog")
    expect(ask).to_contain_text("Delete “Iota”? It can be undone for 30 days. Its costs stay in the ledger.")
    ask.get_by_role("button", name="Cancel").click()
    expect(row(workspace, "Iota")).to_be_focused()
    workspace.page.keyboard.press("Delete")
    ask.get_by_role("button", name="Delete").click()
    undo = toast(workspace, "“Iota” deleted")
    expect(row(workspace, "Iota")).to_have_count(0)
    undo.get_by_role("button", name="Undo").click()
    expect(row(workspace, "Iota")).to_be_visible()


def test_deleting_the_open_session_leaves_it_and_offers_the_way_back(workspace: Workspace) -> None:
    url = named(workspace, "Kern")
    do(workspace, "Kern", "Delete")
    workspace.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    workspace.page.wait_for_url(lambda now: now != url)
    toast(workspace, "“Kern” deleted").get_by_role("button", name="Undo").click()
    expect(row(workspace, "Kern")).to_be_visible()


def test_a_session_deleted_while_it_answers_stops_and_says_so_in_its_own_tab(
    workspace: Workspace, open_page: OpenPage, upstream: Upstream, server: Server
) -> None:
    named(workspace, "Ligature")
    other = open_page("/dashboard/", context=workspace.context)
    upstream.script({"name": "gate", "words": 20, "after": 5})
    workspace.send("Go.")
    expect(workspace.body).to_contain_text("w5")
    other.open("/sessions/")
    other.page.get_by_label("Actions for Ligature").click()
    entry = other.page.get_by_role("listitem").filter(has_text="Ligature")
    entry.get_by_role("button", name="Delete", exact=True).click()
    other.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(entry).to_have_count(0)
    expect(workspace.banner).to_be_visible()
    upstream.release()
    server.quiet()
    key = workspace.chat_id.replace("-", "")
    ended = "select count(*) from sessions_app_reply where session_id = ? and status = 'stopped'"
    assert server.query(ended, key) == [(1,)]


@pytest.mark.thorough
def test_tags_are_put_on_and_the_list_is_narrowed_to_one(workspace: Workspace, open_page: OpenPage) -> None:
    named(workspace, "Macron")
    named(workspace, "Nabla")
    do(workspace, "Macron", "Tags…")
    group = workspace.page.get_by_role("group", name="Tags of Macron")
    group.get_by_role("combobox", name="New tag").fill("Printing, marks")
    workspace.button("Add").click()
    expect(group.get_by_role("alert")).to_contain_text("no comma")
    group.get_by_role("combobox", name="New tag").fill("Printing")
    workspace.page.keyboard.press("Enter")
    expect(group.get_by_role("button", name="Remove the tag printing")).to_be_visible()
    workspace.page.keyboard.press("Escape")
    workspace.button("Filter sessions").click()
    workspace.page.get_by_role("combobox", name="Tag", exact=True).fill("printing")
    workspace.page.keyboard.press("Enter")
    expect(row(workspace, "Nabla")).to_have_count(0)
    expect(row(workspace, "Macron")).to_be_visible()
    workspace.page.keyboard.press("Escape")
    row(workspace, "Macron").click()  # the list stays narrowed in the session it leads to
    expect(workspace.page.locator("#chat-title")).to_have_text("Macron")
    expect(row(workspace, "Nabla")).to_have_count(0)
    workspace.list.get_by_role("link", name="printing remove this filter").click()
    expect(row(workspace, "Nabla")).to_be_visible()


@pytest.mark.thorough
def test_titles_are_found_as_they_are_typed_and_messages_offered(workspace: Workspace) -> None:
    named(workspace, "Obelus")
    named(workspace, "Pilcrow")
    workspace.button("Filter sessions").click()
    workspace.page.get_by_role("searchbox", name="Title contains").press_sequentially("oBel")
    expect(row(workspace, "Pilcrow")).to_have_count(0)
    expect(row(workspace, "Obelus")).to_be_visible()
    offered = workspace.list.get_by_role("link", name="Search messages for “oBel”")
    expect(offered).to_have_attribute("href", "/search/?q=oBel")
    workspace.page.get_by_role("button", name="Clear", exact=True).click()
    expect(row(workspace, "Pilcrow")).to_be_visible()


# ---------------------------------------------------------------- unread, in two tabs


@pytest.mark.thorough
def test_what_ended_elsewhere_is_unread_in_every_tab_until_it_is_looked_at(
    workspace: Workspace, open_page: OpenPage, upstream: Upstream
) -> None:
    url = named(workspace, "Quote")
    other = open_page("/", context=workspace.context)
    upstream.script({"name": "gate", "words": 20, "after": 5})
    workspace.send("Go.")
    expect(workspace.body).to_contain_text("w5")
    other.new_session()
    expect(row(other, "Running: Quote")).to_be_visible()
    workspace.new_session()
    upstream.release()
    for tab in (workspace, other):
        expect(row(tab, "Quote unread")).to_be_visible()
    workspace.page.goto(url)
    for tab in (workspace, other):
        expect(row(tab, "Quote")).to_be_visible()
        expect(row(tab, "Quote unread")).to_have_count(0)


@pytest.mark.thorough
def test_the_page_of_all_sessions_follows_and_keeps_what_is_selected(
    workspace: Workspace, open_page: OpenPage, upstream: Upstream
) -> None:
    named(workspace, "Yogh")
    upstream.script({"name": "gate", "words": 9, "after": 3})
    workspace.send("Go.")
    expect(workspace.body).to_contain_text("w3")
    every = open_page("/sessions/", context=workspace.context).page
    entry = every.get_by_role("listitem").filter(has=every.get_by_role("link", name="Yogh", exact=True))
    expect(entry).to_contain_text("Running:")
    every.get_by_role("checkbox", name="Select Yogh").check()
    every.get_by_role("checkbox", name="Select Yogh").focus()
    upstream.release()
    expect(entry).not_to_contain_text("Running:")
    expect(every.get_by_role("checkbox", name="Select Yogh")).to_be_checked()
    expect(every.get_by_role("checkbox", name="Select Yogh")).to_be_focused()
    entry.locator("summary").click()
    workspace.button("Rename session").click()
    field = workspace.page.locator(".head").get_by_role("textbox", name="Title")
    field.fill("Yogh and wynn")
    with every.expect_response(re.compile(r"/sessions/$")):
        field.press("Enter")
    expect(entry.get_by_role("textbox", name="Title")).to_be_visible()
    entry.locator("summary").click()
    expect(every.get_by_role("link", name="Yogh and wynn", exact=True)).to_be_visible()


# ---------------------------------------------------------------- many


@pytest.mark.thorough
def test_a_range_is_selected_archived_and_brought_back(workspace: Workspace) -> None:
    titles = ["Rho", "Sigma", "Tau", "Upsilon"]
    for title in titles:
        named(workspace, title)
    workspace.button("Filter sessions").click()
    workspace.button("Select").click()
    bar = workspace.page.get_by_role("form", name="Selected sessions")
    expect(bar).to_contain_text("0 selected")
    workspace.page.get_by_role("checkbox", name="Select Upsilon").click()
    row(workspace, "Sigma").click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 selected")
    row(workspace, "Tau").click()
    expect(bar).to_contain_text("2 selected")
    expect(workspace.page.get_by_role("checkbox", name="Select Tau")).not_to_be_checked()
    bar.get_by_role("button", name="Archive").click()
    undo = toast(workspace, "2 sessions archived")
    for title, shown in zip(titles, (1, 0, 1, 0), strict=True):
        expect(row(workspace, title)).to_have_count(shown)
    expect(bar).to_be_hidden()
    undo.get_by_role("button", name="Undo").click()
    for title in titles:
        expect(row(workspace, title)).to_have_count(1)


@pytest.mark.thorough
def test_many_are_deleted_when_that_was_asked_and_two_are_compared(workspace: Workspace) -> None:
    titles = ["Waw one", "Waw two", "Waw three"]
    keys = [named(workspace, title).rstrip("/").rsplit("/", 1)[1] for title in titles]
    workspace.new_session()
    workspace.button("Filter sessions").click()
    workspace.button("Select").click()
    bar = workspace.page.get_by_role("form", name="Selected sessions")
    for title in titles[:2]:
        row(workspace, title).click()
    compare = bar.get_by_role("link", name="Compare")
    expect(compare).to_have_attribute("href", re.compile(rf"/compare/\?left={keys[0]}&right={keys[1]}$"))
    row(workspace, titles[2]).click()
    expect(compare).to_be_hidden()
    bar.get_by_role("button", name="Delete").click()
    ask = workspace.page.get_by_role("dialog")
    expect(ask).to_contain_text("Delete 3 sessions?")
    ask.get_by_role("button", name="Cancel").click()
    expect(row(workspace, titles[0])).to_be_visible()
    bar.get_by_role("button", name="Delete").click()
    ask.get_by_role("button", name="Delete").click()
    toast(workspace, "3 sessions deleted")
    expect(row(workspace, titles[0])).to_have_count(0)


@pytest.mark.thorough
def test_all_that_is_shown_is_selected_and_tagged_and_escape_ends_it(workspace: Workspace) -> None:
    named(workspace, "Vav one")
    named(workspace, "Vav two")
    workspace.button("Filter sessions").click()
    workspace.page.get_by_role("searchbox", name="Title contains").fill("vav")
    expect(workspace.list.locator(".row")).to_have_count(2)
    workspace.button("Select").click()
    workspace.button("All").click()
    bar = workspace.page.get_by_role("form", name="Selected sessions")
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Tag").click()
    workspace.page.get_by_role("textbox", name="Tag", exact=True).fill("letters")
    workspace.page.keyboard.press("Enter")
    toast(workspace, "2 sessions tagged “letters”")
    expect(bar).to_be_hidden()
    workspace.button("Filter sessions").click()
    workspace.button("Select").click()
    workspace.page.keyboard.press("Escape")
    expect(bar).to_be_hidden()


# ---------------------------------------------------------------- far down


@pytest.fixture
def crowd_in(chromium: Browser, own_server: Server) -> StorageState:
    """Someone with 300 sessions."""
    own_server.run("tests.browser.crowd")
    return log_in(chromium, own_server.url, "visitor")


def scrolled(page: Page) -> float:
    top: float = page.locator("#session-list").evaluate("(list) => list.scrollTop")
    return top


@pytest.mark.thorough
def test_three_hundred_sessions_are_scrolled_and_keep_their_place(
    open_page: OpenPage, own_server: Server, crowd_in: StorageState
) -> None:
    tab = open_page(base=own_server.url, state=crowd_in)
    tab.expect_live()
    rows = tab.list.locator(".row")
    expect(rows).to_have_count(50)
    while rows.count() < 300:
        before = rows.count()
        rows.last.scroll_into_view_if_needed()
        expect(rows).not_to_have_count(before)
    titles = tab.list.locator(".row__title").all_inner_texts()
    assert titles == [f"Number {number:03}" for number in range(300)]
    heads = tab.list.locator(".group__label").all_inner_texts()
    assert len(heads) == len(set(heads)) > 2

    row(tab, "Number 200").scroll_into_view_if_needed()
    top, at = scrolled(tab.page), place(tab, "Number 200")
    other = open_page(base=own_server.url, context=tab.context)
    other.expect_live()
    do(other, "Number 003", "Star")
    expect(row(tab, "Number 003 starred")).to_have_count(1)
    expect(rows).to_have_count(300)
    assert (scrolled(tab.page), place(tab, "Number 200")) == (top, at)
    do(other, "Number 002", "Archive")  # above: what is read stays where it is
    expect(row(tab, "Number 002")).to_have_count(0)
    assert abs(place(tab, "Number 200") - at) < 1


# ---------------------------------------------------------------- without a script


def test_sessions_are_renamed_archived_restored_and_deleted_without_a_script(
    workspace: Workspace, open_page: OpenPage
) -> None:
    named(workspace, "Wynn")
    state = workspace.context.storage_state()
    plain = open_page("/sessions/", state=state, java_script_enabled=False)
    page = plain.page

    def entry(title: str) -> Locator:
        return page.get_by_role("listitem").filter(has_text=title)

    def act(title: str, name: str) -> None:
        page.get_by_label(f"Actions for {title}").click()
        entry(title).get_by_role("button", name=name, exact=True).click()

    page.get_by_label("Actions for Wynn").click()
    entry("Wynn").get_by_role("textbox", name="Title").fill("Xi")
    entry("Wynn").get_by_role("button", name="Rename").click()
    act("Xi", "Archive")
    expect(entry("Xi")).to_have_count(0)
    page.get_by_role("link", name="Archived", exact=True).click()
    act("Xi", "Restore")
    expect(entry("Xi")).to_have_count(0)
    page.get_by_role("link", name="Active", exact=True).click()
    act("Xi", "Delete")
    page.get_by_role("link", name="Deleted", exact=True).click()
    plain.button("Restore Xi").click()
    expect(entry("Xi")).to_have_count(0)
    page.get_by_role("link", name="Active", exact=True).click()
    act("Xi", "Delete")
    page.get_by_role("link", name="Deleted", exact=True).click()
    plain.button("Delete Xi for good").click()
    expect(page.get_by_role("heading", name="Delete “Xi” for good?")).to_be_visible()
    plain.button("Delete for good").click()
    expect(page.get_by_role("heading", name="Deleted sessions")).to_be_visible()
    expect(entry("Xi")).to_have_count(0)


@pytest.mark.thorough
def test_the_trash_asks_before_a_session_goes_for_good(workspace: Workspace) -> None:
    named(workspace, "Yod")
    do(workspace, "Yod", "Delete")
    workspace.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    toast(workspace, "“Yod” deleted")
    workspace.open("/sessions/?deleted=1")
    workspace.button("Delete Yod for good").click()
    ask = workspace.page.get_by_role("dialog")
    expect(ask).to_contain_text("Delete “Yod” for good? Its costs stay in the ledger, without text.")
    ask.get_by_role("button", name="Delete for good").click()
    toast(workspace, "“Yod” is deleted for good")
    expect(workspace.page.get_by_text("Yod", exact=True)).to_have_count(0)


# ---------------------------------------------------------------- axe


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_violation_of_any_rule(open_page: OpenPage, theme: str) -> None:
    tab = open_page(color_scheme=theme, bypass_csp=True)
    named(tab, f"Zeta {theme}")

    def expect_none() -> None:
        results = Axe().run(tab.page)
        assert results.violations_count == 0, results.generate_report()

    menu_of(tab, f"Zeta {theme}")
    expect_none()
    tab.page.get_by_role("menuitem", name="Tags…").click()
    expect(tab.page.get_by_role("group", name=f"Tags of Zeta {theme}")).to_be_visible()
    expect_none()
    tab.page.keyboard.press("Escape")
    tab.button("Filter sessions").click()
    tab.page.get_by_role("searchbox", name="Title contains").fill("zeta")
    expect(tab.list.get_by_role("link", name="remove this filter")).to_be_visible()
    expect_none()
    tab.button("Select").click()
    expect_none()
    tab.open("/sessions/")
    tab.page.get_by_label(f"Actions for Zeta {theme}").first.click()
    expect_none()
    tab.open("/sessions/?deleted=1")
    expect_none()
