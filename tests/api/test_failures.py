"""What no operation answers: unknown addresses, other methods, other bodies, and a server that fails."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sessions_app.api import session_changes, sessions
from sessions_app.models import ChatSession

from .program import Program, problem


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/chat/sessions/not-a-key", "/api/a%0Ab"]
)
@pytest.mark.parametrize("method", ["get", "head", "options", "post", "put", "patch", "delete", "trace"])
def test_an_unknown_address_is_told_in_problem_details(as_alice: Client, path: str, method: str) -> None:
    response = getattr(as_alice, method)(path)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    if method != "head":
        assert problem(response) == "not_found"


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_another_method_gets_405_and_which_there_are(as_alice: Client, method: str) -> None:
    response = getattr(as_alice, method)("/api/chat/sessions/current/")
    assert (response.status_code, problem(response)) == (405, "method_not_allowed")
    assert response["Allow"] == "POST, OPTIONS"


def test_options_says_which_methods_there_are(as_alice: Client, chat: ChatSession) -> None:
    response = as_alice.options(f"/api/chat/sessions/{chat.pk}")
    assert (response.status_code, response.content) == (204, b"")
    assert response["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"


def test_head_is_a_get_without_its_body(as_alice: Client, chat: ChatSession) -> None:
    path = f"/api/chat/sessions/{chat.pk}"
    assert as_alice.head(path)["ETag"] == as_alice.get(path)["ETag"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("application/vnd.api+json", 201),
        ("", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 201),
        ("multipart/form-data; boundary=x", 415),
    ],
)
def test_a_body_of_another_type_gets_415(as_alice: Client, kind: str, status: int) -> None:
    response = as_alice.generic("POST", "/api/chat/sessions", b'{"title": "Mine"}', content_type=kind)
    assert response.status_code == status
    if status == 415:
        assert problem(response) == "unsupported_media_type"
        assert not ChatSession.objects.exists()


def test_json_where_files_are_taken_gets_415(alices: Program) -> None:
    response = alices.post("chat/attachments", {"file": "x"})
    assert (response.status_code, problem(response)) == (415, "unsupported_media_type")


def test_a_form_that_a_browser_checks_for_its_token_is_refused_too(alices: Program, alice: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.get("/accounts/tokens/")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    response = client.post("/api/chat/sessions", {"title": "Mine"}, headers=headers)
    assert (response.status_code, problem(response)) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["chat/sessions", "chat/sessions/current"])
def test_a_server_that_fails_tells_nothing_but_where_to_look(
    as_alice: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(session_changes, "create_session", fail)
    monkeypatch.setattr(sessions, "current_session", fail)
    as_alice.raise_request_exception = False
    response = as_alice.post(f"/api/{path}", b"{}", content_type="application/json")
    assert (response.status_code, problem(response)) == (500, "internal")
    assert b"secret" not in response.content
    assert response["X-Request-ID"]


def test_a_session_purged_since_it_was_looked_up_is_missing(
    alices: Program, chat: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(key: Any) -> ChatSession:
        raise ChatSession.DoesNotExist

    monkeypatch.setattr(session_changes, "locked", gone)
    response = alices.patch(f"chat/sessions/{chat.pk}", {"title": "Mine"})
    assert (response.status_code, problem(response)) == (404, "not_found")


@pytest.mark.parametrize("path", ["messages", "export"])
def test_a_key_that_is_none_is_refused_whatever_comes_of_it(
    alices: Program, chat: ChatSession, path: str
) -> None:
    body = {"content": "Mine"} if path == "messages" else {"format": "text"}
    response = alices.post(f"chat/sessions/{chat.pk}/{path}", body, **{"Idempotency-Key": ""})
    assert (response.status_code, problem(response)) == (400, "invalid")
    assert not chat.messages.exists()


def test_a_number_is_whole_however_it_is_written(alices: Program) -> None:
    assert alices.post("chat/import/pieces", {"size": 5.0}).status_code == 201
    assert alices.post("chat/import/pieces", {"size": 5.5}).status_code == 400


def test_a_host_that_is_not_ours_is_told_in_problem_details(as_alice: Client) -> None:
    response = as_alice.get("/api/chat/sessions", headers={"host": "elsewhere.example"})
    assert (response.status_code, problem(response)) == (400, "bad_request")


def test_too_many_fields_of_a_form_are_told_in_problem_details(as_alice: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    response = as_alice.post("/api/chat/attachments", {"a": "1", "b": "2", "c": "3"})
    assert (response.status_code, problem(response)) == (400, "invalid")


def test_pages_keep_their_own(as_alice: Client) -> None:
    response = as_alice.get("/nothing/")
    assert response.status_code == 404
    assert b"<html" in response.content
