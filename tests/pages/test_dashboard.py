"""The page of figures: one's own only, everyone's to staff who ask; periods, filters, panels, nothing yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from analytics_app.dashboard import registry
from analytics_app.dashboard.panel import Contents, Panel
from sessions_app.models import ChatSession, TokenUsage, User

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).split())


def spend(
    person: User, chat: ChatSession, tokens: int, cost: str | None, at: datetime, **values: Any
) -> None:
    TokenUsage.objects.create(
        user=person, session_key=chat.pk, provider="anthropic", input=tokens, cost=cost, ok=True, at=at,
        settled_at=at, **{"model": "claude-opus-5-5", **values},
    )  # fmt: skip


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return NOW


@pytest.fixture
def spent(alice: User, bob: User, chat: ChatSession, now: datetime) -> None:
    spend(alice, chat, 1111, "1.5", now)
    spend(bob, chat, 7000, "3.25", now)


@pytest.mark.parametrize(
    "query", ["", "?time_range=today", "?time_range=all", "?time_range=nonsense&scope=%00&user=bob"]
)
def test_a_member_sees_their_own_figures_and_no_others(as_alice: Client, spent: None, query: str) -> None:
    page = words(as_alice.get(f"/dashboard/{query}"))
    assert "Cost $1.50" in page
    assert "Tokens 1,111" in page
    assert "7,000" not in page
    assert "Everyone" not in page
    assert "Cost by person" not in page


def test_a_member_who_asks_for_everyone_gets_their_own(as_alice: Client, spent: None) -> None:
    page = words(as_alice.get("/dashboard/?scope=everyone&user=bob&time_range=week"))
    assert "Tokens 1,111" in page
    assert "8,111" not in page
    assert "User name" not in page


def test_staff_see_everyones_figures_when_they_ask(client: Client, staff: User, spent: None) -> None:
    client.force_login(staff)
    assert "8,111" not in words(client.get("/dashboard/"))
    page = words(client.get("/dashboard/?time_range=week&scope=everyone"))
    assert "Cost $4.75" in page
    assert "Tokens 8,111" in page
    assert "Cost by person" in page


def test_staff_narrow_everyones_figures_to_one_person(client: Client, staff: User, spent: None) -> None:
    client.force_login(staff)
    answer = client.get("/dashboard/?scope=everyone&user=bob")
    assert "Tokens 7,000" in words(answer)
    assert b'aria-label="Without the filter bob"' in answer.content
    page = words(client.get("/dashboard/?scope=everyone&user=nobody"))
    assert "Nobody has that name. These are everyone's figures." in page.replace("&#x27;", "'")


def test_figures_stand_beside_those_of_the_period_before(
    as_alice: Client, alice: User, chat: ChatSession, spent: None
) -> None:
    spend(alice, chat, 1000, "1", NOW - timedelta(days=31))
    page = words(as_alice.get("/dashboard/"))
    assert "1 to 20 November, compared with 1 to 20 October" in page
    assert "Cost $1.50 +50 % from $1.00" in page
    assert "Tokens 1,111 +11 % from 1,000" in page


def test_calls_of_unknown_price_are_said_beside_the_sum(
    as_alice: Client, alice: User, chat: ChatSession, spent: None
) -> None:
    spend(alice, chat, 10, None, NOW)
    spend(alice, chat, 10, None, NOW)
    assert "and 2 calls of unknown price" in words(as_alice.get("/dashboard/"))


def test_every_panel_has_a_table_under_its_chart_and_a_file(as_alice: Client, spent: None) -> None:
    html = as_alice.get("/dashboard/").content.decode()
    panel = html[html.index('id="panel-cost_by_model_day"') : html.index('id="panel-month_end"')]
    assert 'role="img"' in panel
    assert '<th scope="row">20 November' in panel or "20 November</span></th>" in panel
    assert "/dashboard/csv/cost_by_model_day/?time_range=month" in panel


def test_two_days_are_asked_for_by_a_form(
    as_alice: Client, alice: User, chat: ChatSession, spent: None
) -> None:
    spend(alice, chat, 500, "2", NOW - timedelta(days=10))
    spend(alice, chat, 500, "2", NOW - timedelta(days=90))
    page = words(as_alice.get("/dashboard/?time_range=dates&from=2026-11-09&until=2026-11-11"))
    assert "9 to 11 November, compared with 6 to 8 November" in page
    assert "Cost $2.00" in page
    page = words(as_alice.get("/dashboard/?time_range=dates&from=2026-11-11&until=2026-11-09"))
    assert "Two days are needed, the earlier one first. These are the figures of this month." in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-11-09&until=2026-11-11", "9 to 11 November, nothing before"),
        ("time_range=quarter", "There is no such period"),
        ("scope=all", "These are your own."),
        ("provider=nope", "There are no calls of “nope”."),
        ("model=nope", "There are no calls of “nope”."),
    ],
)
def test_what_of_an_address_is_not_understood_is_said(
    as_alice: Client, spent: None, query: str, said: str
) -> None:
    for page in ("/dashboard/", "/dashboard/rows/calls/"):
        found = words(as_alice.get(f"{page}?{query}"))
        assert said.removesuffix(", nothing before") in found.replace("&#x27;", "'") or "2026-11-09" in found


def test_filters_have_the_names_of_what_was_called_and_everyone_has_them(
    as_alice: Client, client: Client, staff: User, alice: User, chat: ChatSession, spent: None
) -> None:
    spend(alice, chat, 1, "1", NOW, model="gpt-5-mini")
    html = as_alice.get("/dashboard/").content.decode()
    assert 'title="claude-opus-5-5">Claude Opus 5.5</option>' in html
    assert 'value="gpt-5-mini"' in html
    assert "claude-haiku" not in html.split("</form>")[0]
    assert "filters-people" not in html
    assert 'value="gpt-5-mini"' in as_alice.get("/dashboard/rows/calls/").content.decode()
    client.force_login(staff)
    assert '<option value="bob"></option>' in client.get("/dashboard/?scope=everyone").content.decode()


def test_a_period_without_calls_says_when_the_last_one_was(as_alice: Client, spent: None) -> None:
    page = words(as_alice.get("/dashboard/?time_range=dates&from=2025-03-01&until=2025-03-02"))
    assert "No calls in this period. The last one was on 20 November 2026." in page
    assert "Show all time" in page


def test_nothing_yet_is_said_in_words(as_bob: Client) -> None:
    page = words(as_bob.get("/dashboard/"))
    assert "No calls yet." in page
    assert "Begin a session" in page


def test_the_page_asks_for_its_figures_alone(as_alice: Client, spent: None) -> None:
    answer = as_alice.get("/dashboard/?time_range=today", headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert "<html" not in html
    assert 'data-words="20 November, nothing before"' in html
    assert 'id="figure-cost"' in html
    assert 'id="panel-tools"' in html


def test_a_panel_alone_is_what_the_page_shows(
    as_alice: Client, client: Client, staff: User, spent: None
) -> None:
    html = as_alice.get("/dashboard/panels/tokens_by_kind/?time_range=today").content.decode()
    assert html.count("<section") == 1
    assert "1,111" in html
    assert as_alice.get("/dashboard/panels/nonsense/").status_code == 404
    assert as_alice.get("/dashboard/panels/cost_by_user/?scope=everyone").status_code == 404
    client.force_login(staff)
    assert client.get("/dashboard/panels/cost_by_user/?scope=everyone").status_code == 200
    assert client.get("/dashboard/panels/cost_by_user/").status_code == 404


def test_a_panel_that_fails_leaves_the_others(
    as_alice: Client, spent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Contents:
        raise ZeroDivisionError

    monkeypatch.setitem(registry.PANELS, "tools", Panel("tools", "Tools", "", broken, wide=True))
    answer = as_alice.get("/dashboard/")
    assert "This panel could not be worked out. The others are not touched by it. Try again" in words(answer)
    assert b"/dashboard/panels/tools/?time_range=month" in answer.content
    assert "Claude Opus 5.5" in words(answer)


def test_what_people_wrote_is_text_in_tables(
    as_alice: Client, alice: User, chat: ChatSession, now: datetime
) -> None:
    spend(alice, chat, 5, "1", now, model="<script>alert(1)</script>", session=chat)
    ChatSession.objects.filter(pk=chat.pk).update(title="<b>bold</b>", last_activity_at=now)
    html = as_alice.get("/dashboard/").content.decode()
    assert "<script>alert(1)" not in html
    assert "<b>bold" not in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html


def test_an_unusual_day_is_marked_with_its_sentence(
    as_alice: Client, alice: User, chat: ChatSession, spent: None
) -> None:
    for back in range(1, 15):
        spend(alice, chat, 100, "9.75" if back == 5 else "1", NOW - timedelta(days=back))
    html = as_alice.get("/dashboard/").content.decode()
    assert "15 November: Unusual: Claude Opus 5.5 cost $9.75 that day, usually $1.00." in html
    assert html.count('class="chart__unusual"') == 1
