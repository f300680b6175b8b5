"""What staff do with many sessions or accounts at once, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sessions_app.actions.tokens import make_token
from sessions_app.admin import asking
from sessions_app.models import ApiToken, AuditEntry, ChatSession, Message, User

from .conftest import TITLE, client_of, permit
from .test_who_sees_what import index

CHATS, PEOPLE = index("chatsession"), index("user")


def act(client: Client, where: str, action: str, *keys: Any, **more: Any) -> Any:
    return client.post(where, {"action": action, "_selected_action": keys, **more}, follow=True)


def words(answer: Any) -> str:
    return str(answer.content.decode())


def lines(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(answer).splitlines()]


def test_an_export_has_figures_for_all_staff_and_texts_for_readers(
    told: Message, as_staff: Client, as_reader: Client, reader: User
) -> None:
    figures = lines(act(as_staff, CHATS, "export", told.session_id))
    assert [line["type"] for line in figures] == ["session", "message", "message", "tool_call", "call"]
    assert "harbour" not in json.dumps(figures)
    assert figures[0]["owner_username"] == "alice"
    assert figures[4]["output"] == 57
    texts = lines(act(as_reader, CHATS, "export", told.session_id))
    assert texts[0]["title"] == TITLE
    assert "harbour" in texts[1]["content"]
    assert texts[3]["input"] == {"time_range": "week"}
    entries = AuditEntry.objects.order_by("pk").values_list("actor__username", "action", "session_key")
    assert list(entries) == [
        ("staff", "took figures out", told.session_id),
        ("reader", "exported session", told.session_id),
    ]
    readings = AuditEntry.objects.for_user(told.session.owner).openings()
    assert [entry.action for entry in readings] == ["exported session"]


def test_more_than_the_bound_is_refused_with_nothing_done(
    told: Message, as_root: Client, make_chat: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 2)
    keys = [told.session_id, make_chat().pk, make_chat().pk]
    for action in ("export", "archive"):
        assert "At most 2 at once. Nothing was done." in words(act(as_root, CHATS, action, *keys))
    assert not ChatSession.objects.filter(archived_at__isnull=False).exists()
    assert not AuditEntry.objects.filter(action__startswith="archived").exists()


def test_sessions_are_archived_and_brought_back_and_it_says_how_many(
    told: Message, as_root: Client, as_reader: Client, make_chat: Callable[..., Any]
) -> None:
    chat = make_chat()
    assert "2 sessions archived." in words(act(as_root, CHATS, "archive", told.session_id, chat.pk))
    assert ChatSession.objects.filter(archived_at__isnull=False).count() == 2
    act(as_root, CHATS, "bring_back", chat.pk)
    again = words(act(as_root, CHATS, "archive", told.session_id, chat.pk))
    assert "1 session archived. 1 was in the archive already." in again
    done = AuditEntry.objects.filter(person__username="alice").exclude(action="read title")
    assert list(done.order_by("pk").values_list("action", flat=True)) == [
        *["archived session"] * 2, "brought session back", "archived session",
    ]  # fmt: skip
    act(as_reader, CHATS, "bring_back", chat.pk)  # may read, not change
    assert ChatSession.objects.filter(archived_at__isnull=False).count() == 2


def test_a_plan_is_asked_for_then_given_and_recorded_with_what_was_before(
    as_root: Client, alice: User, bob: User
) -> None:
    asked = words(act(as_root, PEOPLE, "change_plan", alice.pk, bob.pk))
    assert "2 people get this plan" in asked
    assert "premium" in asked
    alice.refresh_from_db()
    assert alice.plan == "free"
    assert "is not one of the available choices" in words(
        act(as_root, PEOPLE, "change_plan", alice.pk, answered=1, plan="gold")
    )
    User.objects.filter(pk=bob.pk).update(plan="premium")
    said = words(act(as_root, PEOPLE, "change_plan", alice.pk, bob.pk, answered=1, plan="premium"))
    assert "1 person is on the plan Premium now. 1 was already." in said
    alice.refresh_from_db()
    assert alice.plan == "premium"
    entry = AuditEntry.objects.get(action="changed plan")
    assert (entry.person, entry.detail) == (alice, "plan: free → premium")


def test_all_chosen_are_named_again_after_the_question(as_root: Client, alice: User, bob: User) -> None:
    """Hundreds of hidden fields would be refused: what is sent again is that all were chosen."""
    asked = words(act(as_root, PEOPLE, "change_plan", alice.pk, select_across="1"))
    assert 'name="select_across" value="1"' in asked
    act(as_root, PEOPLE, "change_plan", alice.pk, select_across="1", answered=1, plan="premium")
    assert User.objects.filter(plan="premium").count() == 3


def test_all_tokens_of_people_are_revoked_after_a_question(as_root: Client, alice: User, bob: User) -> None:
    for person in (alice, alice, bob):
        make_token(user=person, name="backup")
    asked = words(act(as_root, PEOPLE, "revoke_tokens", alice.pk))
    assert "1 person has 2 tokens." in asked
    assert ApiToken.objects.count() == 3
    assert "2 tokens of 1 person revoked." in words(
        act(as_root, PEOPLE, "revoke_tokens", alice.pk, answered=1)
    )
    assert ApiToken.objects.get().user == bob
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.person, entry.detail) == ("revoked tokens", alice, "2: backup, backup")


def test_staff_who_may_change_accounts_leave_those_of_staff_alone(
    staff: User, alice: User, root: User
) -> None:
    permit(staff, "view_user", "change_user")
    client = client_of(staff)
    said = words(act(client, PEOPLE, "change_plan", alice.pk, root.pk, answered=1, plan="premium"))
    assert "1 staff account was left as it was" in said
    assert set(User.objects.filter(plan="premium")) == {alice}
    make_token(user=alice, name="backup")
    act(client, PEOPLE, "revoke_tokens", alice.pk, answered=1)  # takes a permission of its own
    assert ApiToken.objects.exists()


def test_actions_take_the_permission_to_change(told: Message, as_staff: Client) -> None:
    act(as_staff, CHATS, "archive", told.session_id)
    assert ChatSession.objects.get().archived_at is None
    assert as_staff.post(PEOPLE, {"action": "change_plan"}).status_code == 403
