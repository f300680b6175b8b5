"""The words of a page, as Markdown: its main part, without what only machines or menus need. Pure, in a child process."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

DEEPEST = 200
MOST_TEXT = 400_000  # characters; what is longer ends there
LEAST_MAIN = 200  # characters that an article must have to be the page's main part
_LEFT_OUT = frozenset({
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "button", "select", "svg",
    "math", "canvas", "iframe", "object", "embed", "video", "audio", "picture", "img", "input", "textarea", "dialog",
    "head", "title", "link", "meta",
})  # fmt: skip
_BLOCKS = frozenset({
    "p", "div", "section", "article", "main", "figure", "figcaption", "address", "dl", "dt", "dd", "details", "summary",
    "blockquote", "body",
})  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    text: str


def read_page(body: bytes, charset: str, url: str) -> Page:
    """`charset` as the answer's head names it; without one the page's own word is taken, else UTF-8."""
    root = _parsed(body, charset)
    if root is None:
        return Page("", "")
    title = next((_words("".join(found.itertext())) for found in root.iter("title")), "")
    base = next((found.get("href", "") for found in root.iter("base")), "")
    return Page(title[:300], _Writer(urljoin(url, base)).written(_main(root)))


def _parsed(body: bytes, charset: str) -> Any:
    from lxml import etree, html  # type: ignore[import-untyped]

    text = decoded(body, charset or _declared(body)).replace("\0", "")
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False, no_network=True
    )
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser, ensure_head_body=True)
    except (etree.ParserError, ValueError, AssertionError):
        return None


def decoded(body: bytes, charset: str) -> str:
    """By the encodings that browsers know, UTF-8 for any other; a mark at the beginning says more than `charset`."""
    from webencodings import decode  # type: ignore[import-untyped]

    try:
        return str(decode(body, charset, errors="replace")[0])
    except LookupError:
        return str(decode(body, "utf-8", errors="replace")[0])


def _declared(body: bytes) -> str:
    """The page's own word for its encoding, where it stands in the first kilobytes."""
    found = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{2,40})", body[:4096], re.IGNORECASE)
    return found[1].decode("ascii", "replace").lower() if found else "utf-8"


def _main(root: Any) -> Any:
    """The longest `main` or `article` that says something, else the body."""
    found = [each for each in root.iter("main", "article") if not _is_hidden(each)]
    sizes = {each: len("".join(each.itertext()).strip()) for each in found[:50]}
    best = max(sizes, key=lambda each: sizes[each], default=None)
    if best is not None and sizes[best] >= LEAST_MAIN:
        return best
    body = root.find("body")
    return root if body is None else body


def _is_hidden(element: Any) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDDEN.search(element.get("style") or "") is not None
    )


def _words(text: str | None) -> str:
    return _SPACE.sub(" ", text or "").strip()


class _Full(Exception):
    """Enough was written."""


@dataclass(slots=True)
class _Writer:
    """Walks the tree; `lines` are the finished ones, `line` the words of the one under way."""

    base: str
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    size: int = 0

    def written(self, element: Any) -> str:
        with contextlib.suppress(_Full):
            self.inside(element, 0)
        self.end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip()[:MOST_TEXT]

    def add(self, text: str | None) -> None:
        if text:
            self.size += len(text)
            self.line.append(text)
            if self.size > MOST_TEXT:
                raise _Full

    def end_line(self, prefix: str = "") -> None:
        words = _words("".join(self.line))
        self.line = []
        if words:
            self.lines.append(prefix + words)

    def gap(self) -> None:
        self.end_line()
        self.lines.append("")

    def inside(self, element: Any, depth: int) -> None:
        self.add(element.text)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in _LEFT_OUT and not _is_hidden(child):
                self.element(child, depth + 1)
            self.add(child.tail)

    def element(self, element: Any, depth: int) -> None:
        tag = element.tag
        if depth > DEEPEST:
            self.add(" ".join(element.itertext()))
        elif (special := _SPECIAL.get(tag)) is not None:
            special(self, element, depth)
        elif tag in _BLOCKS:
            self.gap()
            self.inside(element, depth)
            self.gap()
        else:
            self.inside(element, depth)

    def heading(self, element: Any, depth: int) -> None:
        self.gap()
        self.inside(element, depth)
        self.end_line("#" * int(element.tag[1]) + " ")
        self.lines.append("")

    def items(self, element: Any, depth: int) -> None:
        """Each entry in one paragraph: what is nested in it follows as entries of its own."""
        self.end_line()
        for number, child in enumerate(element, 1):
            if child.tag != "li" or _is_hidden(child):
                continue
            before = len(self.lines)
            self.inside(child, depth + 1)
            self.end_line()
            lines = [line for line in self.lines[before:] if line]
            mark = f"{number}. " if element.tag == "ol" else "- "
            self.lines[before:] = [mark + lines[0], *("  " + line for line in lines[1:])] if lines else []
        self.lines.append("")

    def table(self, element: Any, depth: int) -> None:
        """Row by row, so that one that is too much ends it; a table in a cell is told in that cell."""
        self.gap()
        first = True
        for row in element.iter("tr"):
            cells = [_words("".join(cell.itertext())) for cell in row if cell.tag in ("td", "th")]
            if not any(cells) or _is_hidden(row):
                continue
            self.add("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
            self.end_line()
            if first:
                self.lines.append("|" + " --- |" * len(cells))
                first = False
        self.lines.append("")

    def code(self, element: Any, depth: int) -> None:
        self.gap()
        text = "".join(element.itertext())
        self.size += len(text)
        if self.size > MOST_TEXT:
            raise _Full
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text) or [""]))
        self.lines += [fence, text.strip("\n"), fence, ""]

    def link(self, element: Any, depth: int) -> None:
        """Its words, and its address where that is a page."""
        before = len(self.line)
        self.inside(element, depth)
        words = _words("".join(self.line[before:]))
        address = _address(self.base, element.get("href") or "")
        if words and address and before <= len(self.line):
            self.line[before:] = [
                " " if self.line[before : before + 1] == [" "] else "",
                f"[{words}]({address})",
            ]

    def line_break(self, element: Any, depth: int) -> None:
        self.end_line()

    def line_across(self, element: Any, depth: int) -> None:
        self.gap()


def _address(base: str, href: str) -> str:
    if not href or href.startswith("#"):
        return ""
    try:
        whole = urljoin(base, href.strip())
        parts = urlsplit(whole)
    except ValueError:
        return ""
    good = parts.scheme in ("http", "https") and len(whole) <= 500 and not re.search(r"[\s<>()]", whole)
    return whole if good else ""


_SPECIAL: dict[str, Callable[[_Writer, Any, int], None]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Writer.heading),
    **dict.fromkeys(("ul", "ol"), _Writer.items),
    "table": _Writer.table,
    "pre": _Writer.code,
    "a": _Writer.link,
    "br": _Writer.line_break,
    "hr": _Writer.line_across,
}
