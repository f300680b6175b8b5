"""One open page (or program) on a socket: what it shows, and the one routine that brings it to now.

The server keeps its own copy of the page's cursor (version, reply, seq). Growing frames are sent only where they
fit it; resume, a changed session, a frame that does not fit, a reader that caught up: all only ask for `sync`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from sessions_app.reading import Unavailable, read

from . import frames
from .catchup import Catchup, catch_up
from .frames import Frame

if TYPE_CHECKING:
    from .hub import Hub

log = structlog.get_logger("sessions_app.reader")
WINDOW_BYTES = 256 * 1024
WINDOW_SECONDS = 5.0
HEARTBEAT = 20.0
CHECK_EVERY = 60.0
NOBODY, GONE = 4401, 4404


class Reader:
    """A reader of one chat, or of a person's own feed only (`chat` None)."""

    def __init__(
        self,
        hub: Hub,
        *,
        person: int,
        chat: UUID | None,
        send: Callable[[str], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
        allowed: Callable[[], bool] = lambda: True,
    ) -> None:
        self.hub, self.person, self.chat = hub, person, chat
        self._send, self._close, self._allowed = send, close, allowed
        self.version, self.reply, self.seq = 0, "", 0
        self.ready = False  # the page has said where it is
        self._reading = False
        self._wanted = False
        self._behind = False
        self._check = self._over = self._working = False
        self._checked_at = time.monotonic()
        self._outbox: deque[str] = deque()
        self._aside: list[tuple[str, int | None]] = []
        self._unseen: deque[tuple[float, int]] = deque()
        self._unseen_bytes = 0
        self._sent = self._seen = 0
        self._last_sent = time.monotonic()
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._serve())

    # ------------------------------------------------------------ what others call

    def resume(self, version: int, reply: str, seq: int) -> None:
        """The page says what it shows."""
        if self.ready and version != self.version:
            version = 0  # a frame may be under way to it: only the log whole is right whatever came first
        self.version, self.reply, self.seq = version, reply, seq
        self.ready = True
        self.want_sync()

    def want_sync(self) -> None:
        if self.ready and self.chat is not None:
            self._wanted = True
            self._wake.set()

    def offer(self, frame: Frame) -> None:
        """A growing frame; sent if it fits what the page shows."""
        if not self.ready or self._reading or self._wanted:
            return  # the snapshot to come holds it
        if self.paused():
            self._behind = True
        elif self.reply == frame.reply and self.seq == frame.start:
            self.seq = frame.end
            self._push(frames.cursor(self.version, frame.reply, frame.end, frame.start) + frame.html)
        else:
            self.want_sync()

    def offer_end(self, reply: str, version: int, html: str) -> None:
        """The last frame of a reply: a snapshot, sent where nothing else was missed."""
        fits = self.ready and not self._reading and not self._wanted and not self.paused()
        if fits and self.reply == reply and self.version == version - 1:
            self.version, self.reply, self.seq = version, "", 0
            self._push(frames.cursor(version, "", 0) + html)
        else:
            self.want_sync()

    def beside(self, html: str, since: int | None = None) -> None:
        """Something that needs no place in the order: the list changed, counters. It waits for a sync under way;
        a reader behind gets none of it. What was read when the page showed version `since` is dropped once it
        shows another: that one came with newer."""
        if not self.ready or self.paused() or since not in (None, self.version):
            return
        if self._wanted or self._reading:
            self._aside.append((html, since))
        else:
            self._push(frames.cursor(self.version, self.reply, self.seq, self.seq) + html)

    def seen(self, count: int) -> None:
        """The page has applied `count` frames of this socket."""
        while self._unseen and self._seen < min(count, self._sent):
            self._unseen_bytes -= self._unseen.popleft()[1]
            self._seen += 1
        if self._behind and self._unseen_bytes < WINDOW_BYTES // 4 and not self.paused():
            self._behind = False
            self.want_sync()

    def paused(self) -> bool:
        """Too much is unacknowledged: Daphne never pushes back, so we do."""
        if self._unseen_bytes > WINDOW_BYTES:
            return True
        return bool(self._unseen) and time.monotonic() - self._unseen[0][0] > WINDOW_SECONDS

    def beat(self) -> None:
        """A cursor frame where nothing else was sent for a while."""
        if self.ready and time.monotonic() - self._last_sent >= HEARTBEAT:
            self._push(frames.cursor(self.version, self.reply, self.seq, self.seq))
        if time.monotonic() - self._checked_at >= CHECK_EVERY:
            self.recheck()

    def recheck(self) -> None:
        """Look again whether this login still holds; the socket of one that ended is closed."""
        self._check = True
        self._wake.set()

    async def end(self, code: int) -> None:
        """Close the socket from our side. Nothing is sent any more, whether or not the other side goes."""
        self._over = True
        await self._close(code)

    @property
    def busy(self) -> bool:
        """Whether something is on its way to this page. One that does not read is not waited for."""
        return (self._working or self._wake.is_set()) and not self._over and not self.paused()

    def stop(self) -> None:
        self._task.cancel()

    # ------------------------------------------------------------ the one sender

    def _push(self, text: str) -> None:
        """Counted here, not when it leaves: one piece of the upstream's can bring hundreds of frames at once."""
        self._outbox.append(text)
        self._last_sent = time.monotonic()
        self._sent += 1
        self._unseen.append((self._last_sent, len(text)))
        self._unseen_bytes += len(text)
        self._wake.set()

    async def _serve(self) -> None:
        while not self._over:
            await self._wake.wait()
            self._wake.clear()
            self._working = True
            try:
                await self._work()
            except Exception:
                log.exception("reader broke")
                await self.end(1011)
            finally:
                self._working = False

    async def _work(self) -> None:
        while not self._over and (self._outbox or self._wanted or self._check):
            if self._check:
                await self._recheck()
            elif self._outbox:
                await self._send(self._outbox.popleft())
            else:
                await self._sync()
                self._after_sync()

    def _after_sync(self) -> None:
        """What waited for the sync follows it."""
        if not self._wanted:
            waiting, self._aside = self._aside, []
            for html, since in waiting:
                self.beside(html, since)

    async def _recheck(self) -> None:
        self._check, self._checked_at = False, time.monotonic()
        try:
            allowed = await read(self._allowed)
        except Unavailable:
            return  # asked again in a minute; a database that is gone shows nothing new either
        if not allowed:
            await self.end(NOBODY)

    async def _sync(self) -> None:
        """Bring the page to now."""
        assert self.chat is not None
        if self.paused():
            self._wanted, self._behind = False, True
            return
        self._wanted, self._reading = False, True
        place = (self.version, self.reply, self.seq)
        try:
            now = await read(catch_up, self.person, self.chat, self.version)
            if now is None:
                await self.end(GONE if await read(self._allowed) else NOBODY)
                return
            growth = await self.hub.growth_of(now.reply) if now.reply is not None else None
        except Unavailable:
            self._reading = False
            await asyncio.sleep(1)
            self._wanted = True
            return
        finally:
            self._reading = False
        if place != (self.version, self.reply, self.seq):
            self._wanted = True  # the page said where it is while we read for where it was
            return
        if now.reply is not None and growth is None:
            await asyncio.sleep(0.05)  # it ended while we read; the next look finds it ended
            self._wanted = True
            return
        reply, seq = (growth.key, growth.seq) if growth else ("", 0)
        if (now.version, reply, seq) == (self.version, self.reply, self.seq):
            return
        text = self._articles(now, growth.snapshot() if growth else "")
        self.version, self.reply, self.seq = now.version, reply, seq
        self._push(frames.cursor(now.version, reply, seq) + text)  # behind what was pushed while we read

    def _articles(self, now: Catchup, running: str) -> str:
        """The frame's content: the log whole, or each article appended or replaced."""
        if now.whole:
            log_html = "".join(entry.html or running for entry in now.entries)
            return frames.fill(log_html, "messages") + now.sides
        shown = [(entry.html or running, entry.new) for entry in now.entries]
        return (
            "".join(frames.append(html, "messages") if new else frames.replace(html) for html, new in shown)
            + now.sides
        )
