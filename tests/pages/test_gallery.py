"""The gallery: what owners put there, and what staff take out of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from export_app.actions.sharing import Terms, revoke_share, share_session
from export_app.models import ShareLink
from export_app.shares.links import path_of
from sessions_app.models import AuditEntry, ChatSession, User
from tests.actions.steps import end, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(chat: ChatSession) -> ShareLink:
    ChatSession.objects.filter(pk=chat.pk).update(title="Plans for the harbour")
    end(send(chat, "Question").reply)
    chat.refresh_from_db()
    terms = Terms(listed=True, about="How we got there.")
    return share_session(chat=chat, owner=chat.owner, snapshot=True, terms=terms)[0]


@pytest.fixture
def as_curator(staff: User) -> Client:
    staff.user_permissions.add(Permission.objects.get(codename="change_sharelink"))
    client = Client()
    client.force_login(staff)
    return client


def shown(client: Client, query: str = "") -> str:
    return client.get(f"/gallery/?q={query}").content.decode()


def test_it_has_what_owners_listed_and_nothing_else(listed: ShareLink, as_bob: Client) -> None:
    share_session(chat=listed.session, owner=listed.owner, snapshot=False, terms=Terms(title="Unlisted"))
    page = shown(as_bob)
    for words in ("Plans for the harbour", "How we got there.", "2 messages", path_of(listed)):
        assert words in page
    assert "alice" not in page
    assert "Unlisted" not in page
    assert "Remove" not in page
    assert path_of(listed) in shown(as_bob, "HARBOUR")
    assert "No title here holds" in shown(as_bob, "ferry")
    ShareLink.objects.filter(pk=listed.pk).update(names=True)
    assert "by <bdi>alice</bdi>" in shown(as_bob)
    revoke_share(link=listed)
    assert "Nothing is in the gallery yet." in shown(as_bob)


def test_without_a_login_it_is_read_where_the_operator_wants_that(
    listed: ShareLink, client: Client, settings: Any
) -> None:
    assert client.get("/gallery/")["Location"].startswith("/accounts/login/")
    settings.GALLERY_OPEN = True
    answer = client.get("/gallery/")
    assert path_of(listed) in answer.content.decode()
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert not answer.cookies
    assert client.get(f"/gallery/{listed.pk}/remove/").status_code == 302


def test_staff_take_it_out_with_a_reason_that_its_owner_reads(
    listed: ShareLink, as_curator: Client, as_alice: Client, as_bob: Client, client: Client
) -> None:
    here = f"/gallery/{listed.pk}/remove/"
    assert as_bob.post(here, {"reason": "I do not like it"}).status_code == 404
    assert "Say why" in as_curator.post(here, {"reason": " "}).content.decode()
    assert as_curator.post(here, {"reason": "Names a customer"}).status_code == 303
    assert path_of(listed) not in shown(as_curator)
    assert client.get(path_of(listed)).status_code == 200
    for page in ("/shares/", f"/sessions/{listed.session_id}/share/"):
        assert "Removed from the gallery by staff: Names a customer" in as_alice.get(page).content.decode()
    assert "took it out of the gallery" in as_alice.get("/accounts/privacy/").content.decode()
    entry = AuditEntry.objects.get(action="removed from gallery")
    assert (entry.reason, entry.person) == ("Names a customer", listed.owner)
    again = as_alice.post(f"/sessions/{listed.session_id}/share/", {"listed": "on", "expires": "never"})
    assert again.status_code == 422
    assert "cannot be listed again" in again.content.decode()


def test_the_admin_shows_no_address_and_removes_too(
    listed: ShareLink, as_curator: Client, staff: User
) -> None:
    index = reverse("admin:export_app_sharelink_changelist")
    staff.user_permissions.add(Permission.objects.get(codename="view_sharelink"))
    page = as_curator.get(index).content.decode()
    token = path_of(listed).split("/")[2]
    opened = as_curator.get(reverse("admin:export_app_sharelink_change", args=[listed.pk])).content.decode()
    assert "snapshot" in page
    assert "Plans for the harbour" not in page + opened
    assert not any(secret in page + opened for secret in (token, listed.digest, listed.sealed))
    assert as_curator.get(f"{index}?digest__startswith=a").status_code == 400
    asked = {"action": "remove", "_selected_action": str(listed.pk)}
    assert "cannot be listed again" in as_curator.post(index, asked).content.decode()
    assert as_curator.post(index, asked | {"answered": "1", "reason": "Not for everyone"}).status_code == 302
    listed.refresh_from_db()
    assert listed.removed_why == "Not for everyone"
    assert not listed.listed
    share_session(chat=listed.session, owner=listed.owner, snapshot=False, terms=Terms())
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    assert as_curator.get(index).content.decode().count("Plans for the harbour") == 2
