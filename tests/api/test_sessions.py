"""Sessions by REST."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from sessions_app.actions.opening import current_session
from sessions_app.models import ChatSession, SessionMember, SessionTag, TokenUsage, User

from .program import Program, problem

Make = Callable[..., ChatSession]
SHAPE = {
    "id", "title", "provider", "model", "settings", "tags", "starred", "archived", "parent", "message_count",
    "total_tokens", "total_cost", "created_at", "last_activity_at",
}  # fmt: skip


def test_a_program_makes_a_session(alices: Program, alice: User) -> None:
    response = alices.post(
        "chat/sessions", {"title": "Plans", "model": "offline", "settings": {"max_turns": 3}}
    )
    assert response.status_code == 201
    made = response.json()
    assert set(made) == SHAPE
    assert (made["title"], made["model"], made["settings"]) == ("Plans", "offline", {"max_turns": 3})
    assert ChatSession.objects.get(pk=made["id"]).owner == alice


def test_an_empty_body_makes_a_session_too(alices: Program) -> None:
    assert alices.post("chat/sessions").status_code == 201


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{not json", 400),
        (b"[]", 400),
        ({"title": 5}, 400),
        ({"title": "x" * 121}, 400),
        ({"owner": 1}, 400),
        ({"total_cost": "0"}, 400),
        ({"settings": []}, 400),
        ({"model": "no-such-model"}, 422),
        ({"settings": {"temperature": 9}}, 422),
        ({"settings": {"unknown": 1}}, 422),
        (b'{"title": "\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b'"' + b"x" * 2_600_000 + b'"', 413),
    ],
)
def test_bad_input_makes_no_session(alices: Program, body: Any, status: int) -> None:
    response = alices.post("chat/sessions", body)
    assert response.status_code == status
    assert problem(response)
    assert not ChatSession.objects.exists()


def test_the_list_has_own_and_shared_sessions_newest_first(
    alices: Program, bob: User, alice: User, make_chat: Make
) -> None:
    old = make_chat(last_activity_at=timezone.now() - timedelta(days=2))
    shared = ChatSession.objects.create(owner=bob)
    ChatSession.objects.create(owner=bob)
    SessionMember.objects.create(session=shared, user=alice)
    listed = alices.get("chat/sessions").json()
    assert [row["id"] for row in listed["results"]] == [str(shared.pk), str(old.pk)]
    assert set(listed) == {"results", "next", "previous"}


def test_sessions_tell_their_tags_in_as_many_queries_as_there_are_kinds(
    alices: Program, alice: User, make_chat: Make, django_assert_max_num_queries: Any
) -> None:
    for names in (["costs", "weekly"], [], ["costs"]):
        chat = make_chat()
        chat.tags.bulk_create(SessionTag(session=chat, owner=alice, name=name) for name in names)
    with django_assert_max_num_queries(8):
        listed = alices.get("chat/sessions").json()["results"]
    assert [row["tags"] for row in listed] == [["costs"], [], ["costs", "weekly"]]
    assert alices.get(f"chat/sessions/{listed[-1]['id']}").json()["tags"] == ["costs", "weekly"]


def test_a_long_list_is_read_page_by_page(alices: Program, make_chat: Make) -> None:
    made = {str(make_chat().pk) for _ in range(5)}
    seen: list[str] = []
    url = "chat/sessions?limit=2"
    while url:
        page = alices.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = (page["next"] or "").removeprefix("http://testserver/api/")
    assert len(seen) == 5
    assert set(seen) == made


def test_a_list_takes_the_same_queries_for_many_as_for_few(
    alices: Program, make_chat: Make, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make_chat()
    with django_assert_max_num_queries(5):  # who asks, own ones, shared ones, tags
        assert len(alices.get("chat/sessions").json()["results"]) == 20


def test_a_session_is_read_with_and_without_a_slash(alices: Program, chat: ChatSession) -> None:
    assert alices.get(f"chat/sessions/{chat.pk}").json() == alices.get(f"chat/sessions/{chat.pk}/").json()


def test_the_cost_is_plain_and_null_where_a_price_is_unknown(alices: Program, make_chat: Make) -> None:
    priced, unpriced = make_chat(cost=Decimal("0.0000001")), make_chat(cost=Decimal(1), unpriced_calls=1)
    assert Decimal(alices.get(f"chat/sessions/{priced.pk}").json()["total_cost"]) == Decimal("0.0000001")
    assert "E" not in alices.get(f"chat/sessions/{priced.pk}").json()["total_cost"]
    assert alices.get(f"chat/sessions/{unpriced.pk}").json()["total_cost"] is None


def test_title_and_model_can_be_changed(alices: Program, chat: ChatSession) -> None:
    changed = alices.patch(f"chat/sessions/{chat.pk}", {"title": "Renamed", "model": "offline"})
    assert (changed.status_code, changed.json()["title"]) == (200, "Renamed")


@pytest.mark.parametrize("field", ["owner", "id", "starred", "total_tokens", "kind"])
def test_no_other_field_can_be_changed(alices: Program, chat: ChatSession, field: str) -> None:
    assert alices.patch(f"chat/sessions/{chat.pk}", {field: 1}).status_code == 400


def test_a_reader_of_a_shared_session_is_told_that_it_is_read_only(
    bobs: Program, bob: User, chat: ChatSession
) -> None:
    SessionMember.objects.create(session=chat, user=bob)
    assert bobs.get(f"chat/sessions/{chat.pk}").status_code == 200
    for response in (
        bobs.patch(f"chat/sessions/{chat.pk}", {"title": "Mine"}),
        bobs.post(f"chat/sessions/{chat.pk}/messages", {"content": "Hello"}),
        bobs.post(f"chat/sessions/{chat.pk}/stop"),
    ):
        assert (response.status_code, problem(response)) == (403, "read_only")


def test_the_current_session_is_the_newest_of_the_last_day(alices: Program, make_chat: Make) -> None:
    make_chat(last_activity_at=timezone.now() - timedelta(hours=2))
    newest = make_chat(last_activity_at=timezone.now() - timedelta(hours=1))
    response = alices.post("chat/sessions/current")
    assert (response.status_code, response.json()["id"]) == (200, str(newest.pk))


def test_after_a_day_the_current_session_is_a_new_one(alices: Program, make_chat: Make) -> None:
    old = make_chat(last_activity_at=timezone.now() - timedelta(hours=25))
    response = alices.post("chat/sessions/current")
    assert response.status_code == 201
    assert response.json()["id"] != str(old.pk)


def test_someone_elses_shared_session_is_never_the_current_one(
    bobs: Program, bob: User, chat: ChatSession
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.WRITER)
    assert bobs.post("chat/sessions/current").status_code == 201


def test_usage_lists_the_model_calls_of_the_session(alices: Program, alice: User, chat: ChatSession) -> None:
    common: dict[str, Any] = {"user": alice, "session": chat, "session_key": chat.pk, "provider": "anthropic"}
    paid: dict[str, Any] = {"cost": Decimal("0.0000375"), "ok": True}
    TokenUsage.objects.create(**common, **paid, model="m", input=10, cache_read=5, output=2)
    TokenUsage.objects.create(**common, model="m", input=1, error_type="overloaded", attempt=2)
    first, second = alices.get(f"chat/sessions/{chat.pk}/usage").json()["results"]
    assert (first["input"], first["cache_read"], first["output"], first["tokens"]) == (10, 5, 2, 17)
    assert (first["cost"], first["ok"], first["purpose"]) == ("0.0000375000", True, "reply")
    assert (second["cost"], second["ok"]) == (None, False)
    assert (second["error_type"], second["attempt"]) == ("overloaded", 2)


def test_strangers_and_the_missing_get_the_same_404(
    bobs: Program, alices: Program, chat: ChatSession
) -> None:
    for path in ("", "/messages", "/usage", "/stream"):
        stranger, missing = (
            bobs.get(f"chat/sessions/{chat.pk}{path}"),
            alices.get(f"chat/sessions/{uuid.uuid4()}{path}"),
        )
        assert (stranger.status_code, stranger.json()) == (404, missing.json())
        assert problem(missing) == "not_found"
    assert bobs.patch(f"chat/sessions/{chat.pk}", {"title": "Mine"}).status_code == 404
    assert bobs.post(f"chat/sessions/{chat.pk}/stop").status_code == 404


def test_unknown_paths_are_refused_in_json(alices: Program, nobodys: Program) -> None:
    assert problem(alices.get("chat/sessions/not-an-id")) == "not_found"
    assert problem(alices.post("nothing", {})) == "not_found"
    assert nobodys.get("nothing").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_five_who_ask_for_the_current_session_at_once_get_one(alice: User) -> None:
    def ask(_: int) -> tuple[str, bool]:
        try:
            chat, made = current_session(owner=alice)
            return str(chat.pk), made
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(ask, range(5)))
    assert len({key for key, _ in found}) == ChatSession.objects.count() == 1
    assert sum(made for _, made in found) == 1
