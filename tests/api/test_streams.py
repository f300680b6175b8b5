"""Streams of replies: live, again from the journal, resumed at any place, and after the journal is gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from sessions_app.actions import running
from sessions_app.actions.messages import Sent, send_message
from sessions_app.actions.organising import delete_sessions
from sessions_app.actions.tokens import make_token, revoke_token
from sessions_app.api import reader as reading
from sessions_app.api import streams
from sessions_app.api.streams import follow
from sessions_app.models import (
    ChatSession,
    Message,
    Reply,
    ReplyChunk,
    RunnerProcess,
    SessionMember,
    User,
    uuid7,
)
from sessions_app.realtime.chunks import Chunk, chunk, is_terminal
from sessions_app.realtime.runtime import Runtime
from tests.actions.steps import end

from .program import Event, problem, streamed, text_of

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = "How many tokens did I use this week?"


async def ask(client: AsyncClient, chat: ChatSession, content: str = ASKED) -> list[Event]:
    """Send and read the stream of the reply to its end."""
    return await streamed(await begin(client, chat, content))


async def begin(client: AsyncClient, chat: ChatSession, content: str = ASKED) -> Any:
    return await client.post(
        f"/api/chat/sessions/{chat.pk}/messages",
        json.dumps({"content": content}).encode(),
        content_type="application/json",
        headers={"Accept": "text/event-stream"},
    )


async def resume(client: AsyncClient, chat: ChatSession, last: str = "", query: str = "") -> Any:
    headers = {"Last-Event-ID": last} if last else None
    return await client.get(f"/api/chat/sessions/{chat.pk}/stream{query}", headers=headers)


async def content_of(key: str) -> str:
    return (await Message.objects.aget(pk=key)).content


def statuses(found: list[Event]) -> list[str]:
    return [event.chunk["data"]["status"] for event in found if event.chunk["type"] == "metadata"]


async def test_a_send_streams_its_reply_as_numbered_chunks(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    response = await begin(alice_waits, chat)
    assert (response["Cache-Control"], response["X-Accel-Buffering"]) == ("no-cache", "no")
    found = await streamed(response)
    key = found[0].chunk["reply"]
    assert [event.chunk["seq"] for event in found] == list(range(1, len(found) + 1))
    assert [event.id for event in found] == [f"{key}:{seq}" for seq in range(1, len(found) + 1)]
    assert {frozenset(event.chunk) for event in found} == {
        frozenset({"type", "data", "timestamp", "reply", "seq"})
    }
    assert statuses(found)[0] == "queued"
    assert statuses(found).count("complete") == 1
    assert found[-1].chunk["data"]["status"] == "complete"
    assert text_of(found) == await content_of(key)


async def test_a_tool_call_is_told_when_it_begins_and_when_it_ends(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    calls = [
        event.chunk["data"] for event in await ask(alice_waits, chat) if event.chunk["type"] == "tool_call"
    ]
    assert [call["status"] for call in calls] == ["pending", "success"]
    fields = {"id", "tool_id", "input", "status", "result", "error", "duration_ms"}
    assert {frozenset(call) for call in calls} == {frozenset(fields)}


async def test_resumed_at_any_chunk_a_stream_gives_exactly_the_rest(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    found = await ask(alice_waits, chat)
    assert await streamed(await resume(alice_waits, chat)) == found
    for place, event in enumerate(found[:-1], start=1):
        assert await streamed(await resume(alice_waits, chat, event.id)) == found[place:]
    assert await streamed(await resume(alice_waits, chat, query=f"?last_event_id={found[2].id}")) == found[3:]
    assert (await resume(alice_waits, chat, found[-1].id)).status_code == 204


@pytest.mark.parametrize("taken", [1, 2, 7])
async def test_a_stream_cut_again_and_again_while_it_grows_misses_and_repeats_nothing(
    alice: User, chat: ChatSession, process: Runtime, settings: Any, taken: int
) -> None:
    settings.OFFLINE_DELAY_MS = 4
    reply = await send(chat, alice)
    seen: list[Chunk] = []
    while not seen or not is_terminal(seen[-1]):
        seen += await take(follow(reply.pk, seen[-1]["seq"] if seen else 0), taken)
    assert [piece["seq"] for piece in seen] == list(range(1, len(seen) + 1))
    joined = "".join(piece["data"] for piece in seen if piece["type"] == "content")
    assert joined == await content_of(str(reply.pk))


async def test_a_reader_that_leaves_is_forgotten(
    alice: User, chat: ChatSession, process: Runtime, settings: Any
) -> None:
    settings.OFFLINE_DELAY_MS = 60_000
    reply = await send(chat, alice)
    assert process.hub is not None
    async with asyncio.timeout(20):
        while (growth := process.hub.growths.get(str(reply.pk))) is None:
            await asyncio.sleep(0.01)
    pieces = follow(reply.pk, 0)
    await anext(pieces)
    assert growth.listeners
    await pieces.aclose()
    assert not growth.listeners


@pytest.mark.parametrize(
    "last", ["{key}:100000", "{other}:3", "{key}:x", "nonsense", "{key}:-1", "{key}:9999999999999"]
)
async def test_from_a_place_outside_the_journal_the_whole_text_comes_first(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime, last: str
) -> None:
    found = await ask(alice_waits, chat)
    key = found[0].chunk["reply"]
    whole, end = await streamed(await resume(alice_waits, chat, last.format(key=key, other=uuid7())))
    assert (whole.chunk["type"], whole.chunk["replace"]) == ("content", True)
    assert whole.chunk["data"] == await content_of(key)
    assert end == found[-1]


async def test_after_the_journal_was_pruned_text_and_end_are_still_told(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    found = await ask(alice_waits, chat)
    await ReplyChunk.objects.all().adelete()
    for last in ("", found[3].id):
        whole, end = await streamed(await resume(alice_waits, chat, last))
        assert (whole.chunk["replace"], whole.chunk["data"]) == (True, text_of(found))
        assert (end.id, end.chunk["data"]) == (found[-1].id, found[-1].chunk["data"])
    assert (await resume(alice_waits, chat, found[-1].id)).status_code == 204


async def test_a_named_reply_is_streamed_and_a_foreign_one_is_missing(
    alice_waits: AsyncClient, chat: ChatSession, alice: User, process: Runtime
) -> None:
    first = await ask(alice_waits, chat, "What can you do here?")
    second = await ask(alice_waits, chat)
    key = first[0].chunk["reply"]
    assert await streamed(await resume(alice_waits, chat)) == second
    assert await streamed(await resume(alice_waits, chat, query=f"?reply={key}")) == first
    elsewhere = await ChatSession.objects.acreate(owner=alice)
    for response in (
        await resume(alice_waits, elsewhere, query=f"?reply={key}"),
        await resume(alice_waits, chat, query="?reply=nothing"),
    ):
        assert (response.status_code, problem(response)) == (404, "not_found")


async def test_without_any_reply_there_is_nothing_to_follow(
    alice_waits: AsyncClient, chat: ChatSession
) -> None:
    assert (await resume(alice_waits, chat)).status_code == 204


async def test_an_agent_answers_in_the_current_session(
    alice_waits: AsyncClient, chat: ChatSession, process: Runtime
) -> None:
    body = {"agent_id": "assistant", "message": ASKED}
    response = await post_agent(alice_waits, body)
    found = await streamed(response)
    assert found[-1].chunk["data"]["status"] == "complete"
    assert (await Message.objects.aget(pk=found[0].chunk["reply"])).session_id == chat.pk


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"agent_id": "nobody", "message": "Hello"}, 404),
        ({"agent_id": "default", "message": "Hello", "session_id": str(uuid7())}, 404),
        ({"agent_id": "default"}, 400),
        ({"agent_id": "default", "message": ""}, 422),
    ],
)
async def test_an_unknown_agent_or_session_and_bad_input_are_refused(
    alice_waits: AsyncClient, chat: ChatSession, body: dict[str, str], status: int
) -> None:
    response = await post_agent(alice_waits, body)
    assert response.status_code == status
    assert problem(response)
    assert not await Message.objects.aexists()


async def post_agent(client: AsyncClient, body: dict[str, str]) -> Any:
    return await client.post("/api/agents/stream", json.dumps(body).encode(), content_type="application/json")


# ---------------------------------------------------------------- replies that another process makes


async def send(chat: ChatSession, author: User) -> Reply:
    sent: Sent = await sync_to_async(send_message)(chat=chat, author=author, content=ASKED)
    assert sent.reply is not None
    return sent.reply


async def take(pieces: AsyncGenerator[Chunk | None, None], count: int) -> list[Chunk]:
    """The next `count` chunks, fewer where the stream ends; then the reader leaves."""
    found: list[Chunk] = []
    async for piece in pieces:
        if piece is not None:
            found.append(piece)
        if len(found) == count:
            break
    await pieces.aclose()
    return found


class Elsewhere:
    """Another process, as far as the database shows it: it claims a reply, journals, and is found dead."""

    def __init__(self) -> None:
        self.owner = uuid7()

    async def claim(self, reply: Reply) -> None:
        await RunnerProcess.objects.acreate(id=self.owner, beat_at=reply.created_at)
        await sync_to_async(running.claim_replies)(owner=self.owner)

    async def write(self, reply: UUID, *chunks: Chunk) -> None:
        await sync_to_async(running.append_journal)(
            owner=self.owner, batches=[running.Batch(reply, 1, chunks)]
        )

    async def die(self, reply: UUID) -> None:
        row = await Reply.objects.select_related("message", "session").aget(pk=reply)
        await sync_to_async(running.end_unowned)(
            reply=row, status="interrupted", stop_reason="error", message="Cut short.", kind="interrupted"
        )


@pytest.fixture
async def elsewhere(chat: ChatSession, alice: User) -> tuple[Elsewhere, UUID]:
    """A reply that another process makes, with three chunks in its journal."""
    process, reply = Elsewhere(), await send(chat, alice)
    await process.claim(reply)
    key = str(reply.pk)
    await process.write(
        reply.pk, chunk(key, 1, "metadata", {"status": "queued"}), chunk(key, 2, "content", "one ", 1)
    )
    await process.write(reply.pk, chunk(key, 3, "content", "two", 1))
    return process, reply.pk


async def test_a_reply_of_another_process_is_followed_through_the_journal(
    elsewhere: tuple[Elsewhere, UUID],
) -> None:
    process, reply = elsewhere
    pieces = follow(reply, 0)
    assert [(await anext(pieces) or {})["seq"] for _ in range(3)] == [1, 2, 3]
    await process.write(reply, chunk(str(reply), 4, "content", " three", 1))
    assert (await anext(pieces) or {})["data"] == " three"
    await process.die(reply)
    error, end = [piece async for piece in pieces if piece is not None]
    assert (error["type"], error["data"]["error_type"], error["seq"]) == ("error", "interrupted", 5)
    assert (end["data"]["status"], end["seq"]) == ("interrupted", 6)


async def test_text_that_a_killed_process_sent_but_never_journalled_is_taken_back(
    alice_waits: AsyncClient, chat: ChatSession, elsewhere: tuple[Elsewhere, UUID]
) -> None:
    process, reply = elsewhere
    await process.die(reply)
    for lost in (4, 9):  # its number is the error chunk's now, or nobody's
        found = await streamed(await resume(alice_waits, chat, f"{reply}:{lost}"))
        assert (found[0].chunk["data"], found[0].chunk["replace"]) == ("one two", True)
        assert [event.chunk["type"] for event in found] == ["content", "error", "metadata"]
        assert [event.chunk["seq"] for event in found] == [3, 4, 5]


async def test_a_running_reply_whose_reader_is_ahead_of_the_journal_is_told_whole_and_goes_on(
    elsewhere: tuple[Elsewhere, UUID],
) -> None:
    process, reply = elsewhere
    pieces = follow(reply, 50)
    whole = await anext(pieces)
    assert whole is not None
    assert (whole["seq"], whole["data"], whole["replace"]) == (3, "one two", True)
    await process.write(reply, chunk(str(reply), 4, "content", " three", 1))
    assert (await anext(pieces) or {})["seq"] == 4
    await pieces.aclose()


async def test_a_stream_ends_when_the_reply_waits_for_a_person(elsewhere: tuple[Elsewhere, UUID]) -> None:
    process, reply = elsewhere
    await process.write(reply, chunk(str(reply), 4, "metadata", {"status": "waiting", "tool_call": "x"}))
    await Reply.objects.filter(pk=reply).aupdate(status=Reply.Status.WAITING, parts_seq=4)
    found = [piece async for piece in follow(reply, 2) if piece is not None]
    assert [piece["seq"] for piece in found] == [3, 4]


async def test_a_stream_ends_after_a_megabyte_and_goes_on_by_id(
    alice_waits: AsyncClient, chat: ChatSession, elsewhere: tuple[Elsewhere, UUID]
) -> None:
    process, reply = elsewhere
    for seq in (4, 5, 6):
        await process.write(reply, chunk(str(reply), seq, "content", "x" * 600_000, 1))
    await process.die(reply)
    first = await streamed(await resume(alice_waits, chat))
    assert [event.chunk["seq"] for event in first] == [1, 2, 3, 4, 5]
    rest = await streamed(await resume(alice_waits, chat, first[-1].id))
    assert [event.chunk["seq"] for event in rest] == [6, 7, 8]


async def test_a_silent_stream_beats(
    elsewhere: tuple[Elsewhere, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT", 0.01)
    pieces = streams.server_sent(elsewhere[1], 3)
    assert await anext(pieces) == b": open\n\n"
    assert await anext(pieces) == b": still here\n\n"
    await pieces.aclose()


async def test_a_stream_of_a_deleted_session_ends(
    chat: ChatSession, elsewhere: tuple[Elsewhere, UUID]
) -> None:
    pieces = follow(elsewhere[1], 2)
    assert (await anext(pieces) or {})["seq"] == 3
    await chat.adelete()
    assert [piece async for piece in pieces] == []


# ---------------------------------------------------------------- to the end, and no longer than one may


@pytest.mark.parametrize("message", ["Cut short.", ""])
async def test_a_text_of_over_a_megabyte_is_read_to_its_end_after_its_journal_was_pruned(
    alice_waits: AsyncClient, chat: ChatSession, elsewhere: tuple[Elsewhere, UUID], message: str
) -> None:
    process, reply = elsewhere
    await process.write(reply, chunk(str(reply), 4, "content", "x" * 1_200_000, 1))
    row = await Reply.objects.select_related("message", "session").aget(pk=reply)
    await sync_to_async(running.end_unowned)(
        reply=row, status="interrupted", stop_reason="error", message=message
    )
    await ReplyChunk.objects.all().adelete()
    found = await streamed(await resume(alice_waits, chat, f"{reply}:1"))
    assert len(text_of(found)) > 1_200_000
    assert found[-1].chunk["data"]["status"] == "interrupted"
    if message:
        again = await streamed(await resume(alice_waits, chat, found[0].id))
        assert [event.id for event in again] == [event.id for event in found[1:]]


async def test_a_stream_ends_without_a_word_once_its_reader_may_not_read(
    alice: User, bob: User, chat: ChatSession, elsewhere: tuple[Elsewhere, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(reading, "EVERY", 0.0)
    token, _ = await sync_to_async(make_token)(user=alice)
    await SessionMember.objects.acreate(session=chat, user=bob)
    readers = [reading.Reader(alice, token.public_id), reading.Reader(bob), reading.Reader(alice)]
    pieces = [follow(elsewhere[1], 0, reader) for reader in readers]
    assert [(await anext(each) or {})["seq"] for each in pieces] == [1, 1, 1]
    await sync_to_async(revoke_token)(token=token)
    await SessionMember.objects.all().adelete()
    assert [[piece async for piece in each] for each in pieces[:2]] == [[], []]
    assert (await anext(pieces[2]) or {})["seq"] == 2
    await User.objects.filter(pk=alice.pk).aupdate(is_active=False)
    assert [piece async for piece in pieces[2]] == []


@pytest.mark.parametrize(("taken", "status"), [("session", 404), ("person", 401)])
async def test_who_waits_and_may_not_read_any_more_is_told_nothing(
    alice_waits: AsyncClient, alice: User, chat: ChatSession, taken: str, status: int
) -> None:
    waiting = asyncio.create_task(
        alice_waits.post(
            f"/api/chat/sessions/{chat.pk}/messages?wait=1",
            b'{"content": "Hello"}',
            content_type="application/json",
        )
    )
    while (reply := await Reply.objects.afirst()) is None:
        await asyncio.sleep(0.01)
    if taken == "session":
        await sync_to_async(delete_sessions)(chats=[chat])
    else:
        await User.objects.filter(pk=alice.pk).aupdate(is_active=False)
        await sync_to_async(end)(reply, text="A secret")
    response = await waiting
    assert response.status_code == status
    assert b"secret" not in response.content
