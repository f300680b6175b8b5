"""Commands in the message box: by htmx and by the plain form, and the list that completes them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from sessions_app.actions.drafts import keep_draft
from sessions_app.models import ChatSession, Draft, Message, User
from tests.actions.steps import counts, end, send

HTMX = {"HX-Request": "true"}


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def post(client: Client, chat: ChatSession, content: str, *, htmx: bool = True, **fields: str) -> Any:
    headers = HTMX if htmx else {}
    return client.post(f"/sessions/{chat.pk}/messages/", {"content": content, **fields}, headers=headers)


# ---------------------------------------------------------------- running


def test_a_command_answers_with_a_notice_and_is_no_message(as_alice: Client, chat: ChatSession) -> None:
    answer = post(as_alice, chat, "/help")
    assert answer.status_code == 200
    assert answer["HX-Retarget"] == "#composer-notice"
    assert "<html" not in text_of(answer)
    assert "/model NAME" in text_of(answer)
    assert counts(chat) == (0, 0, 0)


def test_the_plain_form_shows_the_page_with_the_notice(as_alice: Client, chat: ChatSession) -> None:
    answer = post(as_alice, chat, "/title Weekly <costs>", htmx=False)
    assert answer.status_code == 200
    assert "The session has its new title." in text_of(answer)
    assert "Weekly &lt;costs&gt;" in text_of(answer)
    assert counts(chat) == (0, 0, 0)


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "form"])
def test_an_unknown_command_is_refused_and_its_text_kept(
    as_alice: Client, chat: ChatSession, htmx: bool
) -> None:
    answer = post(as_alice, chat, "/foo <bar>", htmx=htmx)
    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)
    assert "There is no command /foo. /help lists them." in text_of(answer)
    assert htmx or "/foo &lt;bar&gt;</textarea>" in text_of(answer)
    assert counts(chat) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "sent"), [("/etc/hosts is a file", "/etc/hosts is a file"), ("//help", "/help")]
)
def test_a_path_and_two_slashes_are_sent(as_alice: Client, chat: ChatSession, text: str, sent: str) -> None:
    assert post(as_alice, chat, text).status_code == 204
    assert Message.objects.get(session=chat, role="user").content == sent


def test_without_a_session_too(as_alice: Client) -> None:
    assert "/model NAME" in text_of(as_alice.post("/sessions/", {"content": "/help"}))
    refused = as_alice.post("/sessions/", {"content": "/clear"})
    assert (refused.status_code, ChatSession.objects.count()) == (422, 0)
    assert "/clear needs a session." in text_of(refused)
    as_alice.post("/sessions/", {"content": "//help"})
    assert Message.objects.get(role="user").content == "/help"


def test_a_branch_is_gone_to(as_alice: Client, chat: ChatSession) -> None:
    end(send(chat, "A question").reply)
    by_htmx = post(as_alice, chat, "/branch")
    assert by_htmx.status_code == 204
    by_form = post(as_alice, chat, "/branch", htmx=False)
    assert by_form.status_code == 303
    made = {f"/sessions/{key}/" for key in chat.branches.values_list("pk", flat=True)}
    assert made == {by_htmx["HX-Redirect"], by_form["Location"]}


def test_the_pickers_are_told_of_the_model(as_alice: Client, chat: ChatSession) -> None:
    answer = post(as_alice, chat, "/model offline")
    assert json.loads(answer["HX-Trigger"]) == {"model-chosen": {"model": "offline"}}


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "form"])
def test_clear_is_undone_from_its_notice(as_alice: Client, chat: ChatSession, htmx: bool) -> None:
    end(send(chat, "A question").reply)
    undo = f"/sessions/{chat.pk}/restore-context/"
    assert undo in text_of(post(as_alice, chat, "/clear", htmx=htmx))
    chat.refresh_from_db()
    assert chat.context_from is not None
    as_alice.post(undo, headers=HTMX if htmx else {})
    chat.refresh_from_db()
    assert chat.context_from is None


@pytest.mark.parametrize(("text", "left"), [("/help", 0), ("/foo", 1)])
def test_a_draft_goes_with_the_command_that_was_run(
    as_alice: Client, alice: User, chat: ChatSession, text: str, left: int
) -> None:
    keep_draft(user=alice, chat=chat, content=text)
    post(as_alice, chat, text, draft="1")
    assert Draft.objects.count() == left


def test_a_stranger_runs_nothing(as_bob: Client, chat: ChatSession) -> None:
    end(send(chat, "A question").reply)
    assert post(as_bob, chat, "/title Bobs").status_code == 404
    assert as_bob.post(f"/sessions/{chat.pk}/restore-context/").status_code == 404
    chat.refresh_from_db()
    assert chat.title == "A question"


# ---------------------------------------------------------------- completing


def offered(client: Client, q: str, chat: ChatSession | None = None) -> list[str]:
    answer = client.get("/commands/", {"session": str(chat.pk) if chat else "", "q": q})
    assert answer.status_code == 200
    return [each.partition('"')[0] for each in text_of(answer).split('data-text="')[1:]]


def test_a_slash_lists_all_and_letters_narrow_it(as_alice: Client, chat: ChatSession) -> None:
    assert "/help" in offered(as_alice, "/", chat)
    assert offered(as_alice, "/co", chat) == ["/compare", "/context "]
    assert offered(as_alice, "/CO") == ["/compare", "/context "]
    assert offered(as_alice, "/zzz", chat) == []


def test_arguments_are_offered_as_the_text_they_make(as_alice: Client, chat: ChatSession) -> None:
    assert offered(as_alice, "/export js", chat) == ["/export json"]
    assert offered(as_alice, "/model off", chat) == ["/model offline"]
    assert offered(as_alice, "/help me", chat) == []
    assert offered(as_alice, "/nothing x", chat) == []


@pytest.mark.parametrize("text", ["", "Hello", "//help", "/etc/hosts", "/" + "x" * 500])
def test_what_is_no_beginning_of_a_command_is_offered_nothing(as_alice: Client, text: str) -> None:
    answer = as_alice.get("/commands/", {"q": text})
    assert (answer.status_code, text_of(answer).strip()) == (200, "")


def test_of_a_session_of_someone_else_nothing_is_offered(as_bob: Client, chat: ChatSession) -> None:
    for key in (str(chat.pk), "01890000-0000-7000-8000-000000000000", "nonsense"):
        assert as_bob.get("/commands/", {"session": key, "q": "/"}).status_code == 404
