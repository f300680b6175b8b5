"""The tokens page and the token command."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sessions_app import gates
from sessions_app.actions.messages import send_message
from sessions_app.actions.tokens import BadToken, change_token, make_token, sweep
from sessions_app.gates import TokenLimit
from sessions_app.models import ApiToken, ChatSession, User, uuid7
from tests.pages.test_workspace import HTMX

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


@pytest.mark.parametrize(
    "scopes", [[], ["admin"], ["read", "everything"]]
)  # who is no staff makes none for staff
def test_a_token_without_or_with_unknown_scopes_is_not_made(as_alice: Client, scopes: list[str]) -> None:
    refused = as_alice.post(PAGE, {"name": "<b>mine</b>", "scopes": scopes})
    assert refused.status_code == 422
    assert "&lt;b&gt;mine&lt;/b&gt;" in refused.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_opens_nothing(as_alice: Client, alice: User) -> None:
    token, secret = make_token(user=alice)
    asked = as_alice.get(reverse("token_revoke", args=[token.public_id])).content.decode()
    assert "This cannot be taken back." in asked
    assert opens(secret)
    response = as_alice.post(reverse("token_revoke", args=[token.public_id]))
    assert (response.status_code, response["Location"]) == (302, PAGE)
    assert not opens(secret)


def test_tokens_of_others_are_neither_seen_nor_revoked(as_bob: Client, alice: User) -> None:
    token, secret = make_token(user=alice, name="Nightly report")
    assert "Nightly" not in as_bob.get(PAGE).content.decode()
    for address in ("token", "token_revoke"):
        for key in (token.public_id, uuid7()):
            assert as_bob.post(reverse(address, args=[key]), {"name": "mine"}).status_code == 404
            assert as_bob.get(reverse(address, args=[key])).status_code == 404
    assert opens(secret)


def test_nobody_is_sent_to_the_login(alice: User) -> None:
    token = make_token(user=alice)[0]
    for response in (
        Client().get(PAGE),
        Client().post(PAGE),
        Client().post(reverse("token_revoke", args=[token.public_id])),
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


def test_the_command_takes_days_and_a_limit(alice: User) -> None:
    words = ("--expires", "30", "--limit", "2.50", "--per", "day")
    call_command("token", "alice", *words, stdout=StringIO())
    token = ApiToken.objects.get(user=alice)
    assert timedelta(days=29) < token.expiry - timezone.now() <= timedelta(days=30)
    assert gates.token_limits([token])[token.public_id].limit == Decimal("2.5")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody"],
        ["alice", "--scope", "root"],
        ["alice", "--scope", ""],
        ["alice", "--scope", "admin"],
        ["alice", "--expires", "0"],
        ["alice", "--expires", "99999"],
        ["alice", "--limit", "much"],
        ["alice", "--limit", "1.5", "--measure", "tokens"],
    ],
)
def test_the_command_says_what_is_wrong(alice: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("token", *arguments, stdout=StringIO())
    assert not ApiToken.objects.exists()


# ---------------------------------------------------------------- expiry


def test_an_expired_token_opens_nothing_is_shown_as_such_and_can_be_removed(
    as_alice: Client, alice: User
) -> None:
    token, secret = make_token(user=alice, name="Old one", expires=timezone.now() + timedelta(days=1))
    assert opens(secret)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    refused = Client().get("/api/chat/sessions", headers={"Authorization": f"Bearer {secret}"})
    assert (refused.status_code, refused.json()["code"]) == (401, "authentication_failed")
    page = as_alice.get(PAGE).content.decode()
    assert "Old one" in page
    assert "expired" in page
    gone = as_alice.post(reverse("token_revoke", args=[token.public_id]), headers=HTMX)
    assert "None yet." in gone.content.decode()
    assert not ApiToken.objects.exists()


def test_anothers_use_of_a_token_leaves_the_expired_ones(alice: User) -> None:
    make_token(user=alice, name="Old one")
    ApiToken.objects.update(expiry=timezone.now() - timedelta(days=1))
    assert opens(make_token(user=alice)[1])
    assert ApiToken.objects.count() == 2


def test_a_token_that_expired_long_ago_goes(alice: User) -> None:
    for days in (29, 31):
        token, _ = make_token(user=alice, name=f"{days} days")
        ApiToken.objects.filter(pk=token.pk).update(expiry=timezone.now() - timedelta(days=days))
    make_token(user=alice, name="never")
    sweep()
    assert set(ApiToken.objects.values_list("name", flat=True)) == {"29 days", "never"}


@pytest.mark.parametrize("days", [-1, 0, 4000])
def test_a_token_expires_in_the_next_ten_years(alice: User, days: int) -> None:
    with pytest.raises(BadToken, match="next ten years"):
        make_token(user=alice, expires=timezone.now() + timedelta(days=days))


def test_a_day_is_over_at_its_end_in_ones_own_zone(as_alice: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(preferences={"time_zone": "Asia/Tokyo"})
    day = (timezone.now() + timedelta(days=3)).date()
    sent = {"name": "x", "scopes": ["read"], "expires": "date", "until": day.isoformat()}
    as_alice.post(PAGE, sent)
    ends = ApiToken.objects.get().expiry
    assert ends == datetime.fromisoformat(f"{day + timedelta(days=1)}T00:00:00+09:00")
    for until in ("", "tomorrow", "9999-12-31", "2020-01-01"):
        assert as_alice.post(PAGE, sent | {"until": until}).status_code == 422


def test_a_token_of_a_deleted_person_is_gone(alice: User) -> None:
    secret = make_token(user=alice, limit=TokenLimit("money", "day", Decimal(1)))[1]
    alice.delete()
    assert not opens(secret)


# ---------------------------------------------------------------- staff


def test_only_staff_make_a_token_for_what_staff_may(client: Client, staff: User, as_alice: Client) -> None:
    assert 'value="admin"' not in as_alice.get(PAGE).content.decode()
    client.force_login(staff)
    assert 'value="admin"' in client.get(PAGE).content.decode()
    made = client.post(PAGE, {"name": "Board", "scopes": ["read", "admin"]})
    headers = {"Authorization": f"Bearer {shown_value(made.content.decode())}"}
    assert Client().get("/api/chat/analytics?scope=everyone", headers=headers).status_code == 200
    User.objects.filter(pk=staff.pk).update(is_staff=False)
    assert Client().get("/api/chat/analytics?scope=everyone", headers=headers).status_code != 200
    assert Client().get("/api/chat/sessions", headers=headers).status_code == 200
    assert "What staff may do" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize("superuser", [False, True])
def test_without_it_staff_are_nobody_special_to_the_api(staff: User, superuser: bool) -> None:
    User.objects.filter(pk=staff.pk).update(is_superuser=superuser)
    headers = {"Authorization": f"Bearer {make_token(user=staff)[1]}"}
    assert Client().get("/api/chat/analytics?scope=everyone", headers=headers).status_code != 200
    assert Client().get("/api/chat/analytics", headers=headers).status_code == 200
    staff.refresh_from_db()
    assert (staff.is_staff, staff.is_superuser) == (True, superuser)


def test_rights_that_were_laid_down_for_a_moment_cannot_be_lost_for_good(staff: User) -> None:
    User.objects.filter(pk=staff.pk).update(is_superuser=True)
    staff.refresh_from_db()
    staff.lay_down_staff_rights()
    assert not staff.has_perm("sessions_app.view_message")
    with pytest.raises(RuntimeError):
        staff.save()
    staff.save(update_fields=["preferences"])
    assert User.objects.get(pk=staff.pk).is_staff


# ---------------------------------------------------------------- limits on the page


def test_a_limit_is_set_shown_changed_and_lifted(as_alice: Client, alice: User, chat: ChatSession) -> None:
    sent = {"name": "Bot", "scopes": ["chat"], "measure": "requests", "amount": "1,000", "period": "day"}
    as_alice.post(PAGE, sent)
    token = ApiToken.objects.get()
    send_message(chat=chat, author=alice, content="Hello", token=token)
    assert "1 of 1,000 messages today" in as_alice.get(PAGE).content.decode()
    page = reverse("token", args=[token.public_id])
    assert 'value="1000"' in as_alice.get(page).content.decode()
    changed = {"name": "Bot 2", "measure": "money", "amount": "$5", "period": "ever"}
    assert as_alice.post(page, changed).status_code == 302
    told = as_alice.get(PAGE).content.decode()
    assert "$0.00 of $5.00 in all" in told
    assert "Bot 2" in told
    as_alice.post(page, {"name": "Bot 2", "measure": ""})
    assert not gates.token_limits([token])


@pytest.mark.parametrize(
    "wrong",
    [
        {"measure": "money", "amount": ""},
        {"measure": "money", "amount": "2,50"},
        {"measure": "tokens", "amount": "1.5"},
        {"measure": "requests", "amount": "0"},
        {"measure": "requests", "amount": "5", "period": "minute"},
        {"measure": "thoughts", "amount": "5"},
    ],
)
def test_what_is_no_limit_is_refused_and_nothing_is_made(as_alice: Client, wrong: dict[str, str]) -> None:
    sent = {"name": "<i>Bot", "scopes": ["chat"], "period": "month"} | wrong
    refused = as_alice.post(PAGE, sent)
    assert refused.status_code == 422
    assert "&lt;i&gt;Bot" in refused.content.decode()
    assert not ApiToken.objects.exists()


def test_a_token_needs_a_name_when_it_is_changed(alice: User) -> None:
    token, _ = make_token(user=alice, name="Bot")
    with pytest.raises(BadToken):
        change_token(token=token, name=" \n ")
    assert ApiToken.objects.get().name == "Bot"
