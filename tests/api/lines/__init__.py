"""The access matrix: for each operation one line, which says who gets what. One module an area.

A module has `LINES`, by the operation's id, and may have `things`, which makes what its addresses name and tells the
keys by which they name it. Addresses are relative to /api/, or begin with a slash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MISSING = 404


@dataclass(frozen=True)
class Line:
    """`owner`, `stranger` and `staff` are the statuses these get; where `staff` is not told, that of a stranger. Nobody
    and an expired token get 401, another scope 403, unless the operation is open to anybody."""

    method: str
    path: str
    owner: int
    stranger: int
    staff: int | None = None
    body: Any = None  # JSON values, whose texts may name keys; bytes for a form
    form: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
