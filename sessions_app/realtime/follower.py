"""Follows a reply that another process makes, through its journal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sessions_app.models import Reply
from sessions_app.reading import Unavailable, read

from .chunks import Chunk, is_terminal, is_waiting
from .growth import Growth

if TYPE_CHECKING:
    from .hub import Hub

LOOK_EVERY = 2.0


class Follower:
    """Reads new chunks when told that the reply grew, and every 2 s anyway; ends with the reply or its readers."""

    def __init__(self, hub: Hub, reply: Reply) -> None:
        self.hub, self.reply = hub, reply
        self._wake = asyncio.Event()
        self._growth: asyncio.Future[Growth | None] = hub.loop.create_future()
        self._task = hub.loop.create_task(self._follow())

    async def ready(self) -> Growth | None:
        """The growth, once its first content is read; None where the reply has ended."""
        return await asyncio.shield(self._growth)

    def wake(self) -> None:
        self._wake.set()

    async def _follow(self) -> None:
        try:
            await self._read_on()
        finally:
            self.hub.followers.pop(str(self.reply.pk), None)
            if not self._growth.done():
                self._growth.set_result(None)
            for reader in tuple(self.hub.of_chat(str(self.reply.session_id))):
                reader.want_sync()

    async def _read_on(self) -> None:
        growth = Growth(self.reply)
        while True:
            try:
                chunks = await read(chunks_after, self.reply, growth.seq)
            except Unavailable:
                chunks = []
            if chunks is None or any(is_terminal(piece) for piece in chunks):
                return
            for piece in chunks:
                growth.take(piece)
            if chunks and is_waiting(chunks[-1]):
                return
            if not self._growth.done():
                self._growth.set_result(growth)
            elif chunks:
                self.hub.publish(growth)
            await self._wait()
            if not self.hub.of_chat(growth.chat):
                return

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()


def chunks_after(reply: Reply, seq: int) -> list[Chunk] | None:
    """Journalled chunks after `seq`; None where the reply is not running any more and nothing is left to read."""
    batches = reply.journal.filter(last_seq__gt=seq).order_by("first_seq").values_list("chunks", flat=True)
    chunks = [piece for batch in batches for piece in batch if piece["seq"] > seq]
    if not chunks and not Reply.objects.unfinished().filter(pk=reply.pk).exists():
        return None
    return chunks
