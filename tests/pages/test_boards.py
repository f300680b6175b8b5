"""Named dashboards: put together, ordered, saved, shown, changed, deleted; nobody else's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from analytics_app.actions.dashboards import MOST, Arrangement, make_dashboard
from analytics_app.models import Dashboard
from sessions_app.models import ChatSession, TokenUsage, User

FORM = {
    "name": "Mornings",
    "order": ["busy_hours", "tools", "turns"],
    "panel": ["turns", "busy_hours"],
    "query": "time_range=week",
}


@pytest.fixture(autouse=True)
def called(alice: User, chat: ChatSession) -> None:
    at = timezone.now()
    TokenUsage.objects.create(
        user=alice, session_key=chat.pk, provider="anthropic", model="claude-opus-5-5", input=5, cost="1",
        ok=True, at=at, settled_at=at,
    )  # fmt: skip


@pytest.fixture
def board(alice: User) -> Dashboard:
    return make_dashboard(
        owner=alice,
        arrangement=Arrangement("Costs", ["unpriced", "tools", "no_such_panel"], "time_range=week"),
    )


def panels(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return re.findall(r'<section class="panel [^"]*" id="panel-(\w+)"', answer.content.decode())


def words(answer: Any) -> str:
    return " ".join(strip_tags(answer.content.decode()).split())


def test_panels_are_saved_in_their_order_with_the_period(as_alice: Client) -> None:
    answer = as_alice.post("/dashboard/boards/", FORM, follow=True)
    assert panels(answer) == ["busy_hours", "turns"]
    assert "the 7 days before" not in words(answer)
    assert b'href="/dashboard/boards/' in answer.content
    made = Dashboard.objects.get()
    assert (made.name, made.query, made.first) == ("Mornings", "time_range=week", False)


def test_the_first_one_is_shown_where_none_is_named(as_alice: Client, board: Dashboard) -> None:
    assert len(panels(as_alice.get("/dashboard/"))) > 10
    as_alice.post("/dashboard/boards/", {**FORM, "first": "on"})
    assert panels(as_alice.get("/dashboard/")) == ["busy_hours", "turns"]
    assert len(panels(as_alice.get("/dashboard/?time_range=week"))) > 10, "a question goes before it"
    as_alice.post(
        f"/dashboard/boards/{board.pk}/", {**FORM, "name": "Costs", "panel": ["tools"], "first": "on"}
    )
    assert panels(as_alice.get("/dashboard/")) == ["tools"]
    assert Dashboard.objects.filter(first=True).count() == 1


def test_panels_that_are_gone_are_skipped(as_alice: Client, board: Dashboard) -> None:
    answer = as_alice.get(f"/dashboard/boards/{board.pk}/")
    assert panels(answer) == ["unpriced", "tools"]
    assert b'aria-current="page">Costs' in answer.content


def test_a_question_goes_before_the_saved_one(as_alice: Client, board: Dashboard) -> None:
    saved = as_alice.get(f"/dashboard/boards/{board.pk}/").content
    asked = as_alice.get(f"/dashboard/boards/{board.pk}/?time_range=all").content
    assert b'aria-current="true">Week' in saved
    assert b'aria-current="true">All' in asked


def test_a_panel_is_moved_without_scripts_and_nothing_is_saved(as_alice: Client) -> None:
    answer = as_alice.post("/dashboard/boards/", {**FORM, "name": "Half", "move": "down busy_hours"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.index('value="tools"') < html.index('value="busy_hours"') < html.index('value="turns"')
    assert 'value="Half"' in html
    assert re.search(r'value="turns" checked', html)
    assert not re.search(r'value="tools" checked', html)
    assert re.search(r'value="down busy_hours"[^>]* autofocus', html)
    assert not Dashboard.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "  "}, "The name must have 1 to 80 characters."),
        ({"name": "x" * 81}, "The name must have 1 to 80 characters."),
        ({"name": "Costs"}, "Another dashboard of yours has this name."),
        ({"name": "standard"}, "“Standard” is the name of the usual dashboard."),
        ({"panel": []}, "Choose at least one panel."),
        ({"panel": ["nonsense", "cost_by_user"]}, "Choose at least one panel."),
    ],
)
def test_what_is_wrong_is_said_and_everything_entered_is_kept(
    as_alice: Client, board: Dashboard, changed: dict[str, Any], sentence: str
) -> None:
    answer = as_alice.post("/dashboard/boards/", {**FORM, **changed})
    assert answer.status_code == 422
    assert sentence in words(answer)
    html = answer.content.decode()
    assert 'name="query" value="time_range=week"' in html
    assert html.index('value="busy_hours"') < html.index('value="tools"') < html.index('value="turns"')
    assert Dashboard.objects.count() == 1


def test_filters_that_are_too_long_are_refused_and_none_is_cut(as_alice: Client) -> None:
    query = f"time_range=week&model={'%E4' * 120}&provider={'%E4' * 120}"
    answer = as_alice.post("/dashboard/boards/", {**FORM, "query": query})
    assert "Its filters are too long to be saved with it." in words(answer)
    assert b'value="Mornings"' in answer.content
    assert not Dashboard.objects.exists()


def test_one_may_be_renamed_to_the_name_it_has(as_alice: Client, board: Dashboard) -> None:
    address = f"/dashboard/boards/{board.pk}/"
    assert as_alice.post(address, {**FORM, "name": "Costs"}).status_code == 302
    assert as_alice.post(address, {**FORM, "name": "Money"}).status_code == 302
    board.refresh_from_db()
    assert (board.name, board.panels) == ("Money", ["busy_hours", "turns"])


def test_two_people_may_have_one_name(as_bob: Client, bob: User, board: Dashboard) -> None:
    as_bob.post("/dashboard/boards/", {**FORM, "name": "Costs"})
    assert Dashboard.objects.for_user(bob).get().name == "Costs"


def test_there_are_at_most_thirty(as_alice: Client, alice: User) -> None:
    Dashboard.objects.bulk_create(
        Dashboard(owner=alice, name=f"Number {at}", panels=["tools"]) for at in range(MOST)
    )
    answer = as_alice.post("/dashboard/boards/", FORM)
    assert answer.status_code == 422
    assert "You have 30 dashboards. Delete one first." in words(answer)


def test_one_is_deleted(as_alice: Client, board: Dashboard) -> None:
    answer = as_alice.post(f"/dashboard/boards/{board.pk}/delete/", follow=True)
    assert "The dashboard “Costs” is deleted." in words(answer)
    assert not Dashboard.objects.exists()


def test_the_dialog_is_the_form_alone(as_alice: Client, board: Dashboard) -> None:
    html = as_alice.get(
        f"/dashboard/boards/{board.pk}/edit/", headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in html
    assert html.index('value="unpriced" checked') < html.index('value="tools" checked')
    assert "Saved with it: the last 7 days, my data." in html
    page = as_alice.get("/dashboard/boards/new/?time_range=today").content.decode()
    assert "<html" in page
    assert "Saved with it: today, my data." in page


def test_what_is_wrong_is_said_in_the_dialog_and_what_is_right_leads_away(as_alice: Client) -> None:
    dialog = {"HX-Request": "true"}
    refused = as_alice.post("/dashboard/boards/", {**FORM, "name": ""}, headers=dialog)
    assert refused.status_code == 422
    assert b"<html" not in refused.content
    assert "The name must have 1 to 80 characters." in words(refused)
    assert re.search(r'name="name"[^>]* autofocus', refused.content.decode())
    made = as_alice.post("/dashboard/boards/", FORM, headers=dialog)
    assert made["HX-Redirect"] == f"/dashboard/boards/{Dashboard.objects.get().pk}/"


def test_panels_about_everyone_are_offered_to_staff_only(
    as_alice: Client, client: Client, staff: User
) -> None:
    query = "scope=everyone&time_range=month"
    assert b"cost_by_user" not in as_alice.get(f"/dashboard/boards/new/?{query}").content
    client.force_login(staff)
    assert b"cost_by_user" in client.get(f"/dashboard/boards/new/?{query}").content
    client.post("/dashboard/boards/", {**FORM, "panel": ["cost_by_user"], "query": query})
    made = Dashboard.objects.get()
    assert panels(client.get(f"/dashboard/boards/{made.pk}/")) == ["cost_by_user"]
    User.objects.filter(pk=staff.pk).update(is_staff=False)
    assert panels(client.get(f"/dashboard/boards/{made.pk}/")) == []


def test_a_stranger_finds_none_of_it(as_bob: Client, board: Dashboard) -> None:
    address = f"/dashboard/boards/{board.pk}/"
    assert as_bob.get(address).status_code == 404
    assert as_bob.post(address, FORM).status_code == 404
    assert as_bob.get(f"{address}edit/").status_code == 404
    assert as_bob.post(f"{address}delete/").status_code == 404
    assert "Costs" not in words(as_bob.get("/dashboard/"))
    board.refresh_from_db()
    assert board.name == "Costs"
