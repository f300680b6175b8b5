"""What staff see of others' rows: figures; words of others only where that may be, and then on record for each owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from analytics_app.dashboard.question import question
from analytics_app.dashboard.reads import Reads
from sessions_app.actions.audit import LOOK
from sessions_app.actions.sessions import set_title
from sessions_app.models import AuditEntry, ChatSession, SessionMember, TokenUsage, ToolCall, User
from tests.actions.steps import end, send

from .test_rows import words

pytestmark = pytest.mark.django_db

EVERYONE = "scope=everyone&time_range=all"


@pytest.fixture
def chat(chat: ChatSession) -> ChatSession:
    """Alice's: a title, and a tool that failed with words of hers."""
    set_title(chat=chat, title="Secret plan", by_model=False)
    reply = send(chat, "First").reply
    assert reply is not None
    ToolCall.objects.create(
        message=reply.message, turn=1, tool_name="analyze_costs", tool_use_id="1", status="error",
        error_message="No file harbour.txt", duration_ms=1200,
    )  # fmt: skip
    end(reply)
    return chat


@pytest.fixture
def as_staff(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def as_reader(as_staff: Client, staff: User) -> Client:
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    return as_staff


def rows(client: Client, kind: str, query: str = EVERYONE) -> str:
    return words(client.get(f"/dashboard/rows/{kind}/?{query}"))


def file(client: Client, kind: str, query: str = EVERYONE) -> str:
    pieces: Any = client.get(f"/dashboard/rows/{kind}/?{query}&format=csv")

    async def whole(found: AsyncIterable[bytes]) -> bytes:
        return b"".join([piece async for piece in found])

    return asyncio.run(whole(pieces.streaming_content)).decode()


def readings(person: User) -> list[tuple[str, Any]]:
    found = AuditEntry.objects.for_user(person).openings().order_by("pk")
    return list(found.values_list("action", "session_key"))


def test_errors_of_tools_are_for_those_who_may_read_and_on_record(
    chat: ChatSession, alice: User, as_alice: Client, as_staff: Client, staff: User
) -> None:
    assert "harbour" in rows(as_alice, "tools", "time_range=all")
    page = rows(as_staff, "tools")
    assert "1 tool call, 0 done" in page
    assert "harbour" not in page
    assert not AuditEntry.objects.exists()
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    assert "harbour" in rows(as_staff, "tools")
    assert ("read tool errors", chat.pk) in readings(alice)
    assert "read errors of tools in it" in as_alice.get("/accounts/privacy/").content.decode()


@pytest.mark.django_db(transaction=True)  # pieces are read on other threads
def test_the_file_holds_no_more_than_the_page_and_is_on_record(
    chat: ChatSession, alice: User, as_staff: Client, staff: User
) -> None:
    told = file(as_staff, "tools")
    assert str(chat.pk) in told
    assert "harbour" not in told
    assert "Secret plan" not in told
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    told = file(as_staff, "tools")
    assert "harbour" in told
    assert "Secret plan" in told
    assert set(readings(alice)) == {("read tool errors", chat.pk), ("read title", chat.pk)}


def test_where_each_session_takes_a_reason_lists_show_no_words_of_others(
    chat: ChatSession, as_reader: Client, as_alice: Client, settings: Any
) -> None:
    settings.REVIEW_REASON = True
    pages = [rows(as_reader, kind) for kind in ("sessions", "tools")]
    pages += [words(as_reader.get(f"/dashboard/?{EVERYONE}"))]
    assert str(chat.pk) in pages[0]
    for page in pages:
        assert "Secret plan" not in page
        assert "harbour" not in page
    assert not AuditEntry.objects.exists()
    assert "Secret plan" in rows(as_alice, "sessions", "time_range=all")


def test_owners_are_told_of_titles_read_in_rows_and_figures_once_an_hour(
    chat: ChatSession, alice: User, as_reader: Client, as_alice: Client
) -> None:
    for _ in range(2):
        assert "Secret plan" in rows(as_reader, "sessions")
        assert "Secret plan" in words(as_reader.get(f"/dashboard/panels/active_now/?{EVERYONE}"))
    assert readings(alice) == [("read title", chat.pk)]
    assert "read its title" in as_alice.get("/accounts/privacy/").content.decode()
    AuditEntry.objects.update(at=timezone.now() - LOOK - timedelta(seconds=1))
    rows(as_reader, "sessions")
    assert readings(alice) == [("read title", chat.pk)] * 2


def test_one_whose_topics_were_read_is_told_so(alice: User, as_alice: Client, as_reader: Client) -> None:
    reader = User.objects.get(username="staff")
    for given in ({"user": "alice"}, {"user": "alice"}, {}, {"user": "staff"}):
        Reads(question(reader, {"scope": "everyone", **given})).note_topics()
    assert readings(alice) == [("read topics", None)]
    assert list(AuditEntry.objects.order_by("pk").values_list("subject", flat=True)) == [
        f"user {alice.pk}",
        "everyone",
    ]
    assert "read what your messages are about" in as_alice.get("/accounts/privacy/").content.decode()


def test_a_session_one_was_removed_from_is_not_called_deleted(
    chat: ChatSession, bob: User, as_bob: Client
) -> None:
    member = SessionMember.objects.create(session=chat, user=bob)
    now = timezone.now()
    TokenUsage.objects.create(
        user=bob, session=chat, session_key=chat.pk, provider="offline", model="offline", ok=True, at=now,
        settled_at=now,
    )  # fmt: skip
    assert "Secret plan" in rows(as_bob, "calls", "time_range=all")
    member.delete()
    page = rows(as_bob, "calls", "time_range=all")
    assert f"{chat.pk}, no longer shared with you" in page
    assert "Secret plan" not in page
