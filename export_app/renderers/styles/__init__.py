"""The style sheets of files that leave, as text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def style(name: str) -> str:
    return (_HERE / f"{name}.css").read_text(encoding="utf-8")
