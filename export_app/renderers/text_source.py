"""Markdown as plain text: blocks with their indent, lines no longer than asked, tables in columns. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from sessions_app.rendering.markdown import Definitions, grammar, parse_blocks, split_at_limit

LEAST = 20  # characters a line keeps, however deep it stands
_BREAKABLE = re.compile(r"\s+|(?<=[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef])(?=\S)")


def width_of(text: str) -> int:
    """Columns of a terminal: wide letters take two, marks on letters none."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most `width` columns, the first behind `first`, the others behind `rest`; a long word stays whole."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, empty = (rest if lines else first), True
        for word, space in _words(paragraph):
            room = width - width_of(line) - (0 if empty else len(space)) - width_of(word)
            if room < 0 and not empty:
                lines.append(line)
                line, empty = rest, True
            line += word if empty else space + word
            empty = False
        lines.append(line)
    return [line.rstrip() for line in lines]


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Words, each with what stands between it and the one before: a space, or nothing between wide letters."""
    at, space = 0, ""
    for found in _BREAKABLE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], space
            space = ""
        at = found.end()
        space = " " if found[0] else space
    if at < len(text):
        yield text[at:], space


def table_lines(
    head: Sequence[str], rows: Sequence[Sequence[str]], ends: frozenset[int], width: int
) -> list[str]:
    """A table in columns, those in `ends` aligned at their end; cells too long for the line are wrapped."""
    every = [[" ".join(cell.split()) for cell in row] for row in (head, *rows)]
    widths = [max(width_of(row[at]) for row in every) for at in range(len(head))]
    least = [max(longest_word(row[at]) for row in every) for at in range(len(head))]
    while (over := sum(widths) + 2 * (len(widths) - 1) - width) > 0:
        room = [each - few for each, few in zip(widths, least, strict=True)]
        at = room.index(max(room))
        if not room[at]:
            break
        widths[at] -= min(over, -(-room[at] // 2))
    lines = [line for row in every[:1] for line in _row(row, widths, ends)]
    lines.append("  ".join("-" * each for each in widths))
    lines += [line for row in every[1:] for line in _row(row, widths, ends)]
    return lines


def longest_word(text: str) -> int:
    """Columns of what should not be broken; an address may stick out."""
    return min(24, max((width_of(word) for word, _ in _words(text)), default=1))


def _row(row: Sequence[str], widths: Sequence[int], ends: frozenset[int]) -> Iterator[str]:
    cells = [wrapped(cell, each) for cell, each in zip(row, widths, strict=True)]
    for at in range(max(len(cell) for cell in cells)):
        told = [cell[at] if at < len(cell) else "" for cell in cells]
        yield "  ".join(_set(text, widths[n], n in ends) for n, text in enumerate(told)).rstrip()


def _set(text: str, width: int, end: bool) -> str:
    room = " " * max(0, width - width_of(text))
    return room + text if end else text + room


# ---------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: what its first line begins with, what the others do."""

    width: int
    first: str = ""
    rest: str = ""

    def lines(self, text: str) -> list[str]:
        width = max(self.width, width_of(self.rest) + LEAST)
        return wrapped(text, width, self.first, self.rest)

    def inside(self, mark: str, rest: str | None = None) -> Place:
        """Within a list item or a quote whose first line begins with `mark`."""
        return Place(self.width, self.first + mark, self.rest + (" " * len(mark) if rest is None else rest))

    @property
    def later(self) -> Place:
        return replace(self, first=self.rest)


def told_lines(text: str, width: int, *, breaks: bool = False) -> list[str]:
    """The text as lines. With `breaks`, as a person typed it, each of its lines begins a new one."""
    text, rest = split_at_limit(text)
    definitions = Definitions()
    lines: list[str] = []
    for block in parse_blocks(text, definitions):
        env = definitions.environment("", breaks)
        grammar().fill(block.tokens, env)
        told = Teller(breaks).told(block.tokens, Place(width))
        lines += [*([""] if lines and told else []), *told]
    return [*lines, *rest.split("\n")] if rest else lines


