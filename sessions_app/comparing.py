"""Two texts and two conversations, compared. Pure: no database, no requests.

Bodies are the renderer's own HTML, which is well formed. They are cut into tags and text; words are compared over the
text, and what changed is wrapped inside its own piece of text, so that no tag is ever split. Taking the marks out
gives the input back, byte for byte.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import unescape
from itertools import groupby
from typing import Any

MOST_WORDS = 20_000
MOST_STEPS = 1_000_000  # of one look for the longest match: about a second
SHORT_BRIDGE = 2
MARKS = {
    "added": (
        '<ins class="diff"><span class="visually-hidden">added: </span>',
        '<ins class="diff">',
        "</ins>",
    ),
    "removed": (
        '<del class="diff"><span class="visually-hidden">removed: </span>',
        '<del class="diff">',
        "</del>",
    ),
}

_TAG = re.compile(r"""<(?:[^"'<>]|"[^"]*"|'[^']*')*>""")
_NAME = re.compile(r"</?([a-zA-Z0-9]+)")
# Scripts without spaces are compared by character.
_WORD = re.compile(
    r"&#?\w+;|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\w\s]"
)
# Folded, drawn or pressed: not the text of an answer. A formula is one word.
_SKIPPED = {"details", "svg", "button", "select", "textarea"}
_WHOLE = {"math"}
_VOID = {"br", "hr", "img", "input"}
_INLINE = {"a", "b", "code", "del", "em", "i", "ins", "s", "span", "strong", "sub", "sup", "wbr"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a body: its piece, its place there, and what it is compared by."""

    piece: int
    start: int
    end: int
    key: str


@dataclass(slots=True)
class Text:
    """A body in pieces, its words, and where in them each paragraph begins."""

    pieces: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    paragraphs: list[int] = field(default_factory=lambda: [0])

    @property
    def keys(self) -> list[str]:
        return [word.key for word in self.words]

    def spans(self) -> list[tuple[int, int]]:
        """The paragraphs that have words."""
        ends = [*self.paragraphs[1:], len(self.words)]
        return [(start, end) for start, end in zip(self.paragraphs, ends, strict=True) if start < end]


@dataclass(frozen=True, slots=True)
class Compared:
    """Both bodies with their marks. `same` is the share of words that are alike, in percent; `coarse` says that
    whole paragraphs were compared."""

    left: str
    right: str
    same: int
    coarse: bool


def compare(left: str, right: str) -> Compared:
    """Mark what is only in the left body as removed, and what is only in the right one as added."""
    a, b = read(left), read(right)
    coarse = max(len(a.words), len(b.words)) > MOST_WORDS
    gone, came = [False] * len(a.words), [False] * len(b.words)
    for i1, i2, j1, j2 in changes(a, b, coarse=coarse):
        gone[i1:i2] = [True] * (i2 - i1)
        came[j1:j2] = [True] * (j2 - j1)
    return Compared(marked(a, gone, "removed"), marked(b, came, "added"), share(gone, came), coarse)


def share(gone: Sequence[bool], came: Sequence[bool]) -> int:
    """The words that stayed, in percent; 100 only where nothing changed, 0 only where nothing stayed."""
    total, changed = len(gone) + len(came), sum(gone) + sum(came)
    if not changed:
        return 100
    return 0 if changed == total else min(99, max(1, round(100 * (total - changed) / total)))


# ---------------------------------------------------------------- reading


def read(html: str) -> Text:
    """The pieces of a body and the words of its open text."""
    text, inside = Text(), ""
    depth = 0
    for piece, tag, closing in pieces(html):
        if inside:
            text.pieces[-1] += piece
            if tag == inside:
                depth += -1 if closing else 1
                if not depth:
                    finish(text, inside)
                    inside = ""
            continue
        text.pieces.append(piece)
        if tag in _SKIPPED | _WHOLE and not closing and not piece.endswith("/>"):
            inside, depth = tag, 1
        elif tag and tag not in _INLINE:
            begin_paragraph(text)
        elif not tag:
            add_words(text)
    return text


def pieces(html: str) -> Iterator[tuple[str, str, bool]]:
    """Tags and the text between them: the source, the tag's name (empty for text), whether it closes."""
    at = 0
    for found in _TAG.finditer(html):
        if found.start() > at:
            yield html[at : found.start()], "", False
        name = _NAME.match(found.group())
        yield found.group(), name.group(1).lower() if name else "!", found.group().startswith("</")
        at = found.end()
    if at < len(html):
        yield html[at:], "", False


def add_words(text: Text) -> None:
    place = len(text.pieces) - 1
    for found in _WORD.finditer(text.pieces[-1]):
        text.words.append(Word(place, found.start(), found.end(), unescape(found.group())))


def finish(text: Text, tag: str) -> None:
    """An element that was read whole has ended: a formula is a word, anything else none."""
    if tag in _WHOLE:
        source = text.pieces[-1]
        text.words.append(Word(len(text.pieces) - 1, 0, len(source), source))
    else:
        begin_paragraph(text)


def begin_paragraph(text: Text) -> None:
    if text.paragraphs[-1] != len(text.words):
        text.paragraphs.append(len(text.words))


# ---------------------------------------------------------------- differences

Change = tuple[int, int, int, int]


def changes(a: Text, b: Text, *, coarse: bool) -> list[Change]:
    """Spans of words that differ: start and end in `a`, start and end in `b`."""
    left, right = a.keys, b.keys
    whole = outer(left, right)
    if not coarse and affordable(left, right, whole):
        return bridged(different(left, right, whole), left)
    found: list[Change] = []
    for change in by_paragraph(a, b, left, right):
        if coarse or not affordable(left, right, change):
            found.append(change)
        else:
            found += bridged(different(left, right, change), left)
    return found


def outer(left: Sequence[Hashable], right: Sequence[Hashable]) -> Change:
    """All but the common beginning and end."""
    most = min(len(left), len(right))
    first = next((n for n in range(most) if left[n] != right[n]), most)
    last = next((n for n in range(most - first) if left[-1 - n] != right[-1 - n]), most - first)
    return first, len(left) - last, first, len(right) - last


def affordable(left: Sequence[Hashable], right: Sequence[Hashable], within: Change) -> bool:
    i1, i2, j1, j2 = within
    return steps(left[i1:i2], right[j1:j2]) <= MOST_STEPS


def steps(left: Sequence[Hashable], right: Sequence[Hashable]) -> int:
    """What one look for the longest match costs: every pair of equal words is tried."""
    known = Counter(right)
    return sum(count * known[key] for key, count in Counter(left).items())


def different(left: Sequence[Hashable], right: Sequence[Hashable], within: Change) -> list[Change]:
    i, i2, j, j2 = within
    matcher = SequenceMatcher(None, left[i:i2], right[j:j2], autojunk=False)
    return [
        (i + k1, i + k2, j + l1, j + l2) for kind, k1, k2, l1, l2 in matcher.get_opcodes() if kind != "equal"
    ]


def by_paragraph(a: Text, b: Text, left: Sequence[str], right: Sequence[str]) -> list[Change]:
    """The same over whole paragraphs; where even these are too many alike, all but the common ends differs."""
    spans, others = a.spans(), b.spans()
    one, other = [tuple(left[x:y]) for x, y in spans], [tuple(right[x:y]) for x, y in others]
    whole = outer(one, other)
    if not affordable(one, other, whole):
        return [outer(left, right)]
    starts, beginnings = [*(x for x, _ in spans), len(left)], [*(x for x, _ in others), len(right)]
    return [
        (starts[i1], starts[i2], beginnings[j1], beginnings[j2])
        for i1, i2, j1, j2 in different(one, other, whole)
    ]


def bridged(found: Sequence[Change], left: Sequence[str]) -> list[Change]:
    """Changes that only a short word or two keep apart are one: "a" between them says nothing."""
    joined: list[Change] = []
    for change in found:
        before = joined[-1] if joined else None
        bridge = left[before[1] : change[0]] if before else []
        if before and len(bridge) <= SHORT_BRIDGE and max(map(len, bridge), default=0) < 4:
            joined[-1] = (before[0], change[1], before[2], change[3])
        else:
            joined.append(change)
    return joined


# ---------------------------------------------------------------- marking


def marked(text: Text, changed: Sequence[bool], kind: str) -> str:
    """The body with its changed words wrapped; the first wrap of a run says for the ear what it is."""
    first, further, close = MARKS[kind]
    made = list(text.pieces)
    for piece, runs in groupby(wrapped(text, changed), key=lambda run: run[0]):
        source, parts, at = text.pieces[piece], [], 0
        for _, start, end, begins in runs:
            parts += [source[at:start], first if begins else further, source[start:end], close]
            at = end
        made[piece] = "".join([*parts, source[at:]])
    return "".join(made)


def wrapped(text: Text, changed: Sequence[bool]) -> Iterator[tuple[int, int, int, bool]]:
    """Stretches of changed words within one piece: piece, start, end, whether a run begins here."""
    open_: tuple[int, int, int, bool] | None = None
    for number, (word, differs) in enumerate(zip(text.words, changed, strict=True)):
        if open_ and differs and open_[0] == word.piece:
            open_ = (open_[0], open_[1], word.end, open_[3])
            continue
        if open_:
            yield open_
        begins = number == 0 or not changed[number - 1]
        open_ = (word.piece, word.start, word.end, begins) if differs else None
    if open_:
        yield open_


# ---------------------------------------------------------------- conversations


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a shown path: its key, whose copy it is (else its key), what it says (a digest), its role."""

    key: Any
    origin: Any
    digest: str
    role: str


@dataclass(frozen=True, slots=True)
class Row:
    """Messages beside each other: `same` many alike ones, or one pair, of which one side may be missing."""

    left: tuple[Line, ...]
    right: tuple[Line, ...]
    same: bool


def aligned(left: Sequence[Line], right: Sequence[Line]) -> list[Row]:
    """Both paths in rows, each message in exactly one, in its order. Copies of one message stand beside each other."""
    rows: list[Row] = []
    i = j = 0
    for k, m in [*anchors(left, right), (len(left), len(right))]:
        rows += paired(left[i:k], right[j:m])
        if k < len(left):
            beside(rows, left[k], right[m])
        i, j = k + 1, m + 1
    return rows


def anchors(left: Sequence[Line], right: Sequence[Line]) -> list[tuple[int, int]]:
    """The most messages of one origin that stand in the same order on both sides: a longest rising subsequence."""
    places = {line.origin: place for place, line in enumerate(right)}
    common = [(k, places[line.origin]) for k, line in enumerate(left) if line.origin in places]
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(common):
        slot = bisect_left(tails, place)
        tails[slot : slot + 1], ends[slot : slot + 1] = [place], [number]
        before.append(ends[slot - 1] if slot else -1)
    found, at = [], ends[-1] if ends else -1
    while at >= 0:
        found.append(common[at])
        at = before[at]
    return found[::-1]


def beside(rows: list[Row], one: Line, other: Line) -> None:
    """Two of one origin: alike ones join the fold before them, one that was edited since is a pair."""
    same = one.digest == other.digest
    if same and rows and rows[-1].same:
        last = rows.pop()
        rows.append(Row((*last.left, one), (*last.right, other), True))
    else:
        rows.append(Row((one,), (other,), same))


def paired(left: Sequence[Line], right: Sequence[Line]) -> Iterator[Row]:
    """What has no common origin, turn by turn: a question beside a question, an answer beside an answer."""
    i = j = 0
    while i < len(left) or j < len(right):
        one, other = left[i : i + 1], right[j : j + 1]
        if one and other and one[0].role != other[0].role:
            one, other = (one, right[:0]) if one[0].role == "assistant" else (left[:0], other)
        yield Row(tuple(one), tuple(other), False)
        i, j = i + len(one), j + len(other)
