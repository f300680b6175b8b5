"""Budgets in the admin site: people by name, every refusal in words, and what was before on record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics_app.actions.budgets import limit_session, set_budget
from analytics_app.models import Budget
from sessions_app.models import AuditEntry, ChatSession, User

from .test_who_sees_what import text

LIST = "/admin/analytics_app/budget/"
ADD = f"{LIST}add/"
MONTH: dict[str, Any] = {"measure": "money", "period": "month"}


def sent(client: Client, **values: Any) -> str:
    return client.post(ADD, {**MONTH, "amount": "3", **values}, follow=True).content.decode()


@pytest.mark.parametrize("name", ["alice", "ALICE", " alice ", "alice@example.org"])
def test_a_person_is_called_by_name_or_address(as_root: Client, alice: User, name: str) -> None:
    assert ">Money a month of alice</a>” was added successfully." in sent(as_root, user=name)
    assert Budget.objects.get().user == alice


def test_what_cannot_be_is_refused_in_words_without_the_names_of_constraints(
    as_root: Client, alice: User, chat: ChatSession
) -> None:
    for values, words in (
        ({"user": "nobody"}, "There is nobody with the name or address “nobody”."),
        ({"user": "alice", "session": str(chat.pk)}, "A budget is of one person, one session, one plan or"),
        ({}, "A budget is of one person, one session, one plan or"),
        ({"user": "alice", "period": "ever"}, "Only a session can be limited in all."),
        ({"user": "alice", "amount": "0"}, "A budget lies between"),
    ):
        page = sent(as_root, **values)
        assert words in page, values
        assert "Constraint" not in page
        if "user" in values:
            assert f'value="{values["user"]}"' in page
    assert not Budget.objects.exists()


def test_a_second_one_for_the_same_is_refused_and_leads_to_the_first(
    as_root: Client, root: User, alice: User
) -> None:
    first = set_budget(actor=root, user=alice, amount=Decimal(10), **MONTH)
    page = sent(as_root, user="alice")
    assert "There is one already: Money a month of alice is limited to $10.00." in page
    assert (
        f'<a href="{reverse("admin:analytics_app_budget_change", args=[first.pk])}">Change that one' in page
    )
    assert "Constraint" not in page
    assert Budget.objects.get().money == 10
    assert "was added successfully" in sent(as_root, user="alice", period="day")


def test_what_was_before_is_on_record_and_a_sessions_budget_is_found_by_its_owner(
    as_root: Client, alice: User, chat: ChatSession
) -> None:
    sent(as_root, session=str(chat.pk), period="ever")
    page = reverse("admin:analytics_app_budget_change", args=[Budget.objects.get().pk])
    as_root.post(page, {"amount": "0.5"})
    as_root.post(
        reverse("admin:analytics_app_budget_delete", args=[Budget.objects.get().pk]), {"post": "yes"}
    )
    of = f"Money in all of session …{str(chat.pk)[-12:]}"
    shown = text(as_root, "/admin/sessions_app/auditentry/?person=alice&what=budgets")
    for change in ("none → $3.00", "$3.00 → $0.50", "$0.50 → none"):
        assert f"{of}: {change}" in shown, change
    assert set(AuditEntry.objects.values_list("person", "session_key")) == {(alice.pk, chat.pk)}


def test_the_list_says_whose_by_whom_and_nothing_where_each_counts_alone(
    as_root: Client, root: User, alice: User, chat: ChatSession
) -> None:
    set_budget(actor=root, plan="free", amount=Decimal(10), **MONTH)
    limit_session(person=alice, chat=chat, money=Decimal(2))
    shown = text(as_root, LIST)
    assert shown.count("Each person of the free plan") == 2  # its row, and the filter
    assert "each person<" not in shown
    assert f'<span title="{chat.pk}">Session …{str(chat.pk)[-12:]}</span></a>' in shown
    assert "the session&#x27;s owner" in shown
    assert "By by" not in shown
    assert (
        "Each person"
        not in text(as_root, f"{LIST}?set_by=yes").partition('id="result_list"')[2].partition("</table>")[0]
    )


def test_who_may_not_is_told_who_gives_permissions(as_staff: Client) -> None:
    refused = as_staff.get("/admin/analytics_app/budget/add/")
    assert refused.status_code == 403
    assert "Superusers give permissions." in refused.content.decode()
