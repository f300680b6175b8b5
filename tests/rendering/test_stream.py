from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sessions_app.rendering import MAX_RENDER_BYTES, Block, BlockStream, render

from .page import Page

ATOMS = [
    "word ", "**b**", "\n", "\n\n", "- ", "1. ", "2)", "  ", "    ", "> ", "#", "# ", "```", "```py\n", "~~~", "|",
    "| a | b |\n", "|--|--|\n", "$$", "$x$", "---", "===", "[^1]", "[^1]: ", "[r]", "[r]: /u", "'t", "`", "*", "_",
    "\t", "[a](http://b.c)", "https://x.y ", "- [x] ", "<b>", "\\", "![p](http://q.r)", "+", "\U0001f600", "\r\n",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(ATOMS), max_size=14).map("".join)


def grown(text: str, cuts: list[int], prefix: str = "") -> tuple[BlockStream, list[Block]]:
    """Feeds a text cut at the given places; returns the stream before its end and all blocks it gave."""
    stream, given_blocks = BlockStream(prefix), []
    places = [0, *sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    for start, end in pairwise(places):
        stream.feed(text[start:end])
        given_blocks += stream.changed()
    return stream, given_blocks


@settings(max_examples=100)
@given(TEXTS, st.lists(st.integers(0, 200), max_size=5))
@example("$$\na\n- b\n# c\n$$\n\nx", [3, 5, 9, 12, 15])
@example("a [r]\n\n[r]: /u===2)", [3, 17])
@example("[a]: /u\n't\nx\ny'\n\n[a]", [8, 12, 14])
def test_the_end_does_not_depend_on_the_pieces(text: str, cuts: list[int]) -> None:
    stream, _ = grown(text, cuts)
    stream.finish()
    assert stream.html() == render(text)


@settings(max_examples=40)
@given(TEXTS)
def test_a_closed_block_never_changes_unless_all_are_rebuilt(text: str) -> None:
    stream, blocks = grown(text, list(range(len(text))))
    last = stream.finish()
    closed = [block.index for block in blocks if block.closed]
    assert len(closed) == len(set(closed))
    assert all(later.index not in closed for later in last) or stream.rebuilt
    assert all(block.closed for block in stream.snapshot())


@settings(max_examples=40)
@given(TEXTS, st.lists(st.integers(0, 200), max_size=5))
def test_the_blocks_given_make_up_what_is_shown(text: str, cuts: list[int]) -> None:
    stream, blocks = grown(text, cuts)
    page: dict[int, str] = {}
    for block in [*blocks, *stream.finish()]:
        assert block.index <= len(page)
        page[block.index] = block.html
    assert "".join(page[at] for at in sorted(page)) == stream.html()
    assert [block.html for block in stream.snapshot()] == [page[at] for at in sorted(page)]


def test_text_without_a_line_end_is_shown_at_once() -> None:
    stream = BlockStream()
    stream.feed("Hel")
    assert stream.changed() == [Block(0, "<p>Hel</p>\n", False)]
    assert stream.changed() == []


def test_only_the_growing_block_is_given_again() -> None:
    stream = BlockStream()
    stream.feed("one\n\ntwo\n\nthree")
    stream.changed()
    stream.feed(" more\n")
    stream.changed()
    stream.feed("and more")
    assert [(block.index, block.closed) for block in stream.changed()] == [(2, False)]


def test_an_open_fence_is_plain_until_it_closes() -> None:
    stream = BlockStream()
    stream.feed("```python\nx = 1\n")
    (growing,) = stream.changed()
    assert '<span class="code__lang">python</span>' in growing.html
    assert '<span class="mi">' not in growing.html
    stream.feed("```\n")
    (closed,) = stream.changed()
    assert closed.closed
    assert '<span class="mi">1</span>' in closed.html


def test_marks_alone_are_not_shown_before_they_mean_something() -> None:
    stream = BlockStream()
    stream.feed("Three things:\n-")
    assert stream.changed()[-1].html == "<p>Three things:</p>\n"
    stream.feed(" one")
    assert [block.html for block in stream.changed()] == ["<ul>\n<li>one</li>\n</ul>\n"]


def test_the_head_of_a_table_waits_for_its_second_line() -> None:
    stream = BlockStream()
    for piece in ("| a | b |", "\n|--", "|--|"):
        stream.feed(piece)
        assert stream.changed() == []
    stream.feed("\n| 1")
    assert "<td>1</td>" in stream.changed()[0].html


def test_a_long_growing_paragraph_is_shown_as_typed_and_rendered_when_it_closes() -> None:
    stream = BlockStream()
    stream.feed("**bold** " * 600)
    (growing,) = stream.changed()
    assert growing.html.startswith('<p class="plain">**bold**')
    stream.feed("\n\nnext ")
    stream.changed()
    assert stream.snapshot()[0].html.startswith("<p><strong>bold</strong>")


def test_blocks_after_a_long_one_are_rendered_as_they_grow() -> None:
    stream = BlockStream()
    for piece in ("- **item**\n" * 500, "\nend\n\n", "**bold** " * 600, "\n\n", "a *short* one"):
        stream.feed(piece)
        stream.changed()
    htmls = [block.html for block in stream.snapshot()]
    assert htmls[0].startswith("<ul>")
    assert htmls[2].startswith("<p><strong>bold</strong>")
    assert htmls[3] == "<p>a <em>short</em> one</p>\n"


def test_a_reference_defined_after_its_use_rebuilds_all() -> None:
    stream = BlockStream()
    stream.feed("see [it]\n\nmore\n\nand ")
    stream.changed()
    stream.feed("more\n\n[it]: https://a.example\n\nend")
    stream.changed()
    blocks = stream.finish()
    assert stream.rebuilt
    assert [block.index for block in blocks] == list(range(len(blocks)))
    assert "https://a.example" in blocks[0].html


def test_a_reference_defined_before_its_use_rebuilds_nothing() -> None:
    stream = BlockStream()
    stream.feed("[it]: https://a.example\n\nsee [it]\n\n")
    stream.changed()
    stream.finish()
    assert not stream.rebuilt
    assert "https://a.example" in stream.html()


def test_footnotes_carry_the_prefix_of_their_message() -> None:
    stream, _ = grown("a[^1]\n\n[^1]: b", [3, 8], "m-7-")
    stream.finish()
    assert {tag["id"] for _, tag in Page(stream.html()).tags if "id" in tag} == {"m-7-fn1", "m-7-fnref1"}


def test_a_block_merged_into_its_neighbour_leaves_an_empty_place() -> None:
    stream = BlockStream()
    stream.feed("$$\na\n- b")
    assert [block.index for block in stream.changed()] == [0, 1]
    stream.feed("\n$$\n\nend")
    stream.changed()
    stream.finish()
    assert [bool(block.html) for block in stream.snapshot()] == [True, True]
    assert stream.html() == render("$$\na\n- b\n$$\n\nend")


@pytest.mark.parametrize("step", [1_999, 70_000])
def test_text_beyond_the_limit_grows_in_plain_pieces(step: int) -> None:
    line = "some **bold** words of a line " * 20 + "\n\n"
    text = line * (MAX_RENDER_BYTES // len(line)) + "tail of *it*\n" * 3_000
    stream = BlockStream()
    for start in range(0, len(text), step):
        stream.feed(text[start : start + step])
        stream.changed()
    stream.finish()
    assert stream.html() == render(text)
    assert "tail of *it*\n</pre>" in stream.html()


def test_a_finished_stream_takes_no_more() -> None:
    stream = BlockStream()
    assert stream.finish() == []
    with pytest.raises(ValueError, match="finished"):
        stream.feed("x")


def test_half_an_emoji_waits_for_its_other_half() -> None:
    stream = BlockStream()
    for piece in ("a \ud83d", "\ude00"):
        stream.feed(piece)
        stream.changed()
    stream.finish()
    assert stream.html() == "<p>a \U0001f600</p>\n"
