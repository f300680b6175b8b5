"""Which tests of the real server and the real browser only the thorough run makes: `make thorough`.

Every push has 15 minutes on two cores. Of these files it runs the first tests, which are the ways people go every day;
each rule of accessibility in the dark theme only. The rest repeats them in another theme, width, order or fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

QUICK = {
    "test_accessibility.py": 4,
    "test_asking.py": 2,
    "test_attachments.py": 3,
    "test_cards.py": 1,
    "test_commands.py": 4,
    "test_compare.py": 1,
    "test_composer.py": 4,
    "test_connection.py": 1,
    "test_contract.py": 6,
    "test_details.py": 3,
    "test_drafts.py": 3,
    "test_end.py": 3,
    "test_history.py": 3,
    "test_keyboard.py": 1,
    "test_kill.py": 1,
    "test_lasting.py": 1,
    "test_marks.py": 4,
    "test_mcp.py": 4,
    "test_palette.py": 3,
    "test_pending.py": 3,
    "test_search.py": 3,
    "test_session_list.py": 4,
    "test_shortcuts.py": 2,
    "test_sides.py": 3,
    "test_start.py": 12,
    "test_stop.py": 2,
    "test_stopping.py": 4,
    "test_tabs.py": 2,
    "test_templates.py": 2,
    "test_versions.py": 5,
}


def mark(items: Iterable[pytest.Item]) -> None:
    """Give the marker `thorough` to what an everyday run leaves out."""
    seen: Counter[str] = Counter()
    for item in items:
        if item.get_closest_marker("browser") is None and item.get_closest_marker("server") is None:
            continue
        place = item.path.name
        again = "light" in item.name.partition("[")[2]
        seen[place] += not again
        if again or seen[place] > QUICK.get(place, seen[place]):
            item.add_marker("thorough")
