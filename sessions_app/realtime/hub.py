"""What one server process knows of its open pages and growing replies; where signals arrive and leave."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from sessions_app.actions import running
from sessions_app.models import Reply
from sessions_app.reading import read

from . import frames
from .catchup import counters_now
from .follower import Follower
from .growth import Growth
from .reader import Reader

if TYPE_CHECKING:
    from .remote import Remote
    from .runner import Runner

log = structlog.get_logger("sessions_app.hub")
LIST_DELAY = 0.25
CLAIM_DELAY = 0.15


class Hub:
    """One a process, used on its event loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.readers: dict[str, set[Reader]] = defaultdict(set)
        self.people: dict[int, set[Reader]] = defaultdict(set)
        self.growths: dict[str, Growth] = {}
        self.followers: dict[str, Follower] = {}
        self.runner: Runner | None = None
        self.remote: Remote | None = None
        self._lists: set[int] = set()

    # ------------------------------------------------------------ readers

    def join(self, reader: Reader) -> None:
        self.people[reader.person].add(reader)
        if reader.chat is not None:
            self.readers[str(reader.chat)].add(reader)

    def leave(self, reader: Reader) -> None:
        reader.stop()
        self.people[reader.person].discard(reader)
        if not self.people[reader.person]:
            del self.people[reader.person]
        if reader.chat is not None:
            self.readers[str(reader.chat)].discard(reader)
            if not self.readers[str(reader.chat)]:
                del self.readers[str(reader.chat)]

    def of_chat(self, chat: str) -> set[Reader]:
        return self.readers.get(chat, set())

    def everyone(self) -> list[Reader]:
        return [reader for readers in self.people.values() for reader in readers]

    async def caught_up(self, patience: float = 1.5) -> None:
        """Until every page has been sent what it is owed, or so many seconds have passed."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            await asyncio.sleep(0.02)
            if not any(reader.busy for reader in self.everyone()):
                return

    # ------------------------------------------------------------ growing replies

    async def growth_of(self, reply: Reply) -> Growth | None:
        """The growing reply: our own, or one followed through the journal. None if it just ended."""
        key = str(reply.pk)
        if key in self.growths:
            return None if self.growths[key].closed else self.growths[key]
        if reply.status == Reply.Status.QUEUED:
            return Growth(reply, *(await read(running.content_so_far, reply) if reply.turns else ()))
        if self.runner is not None and self.runner.owns(reply):
            return None  # ours, and it has just ended
        if key not in self.followers:
            self.followers[key] = Follower(self, reply)
        return await self.followers[key].ready()

    def publish(self, growth: Growth) -> None:
        """Send what a growth took since the last time; rendered once for all readers, not at all for none."""
        growth.heard()
        readers = self.of_chat(growth.chat)
        if not readers:
            growth.skip()
            return
        frame = growth.frame()
        for reader in tuple(readers):
            if frame is not None:
                reader.offer(frame)
            else:
                reader.want_sync()

    def ended(self, growth: Growth, version: int, html: str | None) -> None:
        """A reply ended: its last frame, or a look at the database where more has changed."""
        self.growths.pop(growth.key, None)
        growth.heard()
        for reader in tuple(self.of_chat(growth.chat)):
            if html is None:
                reader.want_sync()
            else:
                reader.offer_end(growth.key, version, html)

    def counters_changed(self, chat: str) -> None:
        """Ledger rows of this chat were settled while its reply goes on."""
        if self.of_chat(chat):
            self.loop.create_task(self._send_counters(chat))

    async def _send_counters(self, chat: str) -> None:
        shown = {reader: reader.version for reader in self.of_chat(chat)}
        html = await read(counters_now, UUID(chat))
        for reader, version in shown.items():
            reader.beside(html, version)

    # ------------------------------------------------------------ signals

    def tell(self, signal: dict[str, Any]) -> None:
        """A signal of this process: for us, and for the others. What was queued here is claimed here."""
        self.receive(signal)
        if signal["kind"] == "queued" and self.runner is not None:
            self.runner.look()
        if self.remote is not None:
            self.remote.send(signal)

    def receive(self, signal: dict[str, Any]) -> None:
        """A signal, ours or another process's. Only a hint: the truth is in the database."""
        kind, chat = signal["kind"], signal.get("chat", "")
        if kind == "grew":
            self._grew(signal["replies"])
        elif kind == "stop":
            if self.runner is not None:
                self.runner.stop(UUID(signal["reply"]))
        elif kind == "person":
            for reader in tuple(self.people.get(signal["person"], ())):
                reader.recheck()
        elif kind == "list":
            self._list_changed(signal["person"])
        elif kind == "files":
            self._files_changed(signal["person"], chat)
        elif kind == "limits":
            self._limits_changed(signal["person"], chat)
        elif kind == "providers":
            self._providers_changed()
        elif kind == "ended" and signal["reply"] in self.growths:
            self._list_changed(signal["person"])  # the runner sends the last frame itself
        elif kind in ("queued", "changed", "ended"):
            self._changed(chat, signal["person"], soon=kind == "queued")

    def _grew(self, replies: list[str]) -> None:
        for key in replies:
            if key in self.followers:
                self.followers[key].wake()

    def _changed(self, chat: str, person: int, *, soon: bool = False) -> None:
        """Readers look: at once, or `soon`, as a queued reply is told of again in a moment when it begins."""
        if soon:
            self.loop.call_later(CLAIM_DELAY, self._look_unless_told, chat)
        else:
            for reader in tuple(self.of_chat(chat)):
                reader.want_sync()
        self._list_changed(person)

    def _look_unless_told(self, chat: str) -> None:
        for reader in tuple(self.of_chat(chat)):
            if not reader.reply:
                reader.want_sync()

    def _files_changed(self, person: int, chat: str) -> None:
        html = frames.FILES_CHANGED.format(at=time.time_ns())
        for reader in tuple(self.people.get(person, ())):
            if reader.chat is not None and str(reader.chat) == chat:
                reader.beside(html)

    def _limits_changed(self, person: int | None, chat: str) -> None:
        html = frames.LIMITS_CHANGED.format(at=time.time_ns())
        readers = (
            self.of_chat(chat) if chat else self.everyone() if person is None else self.people.get(person, ())
        )
        for reader in tuple(readers):
            reader.beside(html)

    def _providers_changed(self) -> None:
        html = frames.PROVIDERS_CHANGED.format(at=time.time_ns())
        for reader in self.everyone():
            reader.beside(html)

    def _list_changed(self, person: int) -> None:
        """Tell this person's pages to fetch their list again, a few times a second at most."""
        if person in self.people and person not in self._lists:
            self._lists.add(person)
            self.loop.call_later(LIST_DELAY, self._tell_lists, person)

    def _tell_lists(self, person: int) -> None:
        self._lists.discard(person)
        html = frames.LIST_CHANGED.format(at=time.time_ns())
        for reader in tuple(self.people.get(person, ())):
            reader.beside(html)

    def look_again(self) -> None:
        """Every reader reads the database: signals may have been lost."""
        for reader in self.everyone():
            reader.want_sync()
