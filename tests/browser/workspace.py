"""The workspace page as a person sees it: roles and names, never internals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Request, expect

from tests.upstream.scenarios import numbered

LONG = 30_000  # ms: for an answer to end
# What Chromium and htmx write to the console about a request or socket that failed ("[object Event]": htmx:wsError).
FAILED_REQUEST = re.compile(
    r"net::ERR_|WebSocket connection to|(status of|Error Code) (401|404|409|413|422|429|503|507)|\[object Event\]"
    r"|htmx:(afterRequest|sendError), "
)
# One look: what is on the page in one moment.
LOOK = """() => {
  const articles = [...document.querySelectorAll("article[id]")];
  const last = articles.filter((each) => each.dataset.role === "assistant").at(-1);
  return {
    ids: [...document.querySelectorAll("[id]")].map((each) => each.id),
    text: last ? last.querySelector(".message__body").textContent : "",
    status: last ? last.dataset.status : "",
    articles: articles.length,
  };
}"""


@dataclass(frozen=True)
class Look:
    """What the page showed in one moment: the newest answer's words, and every id."""

    text: str
    status: str
    articles: int
    ids: list[str]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    def is_beginning_of(self, whole: str) -> bool:
        """Whether the words are the first ones of `whole`: none missing, none twice, none cut."""
        return f"{whole} ".startswith(f"{self.words} ") or not self.words

    @property
    def doubles(self) -> set[str]:
        return {each for each in self.ids if self.ids.count(each) > 1}


@dataclass
class Watch:
    """What must never happen on a page: errors, refusals by the page's policy, requests to another host."""

    requests_may_fail: bool = False
    complaints: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("console", self._heard)
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        expected = self.requests_may_fail and FAILED_REQUEST.search(message.text)
        if message.type in ("error", "warning") and not expected:
            place = message.location.get("url", "")
            self.complaints.append(f"console {message.type}: {message.text} ({place})")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.complaints.append(f"request to another host: {request.url}")


def words(count: int) -> str:
    """What the upstream says when asked for so many words."""
    return " ".join("".join(numbered(count)).split())


class Workspace:
    """One tab."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.box = page.get_by_role("textbox", name="Message", exact=True)
        self.log = page.get_by_role("log", name="Conversation")
        self.list = page.get_by_role("navigation", name="Sessions")
        self.questions = page.locator('article[data-role="user"]')
        self.answers = page.locator('article[data-role="assistant"]')
        self.answer = self.answers.last
        self.body = self.answer.locator(".message__body")
        self.model = page.get_by_role("combobox", name="Model", exact=True)
        self.banner = page.locator("#banner")

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    # ------------------------------------------------------------ doing

    def open(self, path: str = "/") -> Workspace:
        self.page.goto(self.base + path)
        return self

    def new_session(self) -> Workspace:
        with self.page.expect_navigation(url="**/sessions/*/"):  # one with nothing in it is loaded again
            self.button("New session").click()
        self.expect_live()
        return self

    def send(self, text: str) -> None:
        self.box.fill(text)
        # An answer may be shown before its send was answered; until then Enter is not taken.
        expect(self.page.locator("#composer")).not_to_have_attribute("aria-busy", "true")
        if self.box.get_attribute("enterkeyhint") == "enter":  # a touch screen, where Enter breaks the line
            self.button("Send").click()
        else:
            self.box.press("Enter")

    def ask(self, text: str, status: str = "complete") -> None:
        """Send, and wait until the answer has come to this."""
        before = self.answers.count()
        self.send(text)
        expect(self.answers).to_have_count(before + 1)
        self.expect_status(status)

    # ------------------------------------------------------------ seeing

    def expect_live(self) -> None:
        expect(self.page.locator("#light-live")).to_have_text("Live", timeout=LONG)

    def expect_status(self, status: str, timeout: float = LONG) -> None:
        expect(self.answer).to_have_attribute("data-status", status, timeout=timeout)

    def expect_words(self, whole: str) -> None:
        """The newest answer is finished and is exactly this."""
        self.expect_status("complete", timeout=2 * LONG)
        look = self.look()
        assert look.words == whole
        assert not look.doubles

    def look(self) -> Look:
        """One moment of the page; taken again if the page was just being left."""
        for _ in range(20):
            try:
                found: dict[str, Any] = self.page.evaluate(LOOK)
            except Error as error:
                if "navigation" not in str(error) and "context" not in str(error):
                    raise
                self.page.wait_for_load_state()
            else:
                return Look(found["text"], found["status"], found["articles"], found["ids"])
        raise AssertionError("the page never stood still")

    def counter(self, name: str) -> int:
        value = self.page.locator(f"#counter-{name}").get_attribute("data-value")
        assert value is not None
        return int(value)

    @property
    def chat_id(self) -> str:
        return self.page.url.rstrip("/").rsplit("/", 1)[1]
