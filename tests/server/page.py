"""An open page as its rules make it: which frames it takes, where their elements go, when it must resume."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .dom import Element, parse

CURSOR = re.compile(
    r'<i id="cursor"[^>]*data-version="(\d+)" data-reply="([^"]*)" data-from="(\d*)" data-seq="(\d+)"'
)
WORD = re.compile(r"w\d+")


def words_of(text: str) -> list[str]:
    """The numbered words of a text, whatever markup stood between them."""
    return WORD.findall(text)


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a page shows: the chat's version, the running reply and how far it has come."""

    version: int = 0
    reply: str = ""
    seq: int = 0

    def as_resume(self) -> dict[str, Any]:
        return {"type": "resume", "version": self.version, "reply": self.reply or None, "seq": self.seq}


class Page:
    """`take` each frame in its order. Frames are only folded into the document when somebody looks at it."""

    def __init__(self, html: str) -> None:
        """`html` is the page as the server rendered it."""
        self._document = parse(html)
        self._waiting: list[str] = []
        self.cursor = self._written_cursor(html)
        self.refusing = False
        self.missing: list[str] = []
        self.refused = 0

    def _written_cursor(self, html: str) -> Cursor:
        found = CURSOR.search(html)
        assert found, "the page has no cursor"
        return Cursor(int(found[1]), found[2], int(found[4]))

    def resuming(self) -> dict[str, Any]:
        """The frame that asks for what is missing; until its snapshot nothing that grows is taken."""
        return self.cursor.as_resume()

    def take(self, frame: str) -> bool:
        """Take a frame that fits. False: it does not, and the page has to resume."""
        found = CURSOR.match(frame)
        assert found, f"a frame without a cursor: {frame[:200]}"
        version, reply, start, end = int(found[1]), found[2], found[3], int(found[4])
        if start and (self.refusing or (reply, int(start)) != (self.cursor.reply, self.cursor.seq)):
            self.refusing = True
            self.refused += 1
            return False
        self.refusing = False
        self.cursor = Cursor(version, reply, end)
        self._waiting.append(frame)
        return True

    @property
    def document(self) -> Element:
        """The page now."""
        waiting, self._waiting = self._waiting, []
        for frame in waiting:
            self._swap(frame)
        return self._document

    def _swap(self, frame: str) -> None:
        for element in parse(frame).children:
            if isinstance(element, Element):
                self._put(element, element.attributes.pop("hx-swap-oob", "true"))

    def _put(self, element: Element, how: str) -> None:
        if how == "true":
            if not self._document.replace(element):
                self.missing.append(element.id)
            return
        way, _, selector = how.partition(":#")
        target = self._document.find(selector)
        if target is None:
            self.missing.append(selector)
        elif way == "beforeend":
            target.children.extend(element.children)
        elif way == "innerHTML":
            target.children = list(element.children)
        else:
            raise AssertionError(f"an unknown swap: {how}")

    # ------------------------------------------------------------ what a person sees

    def articles(self, role: str = "assistant") -> list[Element]:
        found = self.document.tagged("article")
        return [article for article in found if article.attributes.get("data-role") == role]

    def status(self) -> str:
        """The state of the last answer; empty where there is none."""
        answers = self.articles()
        return answers[-1].attributes["data-status"] if answers else ""

    def described(self) -> str:
        """Its state in one line, for whoever waited in vain."""
        return (
            f"{self.status() or 'empty'}, {len(self.words())} words, {self.cursor}, "
            f"refused {self.refused}, refusing {self.refusing}, without a place {self.missing}"
        )

    def words(self, message: str = "") -> list[str]:
        """The numbered words of an answer, by default the last one."""
        answers = self.articles()
        if message:
            answers = [answer for answer in answers if answer.id == f"message-{message}"]
        if not answers:
            return []
        body = answers[-1].find(f"{answers[-1].id}-body")
        return words_of(body.text if body else "")

    def doubled_ids(self) -> list[str]:
        """Ids that stand in the document more than once."""
        seen: set[str] = set()
        return [key for key in self.document.ids if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
