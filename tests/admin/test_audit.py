"""Every change made in the admin site is in the audit log, with what was before; no secret and no text is."""

from __future__ import annotations

import csv
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from sessions_app.actions import audit
from sessions_app.models import (
    AuditEntry,
    ChatSession,
    McpServer,
    Message,
    ModelPrice,
    TokenUsage,
    ToolCall,
    User,
)

from .conftest import TITLE, client_of, permit
from .conversation import own_price
from .test_editing import PRICES, price
from .test_who_sees_what import index, page, text

LOG = index("auditentry")


def last() -> tuple[str, str, str]:
    entry = AuditEntry.objects.latest("pk")
    assert entry.actor is not None
    return entry.actor.username, entry.action, entry.detail


def kept(person: User, **more: Any) -> dict[str, Any]:
    return {
        "username": person.username,
        "plan": person.plan,
        "email": person.email,
        "is_active": "on",
        **more,
    }


def test_a_change_of_an_account_says_what_was_before(as_root: Client, alice: User) -> None:
    as_root.post(page("user", alice.pk), kept(alice, plan="premium", is_staff="on"))
    assert last() == ("root", "changed user", "plan: free → premium; is_staff: no → yes")
    assert AuditEntry.objects.get().person == alice
    as_root.post(page("user", alice.pk), kept(alice, plan="premium", is_staff="on"))
    assert AuditEntry.objects.count() == 1  # nothing was changed


def test_a_password_is_set_on_record_and_stands_in_no_log(as_root: Client, alice: User) -> None:
    new = "ferry-to-oslo-1"
    fields = {"password1": new, "password2": new, "usable_password": "true"}
    assert as_root.post(f"/admin/sessions_app/user/{alice.pk}/password/", fields).status_code == 302
    actor, action, detail = last()
    assert (actor, action) == ("root", "changed user")
    assert "password" in detail
    assert new not in detail
    assert "pbkdf2" not in detail


def test_a_new_account_and_a_price_are_on_record(as_root: Client) -> None:
    new = {"username": "second", "email": "second@example.org", "usable_password": "true"}
    as_root.post(
        "/admin/sessions_app/user/add/",
        new | {"password1": "ferry-to-oslo-1", "password2": "ferry-to-oslo-1"},
    )
    actor, action, detail = last()
    assert (actor, action) == ("root", "added user")
    assert "second@example.org" in detail
    assert "ferry" not in detail
    as_root.post(PRICES, price())
    as_root.post(page("modelprice", ModelPrice.objects.get().pk), price(output="4"))
    assert last() == ("root", "changed model price", "output: 3.75 → 4")
    as_root.post(
        reverse("admin:sessions_app_modelprice_delete", args=[ModelPrice.objects.get().pk]), {"post": "yes"}
    )
    assert last()[1] == "deleted model price"


def test_a_changed_title_is_on_record_without_its_words(told: Message, as_root: Client) -> None:
    as_root.post(page("chatsession", told.session_id), {"title": "Harbour", "archived": "on"})
    assert last()[1:] == ("changed chat session", "title changed; archived: no → yes")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.person, entry.session_key) == (told.session.owner, told.session_id)


def test_a_server_of_tools_is_on_record_without_its_headers(as_root: Client) -> None:
    fields = {"name": "example", "url": "https://example.com/mcp", "program": "", "time_limit": "30"}
    as_root.post(
        "/admin/sessions_app/mcpserver/add/", fields | {"new_headers": "Authorization: Bearer secret-1"}
    )
    server = McpServer.objects.get()
    as_root.post(page("mcpserver", server.pk), fields | {"enabled": "on", "time_limit": "40"})
    told = list(AuditEntry.objects.order_by("pk").values_list("action", "detail"))
    assert [action for action, _ in told] == ["saved MCP server"] * 2
    assert told[0][1].endswith("headers changed")
    assert "time_limit: 30 → 40" in told[1][1]
    assert "secret-1" not in str(told)


@pytest.mark.parametrize("verb", ["add", "change", "delete"])
def test_the_ledger_is_changed_by_nobody(told: Message, as_root: Client, verb: str) -> None:
    row = TokenUsage.objects.get()
    name = f"admin:sessions_app_tokenusage_{verb}"
    address = reverse(name, args=[] if verb == "add" else [row.pk])
    sent = {"post": "yes", "output": "0", "cost": "0", "model": "free", "session_key": str(row.session_key)}
    assert as_root.post(address, sent).status_code == 403
    assert list(TokenUsage.objects.values()) == [TokenUsage.objects.filter(pk=row.pk).values().get()]
    assert TokenUsage.objects.get().output == row.output


