"""Links by REST: made with what is chosen, shown again to their maker, changed, revoked."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from export_app.models import ShareLink
from export_app.turns import LINKS
from sessions_app.models import ChatSession, SessionMember, User
from tests.actions.steps import end, send

from .program import Program, problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> None:
    settings.EXPORTS_DIR = tmp_path


@pytest.fixture
def talk(chat: ChatSession) -> ChatSession:
    ChatSession.objects.filter(pk=chat.pk).update(title="Weekly cost review")
    end(send(chat, "Where did the tokens go?").reply, text="To Opus.")
    chat.refresh_from_db()
    return chat


def made(program: Program, chat: ChatSession, **body: Any) -> dict[str, Any]:
    answer = program.post(f"chat/sessions/{chat.pk}/share", body)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def page(link: dict[str, Any]) -> Any:
    """What a stranger sees."""
    return Client().get(link["url"].removeprefix("http://testserver"))


def test_a_link_is_made_and_opens_for_anybody(alices: Program, talk: ChatSession) -> None:
    link = made(alices, talk)
    assert (link["state"], link["snapshot"], link["messages"]) == ("working", True, 2)
    assert link["title"] == "Weekly cost review"
    assert not any(
        link[name] for name in ("tools", "thinking", "names", "costs", "files", "download", "listed")
    )
    assert "To Opus." in page(link).content.decode()
    assert alices.get(f"chat/shares/{link['id']}").json() == link
    assert alices.get("chat/shares").json()["results"] == [link]
    assert alices.get(f"chat/sessions/{talk.pk}/shares").json()["results"] == [link]


def test_a_token_shares_and_is_told_addresses_with_the_scope_export_alone(
    with_token: Any, alice: User, talk: ChatSession
) -> None:
    exports, writes = with_token(alice, "read", "export"), with_token(alice, "read", "write")
    link = made(exports, talk)
    assert page(link).status_code == 200
    share, change = f"chat/sessions/{talk.pk}/share", f"chat/shares/{link['id']}"
    for refused in (writes.post(share, {}), writes.patch(change, {"expires_at": None})):
        assert (refused.status_code, problem(refused)) == (403, "scope_missing")
    assert exports.patch(change, {"about": "Costs."}).json()["url"] == link["url"]
    listed = [f"chat/sessions/{talk.pk}/shares", "chat/shares"]
    for program, url in ((exports, link["url"]), (writes, None)):
        told = [program.get(change).json(), *(program.get(path).json()["results"][0] for path in listed)]
        assert [each["url"] for each in told] == [url] * 3
    assert writes.client.delete(f"/api/{change}").status_code == 204


def test_a_living_link_shows_what_comes_later(alices: Program, talk: ChatSession) -> None:
    snapshot, living = made(alices, talk), made(alices, talk, snapshot=False)
    end(send(talk, "And today?").reply, text="To Sonnet.")
    assert "To Sonnet." in page(living).content.decode()
    assert "To Sonnet." not in page(snapshot).content.decode()
    assert living["messages"] is None


def test_a_change_leaves_alone_what_it_does_not_name(alices: Program, talk: ChatSession) -> None:
    ends = (timezone.now() + timedelta(days=3)).isoformat()
    link = made(alices, talk, about="Costs.", tools=True, expires_at=ends)
    changed = alices.patch(f"chat/shares/{link['id']}", {"title": "Costs", "listed": True}).json()
    assert changed == link | {"title": "Costs", "listed": True}
    never = alices.patch(f"chat/shares/{link['id']}", {"expires_at": None, "tools": False}).json()
    assert (never["expires_at"], never["tools"], never["listed"]) == (None, False, True)
    more = alices.patch(f"chat/shares/{link['id']}", {"costs": True})
    assert (more.status_code, problem(more)) == (422, "bad_terms")
    assert more.json()["detail"].startswith("A snapshot holds what it was made with")


def test_a_revoked_link_shows_nothing_and_stays_listed(alices: Program, talk: ChatSession) -> None:
    link = made(alices, talk)
    for _ in range(2):
        assert alices.client.delete(f"/api/chat/shares/{link['id']}").status_code == 204
    assert page(link).status_code == 404
    told = alices.get(f"chat/shares/{link['id']}").json()
    assert (told["state"], bool(told["revoked_at"])) == ("revoked", True)
    refused = alices.patch(f"chat/shares/{link['id']}", {"title": "Again"})
    assert (refused.status_code, problem(refused)) == (409, "not_possible")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "bad_terms"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, 422, "bad_terms"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, 422, "bad_terms"),
        ({"expires_at": "2999-01-01"}, 400, "invalid"),
        ({"expires_at": "2999-01-01T00:00:00"}, 400, "invalid"),
        ({"expires_at": "32472144000"}, 400, "invalid"),
        ({"expires_at": 32472144000}, 400, "invalid"),
        ({"title": "x" * 121}, 400, "invalid"),
        ({"about": "x" * 301}, 400, "invalid"),
        ({"snapshot": "yes"}, 400, "invalid"),
        ({"owner": 1}, 400, "invalid"),
    ],
)
def test_bad_terms_make_no_link(
    alices: Program, talk: ChatSession, body: Any, status: int, code: str
) -> None:
    answer = alices.post(f"chat/sessions/{talk.pk}/share", body)
    assert (answer.status_code, problem(answer)) == (status, code)
    assert not ShareLink.objects.exists()


def test_an_empty_session_has_nothing_to_share(alices: Program, chat: ChatSession) -> None:
    refused = alices.post(f"chat/sessions/{chat.pk}/share", {})
    assert (refused.status_code, refused.json()["detail"]) == (409, "There is nothing to share yet.")


def test_one_link_of_a_person_is_made_at_a_time(alices: Program, alice: User, talk: ChatSession) -> None:
    with LINKS.of(alice.pk):
        refused = alices.post(f"chat/sessions/{talk.pk}/share", {})
    assert (refused.status_code, problem(refused), refused["Retry-After"]) == (429, "busy", "5")


def test_only_the_owner_of_a_session_shares_it(bobs: Program, bob: User, talk: ChatSession) -> None:
    SessionMember.objects.create(session=talk, user=bob, role=SessionMember.Role.WRITER)
    missing = bobs.get(f"chat/sessions/{uuid.uuid4()}/shares")
    assert bobs.post(f"chat/sessions/{talk.pk}/share", {}).status_code == 404
    assert bobs.get(f"chat/sessions/{talk.pk}/shares").json() == missing.json()


def test_links_of_a_deleted_session_are_listed_as_closed(alices: Program, talk: ChatSession) -> None:
    link = made(alices, talk)
    ChatSession.objects.filter(pk=talk.pk).update(deleted_at=timezone.now())
    assert [each["state"] for each in alices.get("chat/shares").json()["results"]] == ["closed"]
    assert alices.get(f"chat/shares/{link['id']}").status_code == 404


def test_no_answer_holds_the_key_of_an_address_but_the_address(alices: Program, talk: ChatSession) -> None:
    link = made(alices, talk)
    row = ShareLink.objects.get()
    told = json.dumps(link)
    assert row.digest not in told
    assert row.sealed not in told


def test_a_list_takes_the_same_queries_for_many_as_for_few(
    alices: Program, talk: ChatSession, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        made(alices, talk, snapshot=False)
    with django_assert_max_num_queries(4):
        assert len(alices.get("chat/shares").json()["results"]) == 8
