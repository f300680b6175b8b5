"""Long conversations in a real browser: what is read stays where it is, whatever is loaded or arrives."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

# The first message in view, and how far it stands from the top of the log.
READ = """() => {
  const log = document.getElementById("log"), top = log.getBoundingClientRect().top;
  const first = [...log.querySelectorAll("article")].find((each) => each.getBoundingClientRect().bottom > top + 1);
  return [first.id, first.getBoundingClientRect().top - top];
}"""
Opened = tuple[Workspace, list[str]]


@pytest.fixture
def path(new_path: Callable[[], str]) -> str:
    return new_path()


@pytest.fixture
def keys(server: Server, path: str) -> list[str]:
    """Of 300 messages, and after them of 100 that are a version of the 41st on."""
    chat = path.strip("/").partition("/")[2]
    return server.run("tests.browser.lengthen", chat, "300", "40", "100").split()


@pytest.fixture
def tab(open_page: OpenPage, path: str, keys: list[str]) -> Workspace:
    tab = open_page(path)
    tab.expect_live()
    return tab


def message(tab: Workspace, key: str) -> Locator:
    return tab.page.locator(f"#message-{key}")


def wheel(tab: Workspace, distance: int) -> None:
    tab.log.hover(position={"x": 300, "y": 200})
    tab.page.mouse.wheel(0, distance)


def scroll(tab: Workspace, top: float) -> None:
    """As a reader does, who no longer follows the end then."""
    wheel(tab, -60)
    expect(tab.button("Jump to the latest")).to_be_visible()
    tab.page.evaluate("(top) => { document.getElementById('log').scrollTop = top; }", top)


def read(tab: Workspace) -> tuple[str, float]:
    key, offset = tab.page.evaluate(READ)
    return str(key), float(offset)


def stands(tab: Workspace, key: str, offset: float) -> bool:
    """Whether a message stands this far from the top of the log, give or take 2 pixels."""
    at = tab.page.evaluate(
        """(key) => document.getElementById(key).getBoundingClientRect().top
            - document.getElementById("log").getBoundingClientRect().top""",
        key,
    )
    return abs(float(at) - offset) <= 2


def expect_standing(tab: Workspace, place: tuple[str, float]) -> None:
    assert stands(tab, *place), (place, read(tab))


def read_above(tab: Workspace, keys: list[str]) -> tuple[str, float]:
    """Scroll up, beyond what the page held; the message that is then read."""
    scroll(tab, 300)
    expect(message(tab, keys[200])).to_be_attached()
    tab.page.evaluate("(key) => document.getElementById(key).scrollIntoView()", f"message-{keys[220]}")
    expect(message(tab, keys[220])).to_be_in_viewport()
    tab.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return read(tab)


# ---------------------------------------------------------------- loading above


def test_scrolling_up_loads_more_and_what_is_read_stays(tab: Workspace, keys: list[str]) -> None:
    expect(message(tab, keys[239])).to_have_count(0)
    with tab.page.expect_request(re.compile("before=241")):
        scroll(tab, 500)
        before = read(tab)
    expect(message(tab, keys[180])).to_be_attached()
    expect_standing(tab, before)
    assert tab.page.locator("article").count() in (120, 180)
    assert not tab.look().doubles


@pytest.mark.thorough
def test_all_of_it_can_be_scrolled_through(tab: Workspace, keys: list[str]) -> None:
    for number in (180, 120, 60, 0):
        scroll(tab, 0)
        expect(message(tab, keys[number])).to_be_attached()
    expect(tab.page.locator("#older")).to_be_hidden()
    shown = tab.page.locator("article").evaluate_all("(all) => all.map((each) => each.id)")
    assert shown == [f"message-{key}" for key in keys[:300]]


@pytest.mark.thorough
def test_what_could_not_be_loaded_can_be_tried_again(open_page: OpenPage, path: str, keys: list[str]) -> None:
    tab = open_page(path, requests_may_fail=True)
    tab.page.route(re.compile("before="), lambda route: route.abort())
    scroll(tab, 0)
    expect(tab.page.get_by_role("alert").filter(has_text="could not be loaded")).to_be_visible()
    tab.page.unroute(re.compile("before="))
    tab.button("Try again").click()
    expect(message(tab, keys[180])).to_be_attached()
    expect(tab.button("Try again")).to_be_hidden()


@pytest.mark.thorough
def test_an_answer_of_the_server_that_is_an_error_is_never_shown_as_messages(
    open_page: OpenPage, path: str, keys: list[str]
) -> None:
    tab = open_page(path, requests_may_fail=True)
    tab.page.route(re.compile("before="), lambda route: route.fulfill(status=503, body="<p>Broken</p>"))
    scroll(tab, 0)
    expect(tab.button("Try again")).to_be_visible()
    expect(tab.page.get_by_text("Broken")).to_have_count(0)


def test_without_scripts_a_link_leads_up(open_page: OpenPage, path: str, keys: list[str]) -> None:
    tab = open_page(path, java_script_enabled=False)
    tab.page.get_by_role("link", name="Earlier messages").click()
    expect(message(tab, keys[239])).to_be_attached()
    tab.page.get_by_role("link", name="Later messages").click()
    expect(message(tab, keys[299])).to_be_attached()


# ---------------------------------------------------------------- reading above while things happen


@pytest.mark.thorough
def test_messages_that_arrive_do_not_move_what_is_read_above(
    tab: Workspace, keys: list[str], open_page: OpenPage, path: str, upstream: Upstream
) -> None:
    place = read_above(tab, keys)
    other = open_page(path)
    other.expect_live()
    upstream.script({"name": "words", "words": 80})
    other.ask("Something new.")
    expect(tab.answer).to_have_attribute("data-status", "complete")
    expect_standing(tab, place)


@pytest.mark.thorough
def test_a_log_that_is_replaced_keeps_what_is_read_above(
    tab: Workspace, keys: list[str], open_page: OpenPage, path: str, upstream: Upstream
) -> None:
    place = read_above(tab, keys)
    other = open_page(path)
    other.expect_live()
    upstream.script({"name": "words", "words": 20})
    with tab.page.expect_response(re.compile(r"before=\d+&from=\d+")):
        other.answer.get_by_role("button", name="Regenerate").click()
    expect(message(tab, keys[299])).to_have_count(0)
    expect(tab.answer).to_have_attribute("data-status", "complete")
    expect_standing(tab, place)
    shown = tab.page.locator("article").evaluate_all("(all) => all.map((each) => +each.dataset.position)")
    assert shown == list(range(shown[0], 301))
    tab.page.evaluate("document.getElementById('log').scrollTop = 0")
    expect(message(tab, keys[130])).to_be_attached()


@pytest.mark.thorough
def test_a_log_that_is_replaced_while_its_end_is_followed_drops_what_was_loaded(
    tab: Workspace, keys: list[str], open_page: OpenPage, path: str, upstream: Upstream
) -> None:
    read_above(tab, keys)
    tab.button("Jump to the latest").click()
    other = open_page(path)
    upstream.script({"name": "words", "words": 20})
    other.answer.get_by_role("button", name="Regenerate").click()
    expect(message(tab, keys[299])).to_have_count(0)
    expect(tab.answer).to_have_attribute("data-status", "complete")
    expect(tab.page.locator("#earlier article")).to_have_count(0)
    expect(tab.answer).to_be_in_viewport()


@pytest.mark.thorough
def test_a_change_of_a_message_above_what_the_page_holds_is_not_missed(tab: Workspace) -> None:
    """The page need not ask for all of it: the message is read when the reader comes to it."""
    tell = """(position) => {
      const content = document.createElement("article");
      content.dataset.position = position;
      document.body.dispatchEvent(new CustomEvent("htmx:oobErrorNoTarget", { bubbles: true, detail: { content } }));
      return document.getElementById("cursor").dataset.version;
    }"""
    assert tab.page.evaluate(tell, 5) == "1"
    assert tab.page.evaluate(tell, 299) == "0"


# ---------------------------------------------------------------- windows


def test_a_window_goes_on_in_both_directions_and_becomes_the_live_page(
    open_page: OpenPage, path: str, keys: list[str], upstream: Upstream
) -> None:
    tab = open_page(f"{path}?message={keys[200]}#message-{keys[200]}")
    expect(message(tab, keys[200])).to_be_in_viewport()
    expect(tab.page.get_by_role("link", name="Latest messages")).to_be_visible()
    expect(message(tab, keys[299])).to_have_count(0)
    tab.page.evaluate("document.getElementById('log').scrollTop = 0")
    expect(message(tab, keys[112])).to_be_attached()
    for number in (230, 290):
        tab.page.evaluate("document.getElementById('log').scrollTop = 1e9")
        expect(message(tab, keys[number])).to_be_attached()
    place = read(tab)
    tab.expect_live()
    expect(tab.page.get_by_role("link", name="Latest messages")).to_have_count(0)
    expect_standing(tab, place)
    upstream.script({"name": "words", "words": 20})
    tab.send("Here I am.")
    expect(tab.questions.last).to_contain_text("Here I am.")
    tab.expect_status("complete")
    expect(tab.answer).to_be_in_viewport()
    shown = tab.page.locator("article").evaluate_all("(all) => all.map((each) => +each.dataset.position)")
    assert shown == list(range(shown[0], 303))


@pytest.mark.thorough
def test_what_is_sent_from_a_window_leads_to_the_end(
    open_page: OpenPage, path: str, keys: list[str], upstream: Upstream
) -> None:
    tab = open_page(f"{path}?after=0")
    expect(message(tab, keys[0])).to_be_in_viewport()
    upstream.script({"name": "words", "words": 20})
    tab.send("From far above.")
    tab.page.wait_for_url(re.compile(f"{path}$"))
    tab.expect_status("complete")
    expect(tab.questions.last).to_contain_text("From far above.")
    expect(tab.box).to_have_value("")


@pytest.mark.thorough
def test_another_version_is_read_on_its_own_path(open_page: OpenPage, path: str, keys: list[str]) -> None:
    other = keys[350]
    tab = open_page(f"{path}?message={other}#message-{other}")
    expect(message(tab, other)).to_be_in_viewport()
    expect(tab.page.get_by_text("This is an earlier version.")).to_be_visible()
    expect(tab.button("Show this version")).to_be_visible()
    expect(tab.button("Regenerate")).to_have_count(0)
    expect(tab.box).to_be_disabled()
    expect(tab.page.get_by_text("To write in it, press “Show this version” first.")).to_be_visible()
    tab.page.evaluate("document.getElementById('log').scrollTop = 1e9")
    expect(message(tab, keys[399])).to_be_attached()
    expect(tab.page.locator("#newer")).to_be_hidden()
    expect(tab.page.locator("workspace-socket")).to_have_count(0)


# ---------------------------------------------------------------- moving


def expect_at_top(tab: Workspace, question: Locator) -> None:
    """It is the first thing in view; the first one of a day leaves room for its date."""
    expect(question).to_be_in_viewport()
    at = question.evaluate(
        """(question) => question.getBoundingClientRect().top
            - document.getElementById("log").getBoundingClientRect().top"""
    )
    assert 0 <= at < 80


@pytest.mark.thorough
def test_questions_are_reached_by_keys(tab: Workspace, keys: list[str]) -> None:
    def top() -> str:
        return str(tab.page.evaluate(READ)[0])

    press = tab.page.keyboard.press
    tab.log.focus()
    press("Alt+ArrowUp")
    first = top()
    press("Alt+ArrowUp")
    assert top() != first
    press("Alt+ArrowDown")
    assert top() == first
    press("Alt+End")
    expect(tab.answer).to_be_in_viewport()
    press("Alt+Home")
    tab.page.wait_for_url(re.compile(r"\?after=0$"))
    expect(message(tab, keys[0])).to_be_in_viewport()
    tab.page.keyboard.press("Alt+ArrowDown")
    expect_at_top(tab, message(tab, keys[2]))
    tab.page.keyboard.press("Alt+ArrowDown")
    expect_at_top(tab, message(tab, keys[4]))
    tab.page.keyboard.press("Alt+End")
    tab.page.wait_for_url(re.compile(r"/$"))
    expect(message(tab, keys[299])).to_be_in_viewport()


@pytest.mark.thorough
def test_the_next_question_is_the_next_one_also_from_the_first_of_a_day(
    workspace: Workspace, upstream: Upstream
) -> None:
    upstream.script(*[{"name": "words", "words": 900}] * 3)
    for name in ("One", "Two", "Three"):
        workspace.ask(f"{name}?")

    press = workspace.page.keyboard.press
    press("Alt+Home")
    for number in (0, 1, 2):
        expect_at_top(workspace, workspace.questions.nth(number))
        if number < 2:
            press("Alt+ArrowDown")
    for number in (1, 0):
        press("Alt+ArrowUp")
        expect_at_top(workspace, workspace.questions.nth(number))


@pytest.mark.thorough
def test_the_question_before_the_first_one_held_is_loaded(tab: Workspace, keys: list[str]) -> None:
    for _ in range(34):
        tab.button("Previous question").click()
    expect(message(tab, keys[236])).to_be_attached()


@pytest.mark.thorough
def test_a_date_leads_to_its_first_message(tab: Workspace) -> None:
    day = timezone.localdate() - timedelta(days=20)
    tab.button("Jump to a date").click()
    tab.page.get_by_label("Jump to a date").last.fill(day.isoformat())
    tab.button("Go").click()
    tab.page.wait_for_url(re.compile(r"\?message="))
    found = tab.page.locator(f"#{tab.page.url.partition('#')[2]}")
    expect(found).to_be_in_viewport()
    expect(found).to_have_attribute("data-day", f"{day:%A}, {day.day} {day:%B}")


# ---------------------------------------------------------------- accessibility


@pytest.mark.thorough
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_long_conversation_breaks_no_rule_of_accessibility(
    open_page: OpenPage, path: str, keys: list[str], theme: str
) -> None:
    tab = open_page(path, color_scheme=theme, bypass_csp=True)
    tab.button("Jump to a date").click()
    expect_no_violations(tab)
    tab.open(f"{path}?message={keys[350]}")
    expect(tab.button("Show this version")).to_be_visible()
    expect_no_violations(tab)
    tab.page.set_viewport_size({"width": 390, "height": 844})
    expect_no_violations(tab)
