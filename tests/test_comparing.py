"""Words and messages compared: marks that can be taken out again, tags that stay whole, rows that hold everything once."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.comparing import MARKS, Line, Row, aligned, compare
from sessions_app.rendering import render

VOID = {"br", "hr", "img", "input"}
SAID = re.compile(r'<span class="visually-hidden">(?:added|removed): </span>')
MARK = re.compile(r'</?(?:ins|del)(?: class="diff")?>')


def unmarked(html: str) -> str:
    return MARK.sub("", SAID.sub("", html))


def marked_words(html: str) -> list[str]:
    found = re.findall(r'<(?:ins|del) class="diff">(.*?)</(?:ins|del)>', SAID.sub("", html), re.DOTALL)
    return [" ".join(each.split()) for each in found]


class Balance(HTMLParser):
    """Whether every tag that opens is closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def is_whole(html: str) -> bool:
    balance = Balance(html)
    return not balance.open and not balance.wrong


# ---------------------------------------------------------------- words


def test_what_was_changed_is_marked_on_its_own_side() -> None:
    found = compare("<p>We could not deliver it.</p>", "<p>We could deliver it today.</p>")
    assert marked_words(found.left) == ["not"]
    assert marked_words(found.right) == ["today"]
    assert found.left.startswith('<p>We could <del class="diff"><span class="visually-hidden">removed: ')
    assert "added: </span>today</ins>." in found.right


def test_equal_texts_have_no_marks_and_are_the_same_to_100() -> None:
    found = compare("<p>All <b>the</b> same</p>", "<p>All <b>the</b> same</p>")
    assert (found.left, found.right, found.same) == ("<p>All <b>the</b> same</p>",) * 2 + (100,)


def test_nothing_in_common_is_0_and_one_word_of_many_is_never_100() -> None:
    assert compare("<p>one two</p>", "<p>three four</p>").same == 0
    assert compare(f"<p>{'word ' * 5000}end</p>", f"<p>{'word ' * 5000}stop</p>").same == 99
    assert compare("", "").same == 100


def test_a_mark_stays_within_its_own_element_and_is_said_once() -> None:
    found = compare(
        "<ul><li>It stays.</li></ul>", "<ul><li>It stays.</li><li>New <em>and</em> more</li></ul>"
    )
    assert found.right.count("added: ") == 1
    assert "<em><ins" in found.right
    assert is_whole(found.right)


def test_markup_alone_makes_no_difference() -> None:
    assert compare("<p>a <strong>b</strong> c</p>", "<p>a b c</p>").same == 100


def test_folded_cards_buttons_and_charts_are_left_alone() -> None:
    left = "<details><summary>1 tool</summary><p>x</p></details><button>Copy</button><svg><text>1</text></svg><p>a</p>"
    right = left.replace("1 tool", "2 tools").replace("Copy", "Copied").replace("<text>1", "<text>2")
    found = compare(left, right)
    assert (found.left, found.right, found.same) == (left, right, 100)


def test_a_formula_is_one_word() -> None:
    left = "<p>So <math><mi>x</mi></math> holds</p>"
    found = compare(left, left.replace("<mi>x", "<mi>y"))
    assert "</span><math><mi>y</mi></math></ins>" in found.right
    assert is_whole(found.right)


def test_short_words_between_changes_are_no_islands() -> None:
    found = compare("<p>Ships sail to a port here</p>", "<p>Trains go to a town here</p>")
    assert marked_words(found.left) == ["Ships sail to a port"]
    assert marked_words(found.right) == ["Trains go to a town"]


def test_writing_without_spaces_is_compared_by_character() -> None:
    assert marked_words(compare("<p>猫が好き</p>", "<p>犬が好き</p>").right) == ["犬"]


def test_escaped_words_stay_escaped() -> None:
    left = "<p>&lt;script&gt; &amp;amp; &quot;x&quot;</p>"
    found = compare(left, "<p>&lt;img onerror=alert(1)&gt; &amp;amp;</p>")
    assert "<script" not in found.left
    assert "<img" not in found.right
    assert unmarked(found.left) == left


def test_a_tag_with_a_bracket_in_an_attribute_is_one_tag() -> None:
    left = '<p title="a > b <i>">word</p>'
    assert unmarked(compare(left, "<p>other</p>").left) == left


def test_very_long_texts_are_compared_by_paragraphs_and_soon() -> None:
    same = "".join(f"<p>paragraph {n} of a long text with words</p>" for n in range(3000))
    began = time.perf_counter()
    found = compare(same + "<p>the old end</p>", same + "<p>the new end</p>")
    assert found.coarse
    assert marked_words(found.right) == ["the new end"]
    assert found.same == 99
    assert time.perf_counter() - began < 10


def test_the_same_few_words_over_and_over_do_not_take_forever() -> None:
    left = "<p>" + "0 1 " * 4000 + "</p>"
    right = "<p>" + "1 1 0 " * 3000 + "</p>"
    began = time.perf_counter()
    found = compare(left, right)
    assert unmarked(found.left) == left
    assert time.perf_counter() - began < 10


