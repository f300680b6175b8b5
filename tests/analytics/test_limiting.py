"""A budget for many people at once, from the admin's lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from analytics_app.actions.budgets import set_budget
from analytics_app.models import Budget
from sessions_app.models import AuditEntry, ChatSession, User
from tests.admin.conftest import client_of, permit
from tests.admin.test_actions import CHATS, PEOPLE, act, words


@pytest.fixture
def as_root(db: None) -> Client:
    return client_of(User.objects.create_superuser("root", "root@example.org", "pw-root-1"))


def test_chosen_people_get_a_budget_after_it_was_asked_for(as_root: Client, alice: User, bob: User) -> None:
    asked = words(act(as_root, PEOPLE, "limit_people", alice.pk, bob.pk))
    assert "2 people get this budget" in asked
    assert not Budget.objects.exists()
    sent = {"answered": 1, "amount": "12.5", "period": "month"}
    assert "A budget of $12.50 a month was set for 2 people." in words(
        act(as_root, PEOPLE, "limit_people", alice.pk, bob.pk, **sent)
    )
    assert {(row.user, row.measure, row.period, row.money) for row in Budget.objects.all()} == {
        (person, "money", "month", Decimal("12.5")) for person in (alice, bob)
    }
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["set budget"] * 2


def test_owners_of_chosen_sessions_get_one_each(
    as_root: Client, alice: User, bob: User, make_chat: Any
) -> None:
    keys = [make_chat().pk, make_chat().pk, make_chat(owner=bob).pk]
    assert "2 people get this budget" in words(act(as_root, CHATS, "limit_owners", *keys))
    act(as_root, CHATS, "limit_owners", *keys, answered=1, amount="1", period="day")
    assert Budget.objects.filter(period="day").count() == 2


@pytest.mark.parametrize(
    ("amount", "said"), [("", "required"), ("much", "Enter a number"), ("0", "between"), ("-1", "between")]
)
def test_a_bad_amount_is_refused_in_words_and_nothing_is_set(
    as_root: Client, alice: User, amount: str, said: str
) -> None:
    page = words(act(as_root, PEOPLE, "limit_people", alice.pk, answered=1, amount=amount, period="month"))
    assert said in page
    assert f'value="{alice.pk}"' in page
    assert not Budget.objects.exists()


def test_it_takes_the_permission_to_set_budgets(staff: User, alice: User, chat: ChatSession) -> None:
    permit(staff, "view_user", "change_user")
    client = client_of(User.objects.get(pk=staff.pk))
    sent = {"answered": 1, "amount": "1", "period": "day"}
    assert "Set a budget" not in words(client.get(CHATS))
    act(client, CHATS, "limit_owners", chat.pk, **sent)
    act(client, PEOPLE, "limit_people", alice.pk, **sent)
    assert not Budget.objects.exists()
    permit(staff, "add_budget")
    act(client_of(User.objects.get(pk=staff.pk)), CHATS, "limit_owners", chat.pk, **sent)
    assert not Budget.objects.exists()  # it would replace those there are
    permit(staff, "change_budget")
    act(client_of(User.objects.get(pk=staff.pk)), CHATS, "limit_owners", chat.pk, **sent)
    assert Budget.objects.get().user == alice


def test_budgets_of_staff_are_left_to_superusers(staff: User, alice: User, make_chat: Any) -> None:
    permit(staff, "view_user", "change_user", "add_budget", "change_budget", "delete_budget")
    User.objects.create_superuser("root")
    client, sent = (
        client_of(User.objects.get(pk=staff.pk)),
        {"answered": 1, "amount": "9999", "period": "day"},
    )
    told = words(act(client, PEOPLE, "limit_people", alice.pk, staff.pk, **sent))
    assert "1 staff account was left as it was: only superusers change those." in told
    assert Budget.objects.get().user == alice
    form = {"user": "", "session": "", "audience": "", "measure": "money", "period": "month", "amount": "1"}
    for subject in ({"session": make_chat(owner=staff).pk}, {"user": "root"}):
        assert client.post("/admin/analytics_app/budget/add/", form | subject).status_code == 403
    own = set_budget(actor=None, user=staff, measure="money", period="month", amount=5)
    for page in ("change", "delete"):
        here = f"/admin/analytics_app/budget/{own.pk}/{page}/"
        assert client.post(here, {"amount": "50", "post": "yes"}).status_code == 403
    assert Budget.objects.get(user=staff).money == 5


def test_who_may_only_add_budgets_replaces_none(staff: User, alice: User, chat: ChatSession) -> None:
    permit(staff, "view_user", "add_budget")
    set_budget(actor=None, session=chat, measure="money", period="month", amount=5)
    form = {"user": "", "session": chat.pk, "audience": "", "measure": "money", "period": "month"}
    client = client_of(User.objects.get(pk=staff.pk))
    client.post("/admin/analytics_app/budget/add/", form | {"amount": "9999"})
    assert Budget.objects.get().money == 5
