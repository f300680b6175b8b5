"""Who of the staff read one's sessions: shown to their owner, to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sessions_app.actions import audit
from sessions_app.models import AuditEntry, ChatSession, SessionMember, User

PAGE = "/accounts/privacy/"


def shown(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def opened(staff: User, make_chat: Callable[..., ChatSession]) -> ChatSession:
    chat = make_chat(title="Plans <b>for</b> spring")
    audit.record(
        actor=staff,
        action="opened transcript",
        subject=chat,
        detail="for staff only",
        reason="Ticket 4711, cut short",
    )
    return chat


def test_the_owner_sees_who_read_what_and_why_and_a_stranger_does_not(
    opened: ChatSession, as_alice: Client, as_bob: Client
) -> None:
    page = shown(as_alice)
    for words in (
        "staff",
        "opened the conversation",
        "Plans &lt;b&gt;for&lt;/b&gt; spring",
        "Ticket 4711, cut short",
    ):
        assert words in page, words
    assert "for staff only" not in page
    assert "Nobody of the staff has read or changed any of it." in shown(as_bob)
    assert "Nobody of the staff" in shown(as_bob, f"{PAGE}?session={opened.pk}")


def test_what_staff_changed_stands_there_in_words(
    make_chat: Callable[..., ChatSession], as_alice: Client, as_bob: Client
) -> None:
    chat = make_chat(title="Harbour")
    root = User.objects.create_superuser("root", "root@example.org", "pw-root-1")
    as_root = Client()
    as_root.force_login(root)
    list_of = reverse("admin:sessions_app_chatsession_changelist")
    for action, said in (
        ("archive", "archived it"),
        ("bring_back", "brought it back from the archive"),
    ):
        as_root.post(list_of, {"action": action, "_selected_action": [str(chat.pk)]})
        assert f"<strong>root</strong> {said}</p>" in shown(as_alice), action
    one = reverse("admin:sessions_app_chatsession_change", args=[chat.pk])
    as_root.post(one, {"title": "Lighthouse", "archived": "on"})
    page = shown(as_alice)
    assert "<strong>root</strong> renamed it and archived it</p>" in page
    assert "Harbour" not in page
    assert "Nobody of the staff" in shown(as_bob)


def test_a_budget_set_for_one_stands_there_and_ones_own_deeds_do_not(
    alice: User, staff: User, chat: ChatSession, as_alice: Client
) -> None:
    audit.record(actor=alice, action="opened transcript", subject=chat)
    audit.record(actor=alice, action="archived session", subject=chat)
    audit.record(actor=staff, action="took figures out", subject=chat)
    assert "Nobody of the staff" in shown(as_alice)
    audit.record(actor=staff, action="changed plan", subject=alice, detail="for staff only")
    page = shown(as_alice)
    assert "changed your plan" in page
    assert "for staff only" not in page


def test_a_session_that_is_gone_is_named_so_and_one_of_several_is_asked_for(
    opened: ChatSession, staff: User, chat: ChatSession, as_alice: Client
) -> None:
    audit.record(actor=staff, action="read title", subject=chat)
    chat.delete()
    assert "A session that is deleted" in shown(as_alice)
    one = shown(as_alice, f"{PAGE}?session={opened.pk}")
    assert "read its title" not in one
    assert "opened the conversation" in one
    for odd in ("session=x", "before=x", "before=-1", f"before={9 * '9'}999999999999"):
        assert "opened the conversation" in shown(as_alice, f"{PAGE}?{odd}")


def test_many_come_in_pages(staff: User, chat: ChatSession, as_alice: Client) -> None:
    for _ in range(53):
        audit.record(actor=staff, action="opened message", subject=chat)
    first = shown(as_alice)
    assert first.count('class="opening"') == 50
    before = AuditEntry.objects.order_by("-pk")[49].pk
    assert f'href="?before={before}"' in first
    assert shown(as_alice, f"{PAGE}?before={before}").count('class="opening"') == 3


def test_the_details_of_a_session_say_so_to_its_owner_alone(
    opened: ChatSession, bob: User, as_alice: Client, as_bob: Client, chat: ChatSession
) -> None:
    SessionMember.objects.create(session=opened, user=bob)
    about = reverse("session_about", args=[opened.pk])
    assert "Read by staff" in shown(as_alice, about)
    assert f"{PAGE}?session={opened.pk}" in shown(as_alice, about)
    assert "Read by staff" not in shown(as_bob, about)
    assert "Read by staff" not in shown(as_alice, reverse("session_about", args=[chat.pk]))


def test_the_page_is_in_the_profile_menu(as_alice: Client) -> None:
    assert f'href="{PAGE}"' in shown(as_alice, "/")


def test_one_record_for_many_sessions_leaves_out_ones_own(staff: User, make_chat: Any) -> None:
    keys = [make_chat().pk, make_chat(owner=staff).pk, make_chat().pk]
    assert audit.record_read(actor=staff, action="read title", sessions=keys) == 2
    assert set(AuditEntry.objects.values_list("person__username", flat=True)) == {"alice"}
