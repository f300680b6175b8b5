"""Thousands of random steps in sessions end as a plain model of the tree says, and `doctor` finds nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from sessions_app import doctor
from sessions_app.models import User

from .tree_model import Walk

LOOKED = 60
STEPS = {"sqlite": 700, "postgresql": 80}  # each statement is a way to another process there


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_steps_end_as_the_plain_model_says(make_chat: Any, alice: User, seed: int) -> None:
    walk = Walk(seed, [make_chat(title=f"Chat {number}") for number in range(3)], alice)
    for number in range(STEPS[connection.vendor]):
        walk.step()
        if number % LOOKED == LOOKED - 1:
            walk.check()
    assert walk.counted == STEPS[connection.vendor]
    assert doctor.examine() == []
