"""How the window moves: in steps, at questions, never more than fits; and what is shortened before anything goes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.agent.history import StoredMessage
from sessions_app.agent.shortening import LONG, SHORT, short, shortened
from sessions_app.agent.window import AHEAD, EASED, KEPT, LEAST, Held, Room, Window, moved, older, weight
from sessions_app.providers.base import FileText, Picture

SIZES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 4000)), min_size=1, max_size=60)


def path(sizes: list[tuple[int, int]]) -> list[Held]:
    """Questions and answers in turn: their words, and what of them can be shortened to a tenth."""
    return [
        Held(place, place % 2 == 1, words + extra, words + extra // 10)
        for place, (words, extra) in enumerate(sizes, start=1)
    ]


@given(SIZES, st.integers(100, 20_000), st.integers(0, 10), st.sampled_from([1.0, AHEAD]))
def test_a_step_ends_at_a_question_and_within_the_room(
    sizes: list[tuple[int, int]], fits: int, least: int, share: float
) -> None:
    held, room = path(sizes), Room(fits, fits * 3, least)
    window = moved(held, Window(), room, share)
    inside = [each for each in held if each.position >= window.begins]
    assert inside[0].asks
    last_question = max(each.position for each in held if each.asks)
    taken = weight(held, window)
    assert (
        taken <= room.fits
        or (taken <= room.most and len(inside) <= 2 * least)
        or window.begins == last_question
    )
    assert window.shortened <= older(held)
    if window.begins > 1 and len(inside) + 2 <= least:  # what is above is too much for the model
        assert weight(held, Window(window.begins - 2, window.shortened)) > room.most * KEPT


@given(SIZES, st.integers(2000, 20_000), st.integers(0, 10))
def test_it_only_moves_forward_and_stands_still_between_steps(
    sizes: list[tuple[int, int]], fits: int, least: int
) -> None:
    held, room = path(sizes), Room(fits, fits * 3, least)
    window, steps = Window(), 0
    for end in range(1, len(held) + 1, 2):
        after = moved(held[:end], window, room)
        assert (after.begins, after.shortened) >= (window.begins, window.shortened)
        assert moved(held[:end], after, room) == after  # asked again, nothing moves
        steps += after != window
        window = after
    whole = weight(held, Window())
    assert steps <= 2 + 2 * whole / (fits * (1 - EASED)) + len(held) / max(1, least)


def test_what_is_long_is_shortened_before_a_message_goes() -> None:
    held = path([(10, 0), (10, 3000), (10, 0), (10, 3000), (10, 0), (10, 3000), (10, 0)])
    window = moved(held, Window(), Room(8000, 8000, 0))
    assert window == Window(1, 5)  # the two last turns as they are
    assert weight(held, window) == 70 + 600 + 3000
    assert moved(held, Window(), Room(9100, 9100, 0)) == Window()


def test_the_last_messages_stay_beyond_the_budget_but_not_beyond_the_model() -> None:
    held = path([(100, 0)] * 31)
    found = moved(held, Window(), Room(500, 4000, LEAST))
    assert 31 - found.begins + 1 >= LEAST - 1
    again = moved(path([(100, 0)] * 35), found, Room(500, 4000, LEAST))
    assert again == found  # it moves in steps here too
    assert 31 - moved(held, Window(), Room(500, 800, LEAST)).begins + 1 <= 8
    assert 31 - moved(held, Window(), Room(500, 4000, 0)).begins + 1 <= 3


@given(st.text(min_size=LONG + 1, max_size=LONG * 3, alphabet="aä\n{}"))
def test_a_long_text_keeps_its_beginning_and_its_end(text: str) -> None:
    told = short(text)
    assert len(told) <= SHORT + 10
    assert (told[:1500], told[-500:]) == (text[:1500], text[-500:])
    assert f"(shortened: 2,000 of {len(text):,} characters)" in told
    assert short(told) == told


def test_words_and_pictures_stay_as_they_are() -> None:
    picture = Picture("a.png", "image/png", bytes)
    long = FileText("a.log", "x" * 9000)
    parts = [{"kind": "text", "text": "y" * 9000}]
    before = StoredMessage("user", parts, {"1": ("z" * 9000, True)}, {"a": picture, "b": long})
    after = shortened(before)
    assert after.parts == parts
    assert after.files == {"a": picture, "b": replace(long, text=short(long.text))}
    assert after.results == {"1": (short("z" * 9000), True)}


@pytest.mark.parametrize("words", ["", "x", "x" * LONG])
def test_what_is_not_long_is_not_touched(words: str) -> None:
    assert short(words) == words
