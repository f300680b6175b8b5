import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.rendering import one_line
from sessions_app.rendering.plain import PIECE, plain_pieces


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# **Plan** for\n\nthe `week`", "Plan for the week"),
        ("- [x] see [the guide](https://a.example/x_y)\n> quoted", "see the guide quoted"),
        ("```python\nx = 1\n```", "x = 1"),
        ("snake_case is __init__", "snake_case is init"),
        ("---\n\n", ""),
        ("word " * 40, "word word word word…"),
        ("x" * 40, "x" * 23 + "…"),
    ],
)
def test_a_text_becomes_one_short_line(text: str, line: str) -> None:
    assert one_line(text, 24) == line


@given(st.text(max_size=200), st.integers(2, 60))
def test_a_line_is_never_longer_than_asked(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_pieces_of_a_long_text_join_to_it_and_stay_as_they_are_when_it_grows() -> None:
    text = "a line of text\n" * 4_000 + "x" * (2 * PIECE)
    pieces = list(plain_pieces(text))
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= PIECE
    assert list(plain_pieces(text + "more\n" * 9_000))[: len(pieces) - 1] == pieces[:-1]
