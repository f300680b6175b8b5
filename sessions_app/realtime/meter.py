"""What a server process measures of itself between two beats: how late its journal and its event loop are."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path

from .chunks import Chunk

STEP = 0.25  # seconds between two looks at the event loop
PAGE = os.sysconf("SC_PAGESIZE")


class Meter:
    """The worst since the last reading, in whole milliseconds."""

    def __init__(self) -> None:
        self._loop = self._batch = self._journal = 0.0

    async def watch_loop(self) -> None:
        """Without end: how much later than asked a sleep ends is how long others had the loop."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(STEP)
            self._loop = max(self._loop, time.monotonic() - began - STEP)

    def journalled(self, pieces: Iterable[Chunk], seconds: float) -> None:
        """A batch with these chunks was committed, `seconds` after it was handed to the writer."""
        oldest = min((piece["timestamp"] for piece in pieces), default=None)
        self._batch = max(self._batch, seconds)
        if oldest is not None:
            self._journal = max(self._journal, time.time() - oldest / 1000)

    def reading(self) -> dict[str, int]:
        """`loop_ms`: the longest the event loop was held; `batch_ms`: the slowest batch, waiting for the writer
        included; `journal_ms`: the oldest chunk when it was committed; `memory`: bytes. Begins anew."""
        found = {"loop_ms": self._loop, "batch_ms": self._batch, "journal_ms": self._journal}
        self._loop = self._batch = self._journal = 0.0
        return {name: max(0, round(value * 1000)) for name, value in found.items()} | {"memory": memory()}


def memory() -> int:
    """Bytes of this process in memory; 0 where the system does not tell (only Linux does)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0