class Teller:
    """Walks tokens; each kind of block gives its lines."""

    def __init__(self, breaks: bool) -> None:
        self.breaks = breaks

    def told(self, tokens: Sequence[Token], place: Place, *, tight: bool = False) -> list[str]:
        lines: list[str] = []
        at = 0
        while at < len(tokens):
            end = closed(tokens, at)
            told = self.block(tokens[at : end + 1], place)
            if told:
                lines += [*([] if tight or not lines else [place.rest.rstrip()]), *told]
                place = place.later
            at = end + 1
        return lines

    def block(self, tokens: Sequence[Token], place: Place) -> list[str]:
        token, inner = tokens[0], tokens[1:-1]
        match token.type:
            case "paragraph_open":
                return place.lines(self.inline(inner))
            case "heading_open":
                text = self.inline(inner)
                lines = place.lines(text)
                mark = {"h1": "=", "h2": "-"}.get(token.tag, "")
                longest = max(map(width_of, lines), default=0) - width_of(place.rest)
                return [*lines, place.rest + mark * max(3, longest)] if mark else lines
            case "bullet_list_open" | "ordered_list_open":
                return self.items(token, inner, place)
            case "blockquote_open":
                return self.told(inner, place.inside("> ", "> "))
            case "fence" | "code_block" | "plain":
                code = token.content.rstrip("\n").split("\n")
                return [
                    f"{place.rest if n else place.first}    {line}".rstrip() for n, line in enumerate(code)
                ]
            case "table_open":
                return self.table(inner, place)
            case "hr":
                return [place.first + "-" * min(24, place.width)]
            case "footnote_reference_open":
                return self.told(inner, place.inside(f"[{token.meta['label']}] "))
            case "math_block" | "math_block_label":
                return [f"{place.rest}    {line}".rstrip() for line in token.content.strip().split("\n")]
        return place.lines(token.content) if token.content else []

    def items(self, token: Token, inner: Sequence[Token], place: Place) -> list[str]:
        number = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
        tight = any(each.type == "paragraph_open" and each.hidden for each in inner)
        lines: list[str] = []
        at = 0
        while at < len(inner):
            end = closed(inner, at)
            mark = "- " if number is None else f"{number}. "
            if "checked" in inner[at].meta:
                mark += "[x] " if inner[at].meta["checked"] else "[ ] "
            told = self.told(inner[at + 1 : end], place.inside(mark), tight=tight)
            lines += [*([] if tight or not lines else [place.rest.rstrip()]), *(told or [place.first + mark])]
            place, number, at = place.later, None if number is None else number + 1, end + 1
        return lines

    def table(self, inner: Sequence[Token], place: Place) -> list[str]:
        rows: list[list[str]] = []
        ends: set[int] = set()
        for at, token in enumerate(inner):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                if "right" in str(token.attrs.get("class", "")):
                    ends.add(len(rows[-1]))
                rows[-1].append(self.inline(inner[at + 1 : at + 2]).replace("\n", " "))
        width = max(LEAST, place.width - width_of(place.rest))
        lines = table_lines(rows[0], rows[1:], frozenset(ends), width) if rows and rows[0] else []
        return [f"{place.rest if n else place.first}{line}" for n, line in enumerate(lines)]

    def inline(self, tokens: Sequence[Token]) -> str:
        return "".join(self.span(token.children or []) for token in tokens if token.type == "inline")

    def span(self, children: Sequence[Token]) -> str:
        told, links = "", []
        for child in children:
            match child.type:
                case "softbreak":
                    told += "\n" if self.breaks else " "
                case "hardbreak":
                    told += "\n"
                case "code_inline":
                    told += f"`{child.content}`"
                case "math_inline":
                    told += f"${child.content}$"
                case "math_inline_double" | "math_block":
                    told += f"$${child.content}$$"
                case "link_open":
                    links.append((len(told), str(child.attrs.get("href", ""))))
                case "link_close":
                    begin, address = links.pop() if links else (0, "")
                    told += f" ({address})" if address and told[begin:] != address else ""
                case "image":
                    alt = self.span(child.children or []).strip()
                    source = str(child.attrs.get("src", ""))
                    told += f"[Picture: {alt or 'no description'}" + (
                        "]" if source.startswith("data:") else f", {source}]"
                    )
                case "footnote_ref":
                    told += f"[{child.meta.get('label', '')}]"
                case _:
                    told += child.content
        return told


def closed(tokens: Sequence[Token], at: int) -> int:
    """Where the block that begins at `at` ends."""
    depth = 0
    for end in range(at, len(tokens)):
        depth += tokens[end].nesting
        if depth <= 0:
            return end
    return len(tokens) - 1
