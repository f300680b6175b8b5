"""A local server that speaks the Anthropic Messages API byte by byte, and refuses what the real one refuses.

In a test: `with Upstream() as up:` and `up.url`, `up.script("overloaded", "words")`, `up.log`, `up.wait_for(...)`.
Out of process: `python -m tests.upstream --port 0 --rate 50 --words 300` prints its port on one line.
With `dialect=` (`--dialect`) it speaks the protocol of another provider instead (dialect.py).
"""

from tests.upstream.journal import Entry
from tests.upstream.scenarios import SCENARIOS, Scenario
from tests.upstream.server import DEFAULT_KEY, Upstream

__all__ = ["DEFAULT_KEY", "SCENARIOS", "Entry", "Scenario", "Upstream"]
