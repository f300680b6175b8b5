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


def code_of(values: Sequence[float]) -> bytes:
    """A bit for each value, set where it is above 0, the first one the highest of its byte."""
    bits = "".join("1" if value > 0 else "0" for value in values)
    size = -(-len(bits) // 8)
    return int(bits.ljust(8 * size, "0") or "0", 2).to_bytes(size, "big")
