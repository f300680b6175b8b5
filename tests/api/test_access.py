"""Who may use the API, and with what."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from sessions_app.models import ApiToken, ChatSession, User

from .program import Program, problem

KEY = uuid.UUID(int=7)
OPERATIONS = [
    ("get", "chat/sessions"),
    ("post", "chat/sessions"),
    ("post", "chat/sessions/current"),
    ("get", f"chat/sessions/{KEY}"),
    ("patch", f"chat/sessions/{KEY}"),
    ("get", f"chat/sessions/{KEY}/messages"),
    ("post", f"chat/sessions/{KEY}/messages"),
    ("post", f"chat/sessions/{KEY}/stop"),
    ("get", f"chat/sessions/{KEY}/usage"),
    ("get", f"chat/sessions/{KEY}/stream"),
    ("get", f"chat/messages/{KEY}"),
    ("post", f"chat/messages/{KEY}/retry"),
    ("post", f"chat/messages/{KEY}/continue"),
    ("post", f"chat/messages/{KEY}/regenerate"),
    ("post", "agents/stream"),
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nobody_gets_401_and_how_to_log_in(nobodys: Program, method: str, path: str) -> None:
    response = getattr(nobodys.client, method)(f"/api/{path}", content_type="application/json")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert problem(response) == "not_authenticated"


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_token_without_the_scope_gets_403(
    with_token: Callable[..., Program], alice: User, method: str, path: str
) -> None:
    needed = "read" if method == "get" else "chat"
    if path in ("chat/sessions", "chat/sessions/current") or method == "patch":
        needed = "read" if method == "get" else "write"
    others = {"read", "write", "chat"} - {needed}
    response = getattr(with_token(alice, *others).client, method)(
        f"/api/{path}", content_type="application/json"
    )
    assert (response.status_code, problem(response)) == (403, "scope_missing")


def test_a_token_opens_what_its_person_may_see(
    with_token: Callable[..., Program], alice: User, bob: User, chat: ChatSession
) -> None:
    assert with_token(alice, "read").get(f"chat/sessions/{chat.pk}").status_code == 200
    assert with_token(bob, "read").get(f"chat/sessions/{chat.pk}").status_code == 404


def test_a_used_token_says_when(with_token: Callable[..., Program], alice: User) -> None:
    with_token(alice).get("chat/sessions")
    assert ApiToken.objects.get(user=alice).last_used_at is not None


def test_the_token_of_a_deactivated_person_opens_nothing(
    with_token: Callable[..., Program], alice: User
) -> None:
    program = with_token(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert program.get("chat/sessions").status_code == 401


def test_the_browser_session_of_a_deactivated_person_opens_nothing(alices: Program, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert alices.get("chat/sessions").status_code == 401


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer a b", "Bearer nonsense", "Bearer \xe9\xff", "Token x", "Basic eDp5"]
)
def test_a_wrong_authorization_header_gets_401(db: None, value: str) -> None:
    response = Client().get("/api/chat/sessions", headers={"Authorization": value})
    assert response.status_code == 401
    assert problem(response)


@pytest.mark.parametrize("path", ["chat/sessions", f"chat/sessions/{KEY}/messages", "agents/stream"])
def test_a_browser_needs_the_csrf_token_to_post(alice: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post(f"/api/{path}", b"{}", content_type="application/json")
    assert (response.status_code, problem(response)) == (403, "permission_denied")


def test_a_token_needs_no_csrf_token(with_token: Callable[..., Program], alice: User) -> None:
    program = with_token(alice)
    program.client.handler.enforce_csrf_checks = True
    assert program.post("chat/sessions", {}).status_code == 201
