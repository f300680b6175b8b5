"""Which tests of the real server and the real browser only the thorough run makes: `make thorough`.

Every push has 15 minutes on two cores. What it leaves out carries the marker `thorough`: what is long (campaigns of cuts
and kills, very long lists), and here, by rule, what repeats a test: in the light theme, or a kill once more.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

AGAIN = ("2]", "3]")  # kills


def mark(items: Iterable[pytest.Item]) -> None:
    """Give the marker `thorough` to what repeats another test."""
    for item in items:
        if item.get_closest_marker("browser") is None and item.get_closest_marker("server") is None:
            continue
        _, bracket, parameters = item.name.partition("[")
        if bracket and ("light" in parameters or (item.path.name == "test_kill.py" and parameters in AGAIN)):
            item.add_marker("thorough")
