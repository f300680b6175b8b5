"""Tokens for programs: seen and given up with any of them, made and changed in a browser alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.actions.tokens import TokenGone, change_token, make_token, revoke_token
from sessions_app.gates import TokenLimit
from sessions_app.models import ApiToken, ChatSession, User, uuid7

from .program import Program, problem

WithToken = Callable[..., Program]


def delete(program: Program, path: str) -> Any:
    return program.client.delete(f"/api/{path}")


def test_a_browser_makes_a_token_and_its_secret_is_told_once(alices: Program) -> None:
    ends = (timezone.now() + timedelta(days=30)).isoformat()
    limit = {"measure": "money", "period": "month", "limit": "5.00"}
    made = alices.post("chat/tokens", {"name": "Bot", "scopes": ["read"], "expires_at": ends, "limit": limit})
    assert made.status_code == 201
    told = made.json()
    secret = told.pop("token")
    assert told["prefix"] == secret[:8]
    assert (told["scopes"], float(told["limit"]["used"])) == (["read"], 0)
    assert told["limit"]["resets_at"].endswith("Z")
    bot = Program(Client(headers={"Authorization": f"Bearer {secret}"}))
    listed = bot.get("chat/tokens")
    assert secret not in listed.content.decode()
    assert listed.json()["results"] == [told | {"last_used_at": listed.json()["results"][0]["last_used_at"]}]
    assert bot.get("chat/tokens/current").json()["id"] == told["id"]
    assert bot.get(f"chat/tokens/{told['id']}").json()["name"] == "Bot"


def test_a_token_neither_makes_nor_changes_one(with_token: WithToken, alice: User) -> None:
    program = with_token(alice)
    own = program.get("chat/tokens/current").json()["id"]
    for answer in (
        program.post("chat/tokens", {"name": "Child"}),
        program.patch(f"chat/tokens/{own}", {"limit": None}),
    ):
        assert (answer.status_code, problem(answer)) == (403, "session_needed")
    assert ApiToken.objects.count() == 1


def test_a_browser_renames_and_limits(alices: Program, alice: User) -> None:
    token, _ = make_token(user=alice, name="Bot")
    path = f"chat/tokens/{token.public_id}"
    limited = alices.patch(path, {"limit": {"measure": "requests", "period": "ever", "limit": 3}}).json()
    assert (limited["name"], limited["limit"]) == (
        "Bot",
        {"measure": "requests", "period": "ever", "limit": 3, "used": 0, "resets_at": None},
    )
    assert alices.patch(path, {"name": "Bot 2"}).json()["limit"] == limited["limit"]
    assert alices.patch(path, {"limit": None}).json()["limit"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"name": "x", "scopes": []}, 400, "invalid"),
        ({"name": "x", "scopes": ["root"]}, 400, "invalid"),
        ({"name": "x", "scopes": ["admin"]}, 422, "bad_token"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, 422, "bad_token"),
        ({"name": "x", "expires_at": "9999-12-31T23:59:59-14:00"}, 422, "bad_token"),
        ({"name": "x", "expires_at": "2027-01-01T00:00:00"}, 400, "invalid"),
        ({"name": "x", "limit": {"measure": "money", "period": "month", "limit": 5}}, 400, "invalid"),
        ({"name": "x", "limit": {"measure": "money", "period": "month", "limit": "0"}}, 422, "bad_token"),
        ({"name": "x", "limit": {"measure": "tokens", "period": "minute", "limit": 5}}, 400, "invalid"),
    ],
)
def test_what_is_no_token_is_refused(alices: Program, body: Any, status: int, code: str) -> None:
    refused = alices.post("chat/tokens", body)
    assert (refused.status_code, problem(refused)) == (status, code)
    assert not ApiToken.objects.exists()


def test_a_token_revokes_itself_and_no_other(with_token: WithToken, alice: User, bob: User) -> None:
    other, foreign = make_token(user=alice)[0], make_token(user=bob)[0]
    program = with_token(alice)
    refused = delete(program, f"chat/tokens/{other.public_id}")
    assert (refused.status_code, problem(refused)) == (403, "session_needed")
    for missing in (foreign.public_id, uuid7()):
        assert delete(program, f"chat/tokens/{missing}").status_code == 404
    assert delete(program, "chat/tokens/current").status_code == 204
    assert program.get("chat/sessions").status_code == 401
    assert set(ApiToken.objects.all()) == {other, foreign}
    program = with_token(alice)
    own = program.get("chat/tokens/current").json()["id"]
    assert delete(program, f"chat/tokens/{own}").status_code == 204


def test_a_browser_revokes_any_of_its_person(alices: Program, alice: User, bob: User) -> None:
    own, foreign = make_token(user=alice)[0], make_token(user=bob)[0]
    assert [delete(alices, f"chat/tokens/{own.public_id}").status_code for _ in range(2)] == [204, 404]
    assert delete(alices, f"chat/tokens/{foreign.public_id}").status_code == 404


def test_one_that_was_revoked_meanwhile_is_not_changed(alice: User) -> None:
    token, _ = make_token(user=alice)
    ApiToken.objects.all().delete()
    limit = TokenLimit("requests", "day", 3)
    for late in (
        lambda: change_token(token=token, name="Again", limit=limit),
        lambda: revoke_token(token=token),
    ):
        with pytest.raises(TokenGone) as refused:
            late()
        assert (refused.value.status, refused.value.kind) == (404, "not_found")


def test_a_browser_uses_no_token(alices: Program) -> None:
    assert alices.get("chat/tokens/current").status_code == 404
    assert delete(alices, "chat/tokens/current").status_code == 404


def test_expired_ones_are_listed_with_their_end(alices: Program, alice: User) -> None:
    token, _ = make_token(user=alice)
    ApiToken.objects.filter(pk=token.pk).update(expiry=timezone.now() - timedelta(days=1))
    assert alices.get("chat/tokens").json()["results"][0]["expires_at"] < timezone.now().isoformat()


def test_a_used_up_token_is_refused_with_its_figures_and_others_go_on(
    with_token: WithToken, alices: Program, alice: User, chat: ChatSession
) -> None:
    limit = {"measure": "requests", "period": "month", "limit": 1}
    secret = alices.post("chat/tokens", {"name": "Bot", "limit": limit}).json()["token"]
    bot = Program(Client(headers={"Authorization": f"Bearer {secret}"}))
    path = f"chat/sessions/{chat.pk}/messages"
    assert bot.post(path, {"content": "One", "client_id": "1"}).status_code == 201
    assert bot.post(path, {"content": "One", "client_id": "1"}).status_code == 200  # the same message
    refused = bot.post(path, {"content": "Two"})
    assert (refused.status_code, problem(refused)) == (429, "budget")
    told = refused.json()
    assert told["detail"].startswith("This API token's limit of 1\u00a0message for this month is used up.")
    assert (told["measure"], told["limit"], told["used"]) == ("requests", 1, 1)
    assert told["resets_at"]
    assert refused["Retry-After"].isdecimal()
    assert bot.get("chat/tokens/current").json()["limit"]["used"] == 1
    assert with_token(alice).post(path, {"content": "Three"}).status_code == 202
    assert alices.post(path, {"content": "Four"}).status_code == 202


def test_what_a_token_lacks_is_said(with_token: WithToken, alice: User) -> None:
    refused = with_token(alice, "read").post("chat/sessions", {})
    assert problem(refused) == "scope_missing"
    assert refused.json()["detail"] == "This token lacks the scope write: to make, change and delete."
