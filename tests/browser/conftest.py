"""One server, one upstream and one Chromium for this folder; a context of its own for each test.

Package scope, not session scope: Playwright's loop runs in the main thread and would disturb every async test
that comes after.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, expect, sync_playwright

from tests.browser.prepare import password_of
from tests.browser.server import ROOT, Server, serving
from tests.browser.workspace import Watch, Workspace
from tests.upstream import Upstream

# The shell is Chromium without windows: the same engine, a quarter less work.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]
RESULTS = ROOT / "test-results"
FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=15_000)


class OpenPage(Protocol):
    """Opens a tab at `path`, in a new context or in a given one."""

    def __call__(
        self,
        path: str = "/",
        *,
        base: str = "",
        state: StorageState | None = None,
        context: BrowserContext | None = None,
        requests_may_fail: bool = False,
        **options: Any,
    ) -> Workspace: ...


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables, people and static files, made once and copied for each server."""
    place = tmp_path_factory.mktemp("prepared")
    Server(place).prepare()
    return place


@pytest.fixture(scope="package")
def running_upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def upstream(running_upstream: Upstream) -> Iterator[Upstream]:
    running_upstream.reset()
    yield running_upstream
    running_upstream.release()


@pytest.fixture(scope="package")
def server(
    running_upstream: Upstream, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """With a key: Claude answers, from the local upstream."""
    with serving(tmp_path_factory.mktemp("server"), running_upstream.url, copy_of=prepared) as server:
        yield server


@pytest.fixture(scope="package")
def keyless(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Without a key: the offline assistant answers."""
    with serving(tmp_path_factory.mktemp("keyless"), copy_of=prepared) as server:
        yield server


def log_in(browser: Browser, base: str, name: str) -> StorageState:
    """Log in as a person does, and keep the cookies."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(base)
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(password_of(name))
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("textbox", name="Message", exact=True).wait_for()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="package")
def alice_in(chromium: Browser, server: Server) -> StorageState:
    return log_in(chromium, server.url, "alice")


@pytest.fixture(scope="package")
def beginner_in(chromium: Browser, server: Server) -> StorageState:
    """Someone with no session yet. One test a server may use them: with its first message they have one."""
    return log_in(chromium, server.url, "beginner")


@pytest.fixture(scope="package")
def newcomer_in(chromium: Browser, keyless: Server) -> StorageState:
    return log_in(chromium, keyless.url, "newcomer")


@pytest.fixture(autouse=True)
def leaves_nothing_running(server: Server, upstream: Upstream) -> Iterator[None]:
    """The next test's script must not be taken by a reply of this one."""
    yield
    upstream.release()
    server.quiet()


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest,
    chromium: Browser,
    server: Server,
    alice_in: StorageState,
    upstream: Upstream,
) -> Iterator[OpenPage]:
    """Opens tabs as alice. At the end no page may have complained; a failure leaves pictures of all tabs."""
    tabs: list[tuple[Workspace, Watch]] = []

    def open_tab(
        path: str = "/",
        *,
        base: str = "",
        state: StorageState | None = None,
        context: BrowserContext | None = None,
        requests_may_fail: bool = False,
        **options: Any,
    ) -> Workspace:
        base = base or server.url
        if context is None:
            given = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **options}
            context = chromium.new_context(storage_state=alice_in if state is None else state, **given)
        page, watch = context.new_page(), Watch(requests_may_fail)
        watch.on(page)
        workspace = Workspace(page, base)
        tabs.append((workspace, watch))
        return workspace.open(path)

    yield open_tab
    if request.node.stash.get(FAILED, False):
        take_pictures(request.node.name, [workspace for workspace, _ in tabs])
    complaints = [complaint for _, watch in tabs for complaint in watch.complaints]
    for context in {workspace.context for workspace, _ in tabs}:
        context.close()
    assert complaints == [], f"the server's log ends with:\n{server.said()}"


def take_pictures(name: str, workspaces: list[Workspace]) -> None:
    RESULTS.mkdir(exist_ok=True)
    for number, workspace in enumerate(workspaces, 1):
        if not workspace.page.is_closed():
            path = RESULTS / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}-{number}.png"
            workspace.page.screenshot(path=path)


@pytest.fixture
def new_path(chromium: Browser, server: Server, alice_in: StorageState) -> Callable[[], str]:
    """Makes sessions of alice without a page, and gives their paths."""

    def make() -> str:
        context = chromium.new_context(storage_state=alice_in)
        token = next(cookie["value"] for cookie in alice_in["cookies"] if cookie["name"] == "csrftoken")
        answer = context.request.post(
            f"{server.url}/sessions/", headers={"X-CSRFToken": token}, max_redirects=0
        )
        context.close()
        return answer.headers["location"]

    return make


@pytest.fixture
def workspace(open_page: OpenPage, new_path: Callable[[], str]) -> Workspace:
    """A signed-in page with a new, empty session."""
    tab = open_page(new_path())
    tab.expect_live()
    return tab


@pytest.fixture
def own_server(upstream: Upstream, prepared: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone, which may be ended and started again."""
    with serving(tmp_path, upstream.url, copy_of=prepared) as server:
        yield server


@pytest.fixture
def as_alice_on(chromium: Browser) -> Callable[[str], StorageState]:
    return lambda base: log_in(chromium, base, "alice")
