"""The product's own instructions to models, one file each."""

from __future__ import annotations

import functools
from pathlib import Path


@functools.cache
def read(name: str) -> str:
    """The text of `name`.md; a name without a file is a mistake in the code and raises FileNotFoundError."""
    return (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8").strip()
