"""kill -9 and broken connections, in small; `make faults` is the long campaign."""

from __future__ import annotations

import random

import pytest

from .cuts import follow_through_cuts
from .processes import Site
from .rounds import play

pytestmark = pytest.mark.server


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_killed_server_loses_a_second_of_text_at_most_and_nothing_else(site: Site, seed: int) -> None:
    chance = random.Random(seed)
    # One of three rounds meets the limit of a second: a shared machine may stand still in the others.
    for _ in range(3):
        outcome = await play(site, streams=8, chance=chance)
        assert outcome.violations == []
        assert outcome.repeated > 0
        if not outcome.late:
            return
    raise AssertionError(outcome.late)


@pytest.mark.thorough
async def test_a_page_whose_connection_breaks_again_and_again_shows_the_text_that_was_sent(
    site: Site,
) -> None:
    found = await follow_through_cuts(site, 20, random.Random(4))
    assert found.violations == []
    assert found.made == 20
