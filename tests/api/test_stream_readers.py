"""Who reads a stream of a reply: many at once, those who leave, those who ask oddly."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client

from chatproject.asgi import django_application
from sessions_app.actions.messages import send_message
from sessions_app.actions.replies import request_stop
from sessions_app.api import streams
from sessions_app.api.streams import AT_ONCE, follow
from sessions_app.models import ChatSession, Reply, User
from sessions_app.realtime.chunks import chunk
from sessions_app.realtime.growth import Growth
from sessions_app.realtime.runtime import Runtime

from .program import Program, problem, streamed, text_of
from .test_streams import Elsewhere, ask, begin, content_of, post_agent, resume, send

pytestmark = pytest.mark.django_db(transaction=True)


async def growing(process: Runtime, reply: Reply) -> Growth:
    assert process.hub is not None
    async with asyncio.timeout(20):
        while (growth := process.hub.growths.get(str(reply.pk))) is None:
            await asyncio.sleep(0.01)
    return growth


async def test_many_readers_have_the_same(alice: User, chat: ChatSession, process: Runtime) -> None:
    reply = await send(chat, alice)

    async def read_all() -> list[Any]:
        return [piece async for piece in follow(reply.pk, 0) if piece is not None]

    first, *others = await asyncio.gather(*(read_all() for _ in range(40)))
    assert [piece["seq"] for piece in first] == list(range(1, len(first) + 1))
    assert all(found == first for found in others)
    assert "".join(piece["data"] for piece in first if piece["type"] == "content") == await content_of(
        str(reply.pk)
    )


async def test_what_is_journalled_between_two_looks_is_told_piece_by_piece(
    alice: User, chat: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look finds no journal, the next one finds that there is some."""
    reply = await send(chat, alice)
    looks, journal_after = [], streams.journal_after

    def written_after_the_first(row: Reply, last: int) -> list[Any]:
        looks.append(journal_after(row, last))
        if len(looks) == 1:
            piece = chunk(str(row.pk), 1, "metadata", {"status": "queued"})
            row.journal.create(first_seq=1, last_seq=1, chunks=[piece])
        return looks[-1]

    monkeypatch.setattr(streams, "journal_after", written_after_the_first)
    pieces = follow(reply.pk, 0)
    first = await anext(pieces)
    assert first is not None
    assert (first["seq"], "replace" in first) == (1, False)
    await pieces.aclose()


async def test_a_reader_that_leaves_while_it_does_not_read_leaves_nothing_behind(
    alice: User, alice_waits: AsyncClient, chat: ChatSession, process: Runtime, settings: Any
) -> None:
    settings.OFFLINE_DELAY_MS = 60_000
    reply = await send(chat, alice)
    growth = await growing(process, reply)
    path = f"/api/chat/sessions/{chat.pk}/stream"
    cookie = f"sessionid={alice_waits.cookies['sessionid'].value}".encode()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": [(b"host", b"testserver"), (b"cookie", cookie)],
        "scheme": "http", "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    asked, stuck, left = False, asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def sending(message: Mapping[str, Any]) -> None:
        if message.get("body", b"").startswith(b"id:"):
            stuck.set()
            await asyncio.Event().wait()  # as a socket that is full

    task = asyncio.create_task(django_application(scope, receive, sending))
    async with asyncio.timeout(20):
        await stuck.wait()
        assert growth.listeners
        left.set()
        await asyncio.gather(task, return_exceptions=True)
    assert not growth.listeners
    await sync_to_async(request_stop)(chat=chat)


@pytest.mark.parametrize("last", [0, 700])
async def test_who_does_not_read_on_holds_little_of_a_long_reply(
    chat: ChatSession, alice: User, last: int
) -> None:
    """Of 4 MB in its journal, whatever the reader has of it."""
    process, queued = Elsewhere(), await send(chat, alice)
    await process.claim(queued)
    reply = queued.pk
    for first in range(1, 1001, 100):
        pieces = [
            chunk(str(reply), seq, "content", f"{seq} {'x' * 4000}", 1) for seq in range(first, first + 100)
        ]
        await process.write(reply, *pieces)
    await process.die(reply)
    await anext(warm := streams.server_sent(reply, last))
    tracemalloc.start()
    try:
        readers = [streams.server_sent(reply, last) for _ in range(10)]
        for reader in readers:
            assert [await anext(reader) for _ in range(3)][2].startswith(b"id: ")
        assert tracemalloc.get_traced_memory()[0] / len(readers) < 200_000
    finally:
        tracemalloc.stop()
    for reader in (warm, *readers):
        await reader.aclose()