TEXTS = st.lists(
    st.sampled_from(
        ["word", "two words", "**bold**", "`code`", "\n\n", "- item\n", "<b>", "&amp;", "[a](https://e.org)", "# H\n",
         "```py\nx = '<'\n```\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "$x^2$", "日本語", "<ins>", "</del>", '"quoted"']
    ),
    max_size=12,
).map(" ".join)  # fmt: skip


@given(TEXTS, TEXTS)
def test_taking_the_marks_out_gives_the_input_back_and_all_tags_stay_whole(one: str, other: str) -> None:
    left, right = render(one), render(other)
    found = compare(left, right)
    assert unmarked(found.left) == left
    assert unmarked(found.right) == right
    assert is_whole(left) == is_whole(found.left)
    assert is_whole(right) == is_whole(found.right)
    assert (found.same == 100) == (found.left == left and found.right == right)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_comes_back_whatever_it_holds(one: str, other: str) -> None:
    found = compare(one, other)
    assert unmarked(found.left) == unmarked(one)
    assert unmarked(found.right) == unmarked(other)


@given(TEXTS)
def test_a_text_is_the_same_as_itself(text: str) -> None:
    html = render(text)
    assert compare(html, html).left == html


def test_marks_are_what_the_tests_take_out() -> None:
    for opening, further, closing in MARKS.values():
        assert unmarked(opening + further + closing + closing) == ""


# ---------------------------------------------------------------- conversations


def line(key: str, origin: str = "", digest: str = "same", role: str = "user") -> Line:
    return Line(key, origin or key, digest, role)


def told(rows: list[Row]) -> list[tuple[str, str, bool]]:
    return [("".join(x.key for x in row.left), "".join(x.key for x in row.right), row.same) for row in rows]


def test_a_branch_folds_what_it_took_along_and_pairs_what_came_after() -> None:
    left = [line("a"), line("b", role="assistant"), line("c"), line("d", role="assistant"), line("e")]
    right = [line("A", "a"), line("B", "b", role="assistant"), line("x"), line("y", role="assistant")]
    assert told(aligned(left, right)) == [
        ("ab", "AB", True),
        ("c", "x", False),
        ("d", "y", False),
        ("e", "", False),
    ]


def test_a_copy_that_was_edited_is_a_pair_among_what_is_the_same() -> None:
    left = [line("a"), line("b", digest="old"), line("c")]
    right = [line("A", "a"), line("B", "b", digest="new"), line("C", "c")]
    assert told(aligned(left, right)) == [("a", "A", True), ("b", "B", False), ("c", "C", True)]


def test_a_question_stands_beside_a_question() -> None:
    left = [line("q"), line("r"), line("s")]
    right = [line("x"), line("y", role="assistant"), line("z")]
    assert told(aligned(left, right)) == [
        ("q", "x", False),
        ("", "y", False),
        ("r", "z", False),
        ("s", "", False),
    ]


def test_what_was_merged_in_between_is_found_again() -> None:
    left = [line("a"), line("m"), line("n")]
    right = [line("x"), line("M", "m"), line("N", "n"), line("y")]
    assert told(aligned(left, right)) == [("a", "x", False), ("mn", "MN", True), ("", "y", False)]


@pytest.mark.parametrize(("left", "right"), [([], []), ([line("a")], []), ([], [line("a")])])
def test_an_empty_side_leaves_the_other_alone(left: list[Line], right: list[Line]) -> None:
    assert told(aligned(left, right)) == [(x.key, "", False) for x in left] + [
        ("", x.key, False) for x in right
    ]


ROLES = st.sampled_from(["user", "assistant"])
KEYS = st.lists(st.integers(0, 30), unique=True, max_size=20)


def lines(side: str, origins: list[int], digests: list[int]) -> list[Line]:
    return [
        Line(f"{side}{n}", origin, str(digest), "assistant" if origin % 2 else "user")
        for n, (origin, digest) in enumerate(zip(origins, digests, strict=False))
    ]


@given(KEYS, KEYS, st.lists(st.integers(0, 1), min_size=20, max_size=20))
def test_every_message_stands_in_one_row_in_its_order_and_same_means_same(
    one: list[int], other: list[int], digests: list[int]
) -> None:
    left, right = lines("l", one, digests), lines("r", other, digests[::-1])
    rows = aligned(left, right)
    assert [each for row in rows for each in row.left] == left
    assert [each for row in rows for each in row.right] == right
    for row in rows:
        if row.same:
            assert [x.origin for x in row.left] == [x.origin for x in row.right]
            assert [x.digest for x in row.left] == [x.digest for x in row.right]
        else:
            assert 1 <= len(row.left) + len(row.right) <= 2
            assert (
                len({x.role for x in (*row.left, *row.right)}) == 1
                or row.left[0].origin == row.right[0].origin
            )
    assert not any(one.same and two.same for one, two in pairwise(rows))


@given(KEYS)
def test_a_common_beginning_is_always_folded(shared: list[int]) -> None:
    left = lines("l", [*shared, 100], [0] * 30)
    right = lines("r", [*shared, 102], [0] * 30)
    rows = aligned(left, right)
    assert rows[0].same is bool(shared)
    assert len(rows[0].left) == max(1, len(shared))
    assert not rows[-1].same
