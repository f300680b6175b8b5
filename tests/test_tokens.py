"""The tokens page and the token command."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from sessions_app.actions.tokens import make_token
from sessions_app.models import ApiToken, User

PAGE = "/accounts/tokens/"


def shown_value(html: str) -> str:
    found = re.search(r'id="token-value">(\w+)<', html)
    assert found
    return found[1]


def opens(secret: str) -> bool:
    return (
        Client().get("/api/chat/sessions", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    )


def test_a_new_token_is_shown_once_and_works(as_alice: Client, alice: User) -> None:
    made = as_alice.post(PAGE, {"name": "My script", "scopes": ["read"]})
    secret = shown_value(made.content.decode())
    assert opens(secret)
    assert "no-store" in made["Cache-Control"]
    later = as_alice.get(PAGE).content.decode()
    assert "My script" in later
    assert secret not in later
    assert 'id="token-value"' not in later
    token = ApiToken.objects.get(user=alice)
    assert (token.scopes, secret in token.digest) == (["read"], False)


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", "everything"]])
def test_a_token_without_or_with_unknown_scopes_is_not_made(as_alice: Client, scopes: list[str]) -> None:
    refused = as_alice.post(PAGE, {"name": "<b>mine</b>", "scopes": scopes})
    assert refused.status_code == 422
    assert "&lt;b&gt;mine&lt;/b&gt;" in refused.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_opens_nothing(as_alice: Client, alice: User) -> None:
    token, secret = make_token(user=alice)
    response = as_alice.post(reverse("token_revoke", args=[token.pk]))
    assert (response.status_code, response["Location"]) == (302, PAGE)
    assert not opens(secret)


def test_tokens_of_others_are_neither_seen_nor_revoked(as_bob: Client, alice: User) -> None:
    token, secret = make_token(user=alice, name="Nightly report")
    assert "Nightly" not in as_bob.get(PAGE).content.decode()
    assert as_bob.post(reverse("token_revoke", args=[token.pk])).status_code == 404
    assert as_bob.post(reverse("token_revoke", args=["missing"])).status_code == 404
    assert opens(secret)


def test_nobody_is_sent_to_the_login(alice: User) -> None:
    token = make_token(user=alice)[0]
    for response in (
        Client().get(PAGE),
        Client().post(PAGE),
        Client().post(reverse("token_revoke", args=[token.pk])),
    ):
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


def test_the_command_prints_the_token_alone(alice: User) -> None:
    out = StringIO()
    call_command("token", "alice", "--scope", "read, chat", "--name", "cron", stdout=out)
    token = ApiToken.objects.get(user=alice)
    assert re.fullmatch(r"\w+\n", out.getvalue())
    assert opens(out.getvalue().strip())
    assert (token.name, token.scopes) == ("cron", ["read", "chat"])


@pytest.mark.parametrize("arguments", [["nobody"], ["alice", "--scope", "root"], ["alice", "--scope", ""]])
def test_the_command_says_what_is_wrong(alice: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("token", *arguments, stdout=StringIO())
    assert not ApiToken.objects.exists()
