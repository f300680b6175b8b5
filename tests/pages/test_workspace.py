"""The workspace's pages and forms, with and without htmx: what they show, refuse and leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sessions_app.actions import organising, sessions
from sessions_app.actions.drafts import drop_draft, keep_draft
from sessions_app.models import ChatSession, Message, Reply, User
from sessions_app.realtime import feed
from tests.actions.steps import begin, counts, end, send

HTMX = {"HX-Request": "true"}


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# ---------------------------------------------------------------- showing


def test_without_a_session_the_first_page_is_a_welcome(as_alice: Client) -> None:
    answer = as_alice.get("/")
    assert answer.status_code == 200
    assert "How many tokens did I use this week?" in text_of(answer)
    assert "<article" not in text_of(answer)


def test_the_first_page_opens_the_last_session(as_alice: Client, chat: ChatSession) -> None:
    answer = as_alice.get("/")
    assert answer.status_code == 302
    assert answer["Location"] == f"/sessions/{chat.pk}/"


def test_a_session_shows_its_title_its_messages_and_where_it_is(as_alice: Client, chat: ChatSession) -> None:
    sent = send(chat, "A question about <script>alert(1)</script>")
    end(sent.reply, text="An answer")
    chat.refresh_from_db()
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert chat.title
    assert "<script>alert(1)</script>" not in page
    assert page.count("<article") == 2
    assert f'data-version="{chat.version}" data-reply="" data-from="" data-seq="0"' in page
    assert f'ws-connect="/ws/sessions/{chat.pk}/"' in page
    assert f'id="message-{sent.reply.pk if sent.reply else ""}"' in page


def test_the_page_of_a_running_reply_names_it_with_seq_0(as_alice: Client, chat: ChatSession) -> None:
    reply = begin(send(chat, "A question").reply)
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert f'data-reply="{reply.pk}"' in page
    assert "http-equiv" not in page
    assert 'name="look"' in page


def test_a_long_session_shows_its_end_and_a_way_to_the_rest(as_alice: Client, chat: ChatSession) -> None:
    sessions.set_title(chat=chat, title="Named", by_model=False)
    for n in range(35):
        end(send(chat, f"Question {n}.").reply)
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert "Question 34." in page
    assert "Question 0." not in page
    older = text_of(as_alice.get(f"/sessions/{chat.pk}/?before=11"))
    assert "Question 0." in older
    assert as_alice.get(f"/sessions/{chat.pk}/?before=nonsense").status_code == 200


@pytest.mark.parametrize(("before", "shown"), [("0", 0), ("2", 1), (str(10**30), 3)])
def test_the_page_above_any_position_is_only_what_lies_above_it(
    as_alice: Client, make_chat: Any, before: str, shown: int
) -> None:
    chat = make_chat(version=1)
    for position in (1, 2, 3):
        Message.objects.create(
            session=chat, role="user", position=position, version=1, born=1, content="Told."
        )
    answer = as_alice.get(f"/sessions/{chat.pk}/", {"before": before})
    assert answer.status_code == 200
    assert answer.content.decode().count("<article") == shown


def test_the_list_is_a_fragment_for_htmx_only(as_alice: Client, chat: ChatSession) -> None:
    assert "<html" in text_of(as_alice.get("/sessions/"))
    fragment = as_alice.get("/sessions/", headers=HTMX)
    assert str(chat.pk) in text_of(fragment)
    assert "<html" not in text_of(fragment)


def test_a_missing_session_is_not_found(as_alice: Client) -> None:
    assert as_alice.get("/sessions/01890000-0000-7000-8000-000000000000/").status_code == 404
    assert as_alice.get("/sessions/not-a-key/").status_code == 404


# ---------------------------------------------------------------- sending


def test_a_form_without_htmx_goes_back_to_the_page(as_alice: Client, chat: ChatSession) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/messages/", {"content": "Hello", "client_id": "a"})
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{chat.pk}/")
    assert counts(chat) == (1, 1, 0)


def test_a_form_with_htmx_answers_with_nothing(as_alice: Client, chat: ChatSession) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/messages/", {"content": "Hello"}, headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["form", "htmx"])
@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"content": " "}, 422, "The message is empty."),
        ({"content": "x" * 101}, 413, "too long"),
        ({"content": "Other", "client_id": "known"}, 409, "already sent under this id"),
        ({"content": "Hello", "model": "no-such-model"}, 422, "does not offer that model"),
        ({"content": "Hello", "parent": "nonsense"}, 409, "not in this session"),
        ({"content": "Hello", "parent": "01890000-0000-7000-8000-000000000000"}, 409, "not in this session"),
    ],
)
def test_a_refused_message_answers_with_its_sentence_and_keeps_the_text(
    as_alice: Client,
    chat: ChatSession,
    settings: Any,
    fields: dict[str, str],
    status: int,
    says: str,
    headers: dict[str, str],
) -> None:
    settings.MAX_MESSAGE_BYTES = 100
    end(send(chat, "Known", client_id="known").reply)
    answer = as_alice.post(f"/sessions/{chat.pk}/messages/", fields, headers=headers)
    assert answer.status_code == status
    assert says in text_of(answer)
    if headers:
        assert "<html" not in text_of(answer)
    else:
        assert fields["content"].strip() in text_of(answer)
    assert counts(chat) == (1, 1, 0)


@pytest.mark.parametrize("path", ["messages/", None])
def test_a_send_while_the_server_ends_says_so(as_alice: Client, chat: ChatSession, path: str | None) -> None:
    feed.close()
    try:
        where = f"/sessions/{chat.pk}/messages/" if path else "/sessions/"
        answer = as_alice.post(where, {"content": "Hello"})
    finally:
        feed.reopen()
    assert answer.status_code == 503
    assert "The server is restarting." in text_of(answer)
    assert counts(chat) == (0, 0, 0)


def test_making_a_session_without_content_makes_an_empty_one(as_alice: Client) -> None:
    answer = as_alice.post("/sessions/")
    assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{ChatSession.objects.get().pk}/")


def test_a_first_message_twice_under_one_client_id_is_one_session(as_alice: Client) -> None:
    fields = {"content": "Hello", "client_id": "first"}
    first, second = as_alice.post("/sessions/", fields), as_alice.post("/sessions/", fields)
    assert first["Location"] == second["Location"]
    assert counts(ChatSession.objects.get()) == (1, 1, 0)
    refused = as_alice.post("/sessions/", fields | {"content": "Bye"})
    assert refused.status_code == 409
    assert ChatSession.objects.count() == 1


def test_a_first_message_that_is_refused_makes_no_session(as_alice: Client) -> None:
    answer = as_alice.post("/sessions/", {"content": "Hello there", "model": "no-such-model"})
    assert answer.status_code == 422
    assert "does not offer that model" in text_of(answer)
    assert "Hello there" in text_of(answer)
    assert not ChatSession.objects.exists()


# ---------------------------------------------------------------- replies


def answered(chat: ChatSession, status: str = "failed", reason: str = "error") -> Reply:
    reply = send(chat, "A question").reply
    end(reply, status, "Half", reason)
    assert reply is not None
    return reply


@pytest.mark.parametrize(
    ("verb", "status", "reason"),
    [
        ("retry", "failed", "error"),
        ("continue", "interrupted", "error"),
        ("regenerate", "complete", "end"),
    ],
)
def test_a_new_version_by_its_button(
    as_alice: Client, chat: ChatSession, verb: str, status: str, reason: str
) -> None:
    reply = answered(chat, status, reason)
    where = f"/sessions/{chat.pk}/messages/{reply.pk}/{verb}/"
    assert as_alice.post(where, headers=HTMX).status_code == 204
    assert Message.objects.filter(parent=reply.message.parent_id).count() == 2
    refused = as_alice.post(where, headers=HTMX)
    assert refused.status_code == 409
    assert "A reply is running" in text_of(refused) or "not possible" in text_of(refused)


def test_a_message_of_another_session_is_not_found_through_this_one(
    as_alice: Client, chat: ChatSession, make_chat: Any
) -> None:
    reply = answered(make_chat())
    for verb in ("retry", "continue", "regenerate"):
        assert as_alice.post(f"/sessions/{chat.pk}/messages/{reply.pk}/{verb}/").status_code == 404


def test_stop_ends_what_is_queued(as_alice: Client, chat: ChatSession) -> None:
    reply = send(chat, "A question").reply
    assert reply is not None
    assert as_alice.post(f"/sessions/{chat.pk}/stop/", headers=HTMX).status_code == 204
    reply.refresh_from_db()
    assert reply.status == "stopped"


def test_a_pending_message_is_changed_sent_and_removed_by_its_buttons(
    as_alice: Client, chat: ChatSession
) -> None:
    begin(send(chat, "A question").reply)
    pending = send(chat, "Later").pending
    assert pending is not None
    where = f"/sessions/{chat.pk}/pending/{pending.pk}"
    assert as_alice.post(f"{where}/edit/", {"content": "Other"}, headers=HTMX).status_code == 204
    assert as_alice.post(f"{where}/edit/", {"content": ""}, headers=HTMX).status_code == 422
    assert chat.pending.get().content == "Other"
    assert as_alice.post(f"{where}/send/", headers=HTMX).status_code == 204
    assert as_alice.post(f"{where}/remove/", headers=HTMX).status_code == 204
    assert as_alice.post(f"{where}/remove/", headers=HTMX).status_code == 404


def test_model_and_title_are_changed_in_the_settings(as_alice: Client, chat: ChatSession) -> None:
    where = f"/sessions/{chat.pk}/settings/"
    assert as_alice.post(where, {"title": "  A   name "}, headers=HTMX).status_code == 204
    assert as_alice.post(where, {"model": "no-such-model"}, headers=HTMX).status_code == 422
    chat.refresh_from_db()
    assert (chat.title, chat.title_source, chat.model) == ("A name", "person", "offline")


# ---------------------------------------------------------------- what holds everywhere

PAGES = ["home", "sessions", "tokens"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_a_login(client: Client, name: str, db: None) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("path", ["/", "/sessions/"])
def test_a_fragment_without_a_login_sends_the_page_to_it(client: Client, path: str, db: None) -> None:
    answer = client.get(path, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/accounts/login/")


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/tokens/", "/healthz"])
def test_every_answer_has_a_strict_policy(as_alice: Client, path: str) -> None:
    answer = as_alice.get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_pages_have_no_inline_script_or_style(as_alice: Client, chat: ChatSession) -> None:
    end(send(chat, "Question").reply, text="```python\nx = 1\n```")
    for path in ("/?new", f"/sessions/{chat.pk}/", "/accounts/login/"):
        page = text_of(as_alice.get(path))
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page


def test_a_get_changes_nothing(as_alice: Client, alice: User, chat: ChatSession) -> None:
    reply = answered(chat)
    begin(send(chat, "Again").reply)
    pending = send(chat, "Later").pending
    assert pending is not None
    chat.refresh_from_db()
    before = (chat.version, ChatSession.objects.count(), counts(chat))
    base = f"/sessions/{chat.pk}"
    paths = [
        "/",
        "/?new",
        "/sessions/",
        f"{base}/",
        f"{base}/settings/",
        f"{base}/messages/",
        f"{base}/stop/",
    ]
    paths += [f"{base}/messages/{reply.pk}/{verb}/" for verb in ("retry", "continue", "regenerate")]
    paths += [f"{base}/pending/{pending.pk}/{verb}/" for verb in ("edit", "send", "remove")]
    for path in paths:
        assert as_alice.get(path).status_code in (200, 302, 405)
    chat.refresh_from_db()
    assert (chat.version, ChatSession.objects.count(), counts(chat)) == before


def test_a_post_without_a_token_is_refused(alice: User, chat: ChatSession) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post(f"/sessions/{chat.pk}/messages/", {"content": "Hello"})
    assert answer.status_code == 403
    assert counts(chat) == (0, 0, 0)


def test_ones_own_deleted_session_offers_the_way_back_and_a_strangers_is_nothing(
    as_alice: Client, client: Client, bob: User, alice: User, chat: ChatSession
) -> None:
    here = f"/sessions/{chat.pk}/"
    organising.delete_sessions(chats=[chat])
    page = as_alice.get(here)
    assert page.status_code == 404
    assert "It can be brought back for 30 days." in text_of(page)
    sent = as_alice.post(f"{here}messages/", {"content": "Still there?"}, headers=HTMX)
    assert (sent.status_code, sent.headers["HX-Retarget"]) == (404, "#composer-notice")
    assert "This session was deleted." in text_of(sent)
    assert f'action="{here}restore/"' in text_of(sent)
    assert "This session was deleted." in text_of(as_alice.get(f"{here}deleted/", headers=HTMX))
    beside = as_alice.get(f"{here}menu/", headers=HTMX | {"HX-Current-URL": "http://testserver/sessions/"})
    assert "This session was deleted." in beside.headers["HX-Trigger"]
    client.force_login(bob)
    assert "Nothing is here" in text_of(client.get(here))
    back = as_alice.post(f"{here}restore/", {"next": here})
    assert (back.status_code, back.headers["Location"]) == (303, here)
    assert as_alice.post(f"{here}restore/", {"next": here}).status_code == 303
    assert as_alice.get(here).status_code == 200


def test_a_new_session_from_an_unused_one_is_that_one(as_alice: Client, alice: User, bob: User) -> None:
    first = as_alice.post("/sessions/").headers["Location"]
    chat = ChatSession.objects.get(owner=alice)
    again = {"from": str(chat.pk)}
    assert f'name="from" value="{chat.pk}"' in text_of(as_alice.get(first))
    assert as_alice.post("/sessions/", again).headers["Location"] == first
    assert as_alice.post("/sessions/").headers["Location"] != first
    assert as_alice.post("/sessions/", {"from": "nonsense"}).status_code == 302
    keep_draft(user=alice, chat=chat, content="Half a thought")
    assert as_alice.post("/sessions/", again).headers["Location"] != first
    drop_draft(user=alice, chat=chat)
    assert as_alice.post("/sessions/", again).headers["Location"] == first
    send(chat, "A thought")
    assert as_alice.post("/sessions/", again).headers["Location"] != first
    foreign = ChatSession.objects.create(owner=bob)
    assert (
        as_alice.post("/sessions/", {"from": str(foreign.pk)}).headers["Location"]
        != f"/sessions/{foreign.pk}/"
    )
