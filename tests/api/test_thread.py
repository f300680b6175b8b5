"""The one thread of a person, at /chat: shapes, order, ends, and how it begins anew."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client

from sessions_app.actions import threads
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.actions.messages import send_message
from sessions_app.actions.organising import delete_sessions, restore_sessions
from sessions_app.actions.replies import request_stop
from sessions_app.actions.threads import send_to_thread
from sessions_app.actions.tokens import make_token, revoke_token
from sessions_app.api import streams, turns
from sessions_app.api.reader import NoLonger, Reader
from sessions_app.models import ChatSession, Message, PendingMessage, Reply, TokenUsage, User
from sessions_app.realtime.runtime import Runtime
from sessions_app.transactions import write
from tests.actions.steps import end

from .program import Program, problem

ASKED = "How many tokens did I use this week?"
Words = list[dict[str, Any]]


def post(client: Any, path: str, message: Any, **headers: str) -> Any:
    return client.post(
        path, json.dumps({"message": message}).encode(), content_type="application/json", headers=headers
    )


async def words(response: Any) -> Words:
    assert response["Content-Type"] == "text/event-stream", response.content
    raw = b"".join([piece async for piece in response.streaming_content]).decode()
    blocks = [block for block in raw.split("\n\n") if block and not block.startswith(":")]
    assert all(block.startswith("data: ") for block in blocks)
    return [json.loads(block.removeprefix("data: ")) for block in blocks]


def tokens(found: Words) -> str:
    return "".join(each["content"] for each in found if each["type"] == "token")


def thread_of(user: User) -> ChatSession:
    chat = ChatSession.objects.thread_of(user)
    assert chat is not None
    return chat


def told(user: User, text: str = "First", answer: str = "Yes.", status: str = "complete") -> ChatSession:
    """The thread after a message and its answer."""
    sent = send_to_thread(owner=user, content=text)
    end(sent.reply, status, answer, "end" if status == "complete" else status)
    return thread_of(user)


# ---------------------------------------------------------------- before a message, and what is read


def test_before_the_first_message_there_is_nothing_and_reading_makes_nothing(
    as_alice: Client, alice: User
) -> None:
    name = f"user-{alice.pk}"
    assert as_alice.get("/chat/sessions").json() == {
        "user_id": alice.pk, "thread_id": name, "total_messages": 0, "total_tokens_used": 0,
        "session_start": None, "last_activity": None,
    }  # fmt: skip
    assert as_alice.get("/chat/history").json() == {"thread_id": name, "message_count": 0, "messages": []}
    forgotten = as_alice.delete("/chat/history").json()
    assert (forgotten["success"], forgotten["thread_id"]) == (True, name)
    assert not ChatSession.objects.exists()


def test_history_has_the_newest_messages_oldest_first(as_alice: Client, alice: User) -> None:
    for number in range(3):
        told(alice, f"Question {number}", f"Answer {number}")
    whole = as_alice.get("/chat/history").json()
    assert set(whole) == {"thread_id", "message_count", "messages"}
    assert [each["content"] for each in whole["messages"]] == [
        f"{word} {number}" for number in range(3) for word in ("Question", "Answer")
    ]
    newest = as_alice.get("/chat/history/?limit=3").json()
    assert (newest["message_count"], newest["messages"]) == (6, whole["messages"][-3:])
    assert all(set(each) == {"role", "content", "timestamp"} for each in newest["messages"])
    assert [each["role"] for each in newest["messages"]] == ["assistant", "user", "assistant"]
    assert datetime.fromisoformat(newest["messages"][0]["timestamp"]).tzinfo is not None


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "last=3"])
def test_a_wrong_question_is_refused(as_alice: Client, query: str) -> None:
    response = as_alice.get(f"/chat/history?{query}")
    assert (response.status_code, problem(response)) == (400, "invalid")


def test_the_thread_in_figures(as_alice: Client, alice: User) -> None:
    chat = told(alice)
    ChatSession.objects.filter(pk=chat.pk).update(input_tokens=100, output_tokens=11)
    found = as_alice.get("/chat/sessions").json()
    assert (found["total_messages"], found["total_tokens_used"]) == (2, 111)
    assert found["session_start"] <= found["last_activity"]


def test_each_has_a_thread_of_their_own_that_no_list_shows(as_alice: Client, as_bob: Client, alice: User, bob: User) -> None:  # fmt: skip
    told(alice, "Alices question")
    assert as_bob.get("/chat/history").json()["messages"] == []
    assert as_bob.delete("/chat/history?permanent=true").status_code == 200
    assert as_alice.get("/chat/history").json()["message_count"] == 2
    assert as_alice.get("/api/chat/sessions").json()["results"] == []
    assert as_alice.get(f"/api/chat/sessions/{thread_of(alice).pk}").status_code == 200


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{}", 400), (b"no", 400), (b'{"message": 3}', 400), (b'{"message": " "}', 422),
     (b'{"message": "a", "thread_id": "user-1"}', 400), (b'{"message": "\\u0000"}', 400)],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/chat", "/chat/", "/chat/stream", "/chat/stream/"])
def test_what_is_no_message_is_a_problem_and_makes_no_thread(
    as_alice: Client, path: str, body: bytes, status: int
) -> None:
    response = as_alice.post(path, body, content_type="application/json")
    assert response.status_code == status
    assert problem(response)
    assert not ChatSession.objects.exists()


@pytest.mark.parametrize(
    ("path", "taken"),
    [("/chat", "post"), ("/chat/stream", "post"), ("/chat/history/", "get"), ("/chat/sessions", "get")],
)
def test_other_methods_are_told_which_there_are(as_alice: Client, path: str, taken: str) -> None:
    response = as_alice.put(path)
    assert (response.status_code, problem(response)) == (405, "method_not_allowed")
    assert taken.upper() in response["Allow"]
    if taken == "post":
        assert as_alice.get(path).status_code == 405


@pytest.mark.parametrize("path", ["/chat/nothing", "/chat/history/1", "/chat/sessions/current"])
def test_an_unknown_path_is_a_json_404(as_alice: Client, client: Client, path: str) -> None:
    assert (as_alice.get(path).status_code, problem(as_alice.get(path))) == (404, "not_found")
    assert problem(client.get(path)) == "not_authenticated"


@pytest.mark.parametrize("path", ["/chatter", "/chats/"])
def test_beside_it_there_are_pages(client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_a_browser_needs_the_csrf_token_to_speak_and_to_delete(alice: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    for response in (post(client, path, "Hello"), client.delete("/chat/history")):
        assert (response.status_code, problem(response)) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [("chat", "post", "/chat"), ("chat", "post", "/chat/stream"), ("read", "get", "/chat/history"),
     ("write", "delete", "/chat/history"), ("read", "get", "/chat/sessions")],
)  # fmt: skip
def test_a_token_needs_the_scope(
    with_token: Callable[..., Program], alice: User, scope: str, method: str, path: str
) -> None:
    others = {"read", "write", "chat"} - {scope}
    refused = getattr(with_token(alice, *others).client, method)(path)
    assert (refused.status_code, problem(refused)) == (403, "scope_missing")
    client = with_token(alice, scope).client
    client.handler.enforce_csrf_checks = True
    assert getattr(client, method)(path, content_type="application/json").status_code in (200, 400)


# ---------------------------------------------------------------- deleting


def test_deleted_it_begins_anew_and_can_be_brought_back_as_a_session(as_alice: Client, alice: User) -> None:
    old = told(alice, "Remember the word heron")
    TokenUsage.objects.create(
        user=alice, session=old, session_key=old.pk, provider="offline", model="offline"
    )
    answer = as_alice.delete("/chat/history").json()
    assert set(answer) == {"success", "message", "thread_id"}
    assert "30 days" in answer["message"]
    assert as_alice.get("/chat/history").json()["message_count"] == 0
    assert as_alice.get("/chat/sessions").json()["total_messages"] == 0
    assert "heron" in as_alice.get("/sessions/?deleted=1").content.decode()
    new = told(alice)
    assert new.pk != old.pk
    assert as_alice.post(f"/sessions/{old.pk}/restore/").status_code in (204, 302, 303, 200)
    old.refresh_from_db()
    assert (old.kind, old.deleted_at) == ("chat", None)
    assert "heron" in as_alice.get("/sessions/").content.decode()
    assert thread_of(alice) == new
    assert TokenUsage.objects.filter(session_key=old.pk).count() == 1


def test_deleted_for_good_only_the_ledger_stays(as_alice: Client, alice: User) -> None:
    old = told(alice)
    TokenUsage.objects.create(
        user=alice, session=old, session_key=old.pk, provider="offline", model="offline"
    )
    assert "for good" in as_alice.delete("/chat/history/?permanent=true").json()["message"]
    assert not ChatSession.objects.exists()
    assert not Message.objects.exists()
    assert TokenUsage.objects.get().session_key == old.pk
    assert as_alice.delete("/chat/history?permanent=1").status_code == 400


def test_a_reply_that_runs_is_stopped_by_deleting(as_alice: Client, alice: User) -> None:
    sent = send_to_thread(owner=alice, content="Hello")
    assert sent.reply is not None
    assert as_alice.delete("/chat/history").status_code == 200
    sent.reply.refresh_from_db()
    assert sent.reply.status == "stopped"


def test_the_page_deletes_it_likewise(as_alice: Client, alice: User) -> None:
    old = told(alice)
    delete_sessions(chats=[old])
    assert told(alice).pk != old.pk
    restore_sessions(chats=[old])
    assert ChatSession.objects.filter(owner=alice, kind="chat").get() == old


def test_its_page_its_export_and_its_search_are_those_of_any_session(as_alice: Client, alice: User) -> None:
    chat = told(alice, "Where is the heron?", "At the pond.")
    page = as_alice.get(f"/sessions/{chat.pk}/")
    assert page.status_code == 200
    assert "At the pond." in page.content.decode()
    about = as_alice.get(f"/sessions/{chat.pk}/settings/")
    assert about.status_code == 200
    assert as_alice.get(f"/sessions/{chat.pk}/context/").status_code == 200
    assert "At the pond." in as_alice.get(f"/sessions/{chat.pk}/export/preview/").content.decode()
    assert "heron" in as_alice.get("/search/?q=heron").content.decode()


# ---------------------------------------------------------------- answers


@pytest.mark.django_db(transaction=True)
class TestAnswers:
    async def test_a_message_gets_the_answer(
        self, alice_waits: AsyncClient, alice: User, process: Runtime
    ) -> None:
        response = await post(alice_waits, "/chat", ASKED)
        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
        answer = response.json()
        assert set(answer) == {"response", "thread_id"}
        assert answer["thread_id"] == f"user-{alice.pk}"
        stored = await Message.objects.aget(role="assistant")
        assert answer["response"] == stored.content != ""
        chat = await ChatSession.objects.aget()
        assert (chat.kind, chat.message_count) == ("thread", 2)
        assert (await post(alice_waits, "/chat/", "And today?")).status_code == 200
        assert (await ChatSession.objects.aget()).message_count == 4

    async def test_a_stream_says_what_is_done_then_the_text_then_that_it_is_done(
        self, alice_waits: AsyncClient, alice: User, process: Runtime
    ) -> None:
        found = await words(await post(alice_waits, "/chat/stream", ASKED))
        assert found[-1] == {"type": "done", "thread_id": f"user-{alice.pk}"}
        assert all(set(each) == {"type", "content"} for each in found[:-1])
        assert {each["type"] for each in found[:-1]} == {"status", "token"}
        assert tokens(found) == (await Message.objects.aget(role="assistant")).content
        assert any("Token usage" in each["content"] for each in found[:-1] if each["type"] == "status")

    async def test_the_first_two_messages_at_once_make_one_thread_and_are_answered_in_their_order(
        self, alice_waits: AsyncClient, alice: User, process: Runtime
    ) -> None:
        sent = [post(alice_waits, "/chat", f"What can you do? {number}") for number in range(3)]
        found = await asyncio.gather(*sent, post(alice_waits, "/chat/stream", "And you?"))
        assert [each.status_code for each in found] == [200] * 4
        assert (await words(found[3]))[-1]["type"] == "done"
        assert await ChatSession.objects.acount() == 1
        rows = [row async for row in Message.objects.order_by("position")]
        assert [row.role for row in rows] == ["user", "assistant"] * 4
        assert {row.content for row in rows if row.role == "user"} == {
            *(f"What can you do? {number}" for number in range(3)), "And you?"
        }  # fmt: skip

    async def test_what_waits_for_its_turn_is_sent_on_when_the_reply_before_it_fails(
        self, alice_waits: AsyncClient, alice: User
    ) -> None:
        sent = await sync_to_async(send_to_thread)(owner=alice, content="First")
        second = await sync_to_async(send_to_thread)(owner=alice, content="Second")
        turn = turns.Turn.of(second, Reader(alice))
        assert await turn.come(0.01) is None
        await sync_to_async(end)(sent.reply, "failed", "", "error")
        assert await turn.come(0.01) is None
        key = await turn.come(0.01)
        assert (await Reply.objects.select_related("message__parent").aget(pk=key)).message.parent.content == "Second"  # type: ignore[union-attr]  # fmt: skip

    async def test_a_turn_that_may_not_be_sent_is_refused_and_waits_no_longer(
        self, alice_waits: AsyncClient, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = await sync_to_async(send_to_thread)(owner=alice, content="First")
        second = await sync_to_async(send_to_thread)(owner=alice, content="Second")
        await sync_to_async(end)(sent.reply, "failed", "", "error")

        def refuse(*given: Any, **named: Any) -> None:
            raise BudgetUsedUp("Your month is used up.")

        monkeypatch.setattr(turns, "hand_on", refuse)
        with pytest.raises(BudgetUsedUp):
            await turns.Turn.of(second, Reader(alice)).come(0.01)
        assert not await PendingMessage.objects.aexists()

    async def test_what_was_taken_back_or_deleted_meanwhile_says_so(
        self, alice_waits: AsyncClient, alice: User
    ) -> None:
        await sync_to_async(send_to_thread)(owner=alice, content="First")
        waiting = asyncio.create_task(post(alice_waits, "/chat", "Second"))
        while not await PendingMessage.objects.aexists():
            await asyncio.sleep(0.01)
        chat = await ChatSession.objects.aget()
        await sync_to_async(delete_sessions)(chats=[chat])
        response = await waiting
        assert (response.status_code, problem(response)) == (409, "not_sent")
        await sync_to_async(restore_sessions)(chats=[chat])
        assert not await PendingMessage.objects.aexists()

    async def test_what_waits_behind_one_that_may_not_go_is_sent_and_the_other_keeps_its_place(
        self, alice_waits: AsyncClient, alice: User
    ) -> None:
        token, _ = await sync_to_async(make_token)(user=alice, name="gone")
        sent = await sync_to_async(send_to_thread)(owner=alice, content="First")
        await sync_to_async(send_to_thread)(owner=alice, content="Second", token=token)
        third = await sync_to_async(send_to_thread)(owner=alice, content="Third")
        await sync_to_async(revoke_token)(token=token)
        await sync_to_async(end)(sent.reply, "failed", "", "error")
        turn = turns.Turn.of(third, Reader(alice))
        assert await turn.come(0.01) is None
        assert await turn.come(0.01) is not None
        assert (await PendingMessage.objects.aget()).content == "Second"

    async def test_who_waits_with_a_token_that_is_revoked_is_told_nothing(
        self, alice_waits: AsyncClient, alice: User
    ) -> None:
        token, secret = await sync_to_async(make_token)(user=alice, name="gone", scopes=["chat"])
        bearer = {"Authorization": f"Bearer {secret}"}
        waiting = asyncio.create_task(post(AsyncClient(), "/chat", "Hello", **bearer))
        while await Reply.objects.afirst() is None:
            await asyncio.sleep(0.01)
        await sync_to_async(revoke_token)(token=token)  # and the reply is stopped
        response = await waiting
        assert (response.status_code, problem(response)) == (401, "authentication_failed")
        with pytest.raises(NoLonger):
            await Reader(alice, token.public_id).must_live()

    async def test_a_stopped_reply_is_a_problem_that_keeps_the_text(
        self, alice_waits: AsyncClient, alice: User
    ) -> None:
        waiting = asyncio.create_task(post(alice_waits, "/chat", "Hello"))
        while (reply := await Reply.objects.afirst()) is None:
            await asyncio.sleep(0.01)
        await sync_to_async(end)(reply, "stopped", "So far", "stopped")
        response = await waiting
        assert (response.status_code, problem(response)) == (409, "reply_stopped")
        assert (response.json()["response"], response.json()["reply"]) == ("So far", str(reply.pk))

    async def test_a_stream_tells_of_a_stop_before_it_is_done(
        self, alice_waits: AsyncClient, alice: User
    ) -> None:
        response = await post(alice_waits, "/chat/stream", "Hello")
        chat = await ChatSession.objects.aget()
        await sync_to_async(request_stop)(chat=chat)
        found = await words(response)
        assert [each["type"] for each in found[-2:]] == ["error", "done"]

    async def test_who_waits_too_long_is_told_and_the_reply_goes_on(
        self, alice_waits: AsyncClient, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sessions_app.api.thread.PATIENCE", 0.05)
        for text in ("First", "Second"):  # one runs, one waits
            response = await post(alice_waits, "/chat", text)
            assert (response.status_code, problem(response)) == (504, "still_running")
        assert await Reply.objects.filter(status="queued").acount() == 1
        assert await PendingMessage.objects.acount() == 1

    async def test_a_stream_beats_while_its_turn_has_not_come(
        self, alice_waits: AsyncClient, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "HEARTBEAT", 0.01)
        await sync_to_async(send_to_thread)(owner=alice, content="First")
        pieces = aiter((await post(alice_waits, "/chat/stream", "Second")).streaming_content)
        assert await anext(pieces) == b": open\n\n"
        assert b"Waiting for the reply before" in await anext(pieces)
        assert await anext(pieces) == streams.BEAT
        await pieces.aclose()

    async def test_a_tool_that_asks_is_told_by_both(
        self, alice_waits: AsyncClient, alice: User, process: Runtime, settings: Any
    ) -> None:
        settings.APPROVAL_TOOLS = ["analyze_token_usage"]
        response = await post(alice_waits, "/chat", ASKED)
        assert (response.status_code, problem(response)) == (409, "approval_needed")
        assert response.json()["tool_call"]
        behind = await post(alice_waits, "/chat", "And now?")
        assert (behind.status_code, problem(behind)) == (409, "approval_needed")
        assert not await PendingMessage.objects.aexists()
        await alice_waits.delete("/chat/history")
        found = await words(await post(alice_waits, "/chat/stream", ASKED))
        assert [each["type"] for each in found[-2:]] == ["error", "done"]

    async def test_the_same_idempotency_key_is_one_message(
        self, alice_waits: AsyncClient, alice: User, process: Runtime
    ) -> None:
        first, again = [
            await post(alice_waits, "/chat", ASKED, **{"Idempotency-Key": "k1"}) for _ in range(2)
        ]
        assert first.json() == again.json()
        streamed = await words(await post(alice_waits, "/chat/stream", ASKED, **{"Idempotency-Key": "k1"}))
        assert tokens(streamed) == first.json()["response"]
        assert await Message.objects.acount() == 2
        other = await post(alice_waits, "/chat", "Other", **{"Idempotency-Key": "k1"})
        assert (other.status_code, problem(other)) == (422, "key_reused")
        bad = await post(alice_waits, "/chat", "Other", **{"Idempotency-Key": "k 1"})
        assert (bad.status_code, problem(bad)) == (400, "invalid")

    async def test_deleted_for_good_while_a_reply_runs_all_goes_once_that_has_ended(
        self, alice_waits: AsyncClient, alice: User, process: Runtime, settings: Any
    ) -> None:
        settings.OFFLINE_DELAY_MS = 1000
        stream = await post(alice_waits, "/chat/stream", ASKED)
        while not await Reply.objects.filter(status="running").aexists():
            await asyncio.sleep(0.01)
        assert (await alice_waits.delete("/chat/history?permanent=true")).status_code == 200
        assert not await Message.objects.aexists()
        assert [each["type"] for each in (await words(stream))[-2:]] == ["error", "done"]


def test_a_thread_is_not_the_current_session(as_alice: Client, alice: User) -> None:
    told(alice)
    assert ChatSession.objects.for_user(alice).current() is None
    assert send_message(chat=thread_of(alice), author=alice, content="On the page").reply is not None


@pytest.mark.django_db(transaction=True)
def test_a_thread_is_not_cleared_between_its_finding_and_its_message(alice: User) -> None:
    cleared = threading.Event()

    def clear() -> None:
        try:
            threads.clear_thread(owner=alice)
        finally:
            cleared.set()
            connection.close()

    clearing = threading.Thread(target=clear)
    with write():
        chat = threads._thread(alice)
        clearing.start()
        assert not cleared.wait(0.2)
        assert send_message(chat=chat, author=alice, content="Hello").reply is not None
    clearing.join(20)
    assert ChatSession.objects.thread_of(alice) is None
