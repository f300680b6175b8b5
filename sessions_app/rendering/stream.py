"""Block-wise rendering of a text that is still growing.

Only the last block of Markdown can change when text is added (two, while its first line is not complete),
so all before it are closed: rendered once, in full, and never touched. The growing one is rendered again
at each look; it costs what it is long, not what the whole text is.
"""

import re
import time
from dataclasses import dataclass

from sessions_app.rendering.allowed import clean_html
from sessions_app.rendering.clean import TextCleaner
from sessions_app.rendering.highlight import highlight
from sessions_app.rendering.markdown import (
    Definitions,
    SourceBlock,
    checked_prefix,
    parse_blocks,
    render_block,
    render_blocks,
    split_at_limit,
)
from sessions_app.rendering.markup import Environment
from sessions_app.rendering.plain import plain_block, plain_paragraph, plain_pieces

MAX_GROWING = 4 * 1024
"""Characters above which a growing block is shown as typed until it closes."""
SLOW_SECONDS = 0.008
"""CPU time of this thread for a growing block, likewise; not asked of one below `MIN_SLOW` characters, where
it is the first use of a library."""
MIN_SLOW = 1_000

# Marks alone say nothing yet: "---" may become a rule, a heading or the beginning of a word.
_MARKS_ALONE = re.compile(r"(?:^|\n)([ \t]*[-=+*_#`~>|:$][-=+*_#`~>|:$ \t]*|[ \t]*\d{1,9}[.)][ \t]*)\Z")
_FENCE_BEGUN = re.compile(r"(?:^|\n)([ \t]*(?:`{3,}[^`\n]*|~{3,}[^\n]*))\Z")
_NUMBER_BEGUN = re.compile(r"\n(\d{1,3})\Z")
_TABLE_BEGUN = re.compile(r"(?:^|\n)( {0,3}\|[^\n]*(?:\n[ |:-]*)?)\Z")
_FENCE = re.compile(r"(`{3,}(?=[^`\n]*\n)|~{3,})([^\n]*)\n")
_NEW_BLOCK = re.compile(r"\n(?:[ \t]*\n(?=[^\s\-*+\d>|])|#{1,6} )")
_FORMULA = re.compile(r"^[ \t>*+\-\d.)]*\$\$", re.MULTILINE)

