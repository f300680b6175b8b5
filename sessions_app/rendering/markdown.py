"""Markdown to safe HTML, one top-level block after the other.

A whole text and a growing one (`rendering.stream`) take the same two steps, `parse_blocks` and
`render_block`, so that what was seen growing is what is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from markdown_it.token import Token

from sessions_app.rendering.allowed import clean_html
from sessions_app.rendering.clean import clean_text
from sessions_app.rendering.grammar import MAX_NESTING, Grammar
from sessions_app.rendering.markup import Environment
from sessions_app.rendering.plain import plain_block, plain_pieces

RENDERER_VERSION = 2
"""Raised when the same text comes out as other HTML: stored renderings of an older version are made anew."""

MAX_RENDER_BYTES = 256 * 1024
"""What follows is shown as it was typed."""

LARGE = 20_000
"""Characters above which a text is rendered off the event loop (about 20 ms)."""

_PREFIX = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class SourceBlock:
    """A top-level block as parsed: its tokens and its lines, counted from the start of the parsed text."""

    tokens: list[Token]
    first_line: int
    end_line: int

    @property
    def kind(self) -> str:
        return self.tokens[0].type


@dataclass(frozen=True, slots=True)
class Definitions:
    """What one part of a text defines for all of it: link references by name, footnote labels in order."""

    references: dict[str, dict[str, Any]] = field(default_factory=dict)
    footnotes: list[str] = field(default_factory=list)

    def copy(self) -> "Definitions":
        return Definitions(dict(self.references), list(self.footnotes))

    def add(self, block: SourceBlock) -> None:
        """Takes what a block defines; the first definition of a name holds."""
        for token in block.tokens:
            if token.type == "definition":
                found = {"title": token.meta["title"], "href": token.meta["url"]}
                self.references.setdefault(token.meta["id"], found)
            elif token.type == "footnote_reference_open":
                self._number(token)

    def _number(self, token: Token) -> None:
        label = token.meta["label"]
        token.meta["number"] = None if label in self.footnotes else len(self.footnotes) + 1
        if token.meta["number"]:
            self.footnotes.append(label)

    def environment(self, prefix: str, breaks: bool, mathml: bool = True) -> Environment:
        notes = {
            "refs": {f":{label}": number for number, label in enumerate(self.footnotes)},
            "list": {number: {"label": label, "count": 0} for number, label in enumerate(self.footnotes)},
        }
        return {
            "references": self.references,
            "footnotes": notes,
            "prefix": prefix,
            "breaks": breaks,
            "colour": True,
            "mathml": mathml,
        }

    def __bool__(self) -> bool:
        return bool(self.references or self.footnotes)


def render(text: str, prefix: str = "", *, mathml: bool = True) -> str:
    """Safe HTML of a text in Markdown.

    `prefix` (letters, digits, `-`, `_`) makes the ids of footnotes unique on a page, such as `m-17-`. Without `mathml`
    formulas stand there as they were written, for what cannot draw them.
    Never raises for any text; a text above `LARGE` characters is work for a thread.
    """
    return "".join(render_blocks(clean_text(text), checked_prefix(prefix), mathml=mathml))


def render_person(text: str, prefix: str = "", *, mathml: bool = True) -> str:
    """The same for what a person typed: a line end is a line break, as it was in their field."""
    return "".join(render_blocks(clean_text(text), checked_prefix(prefix), breaks=True, mathml=mathml))


def render_blocks(text: str, prefix: str = "", *, breaks: bool = False, mathml: bool = True) -> Iterator[str]:
    """The HTML of each top-level block of a clean text, in order."""
    text, rest = split_at_limit(text)
    definitions = Definitions()
    blocks = parse_blocks(text, definitions)
    env = definitions.environment(prefix, breaks, mathml)
    for block in blocks:
        yield render_block(block, env)
    for piece in plain_pieces(rest):
        yield plain_block(piece)


def parse_blocks(text: str, definitions: Definitions) -> list[SourceBlock]:
    """Finds the top-level blocks of a text, and adds what they define to `definitions`."""
    tokens: list[Token] = []
    grammar().block.parse(text, grammar(), {"references": {}}, tokens)
    lines = text.split("\n")
    blocks = [_kept_whole(block, lines) for block in _top_level(tokens)]
    for block in blocks:
        definitions.add(block)
    return blocks


def render_block(block: SourceBlock, env: Environment) -> str:
    """The HTML of one block. Its tokens are filled on the way: a block is rendered once."""
    grammar().fill(block.tokens, env)
    return clean_html(grammar().renderer.render(block.tokens, grammar().options, env))


def split_at_limit(text: str) -> tuple[str, str]:
    """What is rendered, and what comes after `MAX_RENDER_BYTES`; cut at a line end if there is one."""
    if len(text) * 4 <= MAX_RENDER_BYTES:
        return text, ""
    data = text.encode()
    if len(data) <= MAX_RENDER_BYTES:
        return text, ""
    most = len(data[:MAX_RENDER_BYTES].decode(errors="ignore"))
    cut = text.rfind("\n", 0, most) + 1 or most
    return text[:cut], text[cut:]


def checked_prefix(prefix: str) -> str:
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"A prefix for ids has letters, digits, - and _ only: {prefix!r}")
    return prefix


@cache
def grammar() -> Grammar:
    return Grammar()


def _top_level(tokens: list[Token]) -> Iterator[SourceBlock]:
    start = 0
    for at, token in enumerate(tokens):
        if token.level == 0 and token.nesting <= 0:
            first, end = tokens[start].map or [0, 0]
            yield SourceBlock(tokens[start : at + 1], first, end)
            start = at + 1


def _kept_whole(block: SourceBlock, lines: list[str]) -> SourceBlock:
    """The parser drops what is nested too deep; such a block is shown as it was typed."""
    if all(token.level < MAX_NESTING - 1 for token in block.tokens):
        return block
    content = "\n".join(lines[block.first_line : block.end_line])
    return SourceBlock([Token("plain", "", 0, content=content)], block.first_line, block.end_line)
