"""Which tests of the real server and the real browser only the thorough run makes: `make thorough`.

Every push has 15 minutes on two cores. What it leaves out carries the marker `thorough`: what is long (campaigns of cuts
and kills, very long lists), the finer points of what another test walks through, and here, by rule, what repeats a
test: in the light theme, in other widths and views, once more after another end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

# Words of the parameters in a test's name.
AGAIN = ("light", "820-dark", "390-dark", "Table-dark", "JSON-dark", "legacy", "ended")
KILLS = ("2]", "3]")
# Of a file in a browser so many tests are everyday ones, its first: those walk through what the later ones look at closely.
EVERYDAY = 3
WHOLE = ("test_contract.py", "test_accessibility.py", "test_stopping.py", "test_connection.py")


def mark(items: Iterable[pytest.Item]) -> None:
    """Give the marker `thorough` to what repeats another test."""
    seen: Counter[str] = Counter()
    for item in items:
        if item.get_closest_marker("browser") is None and item.get_closest_marker("server") is None:
            continue
        parameters = item.name.partition("[")[2]
        if any(word in parameters for word in AGAIN):
            item.add_marker("thorough")
        if item.path.name == "test_kill.py" and parameters in KILLS:
            item.add_marker("thorough")
        if item.get_closest_marker("browser") and not item.get_closest_marker("thorough"):
            seen[item.path.name] += 1
            if seen[item.path.name] > EVERYDAY and item.path.name not in WHOLE:
                item.add_marker("thorough")
