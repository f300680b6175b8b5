from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.providers.fitting import fitting


@given(name=st.text(max_size=100))
def test_every_id_becomes_one_that_all_apis_take_and_stays_so(name: str) -> None:
    made = fitting(name)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", made)
    assert fitting(made) == made


@given(names=st.lists(st.text(max_size=100), unique=True, max_size=20))
def test_two_ids_never_become_one(names: list[str]) -> None:
    assert len({fitting(name) for name in names}) == len(names)


def test_an_id_that_fits_stays_as_it_is() -> None:
    assert fitting("toolu_01AbC-9") == "toolu_01AbC-9"
    assert fitting("functions.clock:0").startswith("functions_clock_0_")
