"""Sessions as tabs: opened, closed, moved and gone to, by mouse and keys, alike in all pages of a person."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Locator, StorageState, expect

from tests.browser.conftest import OpenPage, log_in
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

NewPath = Callable[[], str]


@pytest.fixture
def bare(server: Server) -> None:
    """Nothing stands open from other tests."""
    write(server, "delete from sessions_app_opentab")


@pytest.fixture
def three(bare: None, new_path: NewPath, open_page: OpenPage, server: Server) -> Workspace:
    """Tabs named One, Two and Three; the third is shown."""
    paths = [new_path() for _ in range(3)]
    tab = open_page(paths[0])
    for path, title in zip(paths, ("One", "Two", "Three"), strict=True):
        named(server, path, title)
        tab.open(path)
        tab.expect_live()
    tab.page.reload()
    expect_tabs(tab, "One", "Two", "[Three]")
    return tab


def named(server: Server, path: str, title: str) -> None:
    chat = path.strip("/").rpartition("/")[2].replace("-", "")
    write(
        server,
        "update sessions_app_chatsession set title = ?, title_source = 'person' where id = ?",
        title,
        chat,
    )


def write(server: Server, sql: str, *values: str) -> None:
    with closing(sqlite3.connect(server.database, timeout=30)) as database:
        database.execute(sql, values)
        database.commit()


def tabs(tab: Workspace) -> Locator:
    return tab.page.get_by_role("navigation", name="Tabs").get_by_role("link")


def place(link: Locator) -> dict[str, float]:
    """Where a tab stands; asked again if the strip was just being fetched anew."""
    for _ in range(20):
        box = link.bounding_box()
        if box is not None:
            return {"x": box["x"], "y": box["y"], "width": box["width"]}
    raise AssertionError("the strip never stood still")


def expect_tabs(tab: Workspace, *titles: str) -> None:
    """The titles in their order, that of the open one in brackets."""
    expect(tabs(tab)).to_have_text([re.compile(rf"^\s*{title.strip('[]')}\s*$") for title in titles])
    shown = next((title for title in titles if title.startswith("[")), "")
    current = tab.page.get_by_role("navigation", name="Tabs").locator("[aria-current=page]")
    expect(current).to_have_text(re.compile(shown.strip("[]")))


def test_opened_sessions_stay_as_tabs_after_a_new_login(
    three: Workspace, chromium: Browser, server: Server, open_page: OpenPage
) -> None:
    again: StorageState = log_in(chromium, server.url, "alice")
    expect_tabs(open_page(f"/sessions/{three.chat_id}/", state=again), "One", "Two", "[Three]")


def test_a_tab_is_a_link_and_its_close_button_leads_to_the_neighbour(three: Workspace) -> None:
    tabs(three).nth(1).click()
    expect_tabs(three, "One", "[Two]", "Three")
    three.button("Close One").click()
    expect_tabs(three, "[Two]", "Three")
    three.button("Close Two").click()
    expect_tabs(three, "[Three]")
    three.button("Close Three").click()
    three.page.wait_for_url("**/?welcome=1")
    expect(three.button("New session")).to_be_visible()


@pytest.mark.thorough
def test_after_the_last_tab_a_message_begins_a_new_session(three: Workspace) -> None:
    former = three.chat_id
    for title, left in (("Three", ("One", "[Two]")), ("Two", ("[One]",)), ("One", ())):
        three.button(f"Close {title}").click()
        if left:
            expect_tabs(three, *left)
            three.expect_live()
    three.page.wait_for_url("**/?welcome=1")
    three.send("Begin anew.")
    three.page.wait_for_url("**/sessions/*/")
    assert three.chat_id != former
    expect(three.questions).to_have_count(1)
    expect(tabs(three)).to_have_count(1)


@pytest.mark.thorough
def test_a_middle_click_opens_a_page_on_the_link_and_closes_on_the_cross(three: Workspace) -> None:
    with three.context.expect_page() as opened:
        tabs(three).nth(0).click(button="middle")
    expect(opened.value.get_by_role("heading", name="One")).to_be_visible()
    opened.value.close()
    three.button("Close Two").click(button="middle")
    expect_tabs(three, "One", "[Three]")


def test_two_pages_show_the_same_tabs(three: Workspace, open_page: OpenPage, new_path: NewPath) -> None:
    other = open_page(f"/sessions/{three.chat_id}/", context=three.context)
    other.expect_live()
    path = new_path()
    other.open(path)
    other.expect_live()
    expect(tabs(three)).to_have_count(4)
    three.button("Close One").click()
    expect(tabs(other)).to_have_count(3)
    three.button("Close Three").click()
    expect(tabs(other)).to_have_count(2)
    expect(tabs(three)).to_have_count(2)


@pytest.mark.thorough
def test_a_running_tab_says_so_and_takes_the_title_that_comes(
    three: Workspace, workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script({"name": "gate", "words": 9, "after": 3})
    upstream.set_title({"name": "title", "text": "A title of its own"})
    workspace.send("Go.")
    expect(workspace.body).to_contain_text("w3")
    expect(tabs(three).last).to_have_accessible_name(re.compile("^Running:"))
    upstream.release()
    expect(tabs(three).last).to_have_accessible_name(re.compile("^A title of its own"))
    expect(workspace.page.get_by_role("heading", name="A title of its own")).to_have_count(1)
    expect(workspace.button("Close A title of its own")).to_be_visible()


@pytest.mark.thorough
def test_tabs_are_gone_to_moved_closed_and_reopened_by_key(three: Workspace) -> None:
    keys = three.page.keyboard
    keys.press("Alt+1")
    expect_tabs(three, "[One]", "Two", "Three")
    keys.press("Alt+PageUp")
    expect_tabs(three, "One", "Two", "[Three]")
    keys.press("Alt+PageDown")
    expect_tabs(three, "[One]", "Two", "Three")
    tabs(three).first.focus()
    keys.press("Alt+Shift+ArrowRight")
    keys.press("Alt+Shift+ArrowRight")
    expect_tabs(three, "Two", "Three", "[One]")
    expect(tabs(three).last).to_be_focused()
    with three.page.expect_response("**/move/"):
        keys.press("Alt+Shift+ArrowLeft")
    three.page.reload()
    expect_tabs(three, "Two", "[One]", "Three")
    tabs(three).first.focus()
    keys.press("Delete")
    expect_tabs(three, "[One]", "Three")
    expect(tabs(three).first).to_be_focused()
    keys.press("Alt+w")
    expect_tabs(three, "[Three]")
    keys.press("Alt+Shift+t")
    expect_tabs(three, "[One]", "Three")


@pytest.mark.thorough
def test_words_are_still_selected_by_key_in_the_message_box(three: Workspace) -> None:
    three.box.fill("some words")
    three.box.press("Alt+Shift+ArrowLeft")
    three.page.reload()
    expect_tabs(three, "One", "Two", "[Three]")


@pytest.mark.thorough
def test_a_tab_is_dragged_to_another_place(three: Workspace) -> None:
    first, last = place(tabs(three).first), place(tabs(three).last)
    mouse = three.page.mouse
    mouse.move(first["x"] + 20, first["y"] + 10)
    mouse.down()
    mouse.move(last["x"] + last["width"] / 2, first["y"] + 12, steps=12)
    mouse.move(last["x"] + last["width"], first["y"] + 12, steps=4)
    with three.page.expect_response("**/move/"):
        mouse.up()
    expect_tabs(three, "Two", "[Three]", "One")
    three.page.reload()
    expect_tabs(three, "Two", "[Three]", "One")


@pytest.mark.thorough
def test_the_menu_of_all_tabs_leads_to_each_and_moves_them(three: Workspace) -> None:
    three.button("All tabs").click()
    menu = three.page.locator("#tab-menu")
    with three.page.expect_response("**/move/"):
        menu.get_by_role("button", name="Move One on").click()
    expect_tabs(three, "Two", "One", "[Three]")
    expect(menu.get_by_role("link")).to_have_text([re.compile(title) for title in ("Two", "One", "Three")])
    menu.get_by_role("link", name="Two").click()
    expect_tabs(three, "[Two]", "One", "Three")


@pytest.mark.thorough
def test_many_tabs_keep_a_width_and_the_shown_one_is_in_sight(
    bare: None, new_path: NewPath, open_page: OpenPage
) -> None:
    tab = open_page(new_path())
    first = tab.page.url
    for _ in range(21):
        tab.open(new_path())
        tab.expect_live()
    tab.page.reload()
    expect(tabs(tab)).to_have_count(20)
    assert min(each.bounding_box()["width"] for each in tabs(tab).all()) > 60  # type: ignore[index]
    expect(tab.page.get_by_role("navigation", name="Tabs").locator("[aria-current]")).to_be_in_viewport()
    assert first not in [each.get_attribute("href") for each in tabs(tab).all()]


@pytest.mark.thorough
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_phone_shows_the_title_alone_and_the_others_in_the_menu(
    three: Workspace, open_page: OpenPage, theme: str
) -> None:
    phone = {"width": 390, "height": 844}
    tab = open_page(f"/sessions/{three.chat_id}/", color_scheme=theme, bypass_csp=True, viewport=phone)
    expect(tabs(tab)).to_have_count(1)
    expect(tab.page.get_by_role("heading", name="Three")).to_be_visible()
    expect_no_violations(tab)
    tab.button("All tabs").click()
    expect_no_violations(tab)
    tab.page.locator("#tab-menu").get_by_role("link", name="One").click()
    expect(tab.page.get_by_role("heading", name="One")).to_be_visible()
    assert tab.page.evaluate("() => document.documentElement.scrollWidth") <= 390
