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
from sessions_app.models import ChatSession, TokenUsage, User, uuid7

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
        ("time_range=dates&from=2026-11-02&until=x", "time_range", "Two days are needed"),
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


def test_a_token_needs_the_scope_to_read(alice: User) -> None:
    reading, writing = (make_token(user=alice, scopes=[scope])[1] for scope in ("read", "chat"))
    assert Client(headers={"Authorization": f"Bearer {reading}"}).get(f"{API}/").status_code == 200
    refused = Client(headers={"Authorization": f"Bearer {writing}"}).get(API)
    assert refused.status_code == 403
    assert refused.json()["code"] == "scope_missing"
    assert Client().get(API).status_code == 401
