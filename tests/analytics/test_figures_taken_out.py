"""The dashboard's figures as files, and for programs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from analytics_app.dashboard.csv import of_contents
from analytics_app.dashboard.panel import Column, Contents, Sheet
from analytics_app.dashboard.registry import PANELS, UNREADABLE
from sessions_app.actions.tokens import make_token
from sessions_app.models import ApiToken, ChatSession, TokenUsage, User, uuid7

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
API = "/api/chat/analytics"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def as_staff(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def spend(person: User, cost: str | None, days: float = 0, **values: Any) -> None:
    known: Any = None if cost is None else Decimal(cost)
    given: dict[str, Any] = {"provider": "anthropic", "model": "claude-opus-5-5", "input": 100, **values}
    at = NOW - timedelta(days=days)
    TokenUsage.objects.create(
        user=person, at=at, settled_at=at, ok=True, session_key=uuid7(), cost=known, **given
    )


# ---------------------------------------------------------------- files


def test_a_panel_is_a_file_with_all_digits(as_alice: Client, alice: User) -> None:
    spend(alice, "0.0000000001")
    spend(alice, None, model="claude-next")
    answer = as_alice.get("/dashboard/csv/cost_by_model_day/?time_range=month")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    named = 'attachment; filename="cost-by-model-day-2026-11-01-to-2026-11-20.csv"'
    assert answer["Content-Disposition"] == named
    assert answer.content.decode() == (
        "day,model,cost,tokens,calls,unpriced_calls\r\n"
        "2026-11-20,claude-next,price unknown,100,1,1\r\n"
        "2026-11-20,claude-opus-5-5,0.0000000001,100,1,0\r\n"
    )


def test_a_text_that_looks_like_a_formula_is_made_harmless_and_numbers_stay_numbers(
    as_alice: Client, alice: User
) -> None:
    spend(alice, "1", model='=HYPERLINK("http://x.example","y")')
    answer = as_alice.get("/dashboard/csv/tokens_by_kind/")
    [head, row] = csv.reader(io.StringIO(answer.content.decode(), newline=""))
    assert (head[0], row[0]) == ("model", '\'=HYPERLINK("http://x.example","y")')
    assert row[1:] == ["100", "0", "0", "0", "100", "1"]


@pytest.mark.parametrize("text", ["=1", "+a", "-a", "@x", "\tx", "\rx"])
def test_no_text_begins_as_a_formula_does(text: str) -> None:
    sheet = Sheet((Column("a", "A"), Column("b", "B", "number")), ((text, Decimal("-1.50")), (text, -2)))
    [_, *rows] = csv.reader(io.StringIO(of_contents(Contents(sheet)), newline=""))
    assert rows == [[f"'{text}", "-1.5"], [f"'{text}", "-2"]]


def test_a_change_downwards_stays_a_number(as_alice: Client, alice: User) -> None:
    spend(alice, "1")
    spend(alice, "4", 31)
    found = as_alice.get("/dashboard/csv/headlines/").content.decode()
    assert "\r\ncost,1,4,-0.75,0\r\n" in found


def test_the_whole_dashboard_is_one_archive(as_alice: Client, alice: User, as_staff: Client) -> None:
    spend(alice, "1")
    answer = as_alice.get("/dashboard/csv/?time_range=all")
    assert answer["Content-Disposition"] == 'attachment; filename="dashboard-all-time.zip"'
    names = ZipFile(io.BytesIO(answer.content)).namelist()
    assert names[0] == "headlines.csv"
    assert {name.removesuffix(".csv") for name in names[1:]} == {
        key for key, panel in PANELS.items() if not panel.everyone
    }
    some = as_staff.get("/dashboard/csv/?scope=everyone&panels=leaderboard,tools,nothing")
    assert ZipFile(io.BytesIO(some.content)).namelist() == ["headlines.csv", "leaderboard.csv", "tools.csv"]


def test_a_panel_without_rows_is_its_head_alone(as_alice: Client) -> None:
    answer = as_alice.get("/dashboard/csv/cost_by_provider/")
    assert answer.content.decode() == "provider,cost,tokens,calls,unpriced_calls\r\n"
    unread = of_contents(Contents(Sheet((), ()), absent=UNREADABLE))
    assert unread == f"{UNREADABLE}\r\n"


def test_programs_find_keys_units_and_zones(as_alice: Client, alice: User, chat: ChatSession) -> None:
    ChatSession.objects.filter(pk=chat.pk).update(last_activity_at=NOW)
    active = as_alice.get("/dashboard/csv/active_now/").content.decode().splitlines()
    assert active[0].endswith(",last_active,messages,session_id")
    assert f"{NOW.astimezone(alice.zone).isoformat()},0,{chat.pk}" in active[1]
    assert "response_median_ms" in as_alice.get("/dashboard/csv/response_times/").content.decode()


def test_what_is_no_panel_and_what_only_staff_see_are_missing_alike(
    as_alice: Client, as_staff: Client, alice: User
) -> None:
    spend(alice, "1")
    for key in ("nothing", "cost_by_user", "leaderboard"):
        assert as_alice.get(f"/dashboard/csv/{key}/?scope=everyone").status_code == 404
    assert as_staff.get("/dashboard/csv/cost_by_user/").status_code == 404  # of one's own figures
    assert b"alice,1," in as_staff.get("/dashboard/csv/cost_by_user/?scope=everyone").content
    assert as_alice.post("/dashboard/csv/tools/").status_code == 405


# ---------------------------------------------------------------- programs


def test_a_program_gets_headlines_panels_and_the_projection(as_alice: Client, alice: User) -> None:
    spend(alice, "0.0000000001")
    spend(alice, "2.5", 3)
    found = as_alice.get(f"{API}?time_range=month&panels=cost_by_provider,month_end").json()
    assert found["period"] == {
        "name": "month",
        "words": "this month",
        "from": "2026-11-01T00:00:00+00:00",
        "until": "2026-11-21T00:00:00+00:00",
        "time_zone": "UTC",
        "scope": "own",
        "user": "alice",
        "model": None,
        "provider": None,
        "before": "the same days of last month",
    }
    assert found["headlines"]["cost"] == {
        "name": "Cost", "kind": "money", "value": "2.5000000001", "before": "0", "change": None, "unpriced_calls": 0,
    }  # fmt: skip
    assert list(found["panels"]) == ["cost_by_provider", "month_end"]
    panel = found["panels"]["cost_by_provider"]
    assert panel["columns"][1] == {"key": "cost", "name": "Cost", "kind": "money"}
    assert panel["rows"] == [["anthropic", "2.5000000001", 200, 2, 0]]
    assert panel["total"] == ["All", "2.5000000001", 200, 2, 0]
    assert found["projection"].keys() == {"month", "spent", "expected", "low", "high", "method"}
    assert (found["projection"]["month"], found["projection"]["spent"]) == ("2026-11", "2.5000000001")


def test_a_price_that_is_not_known_is_null_and_never_nothing(as_alice: Client, alice: User) -> None:
    spend(alice, None)
    found = as_alice.get(f"{API}?panels=cost_by_model_day").json()
    assert found["headlines"]["cost"]["value"] is None
    assert found["panels"]["cost_by_model_day"]["rows"] == [
        ["2026-11-20", "claude-opus-5-5", None, 100, 1, 1]
    ]
    assert as_alice.get(f"{API}?panels=tools").json()["panels"]["tools"]["absent"] == (
        "No tool was called in this period."
    )


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("panels=nothing", "panels", "There is no panel nothing here."),
        ("panels=leaderboard", "panels", "There is no panel leaderboard here."),
        ("time_range=year", "time_range", "One of today, week, month, all and dates."),
        ("time_range=dates&from=2026-11-02&until=x", "until", "A day, written as 2026-11-30."),
        ("time_range=dates&from=2026-11-02&until=20261103", "until", "A day, written as 2026-11-30."),
        ("time_range=dates&from=2026-11-02", "time_range", "Two days are needed, the earlier one first."),
        ("until=2026-11-02", "time_range", "Two days are needed"),
        ("time_range=week&from=2026-11-02", "from", "Only with the time_range dates."),
        ("time_range=dates&from=2026-11-02&until=2026-11-01", "time_range", "Two days are needed"),
        ("period=year", "period", "One of today, week, month, all, 7d and 30d."),
        ("period=week&time_range=today", "period", "time_range says something else."),
        ("creator_id=bob", "creator_id", "Only staff may see the figures of others."),
        ("creator_id=bob&user=bob", "user", "Only for staff"),
        ("usage=1", "usage", "true or false."),
        ("period=week&period=week", "period", "Stands here more than once."),
        ("model=%00", "model", "A text without control characters."),
        ("time_range=dates&from=1970-01-01&until=2999-12-31", "time_range", "At most ten years"),
        ("scope=everyone", "scope", "Only staff may see everyone's figures."),
        ("scope=mine", "scope", "own or everyone."),
        ("user=bob", "user", "Only for staff"),
        ("colour=red", "colour", "There is no such parameter."),
    ],
)
def test_a_program_that_asks_wrongly_is_told_what(
    as_alice: Client, query: str, field: str, words: str
) -> None:
    answer = as_alice.get(f"{API}?{query}")
    assert answer.status_code == 400
    error = answer.json()
    assert error["code"] == "invalid"
    assert error["fields"][field][0].startswith(words)


def test_staff_ask_about_everyone_and_about_one(as_staff: Client, alice: User, bob: User) -> None:
    spend(alice, "1")
    spend(bob, "2")
    whole = as_staff.get(f"{API}?scope=everyone&panels=cost_by_user").json()
    assert [row[:2] for row in whole["panels"]["cost_by_user"]["rows"]] == [["bob", "2"], ["alice", "1"]]
    one = as_staff.get(f"{API}?scope=everyone&user=alice&panels=").json()
    assert (one["headlines"]["cost"]["value"], one["period"]["user"], one["panels"]) == ("1", "alice", {})
    nobody = as_staff.get(f"{API}?scope=everyone&user=zoe")
    assert "Nobody has that name" in nobody.json()["fields"]["user"][0]


def test_earlier_clients_name_period_and_creator(
    as_alice: Client, as_staff: Client, alice: User, bob: User, staff: User
) -> None:
    spend(alice, "1")
    spend(alice, "4", 10)
    for query in (
        "time_range=week",
        "period=week",
        f"period=week&creator_id={alice.pk}",
        "period=week&creator_id=alice",
    ):
        found = as_alice.get(f"{API}?panels=&{query}").json()
        assert (found["period"]["name"], found["headlines"]["cost"]["value"]) == ("week", "1"), query
    for query in (f"creator_id={alice.pk}", "creator_id=alice", "creator_id=alice&scope=everyone"):
        found = as_staff.get(f"{API}?panels=&{query}").json()
        assert (found["period"]["user"], found["headlines"]["cost"]["value"]) == ("alice", "5"), query
    assert as_staff.get(f"{API}?panels=&creator_id={staff.pk}").json()["period"]["scope"] == "own"
    for query, words in (("creator_id=zoe", "Nobody has that name."), ("creator_id=", "Nobody has that name."),
                         ("creator_id=alice&scope=own", "Only for staff, with the scope everyone.")):  # fmt: skip
        assert as_staff.get(f"{API}?{query}").json()["fields"] == {"creator_id": [words]}


def test_usage_and_projection_are_there_where_they_are_asked_for(as_alice: Client, alice: User) -> None:
    spend(alice, "1", cache_read=5)
    spend(alice, None, 1, model="claude-next", input=7)
    spend(alice, "0.5", 1, purpose="title", input=1)
    bare = as_alice.get(f"{API}?panels=").json()
    assert not {"usage", "cost_projection"} & bare.keys()
    found = as_alice.get(f"{API}?panels=&usage=true&cost_projection=true").json()
    assert found["cost_projection"] == found["projection"] == bare["projection"]
    usage = found["usage"]
    total = {
        "calls": 3, "input": 108, "cache_read": 5, "cache_write": 0, "output": 0, "cost": "1.5", "unpriced_calls": 1,
    }  # fmt: skip
    assert usage["total"] == total
    assert [row["model"] for row in usage["by_model"]] == ["claude-opus-5-5", "claude-next"]
    assert [(row["purpose"], row["input"]) for row in usage["by_purpose"]] == [("reply", 107), ("title", 1)]
    assert [(row["day"], row["calls"]) for row in usage["by_day"]] == [("2026-11-19", 2), ("2026-11-20", 1)]
    [unknown, _] = usage["by_day"][0]["by_model"]
    assert (unknown["model"], unknown["cost"]) == ("claude-next", None)
    for part in ("by_model", "by_purpose", "by_day"):
        assert sum(row["input"] for row in usage[part]) == 108


def test_a_token_of_staff_shows_everyones_only_with_the_scope_for_it(staff: User, alice: User) -> None:
    row, secret = make_token(user=staff, scopes=["read"])
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    asked = (f"{API}?scope=everyone&panels=", f"{API}?creator_id=alice&panels=", f"{API}?creator_id=zoe")
    for address in asked:
        refused = program.get(address)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert program.get(f"{API}?panels=").status_code == 200
    ApiToken.objects.filter(pk=row.pk).update(scopes=["read", "admin"])
    assert [program.get(address).status_code for address in asked] == [200, 200, 400]


def test_a_token_needs_the_scope_to_read(alice: User) -> None:
    reading, writing = (make_token(user=alice, scopes=[scope])[1] for scope in ("read", "chat"))
    assert Client(headers={"Authorization": f"Bearer {reading}"}).get(f"{API}/").status_code == 200
    refused = Client(headers={"Authorization": f"Bearer {writing}"}).get(API)
    assert refused.status_code == 403
    assert refused.json()["code"] == "scope_missing"
    assert Client().get(API).status_code == 401
