from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.search import snippet, words_of


@given(st.text(max_size=600), st.text(max_size=600))
def test_a_snippet_is_short_one_line_of_the_text(before: str, after: str) -> None:
    text = f"{before} needle {after}"
    made = snippet(text, ["needle"])
    assert len(made) <= 162
    assert "needle" in made
    assert "\n" not in made
    assert made.strip("…") in " ".join(text.split())


def test_cut_ends_are_marked_and_begin_at_a_word() -> None:
    made = snippet("word " * 100 + "needle " + "tail " * 100, ["needle"])
    assert made.startswith("…word ")
    assert made.endswith("…")


def test_words_are_bare_different_and_at_most_ten() -> None:
    assert words_of('  "Find," the (the) bug! ') == ("Find", "the", "bug")
    assert len(words_of(" ".join(map(str, range(50))))) == 10
