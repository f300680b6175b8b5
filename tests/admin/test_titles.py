"""A session's name is its title: no page says it to those who may not read, or before it is written down."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client, RequestFactory
from django.urls import reverse

from analytics_app.actions.budgets import limit_session
from analytics_app.models import Budget
from sessions_app.admin.base import StaffAdmin
from sessions_app.models import AuditEntry, ChatSession, Message, SessionTag, SessionTemplate, User, uuid7

from .conftest import TITLE, permit

ADD = "/admin/analytics_app/budget/add/"
NAMED_BY_PEOPLE = (ChatSession, SessionTemplate, SessionTag)


@pytest.fixture
def budget(told: Message, alice: User) -> Budget:
    limit_session(person=alice, chat=told.session, money=Decimal(2))
    return Budget.objects.get()


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_budget_names_its_session_by_the_key(
    budget: Budget, staff: User, as_staff: Client, page: str
) -> None:
    permit(staff, "delete_budget")
    shown = as_staff.get(reverse(f"admin:analytics_app_budget_{page}", args=[budget.pk])).content.decode()
    assert str(budget.session_id)[-12:] in shown
    assert TITLE not in shown


def test_a_budget_for_a_session_is_asked_for_by_its_key(
    told: Message, alice: User, staff: User, as_staff: Client
) -> None:
    permit(staff, "add_budget", "view_budget")
    shown = as_staff.get(f"{ADD}?session={told.session_id}").content.decode()
    assert f'value="{told.session_id}"' in shown
    assert TITLE not in shown
    given = {"session": "nonsense", "measure": "money", "period": "ever", "amount": "3"}
    for key, words in (
        ("nonsense", "is not a valid UUID"),
        (str(uuid7()), "There is no session with this key."),
    ):
        refused = as_staff.post(ADD, given | {"session": key}).content.decode()
        assert words in refused
        assert f'value="{key}"' in refused
    saved = as_staff.post(ADD, given | {"session": str(told.session_id)}, follow=True).content.decode()
    assert "was added successfully" in saved
    assert TITLE not in saved
    assert Budget.objects.get().session == told.session
    logged = (*LogEntry.objects.values_list("object_repr", "change_message"),
              *AuditEntry.objects.values_list("subject", "detail"))  # fmt: skip
    assert TITLE not in str(logged)


def test_the_page_of_changes_and_the_log_of_them_say_no_title_to_anyone(
    told: Message, as_root: Client
) -> None:
    chat = told.session_id
    history = reverse("admin:sessions_app_chatsession_history", args=[chat])
    assert TITLE not in as_root.get(history).content.decode()
    assert not AuditEntry.objects.exists()
    changed = reverse("admin:sessions_app_chatsession_change", args=[chat])
    assert as_root.post(changed, {"title": TITLE, "archived": "on"}, follow=True).status_code == 200
    assert ChatSession.objects.get(pk=chat).archived_at is not None
    assert LogEntry.objects.get().object_repr == f"Chat {chat}"
    assert TITLE not in as_root.get("/admin/").content.decode()


def test_owners_are_told_of_titles_in_the_list_and_of_what_a_search_there_found(
    told: Message, alice: User, as_staff: Client, as_reader: Client
) -> None:
    def readings() -> list[tuple[str, object]]:
        found = AuditEntry.objects.for_user(alice).openings().order_by("pk")
        return list(found.values_list("action", "session_key"))

    for client in (as_staff, as_reader, as_reader):
        client.get(reverse("admin:sessions_app_chatsession_changelist"))
    assert readings() == [("read title", told.session_id)]
    for word in ("nowhere", "harbour", "harbour"):
        as_reader.get(reverse("admin:sessions_app_message_changelist"), {"q": word})
    assert readings()[1:] == [("read search results", told.session_id)]


def test_a_templates_name_is_in_no_log(alice: User, as_root: Client) -> None:
    made = SessionTemplate.objects.create(owner=alice, name=TITLE, model="offline")
    page = reverse("admin:sessions_app_sessiontemplate_change", args=[made.pk])
    assert as_root.post(page, {"shared": "on"}).status_code == 302
    assert LogEntry.objects.get().object_repr == f"Template {made.pk}"
    made.refresh_from_db()
    assert (made.name, made.shared) == (TITLE, True)


def test_no_page_shows_a_row_by_a_name_that_people_gave_it(staff: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = staff
    pages = [page for page in admin.site._registry.values() if isinstance(page, StaffAdmin)]
    assert len(pages) > 10
    for page in pages:
        own = getattr(page.form, "declared_fields", {})  # those of a form of ours show keys
        names = {*page.get_fields(request), *page.get_list_display(request)} - set(own)
        for field in page.opts.fields:
            assert field.name not in names or field.related_model not in NAMED_BY_PEOPLE, (page, field.name)
