"""Limits, prices and the rows behind figures, by REST."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics_app.actions.budgets import limit_session, set_budget
from analytics_app.api.limits import LimitsShape, SessionLimitShape
from analytics_app.api.prices import PricedShape
from analytics_app.api.rows import RowsShape
from analytics_app.models import Budget
from analytics_app.rows import KINDS
from sessions_app.actions.messages import send_message
from sessions_app.models import AuditEntry, ChatSession, ModelPrice, SessionMember, TokenUsage, User, uuid7
from tests.actions.steps import end

from .held import fits
from .program import Program, problem


@pytest.fixture
def staffs(staff: User) -> Program:
    client = Client()
    client.force_login(staff)
    return Program(client)


def spend(person: User, cost: str | None, chat: ChatSession | None = None, **values: Any) -> TokenUsage:
    now = timezone.now()
    known: Any = None if cost is None else Decimal(cost)
    given: dict[str, Any] = {"provider": "anthropic", "model": "claude-opus-5-5", "input": 100, **values}
    return TokenUsage.objects.create(
        user=person, session=chat, session_key=chat.pk if chat else uuid7(), at=now, settled_at=now, ok=True,
        cost=known, **given,
    )  # fmt: skip


# ---------------------------------------------------------------- limits


def test_limits_say_what_is_used_and_when_they_begin_anew(
    alices: Program, alice: User, staff: User, chat: ChatSession
) -> None:
    spend(alice, "2.5", chat)
    spend(alice, None, chat)
    set_budget(actor=staff, measure="money", period="month", amount=Decimal(10), user=alice)
    set_budget(actor=staff, measure="tokens", period="day", amount=400, plan="free")
    limit_session(person=alice, chat=chat, money=Decimal(3))
    found = alices.get("chat/limits").json()
    assert fits(LimitsShape, found)
    tokens, money = found["limits"]
    assert (tokens["of"], tokens["limit"], tokens["used"], tokens["share"]) == ("plan", 400, 200, 0.5)
    assert (money["limit"], money["used"], money["unpriced_calls"]) == ("10", "2.5", 1)
    assert money["resets_at"] > money["began_at"]
    [session] = found["sessions"]
    assert (session["session"]["id"], session["by_owner"], session["resets_at"]) == (str(chat.pk), True, None)
    named = alices.get(f"chat/limits?session={chat.pk}").json()["limits"]
    assert [each["of"] for each in named] == ["session", "plan", "person"]


def test_what_everyone_uses_is_told_to_staff_alone(
    alices: Program, staffs: Program, staff: User, alice: User, with_token: Callable[..., Program]
) -> None:
    spend(alice, "5")
    set_budget(actor=staff, measure="money", period="month", amount=Decimal(10), workspace=True)

    def told(program: Program) -> list[Any]:
        [limit] = program.get("chat/limits").json()["limits"]
        return [limit["limit"], limit["used"], limit["share"]]

    assert told(alices) == told(with_token(staff, "read")) == [None, None, 0.5]
    assert told(staffs) == ["10", "5", 0.5]


def test_an_owner_limits_a_session(alices: Program, chat: ChatSession, alice: User) -> None:
    spend(alice, "1.25", chat)
    path = f"chat/sessions/{chat.pk}/limit"
    assert alices.get(path).json() == {"money": None, "staff": None, "used": "1.25"}
    changed = alices.put(path, {"money": "2.50"})
    assert changed.status_code == 200
    assert fits(SessionLimitShape, changed.json())
    assert changed.json() == alices.get(path).json() == {"money": "2.5", "staff": None, "used": "1.25"}
    assert [alices.delete(path).status_code for _ in range(2)] == [204, 204]
    assert not Budget.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400), ({"money": 2.5}, 400), ({"money": None}, 400), ({"money": "1e3"}, 400), ({"money": "-1"}, 400),
        ({"money": ""}, 400), ({"money": "0"}, 422), ({"money": "10000001"}, 422), ({"money": "0.00001"}, 422),
    ],
)  # fmt: skip
def test_a_sum_that_is_none_limits_nothing(
    alices: Program, chat: ChatSession, body: Any, status: int
) -> None:
    refused = alices.put(f"chat/sessions/{chat.pk}/limit", body)
    assert (refused.status_code, problem(refused)) == (status, "invalid" if status == 400 else "bad_sum")
    assert not Budget.objects.exists()


def test_a_token_sets_and_lowers_a_limit_but_neither_raises_nor_lifts_it(
    alices: Program, with_token: Callable[..., Program], alice: User, chat: ChatSession
) -> None:
    program, path = with_token(alice), f"chat/sessions/{chat.pk}/limit"
    for money in ("5", "2.50", "2.50"):
        assert program.put(path, {"money": money}).status_code == 200
    for refused in (program.put(path, {"money": "2.51"}), program.delete(path)):
        assert (refused.status_code, problem(refused)) == (403, "session_needed")
    assert alices.get(path).json()["money"] == "2.5"
    assert alices.put(path, {"money": "9"}).json()["money"] == "9"
    assert alices.delete(path).status_code == 204


def test_members_are_told_the_share_of_a_sessions_limit_but_no_amount(
    alices: Program, bobs: Program, alice: User, bob: User, chat: ChatSession
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    spend(alice, "1.25", chat)
    limit_session(person=alice, chat=chat, money=Decimal(5))
    path = f"chat/limits?session={chat.pk}"
    [theirs], [own] = (program.get(path).json()["limits"] for program in (bobs, alices))
    hidden = ("limit", "used", "reserved", "unpriced_calls")
    assert ([theirs[each] for each in hidden], theirs["share"]) == ([None] * 4, 0.25)
    assert (theirs["name"], own["name"]) == (
        "This session's cost limit",
        "This session's cost limit of $5.00",
    )
    assert [own[each] for each in hidden] == ["5", "1.25", "0", 0]


def test_members_find_no_limit_to_set(bobs: Program, bob: User, chat: ChatSession) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    path = f"chat/sessions/{chat.pk}/limit"
    found = [bobs.get(path), bobs.put(path, {"money": "1"}), bobs.delete(path)]
    assert [response.status_code for response in found] == [404, 404, 404]


# ---------------------------------------------------------------- prices


def test_prices_say_where_they_come_from(alices: Program, staffs: Program, alice: User, bob: User) -> None:
    rates = dict.fromkeys(
        ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output"), Decimal("2.5")
    )
    ModelPrice.objects.create(provider="anthropic", model="claude-own", **rates)
    spend(alice, None, model="claude-next")
    spend(bob, None, model="claude-bobs")
    found = alices.get("chat/analytics/prices").json()
    assert fits(PricedShape, found)
    models = {row["model"]: row for row in found["models"]}
    assert (models["claude-own"]["source"], models["claude-own"]["prices"]["input"]) == ("override", "2.5")
    assert (models["claude-next"]["prices"], models["claude-next"]["unpriced"]["calls"]) == (None, 1)
    assert "claude-bobs" not in models
    assert {row["model"] for row in staffs.get("chat/analytics/prices").json()["models"]} <= models.keys()
    everyones = staffs.get("chat/analytics/prices?scope=everyone").json()
    assert "claude-bobs" in {row["model"] for row in everyones["models"]}
    assert problem(alices.get("chat/analytics/prices?scope=everyone")) == "invalid"


# ---------------------------------------------------------------- rows


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_each_kind_are_as_described(
    alices: Program, staffs: Program, alice: User, chat: ChatSession, kind: str
) -> None:
    end(send_message(chat=chat, author=alice, content="Alices question").reply, "complete", "Alices answer")
    spend(alice, "1", chat)
    for program, scope in ((alices, ""), (staffs, "&scope=everyone")):
        found = program.get(f"chat/analytics/rows?kind={kind}&time_range=all{scope}").json()
        assert fits(RowsShape, found)
        assert bool(found["results"]) is (kind != "tools")
        assert not any("Alices" in str(row["values"]) for row in found["results"])
        assert all(
            row["values"].keys() == {each["key"] for each in found["columns"]} for row in found["results"]
        )


def test_rows_are_what_a_figure_comes_to(alices: Program, alice: User, bob: User) -> None:
    for cost in ("1", "3", "2"):
        spend(alice, cost)
    spend(bob, "9")
    first = alices.get("chat/analytics/rows?sort=cost&limit=2").json()
    assert [row["values"]["cost"] for row in first["results"]] == ["3", "2"]
    assert first["results"][0]["model"] == "claude-opus-5-5"
    rest = alices.client.get(first["next"]).json()
    assert ([row["values"]["cost"] for row in rest["results"]], rest["next"]) == (["1"], None)
    assert first["total"][0] == "3 calls"


def test_titles_of_others_are_written_down_or_not_told(
    staffs: Program, staff: User, alice: User, chat: ChatSession
) -> None:
    ChatSession.objects.filter(pk=chat.pk).update(title="Alices title")
    spend(alice, "1", chat)
    [row] = staffs.get("chat/analytics/rows?scope=everyone").json()["results"]
    assert row["session"] == {
        "id": str(chat.pk),
        "name": "Alices title" if staff.reads_others else str(chat.pk),
    }
    assert AuditEntry.objects.filter(action="read title").exists() is staff.reads_others


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=nothing", "kind"), ("purpose=nothing", "purpose"), ("tool=x", "tool"), ("cursor=nonsense", "cursor"),
        ("kind=messages&unpriced=true", "unpriced"), ("kind=messages&sort=cost", "sort"), ("scope=everyone", "scope"),
        ("session=x", "session"), ("limit=0", "limit"), ("time_range=year", "time_range"), ("seen=3", "seen"),
    ],
)  # fmt: skip
def test_rows_that_are_asked_for_wrongly(alices: Program, query: str, field: str) -> None:
    refused = alices.get(f"chat/analytics/rows?{query}")
    assert (refused.status_code, problem(refused)) == (400, "invalid")
    assert list(refused.json()["fields"]) == [field]


def test_rows_of_a_foreign_session_are_missing(bobs: Program, alice: User, chat: ChatSession) -> None:
    spend(alice, "1", chat)
    assert bobs.get(f"chat/analytics/rows?session={chat.pk}").status_code == 404
