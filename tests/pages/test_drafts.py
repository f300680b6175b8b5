"""The draft's address, and the page that shows it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sessions_app.actions.drafts import keep_draft
from sessions_app.models import ChatSession, Draft, Message, SessionMember, User

MISSING = "01890000-0000-7000-8000-000000000000"


def box(answer: Any) -> str:
    """What stands in the message box of a page."""
    page: str = answer.content.decode()
    return page.partition('id="message-box"')[2].partition(">")[2].partition("</textarea>")[0]


def test_what_is_kept_is_told_again(as_alice: Client, chat: ChatSession) -> None:
    kept = as_alice.post("/drafts/", {"session": str(chat.pk), "content": "half a thought", "client_id": "a"})
    assert (kept.status_code, kept.content) == (204, b"")
    told = as_alice.get("/drafts/", {"session": str(chat.pk)}).json()
    assert told == {"content": "half a thought", "at": kept["Draft-At"]}
    assert as_alice.get("/drafts/").json() == {"content": "", "at": ""}


def test_one_that_was_kept_elsewhere_meanwhile_is_told_not_replaced(
    as_alice: Client, chat: ChatSession
) -> None:
    place = {"session": str(chat.pk)}
    first = as_alice.post("/drafts/", {**place, "content": "half", "client_id": "a", "at": ""})["Draft-At"]
    longer = as_alice.post("/drafts/", {**place, "content": "half, longer", "client_id": "b", "at": first})
    kept = {"content": "half, longer", "at": longer["Draft-At"]}
    for content in ("half X", ""):
        other = as_alice.post("/drafts/", {**place, "content": content, "client_id": "a", "at": first})
        assert (other.status_code, other.json()) == (409, kept)
    assert as_alice.get("/drafts/", place).json() == kept
    mine = as_alice.post("/drafts/", {**place, "content": "half X", "client_id": "a", "at": kept["at"]})
    assert mine.status_code == 204
    assert Draft.objects.get().content == "half X"


@pytest.mark.parametrize(("content", "client_id"), [("half a thought", "b"), ("hal", "a")])
def test_what_loses_nothing_or_is_the_same_message_needs_no_question(
    as_alice: Client, chat: ChatSession, content: str, client_id: str
) -> None:
    place = {"session": str(chat.pk), "at": ""}
    as_alice.post("/drafts/", {**place, "content": "half", "client_id": "a"})
    answer = as_alice.post("/drafts/", {**place, "content": content, "client_id": client_id})
    assert answer.status_code == 204
    assert Draft.objects.get().content == content


def test_an_empty_one_is_dropped(as_alice: Client, chat: ChatSession) -> None:
    as_alice.post("/drafts/", {"session": str(chat.pk), "content": "half"})
    dropped = as_alice.post("/drafts/", {"session": str(chat.pk), "content": ""})
    assert (dropped.status_code, dropped["Draft-At"]) == (204, "")
    assert not Draft.objects.exists()


def test_no_browser_keeps_the_page_of_a_session_with_the_draft_of_then(
    as_alice: Client, chat: ChatSession
) -> None:
    for address in (chat.get_absolute_url(), "/?welcome=1"):
        assert "no-store" in as_alice.get(address)["Cache-Control"], address


def test_the_page_of_a_session_shows_its_draft(as_alice: Client, alice: User, chat: ChatSession) -> None:
    keep_draft(user=alice, chat=chat, content="a <thought>")
    page = as_alice.get(f"/sessions/{chat.pk}/")
    assert box(page) == "a &lt;thought&gt;"
    assert '<input type="hidden" name="draft" value="1">' in page.content.decode()


def test_the_first_page_shows_the_draft_without_a_session(as_alice: Client, alice: User) -> None:
    keep_draft(user=alice, chat=None, content="to begin with")
    assert box(as_alice.get("/")) == "to begin with"


def test_a_refused_message_stands_in_the_box_instead(
    as_alice: Client, alice: User, chat: ChatSession
) -> None:
    keep_draft(user=alice, chat=chat, content="older")
    answer = as_alice.post(
        f"/sessions/{chat.pk}/messages/", {"content": "refused", "model": "none", "draft": "1"}
    )
    assert box(answer) == "refused"
    assert Draft.objects.get().content == "older"


@pytest.mark.parametrize("place", ["session", "none"])
def test_the_plain_form_takes_the_draft_along(
    as_alice: Client, alice: User, make_chat: Any, place: str
) -> None:
    chat = make_chat() if place == "session" else None
    keep_draft(user=alice, chat=chat, content="a thought")
    where = f"/sessions/{chat.pk}/messages/" if chat else "/sessions/"
    as_alice.post(where, {"content": "a thought", "draft": "1"})
    assert Message.objects.filter(content="a thought").count() == 1
    assert not Draft.objects.exists()


def test_one_too_long_is_refused_in_words(as_alice: Client, settings: Any) -> None:
    settings.MAX_MESSAGE_BYTES = 10
    answer = as_alice.post("/drafts/", {"content": "x" * 11})
    assert answer.status_code == 413
    assert "too long" in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_of_a_session_of_someone_else_there_is_none(as_bob: Client, chat: ChatSession, method: str) -> None:
    for key in (str(chat.pk), MISSING, "nonsense"):
        assert getattr(as_bob, method)("/drafts/", {"session": key, "content": "mine"}).status_code == 404
    assert not Draft.objects.exists()


def test_in_a_shared_session_nobody_sees_the_drafts_of_another(
    as_bob: Client, alice: User, bob: User, chat: ChatSession
) -> None:
    keep_draft(user=alice, chat=chat, content="Alices thought")
    member = SessionMember.objects.create(session=chat, user=bob, role="writer")
    assert as_bob.get("/drafts/", {"session": str(chat.pk)}).json()["content"] == ""
    assert as_bob.post("/drafts/", {"session": str(chat.pk), "content": "Bobs"}).status_code == 204
    assert "Alices thought" not in as_bob.get(f"/sessions/{chat.pk}/").content.decode()
    member.role = "reader"
    member.save()
    assert as_bob.post("/drafts/", {"session": str(chat.pk), "content": "Bobs"}).status_code == 404
    assert "Alices thought" not in as_bob.get(f"/sessions/{chat.pk}/").content.decode()


def test_a_page_of_earlier_messages_sends_by_a_plain_form(
    as_alice: Client, chat: ChatSession, alice: User
) -> None:
    page = as_alice.get(f"/sessions/{chat.pk}/", {"before": "1"}).content.decode()
    form = page.partition('<form id="composer"')[2].partition(">")[0]
    assert 'method="post"' in form
    assert "hx-post" not in form
    live = as_alice.get(f"/sessions/{chat.pk}/").content.decode()
    assert "hx-post" in live.partition('<form id="composer"')[2].partition(">")[0]


def test_looking_again_keeps_what_was_typed_and_sends_nothing(as_alice: Client, chat: ChatSession) -> None:
    sent = as_alice.post(f"/sessions/{chat.pk}/messages/", {"content": "half a <thought>", "look": "1"})
    assert (sent.status_code, sent["Location"]) == (303, f"/sessions/{chat.pk}/")
    assert box(as_alice.get(sent["Location"])) == "half a &lt;thought&gt;"
    assert not Message.objects.exists()
