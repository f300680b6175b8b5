"""Signing up, logging in and out, and changing a password."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from sessions_app.models import User

NEW = {
    "username": "carol",
    "email": "carol@example.org",
    "password1": "quite-a-secret-77",
    "password2": "quite-a-secret-77",
}


def test_signing_up_is_closed_unless_the_setting_opens_it(client: Client, db: None, settings: Any) -> None:
    settings.SIGNUP = False
    assert client.get("/accounts/signup/").status_code == 200
    client.post("/accounts/signup/", NEW)
    assert not User.objects.exists()


def test_the_first_person_who_signs_up_is_no_admin(client: Client, db: None, settings: Any) -> None:
    settings.SIGNUP = True
    answer = client.post("/accounts/signup/", NEW | {"is_staff": "1", "is_superuser": "1", "plan": "premium"})
    assert answer.status_code == 302
    carol = User.objects.get()
    assert (carol.username, carol.is_staff, carol.is_superuser, carol.plan) == ("carol", False, False, "free")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("name", ["alice", "alice@example.org"])
def test_one_logs_in_by_name_or_address_and_comes_to_the_page_one_wanted(
    client: Client, alice: User, name: str
) -> None:
    fields = {"login": name, "password": "pw-alice-1", "next": "/sessions/"}
    answer = client.post("/accounts/login/", fields)
    assert (answer.status_code, answer["Location"]) == (302, "/sessions/")
    assert client.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(client: Client, alice: User) -> None:
    answers = [
        client.post("/accounts/login/", {"login": name, "password": "wrong-pass-1"})
        for name in ("alice", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("sessionid" not in answer.cookies for answer in answers)
    assert client.get("/").status_code == 302


def test_a_login_never_leads_to_another_site(client: Client, alice: User) -> None:
    fields = {"login": "alice", "password": "pw-alice-1", "next": "https://evil.example/"}
    assert client.post("/accounts/login/", fields)["Location"] == "/"


def test_someone_who_was_switched_off_cannot_log_in(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    client.post("/accounts/login/", {"login": "alice", "password": "pw-alice-1"})
    assert client.get("/").status_code == 302


def test_logging_in_gives_a_new_session_key(client: Client, alice: User) -> None:
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    client.post("/accounts/login/", {"login": "alice", "password": "pw-alice-1"})
    assert client.session.session_key != before


def test_logging_out_takes_a_post(as_alice: Client) -> None:
    as_alice.get("/accounts/logout/")
    assert as_alice.get("/").status_code == 200
    as_alice.post("/accounts/logout/")
    assert as_alice.get("/").status_code == 302


def test_a_changed_password_is_the_one_that_holds(as_alice: Client, alice: User) -> None:
    fields = {
        "oldpassword": "pw-alice-1",
        "password1": "quite-another-77",
        "password2": "quite-another-77",
    }
    as_alice.post("/accounts/password/change/", fields)
    alice.refresh_from_db()
    assert alice.check_password("quite-another-77")
    assert as_alice.get("/").status_code == 200


def test_a_forgotten_password_is_reset_by_mail_and_tells_nobody_who_has_an_account(
    client: Client, alice: User
) -> None:
    known = client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    sent = {message.to[0]: str(message.body) for message in mail.outbox}
    assert "/accounts/password/reset/key/" in sent["alice@example.org"]
    assert "/accounts/password/reset/key/" not in sent.get("nobody@example.org", "")