async def test_a_silent_reply_of_this_process_beats_and_its_end_is_heard_at_once(
    alice: User, chat: ChatSession, process: Runtime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OFFLINE_DELAY_MS = 60_000
    monkeypatch.setattr(streams, "HEARTBEAT", 0.05)
    monkeypatch.setattr(streams, "OURS", 0.05)
    reply = await send(chat, alice)
    await growing(process, reply)
    pieces = streams.server_sent(reply.pk, 0)
    while await anext(pieces) != streams.BEAT:
        pass
    await sync_to_async(request_stop)(chat=chat)
    rest = b"".join([piece async for piece in pieces])
    assert b'"status":"stopped"' in rest


@pytest.mark.parametrize("accept", ["application/json", "text/html", "image/png;q=0.1", "*/*", ""])
async def test_a_stream_is_a_stream_whatever_is_accepted(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime, accept: str
) -> None:
    found = await ask(alice_waits, chat)
    headers = {"Accept": accept} if accept else {}
    response = await alice_waits.get(f"/api/chat/sessions/{chat.pk}/stream", headers=headers)
    assert await streamed(response) == found
    again = await alice_waits.get(f"/api/chat/sessions/{chat.pk}/stream/", headers=headers)
    assert await streamed(again) == found


@pytest.mark.parametrize("accept", ["text/event-stream", "application/xml"])
def test_what_is_refused_is_json_whatever_is_accepted(alices: Program, chat: ChatSession, accept: str) -> None:  # fmt: skip
    sent = alices.post(f"chat/sessions/{chat.pk}/messages", {"content": " "}, accept=accept)
    assert (sent.status_code, problem(sent)) == (422, "empty")
    missing = alices.get(f"chat/sessions/{chat.pk}/stream?reply=x", accept=accept)
    assert (missing.status_code, problem(missing)) == (404, "not_found")


def test_a_stream_has_no_head(as_alice: Client, alice: User, chat: ChatSession) -> None:
    send_message(chat=chat, author=alice, content="Hello")
    response = as_alice.head(f"/api/chat/sessions/{chat.pk}/stream")
    assert response.status_code == 405
    assert "GET" in response["Allow"]
    assert as_alice.head("/api/agents/stream").status_code == 405


@pytest.mark.parametrize("last", ["\u00e9:1", ":", "::::", "{key}:1.0", "{key}:", " ", "x" * 4000, "{key}:-0"])  # fmt: skip
async def test_what_is_no_place_brings_the_whole_text(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime, last: str
) -> None:
    found = await ask(alice_waits, chat)
    key = found[0].chunk["reply"]
    rest = await streamed(await resume(alice_waits, chat, last.format(key=key)))
    assert text_of(rest) == await content_of(key)
    assert rest[-1] == found[-1]


async def test_an_agent_gives_the_chunks_of_the_session(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    body = {"agent_id": "default", "message": "What can you do here?", "session_id": str(chat.pk)}
    found = await streamed(await post_agent(alice_waits, body))
    assert await streamed(await resume(alice_waits, chat)) == found
    assert text_of(found) == await content_of(found[0].chunk["reply"])


async def test_a_stream_of_another_reply_waits_for_nobody(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    """Two streams of one client, of which one is not read on."""
    first = await begin(alice_waits, chat)
    pieces = aiter(first.streaming_content)
    await anext(pieces)
    other = await ChatSession.objects.acreate(owner_id=chat.owner_id, model="offline", provider="offline")
    assert (await ask(alice_waits, other))[-1].chunk["data"]["status"] == "complete"
    await pieces.aclose()


def test_what_is_read_at_once_is_bounded_and_never_nothing() -> None:
    pieces = [chunk("r", seq, "content", "x" * 10_000) for seq in range(1, 100)]
    assert sum(len(piece["data"]) for piece in streams.some(pieces)) < AT_ONCE + 10_000
    assert len(list(streams.some([chunk("r", 1, "content", "x" * 5 * AT_ONCE)]))) == 1
    assert list(streams.some([])) == []
    assert [piece["seq"] for piece in streams.unbroken([*pieces[3:6], *pieces[8:]], 4)] == [5, 6]
