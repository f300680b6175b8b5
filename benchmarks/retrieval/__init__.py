"""How well and how fast passages are found: `python -m benchmarks.retrieval`.

Well: twelve transcripts (tests/knowledge/corpus) among 300 generated ones that share their vocabulary; sixty questions in
other words than the text's, each with the span of its answer, and twenty more, which are no blind set. Fast: 2,000
videos of 400,000 passages. On PostgreSQL where DATABASE_URL names an empty database of one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from benchmarks.processes import ROOT, Failed


def measure() -> dict[str, Any]:
    """Both, on a new database of SQLite."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    words = [sys.executable, "-m", "benchmarks.retrieval"]
    done = subprocess.run(words, env=kept, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failed(f"finding passages ended with {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
