"""Videos in a conversation: chosen for it, cited by its answers, opened at their second."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Route, expect

from tests.browser.conftest import OpenPage, log_in
from tests.browser.server import ROOT, Server
from tests.browser.videos import TITLES
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser
KNOTS, SPLICES, LIGHTHOUSE = TITLES
FILM = ROOT / "tests" / "knowledge" / "files" / "short.webm"  # of 100 seconds
TRANSCRIPT = """WEBVTT

01:23.200 --> 01:25.000
Bowlines hold a load.

01:25.000 --> 01:28.600
And they are untied again after it.
"""
PLAYER = """<div class="dialog__head"><h2 class="dialog__title" id="loaded-title">Knots, played</h2>
<form method="dialog"><button type="submit" class="icon-button" aria-label="Close">x</button></form></div>
<div class="dialog__body"><video-player data-at="10"><p id="stands">Stands at 0:10.</p></video-player></div>"""


def chips(tab: Workspace) -> Locator:
    return tab.page.get_by_role("list", name="Videos this session is about").get_by_role("listitem")


def picker(tab: Workspace) -> Locator:
    return tab.page.get_by_role("dialog", name="Choose videos")


def standing(tab: Workspace) -> Workspace:
    """Its log has come to its end: scrolling hides a preview that is shown."""
    tab.expect_live()
    return tab


@pytest.fixture
def path(server: Server) -> str:
    """Of a session of Alice about two videos, whose answers refer to the first."""
    return server.run("tests.browser.videos").split()[0]


def test_videos_are_chosen_searched_and_removed_by_keyboard(open_page: OpenPage, path: str) -> None:
    tab = open_page().new_session()
    keyboard = tab.page.keyboard
    tab.page.locator(".composer__videos").press("Enter")
    expect(picker(tab).get_by_role("searchbox", name="Search videos")).to_be_focused()
    keyboard.type("splices")
    expect(picker(tab).get_by_role("checkbox")).to_have_count(1)
    keyboard.press("Tab")
    keyboard.press("Tab")
    picker(tab).get_by_role("checkbox", name=re.compile(SPLICES)).press("Space")
    picker(tab).get_by_role("searchbox").fill("lighthouse")
    expect(picker(tab).get_by_role("checkbox", name=re.compile(LIGHTHOUSE))).to_be_visible()
    expect(picker(tab).get_by_role("checkbox", checked=True)).to_have_count(1)
    picker(tab).get_by_role("checkbox", name=re.compile(LIGHTHOUSE)).press("Space")
    keyboard.press("Enter")
    expect(picker(tab)).to_be_hidden()
    expect(chips(tab)).to_have_count(2)
    expect(chips(tab).filter(has_text=LIGHTHOUSE)).to_contain_text("no transcript yet")
    tab.button(f"Remove “{LIGHTHOUSE}”").press("Enter")
    expect(chips(tab)).to_have_count(1)
    expect(tab.box).to_be_focused()
    tab.send("/video off")
    expect(chips(tab)).to_have_count(0)
    expect(tab.page.get_by_text("The videos were taken out.")).to_be_visible()


def test_what_another_tab_chooses_is_seen_here(open_page: OpenPage, path: str) -> None:
    tab = open_page().new_session()
    other = open_page(tab.page.url.removeprefix(tab.base))
    other.expect_live()
    tab.send(f"/video {KNOTS}")
    expect(chips(tab)).to_have_count(1)
    expect(chips(other)).to_have_count(1)


def test_a_session_that_is_not_made_yet_begins_with_the_choice_and_keeps_what_was_typed(
    open_page: OpenPage, path: str
) -> None:
    tab = open_page("/?welcome=1")
    tab.box.fill("Which of them")
    tab.page.locator(".composer__videos").click()
    picker(tab).get_by_role("checkbox", name=re.compile(KNOTS)).first.check()
    with tab.page.expect_navigation(url="**/sessions/*/"):
        picker(tab).get_by_role("button", name="Start a session with these").click()
    expect(chips(tab)).to_have_count(1)
    expect(tab.box).to_have_value("Which of them")
    expect(tab.page.get_by_role("button", name=re.compile("What is this about?"))).to_be_visible()


def played(route: Route) -> None:
    assert re.search(r"/player/\?at=\d+&passage=v\w+$", route.request.url)
    route.fulfill(body=PLAYER, content_type="text/html")


def test_a_reference_opens_the_player_and_gives_the_focus_back(open_page: OpenPage, path: str) -> None:
    tab = open_page(path)
    tab.page.route("**/videos/*/player/**", played)
    chip = tab.answers.first.locator(".sources .source-chip").nth(1)
    chip.press("Enter")
    dialog = tab.page.get_by_role("dialog", name="Knots, played")
    expect(dialog.get_by_text("Stands at 0:10.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(tab.page.locator("#stands")).to_have_count(0)
    expect(chip).to_be_focused()
    tab.answers.first.get_by_role("link", name="[2]", exact=True).click()
    expect(dialog).to_be_visible()
    tab.page.keyboard.press("Escape")
    with tab.context.expect_page() as opened:
        chip.click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url(re.compile(r"/videos/[0-9a-f-]+/\?at=10&passage=v\w+$"))
    opened.value.close()


def test_the_words_of_a_passage_are_shown_while_the_focus_is_on_its_reference(
    open_page: OpenPage, path: str
) -> None:
    tab = standing(open_page(path))
    chip = tab.answers.first.locator(".sources .source-chip").nth(1)
    chip.hover()
    tab.log.dispatch_event("scroll")  # before it is shown
    tip = tab.page.get_by_role("tooltip")
    expect(tip).to_contain_text("Two half hitches hold a line to a ring")
    expect(chip).to_have_attribute("aria-describedby", "reference-preview")
    tab.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    tab.page.mouse.move(0, 0)
    chip.focus()
    tab.page.keyboard.press("Shift+Tab")
    tab.page.keyboard.press("Tab")
    expect(tip).to_be_visible()
    tab.page.keyboard.press("Tab")
    expect(tip).to_contain_text("A sheet bend joins two ropes")
    tab.log.dispatch_event("scroll")
    expect(tip).to_be_hidden()


def test_many_sources_are_folded(open_page: OpenPage, path: str) -> None:
    tab = open_page(path)
    sources = tab.answers.last.locator(".sources")
    shown = sources.locator(".source-chip").locator("visible=true")
    expect(shown).to_have_count(8)
    sources.get_by_role("button", name="16 more").press("Enter")
    expect(shown).to_have_count(24)
    expect(sources.locator(".source-chip").nth(8)).to_be_focused()
    sources.get_by_role("button", name="Show fewer").click()
    expect(shown).to_have_count(8)


def test_who_may_not_see_the_video_any_more_is_told_so(
    open_page: OpenPage, path: str, server: Server
) -> None:
    tab = standing(open_page(path, requests_may_fail=True))
    server.run("tests.browser.videos", "hide")
    chip = tab.answers.first.locator(".sources .source-chip").first
    chip.click()
    dialog = tab.page.get_by_role("dialog", name=KNOTS)
    expect(dialog.get_by_text("This video is not available to you any more.")).to_be_visible()
    tab.page.keyboard.press("Escape")
    tab.page.mouse.move(0, 0)
    chip.hover()
    expect(tab.page.get_by_role("tooltip")).to_have_text("This video is not available to you any more.")
    tab.page.reload()
    expect(tab.page.get_by_text("2 videos you may not see")).to_be_visible()
    expect(chips(tab)).to_have_count(1)


def test_the_details_tell_the_videos_and_the_references(open_page: OpenPage, path: str) -> None:
    tab = open_page(path)
    details = tab.page.get_by_role("complementary", name="Session details")
    expect(details.get_by_role("list", name="References")).to_contain_text("27×")
    expect(details.get_by_role("list", name="Videos")).to_contain_text(LIGHTHOUSE)
    expect(details.get_by_role("link", name="0:20", exact=True)).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_of_it_is_out_of_reach(open_page: OpenPage, path: str, theme: str) -> None:
    tab = standing(open_page(path, color_scheme=theme, bypass_csp=True))
    expect(tab.page.get_by_role("list", name="References")).to_be_visible()
    no_violations(tab)
    tab.page.locator(".composer__videos").click()
    expect(picker(tab)).to_be_visible()
    no_violations(tab)
    tab.page.keyboard.press("Escape")
    tab.answers.first.locator(".sources .source-chip").first.hover()
    expect(tab.page.get_by_role("tooltip")).to_be_visible()
    no_violations(tab)
    tab.answers.first.locator(".sources .source-chip").first.click()
    dialog = tab.page.get_by_role("dialog", name=KNOTS)
    expect(dialog.locator(".cue--marked")).to_contain_text("A bowline makes a loop")
    expect(dialog.locator(".cue--marked")).to_be_in_viewport()
    no_violations(tab)


def test_without_scripts_videos_are_chosen_on_a_page(open_page: OpenPage, path: str) -> None:
    tab = open_page(path, java_script_enabled=False)
    tab.page.locator(".composer__videos").click()
    expect(tab.page.get_by_role("heading", name="Choose videos")).to_be_visible()
    tab.page.get_by_role("searchbox", name="Search videos").fill("splices")
    tab.page.get_by_role("button", name="Search").click()
    expect(tab.page.get_by_role("checkbox", checked=True)).to_have_count(2)
    tab.page.get_by_role("checkbox", name=re.compile(SPLICES)).first.check()
    tab.page.get_by_role("button", name="Use these").click()
    expect(chips(tab)).to_have_count(3)
    chips(tab).filter(has_text=SPLICES).get_by_role("button").click()
    expect(chips(tab)).to_have_count(2)


@pytest.mark.thorough
def test_a_creator_brings_a_video_and_another_asks_and_sees_the_second(
    open_page: OpenPage, chromium: Browser, server: Server, upstream: Upstream
) -> None:
    server.run("tests.browser.videos", "creator")
    maker = open_page("/videos/new/", state=log_in(chromium, server.url, "visitor"))
    maker.page.get_by_label("Title", exact=True).fill("Bowlines under load")
    maker.page.get_by_label("File", exact=True).set_input_files(FILM)
    maker.page.get_by_label("Everyone here").check()
    maker.button("Save").click()
    expect(maker.page.get_by_role("heading", name="Bowlines under load")).to_be_visible()
    place = maker.page.url.removeprefix(server.url).partition("?")[0]
    maker.open(f"{place}transcripts/")
    maker.page.get_by_label("Or paste it").fill(TRANSCRIPT)
    maker.button("Save as a new version").click()
    expect(maker.page.get_by_text("In use").first).to_be_visible(timeout=60_000)

    tab = open_page(place, requests_may_fail=True)
    with tab.page.expect_navigation(url="**/sessions/*/"):
        tab.button("Ask about this").click()
    tab.expect_live()
    expect(tab.box).to_be_focused()
    expect(chips(tab)).to_contain_text(["Bowlines under load"])
    upstream.script("cite")
    tab.ask("Do bowlines hold a load?")
    expect(tab.body).not_to_contain_text("cite:")
    tab.answer.locator(".sources .source-chip").first.press("Enter")
    dialog = tab.page.get_by_role("dialog", name="Bowlines under load")
    film = dialog.locator("video")
    expect(film).to_be_visible()
    tab.page.wait_for_function("() => document.querySelector('dialog video').currentTime > 83")
    assert film.evaluate("(film) => Math.abs(film.currentTime - 83.2) < 0.3 && film.paused")
    expect(dialog.locator("[aria-current=true]")).to_contain_text("Bowlines hold a load")
    tab.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    maker.open(f"{place}edit/")
    maker.page.get_by_label("Only me").check()
    maker.button("Save").click()
    expect(maker.page.get_by_role("heading", name="Bowlines under load")).to_be_visible()
    tab.answer.locator(".sources .source-chip").first.click()
    expect(dialog.get_by_text("This video is not available to you any more.")).to_be_visible()


def no_violations(tab: Workspace) -> None:
    assert Axe().run(tab.page).response["violations"] == []
