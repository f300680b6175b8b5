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
# Of tests/api, what says nothing of a database: how it is described, refused, shown, carried over. Not run again on another.
ALIKE = (
    "test_access.py", "test_description.py", "test_exports.py", "test_failures.py", "test_figures.py",
    "test_files.py", "test_guide_blocks.py", "test_imports.py", "test_limits.py", "test_lists_of_messages.py",
    "test_marks.py", "test_offered.py", "test_shape_names.py", "test_shares.py", "test_speech.py",
    "test_throttling.py",
)  # fmt: skip


def mark(items: Iterable[pytest.Item]) -> None:
    """Give the marker `thorough` to what repeats another test."""
    seen: Counter[str] = Counter()
    for item in items:
        if item.path.parent.name == "api" and item.path.name in ALIKE:
            item.add_marker("sqlite")
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
