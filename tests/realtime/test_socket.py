"""The socket of a page: who may open it, what it takes, and how it brings a page to now."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from analytics_app.actions.budgets import set_budget
from sessions_app.actions.replies import request_stop
from sessions_app.models import ChatSession, Message, SessionMember, User
from sessions_app.realtime import reader as reader_module
from sessions_app.realtime import runtime
from sessions_app.realtime.runtime import Runtime
from tests.upstream import Scenario

from .page import CURSOR, Closed, Page, key_of, login, socket_of
from .stage import Stage, stored

# ---------------------------------------------------------------- who may open it


async def closed_with(socket: WebsocketCommunicator) -> int:
    """Accepted, then closed: with which code?"""
    accepted, _ = await socket.connect(timeout=10)
    assert accepted
    while (message := await socket.receive_output(10))["type"] != "websocket.close":
        pass
    await socket.disconnect()
    return int(message["code"])


async def test_nobody_is_accepted_and_closed_with_4401(process: Runtime, chat: ChatSession) -> None:
    assert await closed_with(socket_of(f"/ws/sessions/{chat.pk}/")) == 4401
    assert await closed_with(socket_of("/ws/")) == 4401
    assert await closed_with(socket_of("/ws/", "a-key-nobody-has")) == 4401


async def test_a_stranger_and_a_missing_session_are_closed_with_4404(
    process: Runtime, chat: ChatSession, bob: User
) -> None:
    key = key_of(await login(bob))
    assert await closed_with(socket_of(f"/ws/sessions/{chat.pk}/", key)) == 4404
    assert await closed_with(socket_of("/ws/sessions/01890000-0000-7000-8000-000000000000/", key)) == 4404


@pytest.mark.parametrize(
    "origin",
    [
        None,
        b"null",
        b"",
        b"https://testserver",
        b"http://other",
        b"http://testserver:9999",
        b"http://testserver.evil.example",
        b"ws://testserver",
    ],
)
async def test_another_origin_is_refused_in_the_handshake(
    process: Runtime, chat: ChatSession, alice: User, origin: bytes | None
) -> None:
    socket = socket_of(f"/ws/sessions/{chat.pk}/", key_of(await login(alice)), origin)
    accepted, _ = await socket.connect(timeout=10)
    assert not accepted


async def test_a_path_without_a_socket_is_refused_in_the_handshake(process: Runtime, alice: User) -> None:
    socket = socket_of("/ws/nothing/", key_of(await login(alice)))
    accepted, _ = await socket.connect(timeout=10)
    assert not accepted


async def test_a_member_may_read(process: Runtime, chat: ChatSession, bob: User) -> None:
    await stored(lambda: SessionMember.objects.create(session=chat, user=bob))
    page = await Page.opened(chat, bob)
    await page.resume(seq=7)
    assert 'data-from=""' in await page.next()
    await page.cut()


# ---------------------------------------------------------------- what it takes


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"text_data": "x" * 5000}, 1009),
        ({"bytes_data": b"{}"}, 1009),
        ({"text_data": "not json"}, 1008),
        ({"text_data": "[]"}, 1008),
        ({"text_data": "null"}, 1008),
        ({"text_data": '"resume"'}, 1008),
        ({"text_data": '{"type": "shutdown"}'}, 1008),
        ({"text_data": '{"type": "seen"}'}, 1008),
        ({"text_data": '{"type": "seen", "n": [1]}'}, 1008),
        ({"text_data": '{"type": "seen", "n": 1e400}'}, 1008),
        ({"text_data": '{"type": "resume", "version": {"a": 1}}'}, 1008),
        ({"text_data": '{"type": "resume", "version": Infinity}'}, 1008),
        ({"text_data": "[" * 4000}, 1008),
    ],
)
async def test_a_frame_that_is_none_of_the_two_closes_the_socket(
    process: Runtime, chat: ChatSession, sent: dict[str, Any], code: int
) -> None:
    page = await Page.opened(chat)
    assert page.socket is not None
    await page.socket.send_to(**sent)
    assert await closing_code(page) == code


async def test_numbers_beyond_anything_get_the_log_whole(stage: Stage) -> None:
    await stage.answer(Scenario("words", words=2))
    page = await Page.opened(stage.chat)
    await page.say({"type": "resume", "version": 10**30, "reply": "x", "seq": -4})
    text = await page.next()
    assert 'hx-swap-oob="innerHTML:#messages"' in text
    await page.cut()


# ---------------------------------------------------------------- resume


async def test_a_resume_that_matches_sends_nothing(stage: Stage) -> None:
    reply = await stage.answer(Scenario("words", words=3))
    page = await Page.opened(stage.chat)
    assert page.document.cursor["data-reply"] == ""
    after = await stage.begin(Scenario("words", words=2), "More")
    text = await page.next()
    assert CURSOR.match(text) is not None
    assert f"message-{reply.pk}" not in text
    page.document.apply(text)
    await page.until_ended(after.pk)
    await stage.ended(after)
    await page.cut()


async def test_a_program_that_begins_with_nothing_gets_the_whole_log(stage: Stage) -> None:
    reply = await stage.answer(Scenario("words", words=3))
    page = await Page.opened(stage.chat)
    await page.say({"type": "resume", "version": 0, "reply": None, "seq": 0})
    text = await page.next()
    match = CURSOR.match(text)
    assert match is not None
    version = (await stage.fresh(reply)).session.version
    assert match.groups() == (str(version), "", "", "0")
    assert text.count("<article") == 2
    await page.cut()


async def test_the_frames_of_a_reply_build_on_each_other_and_the_last_is_a_snapshot(stage: Stage) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.begin(Scenario("gate", words=30, after=3, rate=200))
    await page.until(lambda document: "w3" in document.root.text)
    stage.upstream.release()
    await page.until_ended(reply.pk)
    await stage.ended(reply)
    growing = [match for text in page.frames if (match := CURSOR.match(text)) and match[3]]
    assert len(growing) > 5
    assert page.refused == 0
    last = [text for text in page.frames if f'id="message-{reply.pk}"' in text][-1]
    match = CURSOR.match(last)
    assert match is not None
    assert (match[2], match[3]) == ("", "")
    assert 'data-status="complete"' in last
    await page.check_matches()
    await page.cut()


async def test_joining_in_mid_reply_gets_one_snapshot_and_then_frames_that_fit(stage: Stage) -> None:
    reply = await stage.begin(Scenario("gate", words=40, after=20))
    await stage.growing(reply, "w20 ")
    page = await Page.opened(stage.chat)
    first = await page.next()
    match = CURSOR.match(first)
    assert match is not None
    assert (match[2], match[3]) == (str(reply.pk), "")
    page.document.apply(first)
    assert page.document.shown(reply.pk).endswith("w20")
    stage.upstream.release()
    await page.until_ended(reply.pk)
    await stage.ended(reply)
    assert page.refused == 0
    await page.check_matches()
    await page.cut()


async def test_two_readers_see_the_same(stage: Stage) -> None:
    first, second = await Page.opened(stage.chat), await Page.opened(stage.chat)
    reply = await stage.begin(Scenario("markdown", words=80, rate=400))
    await asyncio.gather(first.until_ended(reply.pk), second.until_ended(reply.pk))
    await stage.ended(reply)
    for page in (first, second):
        assert (page.refused, page.document.missing) == (0, [])
        await page.check_matches()
        await page.cut()


@pytest.mark.parametrize("scenario", ["tool", "two_tools", "thinking_tool", "error_event", "unknown_tool"])
async def test_tools_thinking_and_failures_reach_the_page_as_they_are_stored(
    stage: Stage, scenario: str
) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.begin(Scenario(scenario, words=5))
    await page.until_ended(reply.pk)
    await stage.ended(reply)
    assert (page.refused, page.document.missing) == (0, [])
    await page.check_matches()
    await page.cut()


async def test_stop_reaches_the_page(stage: Stage) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.begin(Scenario("gate", words=40, after=4))
    await page.until(lambda document: "w4" in document.root.text)
    await stored(lambda: request_stop(chat=stage.chat))
    await page.until_ended(reply.pk)
    await stage.ended(reply)
    assert page.document.status(reply.pk) == "stopped"
    assert page.document.shown(reply.pk) == "w1 w2 w3 w4"
    await page.cut()


async def test_a_message_born_after_the_version_was_read_waits_for_the_next_look(stage: Stage) -> None:
    """Read together with an older version it would be added once more by the next look."""
    from sessions_app.realtime.catchup import changed_rows, shown_rows, unfinished_reply

    await stage.answer(Scenario("words", words=2))
    chat = await stored(lambda: ChatSession.objects.get(pk=stage.chat.pk))
    later = await stage.begin(Scenario("gate", after=1), "Later")
    await stage.growing(later, "w1 ")

    def looks() -> tuple[list[Message], list[Message], object]:
        return shown_rows(chat), changed_rows(chat, 0), unfinished_reply(chat)

    shown, changed, running = await stored(looks)
    assert later.pk not in {row.pk for row in shown + changed}
    assert running is None
    assert len(shown) == len(changed) == 2
    stage.upstream.release()
    await stage.ended(later)


async def test_a_person_without_an_open_session_hears_that_the_list_changed(stage: Stage) -> None:
    socket = socket_of("/ws/", key_of(await login(stage.chat.owner)))
    accepted, _ = await socket.connect(timeout=10)
    assert accepted
    async with asyncio.timeout(10):
        while not any(reader.ready for reader in stage.hub.people.get(stage.chat.owner_id, ())):
            await asyncio.sleep(0.01)
    reply = await stage.begin(Scenario("words", words=2))
    message = await socket.receive_output(10)
    assert 'id="list-changed"' in message["text"]
    await stage.ended(reply)
    await stored(
        lambda: set_budget(actor=None, user=stage.chat.owner, measure="tokens", period="day", amount=9)
    )
    async with asyncio.timeout(10):
        while 'id="limits-changed"' not in message["text"]:
            message = await socket.receive_output(10)
    await socket.disconnect()


# ---------------------------------------------------------------- acknowledgement


async def test_a_reader_that_never_acknowledges_is_paused_and_gets_one_snapshot_when_it_does(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "WINDOW_SECONDS", 1000.0)  # only the size of what is unseen counts
    page = await Page.opened(stage.chat)
    page.acknowledges = False
    reply = await stage.begin(Scenario("gate", words=2500, after=1))
    await page.until(lambda document: "w1" in document.root.text)
    stage.upstream.release()
    ended = await stage.ended(reply)
    assert page.socket is not None
    while not page.socket.output_queue.empty():
        page.document.apply(await page.next())
    size = sum(map(len, page.frames))
    assert reader_module.WINDOW_BYTES < size < reader_module.WINDOW_BYTES + 100_000
    known = len(page.frames)
    page.acknowledges = True
    await page.say({"type": "seen", "n": known})
    await page.until_ended(reply.pk)
    whole = [text for text in page.frames[known:] if f'id="message-{reply.pk}"' in text]
    match = CURSOR.match(whole[0])
    assert match is not None
    assert (len(whole), match[3]) == (1, "")
    assert page.document.shown(reply.pk) == ended.message.content.strip()
    await page.check_matches()
    await page.cut()


async def test_a_reader_that_is_late_is_sent_nothing_until_it_acknowledges(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever is not acknowledged is too old at once.
    monkeypatch.setattr(reader_module, "WINDOW_SECONDS", 0.0)
    page = await Page.opened(stage.chat)
    page.acknowledges = False
    reply = await stage.begin(Scenario("gate", words=50, after=1))
    page.document.apply(await page.next())
    stage.upstream.release()
    await stage.ended(reply)
    assert page.socket is not None
    assert page.socket.output_queue.empty()
    page.acknowledges = True
    await page.say({"type": "seen", "n": 1})
    await page.until_ended(reply.pk)
    await page.check_matches()
    await page.cut()


# ---------------------------------------------------------------- the end of a login


async def closing_code(page: Page) -> int:
    """The code the server closes with; the page then goes."""
    try:
        while True:
            await page.next()
    except Closed as closed:
        await page.cut()
        return closed.code


async def test_logging_out_closes_the_socket_at_once(process: Runtime, chat: ChatSession) -> None:
    page = await Page.opened(chat)
    await page.client.post("/accounts/logout/")
    assert await closing_code(page) == 4401


async def test_a_changed_password_closes_the_sockets_of_other_logins(
    process: Runtime, chat: ChatSession, alice: User
) -> None:
    elsewhere = await Page.opened(chat)
    here = await login(alice)
    fields = {"oldpassword": "pw-alice-1", "password1": "quite-another-77", "password2": "quite-another-77"}
    answer = await here.post("/accounts/password/change/", fields)
    assert answer.status_code == 302
    assert await closing_code(elsewhere) == 4401


async def test_switching_an_account_off_closes_its_sockets(
    process: Runtime, chat: ChatSession, alice: User
) -> None:
    page = await Page.opened(chat)

    def switch_off() -> None:
        alice.is_active = False
        alice.save()

    await stored(switch_off)
    assert await closing_code(page) == 4401


async def test_nothing_is_sent_after_the_login_ended(stage: Stage) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.begin(Scenario("gate", words=40, after=4))
    await page.until(lambda document: "w4" in document.root.text)
    await page.client.post("/accounts/logout/")
    with pytest.raises(Closed):
        await page.until(lambda document: False)
    stage.upstream.release()
    await stage.ended(reply)
    assert page.socket is not None
    assert page.socket.output_queue.empty()
    await page.cut()


async def test_a_session_that_is_deleted_closes_its_sockets_with_4404(stage: Stage) -> None:
    from django.utils import timezone

    page = await Page.opened(stage.chat)
    await stored(lambda: ChatSession.objects.filter(pk=stage.chat.pk).update(deleted_at=timezone.now()))
    await page.resume(version=0)
    assert await closing_code(page) == 4404


async def test_before_a_process_has_started_a_socket_is_told_to_come_back(
    transactional_db: None, chat: ChatSession
) -> None:
    assert runtime.current() is None
    socket = socket_of(f"/ws/sessions/{chat.pk}/", key_of(await login(chat.owner)))
    assert await closed_with(socket) == 4012


async def test_a_page_may_say_that_it_saw_more_than_there_was(process: Runtime, chat: ChatSession) -> None:
    page = await Page.opened(chat)
    await page.say({"type": "seen", "n": 10**9})
    await page.resume(seq=7)
    assert 'data-from=""' in await page.next()
    await page.cut()
