"""Sending in a running process, waiting for what comes of it, and what must hold of every reply that ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from channels.db import database_sync_to_async

from sessions_app import doctor
from sessions_app.actions.messages import Sent, send_message
from sessions_app.agent.parts import text_of
from sessions_app.models import ChatSession, Message, Reply, TokenUsage
from sessions_app.realtime.chunks import Chunk, Folded, fold, is_terminal
from sessions_app.realtime.growth import Growth
from sessions_app.realtime.hub import Hub
from sessions_app.realtime.runner import Runner
from sessions_app.realtime.runtime import Runtime
from sessions_app.realtime.taking import Taken
from tests.upstream import Entry, Scenario, Upstream

PATIENCE = 20.0
HASTY, PATIENT = 3.0, 15.0  # seconds of silence after which the provider gives up
T = TypeVar("T")


async def stored(job: Callable[[], T]) -> T:
    """Ask the database from a coroutine."""
    result: T = await database_sync_to_async(job)()
    return result


class Stage:
    """One chat in a process whose provider is the local upstream."""

    def __init__(self, process: Runtime, upstream: Upstream, chat: ChatSession) -> None:
        assert process.hub is not None
        assert process.runner is not None
        self.process, self.upstream, self.chat = process, upstream, chat
        self.hub: Hub = process.hub
        self.runner: Runner = process.runner

    async def send(self, content: str = "Hello", **more: Any) -> Sent:
        return await stored(
            lambda: send_message(chat=self.chat, author=self.chat.owner, content=content, **more)
        )

    async def begin(self, scenario: Scenario | str, content: str = "Hello", **more: Any) -> Reply:
        """Send; the upstream answers so from now on."""
        self.upstream.set_default(scenario)
        sent = await self.send(content, **more)
        assert sent.reply is not None
        return sent.reply

    async def answer(self, scenario: Scenario | str, content: str = "Hello", **more: Any) -> Reply:
        """Send and wait for the end of everything."""
        reply = await self.begin(scenario, content, **more)
        return await self.ended(reply)

    def stop_when_begun(self) -> None:
        """From now on a reply is stopped in the moment of its claim, when its task exists and has not run yet."""
        begin = self.runner._begin

        def begin_and_stop(taken: Taken) -> None:
            begin(taken)
            self.runner.stop(taken.reply.pk)

        self.runner._begin = begin_and_stop  # type: ignore[method-assign]

    async def ended(self, reply: Reply) -> Reply:
        async with asyncio.timeout(PATIENCE):
            await self.runner.run_until_idle()
        return await self.fresh(reply)

    async def fresh(self, reply: Reply) -> Reply:
        return await stored(lambda: Reply.objects.select_related("message", "session").get(pk=reply.pk))

    async def growing(self, reply: Reply, text: str) -> Growth:
        """The growing reply, once its content holds `text`."""
        async with asyncio.timeout(PATIENCE):
            while (growth := self.hub.growths.get(str(reply.pk))) is None:
                await asyncio.sleep(0)
            heard = asyncio.Event()
            growth.listeners.add(heard.set)
            while text not in text_of(growth.folded.parts):
                heard.clear()
                await heard.wait()
            growth.listeners.discard(heard.set)
        return growth

    async def until(self, reply: Reply, condition: Callable[[Growth], bool]) -> Growth:
        """The growing reply, once this is true of it."""
        growth = await self.growing(reply, "")
        heard = asyncio.Event()
        growth.listeners.add(heard.set)
        async with asyncio.timeout(PATIENCE):
            while not condition(growth):
                heard.clear()
                await heard.wait()
        return growth

    async def upstream_saw(self, condition: Callable[[Entry], bool]) -> Entry:
        return await asyncio.to_thread(self.upstream.wait_for, condition)

    async def ledger(self, reply: Reply) -> list[TokenUsage]:
        rows = TokenUsage.objects.filter(message=reply.pk).order_by("turn", "attempt")
        return await stored(lambda: list(rows))

    async def journal(self, reply: Reply) -> list[Chunk]:
        return await stored(lambda: journal_of(reply))


def journal_of(reply: Reply) -> list[Chunk]:
    batches = reply.journal.order_by("first_seq").values_list("chunks", flat=True)
    return [chunk for batch in batches for chunk in batch]


def replayed(chunks: list[Chunk]) -> tuple[str, str, list[str]]:
    """Text, thinking and tool calls that a program gets which follows the chunks alone."""
    folded = Folded()
    for chunk in chunks:
        fold(folded, chunk)
    return outline(folded.parts)


def outline(parts: list[dict[str, Any]]) -> tuple[str, str, list[str]]:
    thoughts = "".join(part["text"] for part in parts if part["kind"] == "thinking")
    return text_of(parts), thoughts, [part["id"] for part in parts if part["kind"] == "tool_call"]


def check_sound(chat: ChatSession) -> None:
    """The invariants of the database, and of every journal in this chat."""
    findings = doctor.examine()
    assert findings == [], findings
    for reply in Reply.objects.filter(session=chat).select_related("message"):
        chunks = journal_of(reply)
        assert [chunk["seq"] for chunk in chunks] == list(range(1, len(chunks) + 1))
        assert [chunk["data"]["status"] for chunk in chunks if is_terminal(chunk)] == [reply.status]
        assert is_terminal(chunks[-1])
        assert replayed(chunks) == outline(reply.message.parts)
        assert reply.message.content == outline(reply.message.parts)[0]


def check_ledger(chat: ChatSession, log: list[Entry]) -> None:
    """A settled row for every request, with the upstream's own counts; outputs that were not heard are estimated.

    What the upstream has sent to its end may still lie unread in the line when a reply is stopped.
    """
    rows = list(TokenUsage.objects.filter(session_key=chat.pk).order_by("at", "turn", "attempt"))
    assert len(rows) == len(log)
    for row, entry in zip(rows, log, strict=True):
        told = entry.usage
        assert row.settled_at is not None
        assert row.status_code in (entry.status, None)
        assert (row.input, row.cache_read, row.cache_write_5m) == (
            told.get("input_tokens", 0),
            told.get("cache_read_input_tokens", 0),
            told.get("cache_creation_input_tokens", 0),
        )
        heard = bool(entry.finished and entry.stop_reason) and row.error_type != "stopped"
        if heard:
            assert (row.output, row.counts_source) == (told["output_tokens"], "reported")
        assert row.ok == heard


async def check_goes_on(stage: Stage, reply: Reply) -> None:
    """Everything is sound, and the next message in this chat is answered: the history it sends is accepted."""
    await stored(lambda: check_sound(stage.chat))
    await stored(lambda: check_ledger(stage.chat, stage.upstream.log))
    after = await stage.answer(Scenario("words", words=3), "And now?")
    assert (after.status, after.message.content) == ("complete", "w1 w2 w3 ")
    assert stage.upstream.replies[-1].status == 200
    await stored(lambda: check_sound(stage.chat))
    await stored(lambda: check_ledger(stage.chat, stage.upstream.log))


async def last_message(stage: Stage) -> Message:
    return await stored(
        lambda: Message.objects.filter(session=stage.chat).shown().select_related("reply").reverse()[0]
    )
