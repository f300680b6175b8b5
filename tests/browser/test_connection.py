"""Bad networks and restarted servers: the answer goes on, and the page catches up by itself."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import StorageState, expect

from tests.browser.conftest import OpenPage
from tests.browser.proxy import Proxy
from tests.browser.server import Server
from tests.browser.workspace import words
from tests.upstream import Upstream

pytestmark = pytest.mark.browser

CUTS = int(os.environ.get("CUTS", "20"))
WORDS_A_CUT, RATE = 60, 60  # a page is back within half a second; a busy machine may need twice that


@pytest.mark.thorough
@pytest.mark.timeout(120 + 2 * CUTS)
def test_many_cuts_in_one_answer_lose_and_double_nothing(
    open_page: OpenPage, server: Server, upstream: Upstream
) -> None:
    count = CUTS * WORDS_A_CUT
    whole = words(count)
    with Proxy(server.port) as proxy:
        tab = open_page(base=proxy.url, requests_may_fail=True).new_session()
        upstream.script({"name": "words", "words": count, "rate": RATE})
        tab.send("Count through a bad network.")
        expect(tab.body).to_contain_text("w2 ")
        growing = 0
        for number in range(CUTS):
            if tab.look().status == "complete":
                break
            assert proxy.cut_next("fin" if number % 2 else "rst") == 1
            look = tab.look()
            assert look.is_beginning_of(whole)
            assert not look.doubles
            growing += look.status == "running"
        tab.expect_words(whole)
        assert growing > CUTS / 4
        assert tab.look().articles == 2


@pytest.mark.thorough
def test_a_page_that_heard_nothing_for_six_seconds_catches_up(
    open_page: OpenPage, server: Server, upstream: Upstream
) -> None:
    count, rate = 3_000, 200
    whole = words(count)
    with Proxy(server.port) as proxy:
        tab = open_page(base=proxy.url).new_session()
        upstream.script({"name": "words", "words": count, "rate": rate})
        tab.send("Count fast.")
        expect(tab.body).to_contain_text("w20 ")
        proxy.hold()
        heard = len(upstream.replies[-1].pieces)
        upstream.wait_for(lambda entry: len(entry.pieces) > heard + 6 * rate, seconds=20)
        assert len(tab.look().words.split()) < heard + rate
        proxy.let_go()
        while (look := tab.look()).status == "running":
            assert look.is_beginning_of(whole)
            assert not look.doubles
        tab.expect_words(whole)


def test_a_banner_says_that_the_connection_is_gone_and_leaves_when_it_is_back(
    open_page: OpenPage, upstream: Upstream
) -> None:
    tab = open_page(requests_may_fail=True).new_session()
    upstream.script({"name": "words", "words": 120, "rate": 40})
    tab.send("Count.")
    expect(tab.body).to_contain_text("w5 ")
    tab.context.set_offline(True)
    expect(tab.banner).to_contain_text("Reconnecting.")
    expect(tab.page.locator("#light-live")).to_have_text("Reconnecting")
    expect(tab.button("Reconnect now")).to_be_visible()
    tab.context.set_offline(False)
    expect(tab.banner).to_be_hidden()
    tab.expect_words(words(120))


# The page waits for ever before it tries again.
PATIENT = """() => {
  const soon = window.setTimeout;
  window.setTimeout = (then, wait, ...rest) => (wait >= 200 ? 0 : soon(then, wait, ...rest));
}"""


@pytest.mark.thorough
def test_reconnect_now_waits_for_no_timer(open_page: OpenPage, server: Server, upstream: Upstream) -> None:
    with Proxy(server.port) as proxy:
        tab = open_page(base=proxy.url, requests_may_fail=True).new_session()
        upstream.script({"name": "gate", "words": 20, "after": 8})
        tab.send("Go.")
        expect(tab.body).to_contain_text("w8")
        tab.page.evaluate(PATIENT)
        proxy.cut("rst")
        expect(tab.banner).to_contain_text("Reconnecting.")
        upstream.release()
        tab.page.wait_for_timeout(1_000)  # twice what it waits before its first try
        assert tab.look().words == words(8)
        tab.button("Reconnect now").click()
        tab.expect_live()
        expect(tab.banner).to_be_hidden()
        tab.expect_words(words(20))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_after_a_restart_the_page_shows_what_is_kept_and_goes_on(
    open_page: OpenPage,
    own_server: Server,
    upstream: Upstream,
    as_alice_on: Callable[[str], StorageState],
    how: signal.Signals,
) -> None:
    state = as_alice_on(own_server.url)
    tab = open_page(base=own_server.url, state=state, requests_may_fail=True).new_session()
    upstream.script({"name": "gate", "words": 20, "after": 8})
    tab.send("Go.")
    expect(tab.body).to_contain_text("w8")
    while not own_server.query("select 1 from sessions_app_replychunk where chunks like '%w8%'"):
        tab.page.wait_for_timeout(20)
    own_server.stop(how)
    if how is signal.SIGTERM:
        tab.expect_status("interrupted")
    expect(tab.banner).to_contain_text("Reconnecting.")
    assert tab.look().words == words(8)
    own_server.start()
    tab.expect_live()
    expect(tab.banner).to_be_hidden()
    tab.expect_status("interrupted")
    assert tab.look().words == words(8)
    for name in ("Continue", "Retry"):
        expect(tab.answer.get_by_role("button", name=name)).to_be_visible()
    expect(tab.button("Stop")).to_have_count(0)
    expect(tab.list.get_by_role("link", name=re.compile("^Running:"))).to_have_count(0)
    tab.ask("Are you back?")
    tab.expect_words(words(20))


def test_a_logged_out_page_says_so_and_shows_nothing_new(open_page: OpenPage, server: Server) -> None:
    tab = open_page(requests_may_fail=True).new_session()
    tab.page.route(
        "**/sessions/", lambda route: route.fulfill(status=204)
    )  # the list would lead to the login
    tab.context.clear_cookies()
    with tab.page.expect_event("websocket"):
        tab.context.set_offline(True)
        expect(tab.banner).to_be_visible()
        tab.context.set_offline(False)
    expect(tab.banner).to_contain_text("You are logged out.")
    expect(tab.banner.get_by_role("link", name="Log in")).to_be_visible()