@pytest.fixture
def log(alice: User, bob: User, root: User, chat: ChatSession) -> None:
    audit.record(actor=root, action="opened transcript", subject=chat, reason="@SUM(1) ticket")
    audit.record(actor=bob, action="changed user", subject=alice, detail="=cmd|' /C calc'!A0 → -1")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"opened transcript", "changed user"}),
        ("by=root", {"opened transcript"}),
        ("person=alice", {"opened transcript", "changed user"}),
        ("what=texts", {"opened transcript"}),
        ("what=changed", {"changed user"}),
        ("at__gte=2999-01-01+00:00:00Z", set()),
        ("q=root", {"opened transcript"}),
    ],
)
def test_the_log_is_narrowed_and_taken_away_as_it_is_narrowed(
    log: None, as_root: Client, query: str, found: set[str]
) -> None:
    listed = text(as_root, f"{LOG}?{query}")
    rows = list(csv.DictReader(StringIO(b"".join(as_root.get(f"{LOG}csv/?{query}")).decode())))
    assert {row["action"] for row in rows} == found
    assert {action for action in ("opened transcript", "changed user") if f">{action}<" in listed} == found


def test_what_the_log_cannot_be_narrowed_by_leads_back_to_it(log: None, as_root: Client) -> None:
    for query in ("nonsense=1", "at__year=99999999999999999999"):
        assert as_root.get(f"{LOG}csv/?{query}")["Location"] == f"{LOG}?e=1"


def test_no_cell_of_it_is_a_formula(log: None, as_root: Client) -> None:
    User.objects.filter(username="alice").update(username="=alice")
    rows = list(csv.reader(StringIO(b"".join(as_root.get(f"{LOG}csv/")).decode())))
    assert len(rows) == 3
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert rows[1][4] == "'=alice"


def test_the_log_takes_a_permission_of_its_own(log: None, as_staff: Client, staff: User) -> None:
    for address in (LOG, f"{LOG}csv/"):
        assert as_staff.get(address).status_code == 403
    permit(staff, "view_auditentry")
    client = client_of(User.objects.get(pk=staff.pk))
    assert "opened transcript" in text(client, LOG)


def test_hostile_names_and_titles_stay_text_in_lists(told: Message, alice: User, as_root: Client) -> None:
    User.objects.filter(pk=alice.pk).update(username="<script>alert(7)</script>")
    ChatSession.objects.update(title="=1+1<img src=x onerror=alert(8)>")
    audit.record(actor=alice, action="changed <b>", subject=alice, detail="<script>alert(9)</script>")
    for address in (index("chatsession"), index("user"), LOG, "/admin/"):
        shown = text(as_root, address)
        assert "<script>alert" not in shown, address
        assert "<img src=x" not in shown, address


def test_a_list_of_titles_and_a_list_of_comments_are_readings(
    told: Message, as_reader: Client, as_staff: Client
) -> None:
    text(as_staff, index("chatsession"))
    text(as_staff, index("mark"))
    assert not AuditEntry.objects.exists()
    assert TITLE in text(as_reader, index("chatsession"))
    text(as_reader, f"{index('message')}?q=harbour")
    text(as_reader, index("mark"))
    entries = AuditEntry.objects.order_by("pk").values_list("action", "detail", "session_key")
    assert list(entries) == [
        ("opened list of chat sessions", "", None),
        ("read title", "", told.session_id),
        ("opened list of messages", "harbour", None),
        ("read search results", "", told.session_id),
        ("opened list of marks", "", None),
        ("read comments", "", told.session_id),
    ]


def test_an_address_is_changed_on_its_accounts_page_alone(as_root: Client) -> None:
    assert as_root.get("/admin/account/emailaddress/").status_code == 404


def test_prices_of_before_are_left_as_they_were(db: None, as_root: Client) -> None:
    own = ModelPrice.objects.create(**own_price("2.5"))
    as_root.post(page("modelprice", own.pk), {"provider": ""})
    assert not AuditEntry.objects.exists()


def test_entries_from_before_learn_whose_session_they_were_about(
    told: Message, alice: User, root: User
) -> None:
    call = ToolCall.objects.get()
    subjects = [f"chatsession {told.session_id}", f"message {told.pk}", f"toolcall {call.pk}"]
    others = ["messages of everyone", "message not-a-key", f"message {told.session_id}", "mcpserver 1"]
    for subject in (*subjects, *others):
        AuditEntry.objects.create(actor=root, action="opened", subject=subject)
    step = import_module("sessions_app.migrations.0015_audit_subjects")
    step.name_the_concerned(apps, None)
    known = AuditEntry.objects.filter(person=alice, session_key=told.session_id)
    assert set(known.values_list("subject", flat=True)) == set(subjects)
    assert set(AuditEntry.objects.filter(person=None).values_list("subject", flat=True)) == set(others)
