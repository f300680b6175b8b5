"""Lists of sessions: what narrows them, whose they are, and what the database is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as config
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.actions import organising
from sessions_app.actions.tokens import make_token
from sessions_app.models import ApiToken, AuditEntry, ChatSession, SessionMember, User

from .program import Program, problem

Make = Callable[..., ChatSession]
START = datetime(2026, 11, 18, 12, tzinfo=UTC)


def titles(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["title"] for row in response.json()["results"]]


@pytest.fixture
def several(make_chat: Make) -> dict[str, ChatSession]:
    """One an hour, the first one newest."""
    names = ("plain", "Starred Äpfel", "archived", "tagged", "other model", "thread", "deleted")
    made = {}
    for n, name in enumerate(names):
        at = START - timedelta(hours=n)
        made[name] = make_chat(title=name, last_activity_at=at)
        ChatSession.objects.filter(title=name).update(created_at=at - timedelta(minutes=30))
    organising.star(chats=[made["Starred Äpfel"]], on=True)
    organising.archive(chats=[made["archived"]], on=True)
    organising.tag(chat=made["tagged"], name="Weekly")
    organising.delete_sessions(chats=[made["deleted"]])
    ChatSession.objects.filter(title="other model").update(model="another")
    ChatSession.objects.filter(title="thread").update(kind="thread")
    return made


LISTED = ["plain", "Starred Äpfel", "tagged", "other model"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", LISTED),
        ("archived=false", LISTED),
        ("archived=true", ["archived"]),
        ("archived=any", ["plain", "Starred Äpfel", "archived", "tagged", "other model"]),
        ("starred=true", ["Starred Äpfel"]),
        ("starred=false", ["plain", "tagged", "other model"]),
        ("tag=WEEKLY", ["tagged"]),
        ("tag=none", []),
        ("model=another", ["other model"]),
        ("title=äPFEL", ["Starred Äpfel"]),
        ("title=TAG", ["tagged"]),
        ("kind=thread", ["thread"]),
        ("deleted=true", ["deleted"]),
        ("deleted=true&archived=true", []),
        ("order=oldest", LISTED[::-1]),
        ("active_after=2026-11-18T11:00:00Z", ["plain", "Starred Äpfel"]),
        ("active_before=2026-11-18T11:00:00Z", ["tagged", "other model"]),
        ("created_after=2026-11-18T10:30:00Z", ["plain", "Starred Äpfel"]),
        ("created_before=2026-11-18T12:30:00.0%2B02:00", ["tagged", "other model"]),
        ("created_after=0000-01-01T00:00:00Z&created_before=9999-12-31T23:59:60-10:00", LISTED),
        ("starred=true&archived=any&title=a&order=oldest", ["Starred Äpfel"]),
        ("student_id=alice", LISTED),
    ],
)
def test_a_list_is_narrowed(
    alices: Program, several: dict[str, ChatSession], query: str, found: list[str]
) -> None:
    assert titles(alices.get(f"chat/sessions?{query}")) == found


@pytest.mark.parametrize(
    "query",
    [
        "archived=yes", "starred=1", "starred=", "tag=", "kind=any", "order=title", "deleted=maybe", "unknown=1",
        "created_after=2026-11-18", "created_after=1763740800", "active_before=2026-11-18T11:00:00",
        "active_before=2026-13-18T11:00:00Z", "limit=0", "limit=201", "limit=x", "cursor=", "cursor=n1-1", "student_id=",
        "cursor=n999999999999999999-" + "0" * 32, "limit=1&limit=2", "title=%00",
    ],
)  # fmt: skip
def test_a_query_that_says_nothing_is_refused(alices: Program, query: str) -> None:
    response = alices.get(f"chat/sessions?{query}")
    assert (response.status_code, problem(response)) == (400, "invalid")


def test_deleted_ones_say_when_and_others_do_not(
    alices: Program, bobs: Program, several: dict[str, ChatSession]
) -> None:
    assert alices.get("chat/sessions?deleted=true").json()["results"][0]["deleted_at"]
    assert "deleted_at" not in alices.get("chat/sessions").json()["results"][0]
    assert titles(bobs.get("chat/sessions?deleted=true")) == []


def test_pages_lead_forth_and_back_over_own_and_shared_sessions(
    alices: Program, alice: User, bob: User, make_chat: Make
) -> None:
    same = START - timedelta(hours=3)
    for n in range(7):
        at = same if n in (3, 4) else START - timedelta(hours=n)
        chat = make_chat(title=f"{n}", last_activity_at=at, owner=bob if n % 3 == 1 else alice)
        if n % 3 == 1:
            SessionMember.objects.create(session=chat, user=alice)
    pages, url = [], "chat/sessions?limit=3"
    while url:
        page = alices.get(url).json()
        pages.append(page)
        url = (page["next"] or "").removeprefix("http://testserver/api/")
    whole = [row["title"] for page in pages for row in page["results"]]
    assert [len(page["results"]) for page in pages] == [3, 3, 1]
    assert sorted(whole) == [f"{n}" for n in range(7)]
    assert (whole[:3], whole[5:]) == (["0", "1", "2"], ["5", "6"])
    assert pages[0]["previous"] is None
    back = alices.get(pages[2]["previous"].removeprefix("http://testserver/api/")).json()
    assert back["results"] == pages[1]["results"]
    first = alices.get(back["previous"].removeprefix("http://testserver/api/")).json()
    assert (first["results"], first["previous"]) == (pages[0]["results"], None)
    assert first["next"] == pages[0]["next"]


# ---------------------------------------------------------------- whose


@pytest.fixture
def reader(staff: User) -> User:
    """Staff who may read others' texts."""
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    return User.objects.get(pk=staff.pk)


