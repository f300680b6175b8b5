"""Videos as a person uses them: a player that stands at the second, a transcript that follows, the form."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.knowledge.making import FILES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def cinema(server: Server) -> list[str]:
    """Where a video of a file and one of elsewhere stand, at 1:23."""
    return server.run("tests.browser.cinema").split()


def test_the_player_stands_at_the_second_and_the_transcript_beside_it(
    open_page: OpenPage, cinema: list[str]
) -> None:
    page = open_page(cinema[0]).page
    video, lines = page.locator("video"), page.locator(".cues__list")
    expect(video).to_have_js_property("currentTime", 83.2)
    expect(video).to_have_js_property("paused", True)
    expect(page.locator(".cue--marked")).to_have_count(1)
    expect(page.locator(".cue--marked")).to_be_in_viewport()
    expect(lines.locator("[aria-current]")).to_contain_text("1:18")
    lines.get_by_role("link", name="1:30").click()
    expect(video).to_have_js_property("currentTime", 90)
    expect(lines.locator("[aria-current]")).to_contain_text("1:30")
    video.evaluate("(video) => { video.currentTime = 10; }")
    expect(lines.locator("[aria-current]")).to_contain_text("0:06")
    expect(lines.locator("[aria-current]")).to_be_in_viewport()
    lines.get_by_role("link", name="0:06").press("ArrowDown")
    page.keyboard.press("Enter")
    expect(video).to_have_js_property("currentTime", 12)


def test_words_are_found_in_the_transcript(open_page: OpenPage, cinema: list[str]) -> None:
    page = open_page(cinema[0]).page
    find = page.get_by_label("Find in the transcript")
    find.fill("CRANE unloads")
    expect(page.get_by_role("status").filter(has_text="6 lines")).to_be_visible()
    expect(page.locator(".cue:visible").first).to_contain_text("which crane unloads it")
    find.fill("zeppelin")
    expect(page.get_by_text("Nothing here holds these words.")).to_be_visible()
    find.fill("")
    expect(page.locator(".cue").first).to_be_visible()


@pytest.mark.thorough
def test_a_video_elsewhere_is_opened_at_the_second_of_a_line(open_page: OpenPage, cinema: list[str]) -> None:
    page = open_page(cinema[1]).page
    link = page.get_by_role("link", name="Open at 1:23")
    expect(link).to_have_attribute("href", "https://youtu.be/abc?t=83")
    page.get_by_role("link", name="2:00").click()
    expect(page.get_by_role("link", name="Open at 2:00")).to_have_attribute(
        "href", "https://youtu.be/abc?t=120"
    )


@pytest.mark.thorough
def test_without_scripts_a_line_leads_to_its_second(open_page: OpenPage, cinema: list[str]) -> None:
    page = open_page(cinema[1], java_script_enabled=False, requests_may_fail=True).page
    page.get_by_role("link", name="2:00").click()
    expect(page.get_by_role("link", name="Open at 2:00")).to_be_visible()


@pytest.mark.thorough
def test_the_length_of_a_chosen_file_is_filled_in(open_page: OpenPage, cinema: list[str]) -> None:
    tab = open_page("/videos/new/")
    page = tab.page
    page.get_by_label("File", exact=True).set_input_files(FILES / "short.webm")
    expect(page.get_by_label("Length")).to_have_value("1:40")
    page.get_by_label("Title").fill("From the form")
    tab.button("Save").click()
    expect(page.get_by_role("heading", name="From the form")).to_be_visible()
    expect(page.locator("video")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_wrong_for_assistive_technology(
    open_page: OpenPage, cinema: list[str], theme: str
) -> None:
    tab = open_page("/videos/", color_scheme=theme, bypass_csp=True)
    expect_no_violations(tab)
    for path in (*cinema, "/videos/new/"):
        expect_no_violations(tab.open(path))
