"""Who finds what: on generated workspaces, hits are what a plain look through all readable messages finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_app.actions.searching import note_messages, search_everyone
from sessions_app.models import AuditEntry, ChatSession, Message, SessionMember, SessionTag, User
from sessions_app.search import Filters, search_messages

from .saying import found, say

WORDS = ("parser", "bug", "index", "query")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Workspace:
    people: list[User]
    luck: Random

    def fill(self) -> None:
        for number in range(self.luck.randint(1, 6)):
            chat = ChatSession.objects.create(
                owner=self.luck.choice(self.people),
                title=f"chat {number}",
                starred=self.maybe(0.3),
                archived_at=NOW if self.maybe(0.3) else None,
                deleted_at=NOW if self.maybe(0.15) else None,
            )
            for person in self.people:
                if person != chat.owner and self.maybe(0.3):
                    SessionMember.objects.create(session=chat, user=person)
            if self.maybe(0.5):
                SessionTag.objects.create(session=chat, owner=chat.owner, name=self.luck.choice("ab"))
            self.fill_chat(chat)

    def fill_chat(self, chat: ChatSession) -> None:
        for position in range(1, self.luck.randint(1, 7)):
            text = " ".join(self.luck.choices(WORDS, k=self.luck.randint(1, 4)))
            role = self.luck.choice(["user", "assistant"])
            message = say(
                chat,
                text,
                role=role,
                model=self.luck.choice(["a", "b"]) if role == "assistant" else "",
                at=NOW - timedelta(days=self.luck.randint(0, 9)),
                active=not self.maybe(0.2),
                position=position,
            )
            if self.maybe(0.15):
                Message.objects.filter(pk=message.pk).update(deleted_at=NOW)
                if self.maybe(0.5):
                    note_messages(messages=[message.pk])

    def maybe(self, chance: float) -> bool:
        return self.luck.random() < chance

    def filters(self) -> Filters:
        """Some at random; a chat may be one that is not to be read."""
        chats = list(ChatSession.objects.values_list("pk", flat=True))
        day = NOW - timedelta(days=self.luck.randint(0, 9))
        return Filters(
            since=day if self.maybe(0.3) else None,
            until=day + timedelta(days=4) if self.maybe(0.3) else None,
            session=self.luck.choice(chats) if self.maybe(0.3) else None,
            model=self.luck.choice(["a", "b"]) if self.maybe(0.2) else "",
            role=self.luck.choice(["user", "assistant"]) if self.maybe(0.3) else "",
            starred=self.luck.choice([None, None, True, False]),
            archived=self.luck.choice([None, None, True, False]),
            tags=("a",) if self.maybe(0.2) else (),
            versions=self.maybe(0.3),
        )


def looked_up(reader: User | None, words: set[str], without: str, filters: Filters) -> set[object]:
    """The same by looking through every message in plain Python; nobody in particular reads everything."""
    return {
        message.pk
        for message in Message.objects.select_related("session")
        if fits(message, reader, filters)
        and words <= set(message.content.split())
        and without not in message.content.split()
    }


def fits(message: Message, reader: User | None, filters: Filters) -> bool:
    chat = message.session
    mine = reader is None or chat.owner == reader or chat.memberships.filter(user=reader).exists()
    return (
        mine
        and chat.deleted_at is None
        and message.deleted_at is None
        and (message.active or filters.versions)
        and set(filters.tags) <= {tag.name for tag in chat.tags.all()}
        and (filters.since is None or message.created_at >= filters.since)
        and (filters.until is None or message.created_at < filters.until)
        and filters.session in (None, chat.pk)
        and filters.model in ("", message.model)
        and filters.role in ("", message.role)
        and filters.starred in (None, chat.starred)
        and filters.archived in (None, chat.archived_at is not None)
    )


@pytest.fixture
def root(staff: User) -> User:
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    return User.objects.get(pk=staff.pk)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.integers(0, 10**6))
def test_hits_are_what_a_look_through_all_readable_messages_finds(
    alice: User, bob: User, root: User, seed: int
) -> None:
    luck = Random(seed)
    with transaction.atomic():
        workspace = Workspace([alice, bob, root], luck)
        workspace.fill()
        for _ in range(6):
            words = set(luck.sample(WORDS, luck.randint(1, 2)))
            without = luck.choice(["nothing", *WORDS])
            query, filters = f"{' '.join(words)} -{without}", workspace.filters()
            for order in ("relevance", "newest"):
                for reader in (alice, bob, root):
                    hits = search_messages(reader, query, filters, order=order, limit=1000)
                    assert {hit.message_id for hit in hits.hits} == looked_up(reader, words, without, filters)
                    assert hits.total == len(hits.hits)
            everyone = search_everyone(root, query, filters, limit=1000)
            assert {hit.message_id for hit in everyone.hits} == looked_up(None, words, without, filters)
        transaction.set_rollback(True)


def test_everyones_are_for_staff_who_may_see_messages_and_each_search_is_recorded(
    alice: User, bob: User, staff: User, root: User, chat: ChatSession
) -> None:
    say(chat, "secret plan")
    alice.user_permissions.add(Permission.objects.get(codename="view_message"))
    no_staff, without = User.objects.get(pk=alice.pk), User.objects.create_user("other", is_staff=True)
    for reader in (bob, without, no_staff):
        with pytest.raises(PermissionDenied):
            search_messages(reader, "secret", everyone=True)
        with pytest.raises(PermissionDenied):
            search_everyone(reader, "secret", Filters(), limit=10)
    assert not AuditEntry.objects.exists()
    assert search_everyone(root, "secret", Filters(), limit=10).total == 1
    entry, read = AuditEntry.objects.order_by("pk")
    assert (entry.actor, entry.action, entry.detail) == (root, "searched messages", "secret")
    assert (read.actor, read.person, read.session_key, read.detail) == (root, alice, chat.pk, "")
    assert found(root, "secret") == []


def test_a_member_of_many_chats_finds_all_of_them(
    alice: User, bob: User, make_chat: Callable[..., ChatSession]
) -> None:
    for number in range(230):
        chat = make_chat(title=str(number))
        SessionMember.objects.create(session=chat, user=bob)
        say(chat, f"parser {number}")
    say(make_chat(owner=bob), "parser own")
    assert search_messages(bob, "parser").total == 231


def test_who_was_a_member_finds_nothing_any_more(alice: User, bob: User, chat: ChatSession) -> None:
    say(chat, "secret plan")
    membership = SessionMember.objects.create(session=chat, user=bob)
    assert found(bob, "secret") == ["secret plan"]
    membership.delete()
    assert found(bob, "secret") == []


def test_a_chat_that_is_deleted_takes_its_messages_with_it(alice: User, chat: ChatSession) -> None:
    say(chat, "secret plan")
    ChatSession.objects.filter(pk=chat.pk).update(deleted_at=timezone.now())
    assert found(alice, "secret") == []
