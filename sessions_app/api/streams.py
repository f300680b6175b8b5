"""The chunks of a reply for programs: from the process that makes it, else from its journal.

Whatever wakes a stream is only a hint; what it sends is numbered without a gap, from the growing reply while that
still holds it, else from the journal. Where the journal does not continue from the reader's place, the whole text
is sent instead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from types import TracebackType
from uuid import UUID

import orjson
from asgiref.sync import SyncToAsync, sync_to_async
from django.db.models import Max

from sessions_app.actions import ledger, running
from sessions_app.agent.parts import text_of
from sessions_app.models import Reply, ReplyChunk
from sessions_app.providers.base import ProviderError
from sessions_app.reading import Unavailable, give_back, read
from sessions_app.realtime import runtime
from sessions_app.realtime.chunks import Chunk, Part, chunk, is_terminal, is_waiting, public
from sessions_app.realtime.growth import Growth

from .reader import Reader, Watchman

HEARTBEAT = 15.0
BEAT = b": still here\n\n"
LONGEST = 1_000_000  # bytes, then the reader resumes by id
BATCHES_A_LOOK = 64
AT_ONCE = 64 * 1024  # letters read for one reader: who never reads holds no more
# Seconds without a hint until the next look: at a reply of this process; at any other, where a claim here tells
# nobody and so the first looks come soon after each other.
OURS, FIRST, ELSEWHERE = 2.0, 0.01, 0.5
RETRYABLE = {kind.kind for kind in ProviderError.__subclasses__() if kind.retryable} | {"internal", "lost"}


class Watch:
    """Wakes when a reply grew or ended. Used in `with`, so that it leaves no listener behind."""

    def __init__(self, reply: UUID) -> None:
        self.reply = reply
        self._woken = asyncio.Event()
        self.heard: Growth | None = None  # whose growing wakes us
        self._pace = FIRST

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listen(None)

    def growth(self) -> Growth | None:
        """The growing reply if this process makes it. What it adds from here on wakes the next `wait`."""
        self._woken.clear()
        process = runtime.current()
        hub = process.hub if process else None
        if hub is None or hub.loop is not asyncio.get_running_loop():
            return None
        self._listen(hub.growths.get(str(self.reply)))
        return self.heard

    def _listen(self, growth: Growth | None) -> None:
        if self.heard is not None:
            self.heard.listeners.discard(self._woken.set)
        if growth is not None:
            growth.listeners.add(self._woken.set)
        self.heard = growth

    async def wait(self) -> None:
        """Until something was heard, or it is time to look anyway."""
        patience = OURS if self.heard else self._pace
        self._pace = min(self._pace * 1.5, ELSEWHERE)
        try:
            async with asyncio.timeout(patience):
                await self._woken.wait()
        except TimeoutError:
            pass


async def server_sent(
    reply: UUID, after: int | None, reader: Reader | None = None
) -> AsyncGenerator[bytes, None]:
    """The reply as server-sent events: ends after its last chunk, or after 1 MB; a whole text in place of what the reader
    has does not count, so that what follows it comes however long it is. The first comment sends the headers."""
    yield b": open\n\n"
    sent = 0
    async with aclosing(follow(reply, after, reader)) as pieces:
        async for piece in pieces:
            text = BEAT if piece is None else event(piece)
            yield text
            sent += len(text) if piece is None or "replace" not in piece else 0
            if sent > LONGEST:
                return


def event(piece: Chunk) -> bytes:
    shown = public(piece)
    if shown["type"] == "tool_call":
        shown["data"] = {name: value for name, value in shown["data"].items() if name != "tool_use_id"}
    return b"id: %s:%d\ndata: %s\n\n" % (shown["reply"].encode(), shown["seq"], orjson.dumps(shown))


async def follow(
    reply: UUID, after: int | None, reader: Reader | None = None
) -> AsyncGenerator[Chunk | None, None]:
    """Chunks after `after` (None: the whole text first) up to the last one; None where 15 s brought nothing. It ends
    where its reader may not read it any more, which is asked every 15 s.

    Their texts joined are the content of the message: those of different turns stand apart, as they do there.
    """
    last, spoke = after, time.monotonic()
    turn = None if after else 0
    watchman = Watchman(reader, reply)
    with Watch(reply) as watch:
        while (pieces := await more(reply, watch.growth(), last)) is not None:
            for piece in pieces:
                if not await watchman.lets_on():
                    return
                if piece["type"] == "content":
                    if turn is None and "replace" not in piece:
                        turn = await turn_before(reply, watch.heard, piece["seq"])
                    piece, turn = apart(piece, turn or 0), piece["turn"]
                yield piece
                last, spoke = piece["seq"], time.monotonic()
                if is_terminal(piece) or (is_waiting(piece) and await read(waits_at, reply, last)):
                    return
            if pieces:
                continue
            if not await watchman.lets_on():
                return
            if time.monotonic() - spoke >= HEARTBEAT:
                yield None
                spoke = time.monotonic()
            await watch.wait()


def apart(piece: Chunk, turn: int) -> Chunk:
    """A text that follows one of another turn, with the space that stands between them in the content."""
    if turn in (0, piece["turn"]) or "replace" in piece:
        return piece
    return piece | {"data": f"\n\n{piece['data']}"}


async def turn_before(reply: UUID, growth: Growth | None, seq: int) -> int:
    """The turn of the last text before `seq`; 0 where there is none."""
    recent = growth.recent if growth else []
    turns = [piece["turn"] for piece in recent if piece["type"] == "content" and piece["seq"] < seq]
    return turns[-1] if turns else await read(stored_turn_before, reply, seq)


def stored_turn_before(reply: UUID, seq: int) -> int:
    batches = ReplyChunk.objects.filter(reply=reply, first_seq__lt=seq).order_by("-first_seq")
    for batch in batches.values_list("chunks", flat=True).iterator(chunk_size=BATCHES_A_LOOK):
        for piece in reversed(batch):
            if piece["type"] == "content" and piece["seq"] < seq:
                return int(piece["turn"])
    return 0


def waits_at(reply: UUID, seq: int) -> bool:
    """Whether a reply waits for a person since the chunk of this number; it may have gone on from there."""
    return Reply.objects.filter(pk=reply, status=Reply.Status.WAITING, parts_seq=seq).exists()


async def more(reply: UUID, growth: Growth | None, last: int | None) -> list[Chunk] | None:
    """What follows `last` now, without a gap; None where the reply is gone."""
    if growth is not None:
        if last is None or last > growth.seq:
            return [whole(growth.key, growth.seq, growth.folded.parts)]
        fresh = [piece for piece in growth.recent if piece["seq"] > last]
        if last == growth.seq or (fresh and fresh[0]["seq"] == last + 1):
            return list(some(fresh))
    try:
        return await read(stored_after, reply, last)
    except Unavailable:
        return []


def whole(reply: str, seq: int, parts: Sequence[Part]) -> Chunk:
    """All text up to `seq`, in place of whatever the reader has."""
    turns = [part["turn"] for part in parts if part["kind"] == "text" and part["text"]]
    return chunk(reply, seq, "content", text_of(parts), turns[-1] if turns else 0) | {"replace": True}


def stored_after(reply: UUID, last: int | None) -> list[Chunk] | None:
    """What the database has after `last`: the journal where it continues from there, else the whole text.

    An ended reply always yields its terminal chunk. None where the reply is gone, or waits for a person and all was told.
    """
    row = Reply.objects.filter(pk=reply).first()
    if row is None:
        return None
    pieces = [] if last is None else journal_after(row, last)
    if pieces:
        return pieces
    if not row.unfinished:
        ends = closing(row)
        if last == ends[0]["seq"] - 1:
            return ends  # the reader has the whole text
        return [whole(str(row.pk), ends[0]["seq"] - 1, running.stored_so_far(row)[0].parts), *ends]
    if row.status == Reply.Status.WAITING and last is None:
        return paused(row)
    reached = row.journal.aggregate(reached=Max("last_seq"))["reached"] or 0
    if last == reached:
        return [] if row.status in Reply.GROWING else None
    if last is not None and last < reached and (pieces := journal_after(row, last)):
        return pieces  # written since we looked
    folded, seq = running.stored_so_far(row)
    return [whole(str(row.pk), seq, folded.parts)]


def paused(row: Reply) -> list[Chunk]:
    """The whole text of a reply that waits for a person, and the chunk that says so: its last one."""
    said = row.journal.order_by("-last_seq").values_list("chunks", flat=True)[0][-1]
    return [whole(str(row.pk), said["seq"] - 1, running.stored_so_far(row)[0].parts), said]


def journal_after(row: Reply, last: int) -> list[Chunk]:
    """Chunks that follow `last` without a gap, some of them."""
    batches = row.journal.filter(last_seq__gt=last).order_by("first_seq").values_list("chunks", flat=True)
    pieces = (piece for batch in batches.iterator(chunk_size=1) for piece in batch)
    return list(some(unbroken(pieces, last)))


def unbroken(pieces: Iterable[Chunk], last: int) -> Iterator[Chunk]:
    """Those that follow `last`, up to the first gap."""
    for piece in pieces:
        if piece["seq"] > last + 1:
            return
        if piece["seq"] == last + 1:
            yield piece
            last += 1


def some(pieces: Iterable[Chunk]) -> Iterator[Chunk]:
    """As many as are read at once, one at the least. The rest stays where it is until its reader has taken these."""
    letters = 0
    for piece in pieces:
        yield piece
        letters += len(piece["data"]) if isinstance(piece["data"], str) else 0
        if letters >= AT_ONCE:
            return


def closing(row: Reply) -> list[Chunk]:
    """The last chunks of an ended reply: as journalled, or made again once the journal was pruned."""
    batch = row.journal.filter(last_seq=row.parts_seq).values_list("chunks", flat=True).first() or []
    kept: list[Chunk] = [piece for piece in batch if piece["type"] == "error" or is_terminal(piece)]
    if kept and is_terminal(kept[-1]):
        return kept
    again = row.status == Reply.Status.INTERRUPTED or row.error_type in RETRYABLE
    ending = running.Ending(
        row.status, row.stop_reason, row.error_type, row.error_message, retryable=again, turns=row.turns
    )
    return running.closing_chunks(
        row, ledger.settled_calls(row.pk), ending, row.parts_seq - (2 if row.error_message else 1)
    )


def place_of(reply: Reply, last_id: str) -> int | None:
    """The seq a reader has come to, by the id of its last event; None where it needs the whole text."""
    if not last_id:
        return 0
    key, _, digits = last_id.strip().rpartition(":")
    if key != str(reply.pk) or not digits.isdecimal() or len(digits) > 9:
        return None
    # A killed process may have sent, under this number, text that its journal never got.
    if reply.status == Reply.Status.INTERRUPTED and int(digits) == reply.parts_seq - 1:
        return None
    return int(digits)


async def wait_for_end(reply: UUID, seconds: float) -> None:
    """Return once the reply has ended or waits for a person, or when `seconds` are over."""
    try:
        async with asyncio.timeout(seconds):
            with Watch(reply) as watch:
                while watch.growth() is not None or await read(grows, reply):
                    await watch.wait()
    except TimeoutError:
        pass


def grows(reply: UUID) -> bool:
    return Reply.objects.growing().filter(pk=reply).exists()


async def let_go() -> None:
    """Of the request's connection and thread, before it waits: they would stay idle for as long as it does. Whoever
    needs them again gets others."""
    context = SyncToAsync.thread_sensitive_context.get(None)
    if context is None:
        return  # it has none of its own
    await sync_to_async(give_back)(ends=True)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None)
    if executor is not None:
        executor.shutdown(wait=False)