_ENDED_BY_BLANK = {"paragraph_open", "table_open", "code_block", "math_block"}


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block as it is now. A closed one stays; an open one comes again when it has changed."""

    index: int
    html: str
    closed: bool


class BlockStream:
    """Takes text piece by piece and tells which blocks changed. One reply part, one stream, one task.

    `rebuilt` is True after a `finish` that had to render all blocks anew: a reference or footnote was
    defined after it was used.
    """

    def __init__(self, prefix: str = "") -> None:
        self.rebuilt = False
        self._prefix = checked_prefix(prefix)
        self._cleaner = TextCleaner()
        self._pieces: list[str] = []
        self._text = ""
        self._offset = 0
        self._blocks: list[Block] = []
        self._closed = 0
        self._definitions = Definitions()
        self._parsed_size = 0
        self._heavy = False
        self._slow_at = -1
        self._overflow: tuple[int, int] | None = None
        self._finished = False

    def feed(self, text: str) -> None:
        """Adds text; nothing is parsed yet."""
        if self._finished:
            raise ValueError("The stream is finished.")
        self._pieces.append(self._cleaner.feed(text))

    def changed(self) -> list[Block]:
        """What changed since the last call, in order."""
        if not any(self._pieces):
            return []
        self._take()
        open_from, before = self._closed, self._blocks[self._closed :]
        self._grow()
        return self._since(open_from, before)

    def finish(self) -> list[Block]:
        """Closes everything; returns what changed, or all blocks if they had to be rebuilt."""
        if self._finished:
            return []
        self._finished = True
        self._pieces.append(self._cleaner.finish())
        self._take()
        open_from, before = self._closed, self._blocks[self._closed :]
        self._grow(final=True)
        if self._definitions:
            self._rebuild()
        return self.snapshot() if self.rebuilt else self._since(open_from, before)

    def html(self) -> str:
        return "".join(block.html for block in self._blocks)

    def snapshot(self) -> list[Block]:
        """All blocks as they are now. One that was merged into its neighbour stays, empty, in its place."""
        return list(self._blocks)

    def _take(self) -> None:
        self._text += "".join(self._pieces)
        self._pieces.clear()

    def _since(self, start: int, before: list[Block]) -> list[Block]:
        now = self._blocks[start:]
        return [block for at, block in enumerate(now) if at >= len(before) or block != before[at]]

    def _grow(self, *, final: bool = False) -> None:
        if self._overflow is None:
            head, rest = split_at_limit(self._text)
            if not rest:
                self._advance(self._text[self._offset :], final=final)
                return
            self._advance(head[self._offset :], final=True)
            self._overflow = (len(head), len(self._blocks))
        self._overgrow(*self._overflow, final=final)

    def _overgrow(self, start: int, base: int, *, final: bool) -> None:
        """Text beyond the limit: closed pieces, and a last one that grows."""
        pieces = [plain_block(piece) for piece in plain_pieces(self._text[start:])]
        for at, html in enumerate(pieces[self._closed - base :], self._closed - base):
            self._show(base + at, html, closed=final or at < len(pieces) - 1)

    def _advance(self, tail: str, *, final: bool) -> None:
        if not final:
            tail = tail[: len(tail) - _held_back(tail)]
            if self._grown_without_parsing(tail):
                return
        definitions = self._definitions.copy()
        blocks = parse_blocks(tail, definitions)
        closable = len(blocks) if final else _closable(blocks, tail)
        starts = _line_starts(tail)
        for block in blocks[:closable]:
            self._definitions.add(block)
        # What an open block defines may still turn out to be no definition: closed ones do not use it.
        env = self._definitions.environment(self._prefix, breaks=False)
        for block in blocks[:closable]:
            self._show(self._closed, render_block(block, env), closed=True)
        begin = min(len(tail), starts[_first_open_line(blocks, closable)])
        self._offset += begin
        self._parsed_size, self._heavy = len(tail) - begin, False
        env = definitions.environment(self._prefix, breaks=False) | {"colour": False}
        for at, block in enumerate(blocks[closable:], self._closed):
            source = tail[starts[block.first_line] : starts[block.end_line]]
            self._show_open(at, block, source, env)
        self._vacate(self._closed + len(blocks) - closable, final=final)

    def _show_open(self, at: int, block: SourceBlock, source: str, env: Environment) -> None:
        long = len(source) > MAX_GROWING and block.kind != "fence"
        self._heavy = long or at == self._slow_at
        if self._heavy:
            self._show(at, plain_paragraph(source), closed=False)
            return
        began = time.thread_time()
        self._show(at, render_block(block, env), closed=False)
        if len(source) > MIN_SLOW and time.thread_time() - began > SLOW_SECONDS:
            self._slow_at = at

    def _grown_without_parsing(self, tail: str) -> bool:
        """Shows a growing fence, or a heavy block, without finding the blocks again; False if it may have ended."""
        html = _open_fence(tail)
        if html is None and self._heavy and not self._may_have_ended(tail):
            html = plain_paragraph(tail)
        if html is None:
            return False
        self._show(self._closed, html, closed=False)
        self._vacate(self._closed + 1, final=False)
        return True

    def _may_have_ended(self, tail: str) -> bool:
        one_open = all(not block.html for block in self._blocks[self._closed + 1 :])
        if not one_open or len(tail) > self._parsed_size * 9 // 8:
            return True
        return _NEW_BLOCK.search(tail, max(0, self._parsed_size - 2)) is not None

    def _show(self, at: int, html: str, *, closed: bool) -> None:
        block = Block(at, html, closed)
        if at < len(self._blocks):
            self._blocks[at] = block
        else:
            self._blocks.append(block)
        if closed:
            self._closed = at + 1

    def _vacate(self, used: int, *, final: bool) -> None:
        for at in range(used, len(self._blocks)):
            self._show(at, "", closed=final)

    def _rebuild(self) -> None:
        htmls = list(render_blocks(self._text, self._prefix))
        htmls += [""] * (len(self._blocks) - len(htmls))
        if htmls != [block.html for block in self._blocks]:
            self.rebuilt = True
            self._blocks = [Block(at, html, True) for at, html in enumerate(htmls)]


def _held_back(tail: str) -> int:
    """How many characters at the end are not shown yet, because they would be read as what they are not.

    Without this an answer flickers: "- " under a paragraph makes it a heading, for the blink of a frame.
    """
    last_line = max(0, tail.rfind("\n"))
    table = _TABLE_BEGUN.search(tail, max(0, tail.rfind("\n", 0, last_line)))
    if table and not tail[: table.start(1)].rstrip(" \n").rpartition("\n")[2].lstrip().startswith("|"):
        return len(table.group(1))
    for pattern in (_MARKS_ALONE, _FENCE_BEGUN, _NUMBER_BEGUN):
        if found := pattern.search(tail, last_line):
            return len(found.group(1))
    return 0


def _open_fence(tail: str) -> str | None:
    """The figure of a fence that stands alone at the end of the text and is not closed."""
    fence = _FENCE.match(tail)
    if fence is None:
        return None
    mark = fence.group(1)
    if re.compile(rf"^ {{0,3}}{re.escape(mark)}{mark[0]}*[ \t]*$", re.MULTILINE).search(tail, fence.end()):
        return None
    label = fence.group(2).split(maxsplit=1)[0] if fence.group(2).strip() else ""
    return clean_html(highlight(tail[fence.end() :], label, colour=False))


def _closable(blocks: list[SourceBlock], tail: str) -> int:
    """How many blocks no later text can change."""
    if not blocks:
        return 0
    last_line = tail.count("\n")
    if blocks[-1].end_line <= last_line and _is_complete(blocks[-1]):
        count = len(blocks)
    else:
        count = len(blocks) - (2 if blocks[-1].first_line == last_line and _may_merge(*blocks[-2:]) else 1)
    # The title of a reference may stand on the next line.
    while count > 0 and blocks[count - 1].kind == "definition":
        count -= 1
    # A formula ends with its second $$; until then its lines look like other blocks.
    formula = _FORMULA.search(tail, max(0, tail.rfind("\n\n")))
    if formula:
        line = tail.count("\n", 0, formula.start())
        while count > 0 and blocks[count - 1].end_line > line:
            count -= 1
    return max(count, 0)


def _may_merge(before: SourceBlock, last: SourceBlock | None = None) -> bool:
    """Whether a block whose first line is not complete may turn out to belong to the one before it."""
    ended = last is not None and before.end_line < last.first_line and before.kind in _ENDED_BY_BLANK
    return not (ended or _is_complete(before))


def _is_complete(block: SourceBlock) -> bool:
    """Whether a block cannot go on below its last line."""
    if block.kind == "fence":
        # A closed one has two lines that are no content; an open one reaches to the end of the text.
        return block.tokens[0].content.count("\n") == block.end_line - block.first_line - 2
    return block.kind in ("heading_open", "hr")


def _first_open_line(blocks: list[SourceBlock], closable: int) -> int:
    if closable < len(blocks):
        return blocks[closable].first_line
    return blocks[-1].end_line if blocks else 0


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
