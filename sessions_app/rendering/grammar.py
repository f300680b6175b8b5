"""What a text means: GitHub's Markdown without HTML, with formulas and footnotes, and with limits.

Some inputs cost the parser time with the square of their length (100 KB of `![` took 7 s). They are
recognised by cheap counts before they are parsed, and shown as they were typed.
"""

import re
from typing import Any

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as gfm_table
from markdown_it.rules_core import StateCore, linkify, text_join
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from sessions_app.rendering.allowed import LINK_REL
from sessions_app.rendering.links import LinkKind, link_kind, may_be_written
from sessions_app.rendering.markup import RULES, Environment
from sessions_app.rendering.maths import inline_formula

MAX_NESTING = 40
MAX_COLUMNS = 100
MAX_QUOTED_LINES = 1_000
# Seen to cost with the square: half a millisecond to a few at these numbers, seconds at fifty times as many.
_MAX_COUNTS = {"[": 1_000, "://": 300, "www.": 300}

_ALIGN = re.compile(r"text-align:(left|center|right)")


class _Links(LinkifyIt):
    """Addresses in plain text: only with a scheme or `www.`, for looking for more costs more than all the rest."""

    def pretest(self, text: str) -> bool:
        return "://" in text or "www." in text.lower()

    def test(self, text: str) -> bool:
        return self.pretest(text)

    def match(self, text: str) -> list[Any]:
        found = super().match(text) or []
        return [
            link for link in found if link.schema not in ("", "//") or link.text.lower().startswith("www.")
        ]


class Grammar(MarkdownIt):
    """One instance serves all threads: what a parse knows is in its environment and its tokens."""

    def __init__(self) -> None:
        super().__init__(
            "gfm-like",
            {"html": False, "maxNesting": MAX_NESTING, "tasklists": True, "inline_definitions": True},
        )
        self.linkify = _Links(options={"fuzzy_email": False})
        dollarmath_plugin(self, allow_labels=False, allow_blank_lines=False)
        self.inline.ruler.at("math_inline", inline_formula)
        footnote_plugin(self, inline=False, move_to_end=False)
        self.block.ruler.at("table", _narrow_table, {"alt": ["paragraph", "reference"]})
        self.block.ruler.before("table", "long_quote", _long_quote)
        self.renderer.rules.update(RULES)  # type: ignore[attr-defined]

    def validateLink(self, url: str) -> bool:
        return may_be_written(url)

    def fill(self, tokens: list[Token], env: Environment) -> None:
        """Parses what stands inside blocks, and settles what each link, picture and cell may be."""
        state = StateCore("", self, env)
        state.tokens = tokens
        for token in tokens:
            if token.type == "inline":
                token.children = self._inside(token.content, env)
        linkify(state)
        text_join(state)
        for token in tokens:
            _settle(token)

    def _inside(self, content: str, env: Environment) -> list[Token]:
        if _too_dense(content):
            return _as_typed(content)
        children: list[Token] = []
        self.inline.parse(content, self, env, children)
        return children


def _too_dense(content: str) -> bool:
    return any(content.count(mark) > most for mark, most in _MAX_COUNTS.items())


def _as_typed(content: str) -> list[Token]:
    children: list[Token] = []
    for line in content.split("\n"):
        children += [Token("softbreak", "br", 0), Token("text", "", 0, content=line)]
    return children[1:]


def _narrow_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table of many columns pads each short row with as many cells."""
    if state.src.count("|", state.bMarks[start], state.eMarks[start]) > MAX_COLUMNS:
        return False
    return gfm_table(state, start, end, silent)


def _long_quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A quote reads all its lines again at each depth."""
    at = state.bMarks[start] + state.tShift[start]
    if silent or state.src[at : at + 1] != ">":
        return False
    line = start
    while line < end and not state.isEmpty(line):
        line += 1
    if line - start <= MAX_QUOTED_LINES:
        return False
    token = state.push("plain", "", 0)
    token.content = state.getLines(start, line, state.blkIndent, False)
    token.map = [start, line]
    state.line = line
    return True


def _settle(token: Token) -> None:
    if token.type in ("th_open", "td_open"):
        align = _ALIGN.fullmatch(str(token.attrs.pop("style", "")))
        if align:
            token.attrs["class"] = f"align-{align.group(1)}"
    link: Token | None = None
    for child in token.children or ():
        if child.type == "link_open":
            link = _settle_link(child)
        elif child.type == "link_close":
            child.tag, link = link.tag if link else "a", None
        elif child.type == "image":
            child.meta["linked"] = link is not None


def _settle_link(token: Token) -> Token:
    kind = link_kind(str(token.attrs.get("href", "")))
    if kind is None:
        token.tag, token.attrs = "span", {"class": "link-off"}
    elif kind is not LinkKind.SITE:
        token.attrs |= {"rel": LINK_REL, "target": "_blank"}
    return token