def with_scopes(user: User, *scopes: str) -> Program:
    token, secret = make_token(user=user, scopes=["read"])
    ApiToken.objects.filter(pk=token.pk).update(scopes=list(scopes))
    return Program(Client(headers={"Authorization": f"Bearer {secret}"}))


def test_one_asks_for_ones_own_by_id_and_name(
    alices: Program, alice: User, bob: User, chat: ChatSession
) -> None:
    shared = ChatSession.objects.create(owner=bob)
    SessionMember.objects.create(session=shared, user=alice)
    for named in (alice.pk, "alice"):
        listed = alices.get(f"chat/sessions?student_id={named}").json()["results"]
        assert [row["id"] for row in listed] == [str(chat.pk)]


def test_to_others_a_person_and_nobody_look_alike(
    bobs: Program, alice: User, staff: User, chat: ChatSession
) -> None:
    as_staff = with_scopes(staff, "read", "admin")  # who may not read texts
    answers = [
        program.get(f"chat/sessions?student_id={quote(str(named))}")
        for program in (bobs, as_staff)
        for named in (alice.pk, "alice", "no-such-person", "0", "9" * 40, "²")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert not AuditEntry.objects.exists()


def test_staff_who_read_others_get_a_persons_sessions_on_record(
    reader: User, alice: User, several: dict[str, ChatSession]
) -> None:
    program = with_scopes(reader, "read", "admin")
    assert titles(program.get(f"chat/sessions?student_id={alice.pk}&limit=2")) == LISTED[:2]
    assert titles(program.get("chat/sessions?student_id=alice&deleted=true")) == ["deleted"]
    found = AuditEntry.objects.filter(person=alice, action="read session")
    assert set(found.values_list("session_key", flat=True)) == {
        several[name].pk for name in (*LISTED[:2], "deleted")
    }
    assert program.get("chat/sessions?student_id=no-such-person").status_code == 404
    assert titles(program.get("chat/sessions")) == []


def test_a_token_of_staff_needs_the_scope_and_a_browser_does_not(
    reader: User, alice: User, chat: ChatSession, client: Client
) -> None:
    assert (
        with_scopes(reader, "read", "write", "chat").get("chat/sessions?student_id=alice").status_code == 403
    )
    client.force_login(reader)
    assert len(titles(Program(client).get("chat/sessions?student_id=alice"))) == 1


def test_where_a_reason_is_asked_nobodys_sessions_are_listed(
    reader: User, chat: ChatSession, settings: Any
) -> None:
    settings.REVIEW_REASON = True
    assert with_scopes(reader, "read", "admin").get("chat/sessions?student_id=alice").status_code == 404


# ---------------------------------------------------------------- indexes


@pytest.mark.skipif(not config.SQLITE, reason="a plan of PostgreSQL hangs on how many rows there are")
@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "chat_list"),
        ("limit=200&order=oldest", "chat_list"),
        ("cursor=n1763740800000000-" + "0" * 32, "chat_list"),
        ("cursor=b1763740800000000-" + "0" * 32, "chat_list"),
        ("title=word&model=m&active_after=2026-01-01T00:00:00Z", "chat_list"),
        ("starred=true", "chat_starred"),
        ("archived=true", "chat_archived"),
        ("archived=any", "chat_list"),
        ("tag=weekly", "tag_of_owner"),
        ("deleted=true", "chat_deleted"),
    ],
)
def test_each_list_walks_its_index(alices: Program, query: str, index: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert alices.get(f"chat/sessions?{query}").status_code == 200
    own = next(
        each["sql"] for each in asked.captured_queries if 'FROM "sessions_app_chatsession"' in each["sql"]
    )
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {own}")
        steps = [row[3] for row in cursor.fetchall()]
    assert index in " ".join(steps)
    assert not [step for step in steps if re.match(r"SCAN (sessions_app|U0)", step)], steps
    if index.startswith("chat_"):
        assert "USE TEMP B-TREE FOR ORDER BY" not in steps


def test_shared_sessions_are_found_by_their_memberships(
    alices: Program, alice: User, bob: User, make_chat: Make
) -> None:
    shared = make_chat(owner=bob, title="shared", last_activity_at=timezone.now())
    SessionMember.objects.create(session=shared, user=alice)
    organising.tag(chat=shared, name="his")
    organising.star(chats=[shared], on=True)
    for query in ("", "tag=his", "starred=true", "title=SHARED"):
        assert titles(alices.get(f"chat/sessions?{query}")) == ["shared"]
    organising.archive(chats=[shared], on=True)
    assert titles(alices.get("chat/sessions")) == []
    assert titles(alices.get("chat/sessions?archived=any")) == ["shared"]
