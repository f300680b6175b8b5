"""Where passages lie by an embedding: which have a vector, and which are near to a question."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vector:
    """Where a text lies by the embedding of `model`; of length 1."""

    model: str
    values: Sequence[float]


def packed(values: Sequence[float]) -> bytes:
    """As it is stored: float32, little-endian."""
    return struct.pack(f"<{len(values)}f", *values)


def unpacked(data: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(data) // 4}f", data)
