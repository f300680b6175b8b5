"""Which tests of the real server and the real browser only the thorough run makes: `make thorough`.

Every push has 15 minutes on two cores. What it leaves out carries the marker `thorough`: what is long (campaigns of cuts
and kills, very long lists), the finer points of what another test walks through, and here, by rule, what repeats a
test: in the light theme, in other widths and views, once more after another end.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

# Words of the parameters in a test's name.
AGAIN = ("light", "820-dark", "390-dark", "Table-dark", "JSON-dark", "legacy", "ended")
KILLS = ("2]", "3]")


def mark(items: Iterable[pytest.Item]) -> None:
    """Give the marker `thorough` to what repeats another test."""
    for item in items:
        if item.get_closest_marker("browser") is None and item.get_closest_marker("server") is None:
            continue
        parameters = item.name.partition("[")[2]
        if any(word in parameters for word in AGAIN):
            item.add_marker("thorough")
        if item.path.name == "test_kill.py" and parameters in KILLS:
            item.add_marker("thorough")
