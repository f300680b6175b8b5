"""Inputs that cost parsers time with the square of their length. The bound is generous: it is about denial
of service, not speed, and counts this process's CPU time."""

import gc
import time

import pytest

from sessions_app.rendering import BlockStream, render

from .page import Page

SIZE = 100_000
REPEATED = [
    "![", "[", "]", "*", "_a", "*a_ ", "**a ", "~~", "`", "`a ", "<", "<a@", "&", "\\", "$", "$a ", "$\\$", "|",
    "> ", "- ", "> - ", "1. ", "://", "a://", "http://", "www.", "www.a.b ", "[a](", "[](", "![a](<b", "[[a]", "[a\n",
    "[a][b]", "[a]: /u\n", "[^a]: u\n", "[^a]", "[a](((((", "[a]: u 'x\n", "$$\n", "> a\n", "~~~\nx\n", "<!--", "<a b='",
]  # fmt: skip
BUILT = {
    "lazy lines under nested quotes": "> " * 50 + "a\n" * 50_000,
    "nested quotes": ("> " * 59 + "a\n") * 833,
    "nested lists": "".join("  " * depth + "- a\n" for depth in range(310)),
    "a wide table": "|" + "a|" * 1000 + "\n|" + "-|" * 1000 + "\n" + "|\n" * 40_000,
    "runs of backticks": " ".join("`" * length for length in range(1, 440)),
    "nested formula": "$" + "{" * 1_900 + "$",
    "long line of code": "```json\n" + "[" * 60_000 + "\n```",
}


@pytest.mark.parametrize("text", [*(mark * (SIZE // len(mark)) for mark in REPEATED), *BUILT.values()],
                         ids=[*REPEATED, *BUILT])  # fmt: skip
def test_no_text_costs_more_than_its_length(text: str) -> None:
    began = time.process_time()
    render(text)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "text", ["> " * 2_000 + "deep", "- " * 2_000 + "deep", "> - " * 500 + "deep\n\nafter"]
)
def test_what_is_nested_too_deep_is_shown_as_typed(text: str) -> None:
    shown = Page(render(text)).text
    assert "deep" in shown
    assert ("after" in text) == ("after" in shown)


@pytest.mark.parametrize("mark", ["![", "[", "a://", "> - "])
def test_nothing_of_a_refused_text_is_lost(mark: str) -> None:
    text = mark * 2_000 + "end"
    assert Page(render(text)).text.strip() == text


def test_brackets_that_are_refused_in_one_block_leave_the_others_alone() -> None:
    assert "<strong>b</strong>" in render("[" * 5_000 + "\n\n**b**")


def test_a_growing_text_is_not_parsed_from_its_beginning_each_time() -> None:
    def cost(paragraphs: int) -> float:
        stream = BlockStream()
        began = time.process_time()
        for _ in range(paragraphs):
            for piece in ("some **words** ", "and `more`", "\n\n"):
                stream.feed(piece)
                stream.changed()
        return time.process_time() - began

    gc.collect()
    gc.disable()  # a collection costs as much as all that other tests have left
    try:
        long, short = (min(cost(paragraphs) for _ in range(3)) for paragraphs in (600, 60))
    finally:
        gc.enable()
    assert long < 40 * short
