"""Prepared statements do what their querysets do: the same rows and changes, with each use's own values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.test.utils import CaptureQueriesContext

from sessions_app.models import ChatSession, Message, TokenUsage, User
from sessions_app.prepared import Insert, Rows, Select, Update, given

pytestmark = pytest.mark.django_db
MakeChat = Callable[..., ChatSession]


def fields(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_is_the_one_the_queryset_finds(make_chat: MakeChat) -> None:
    chats = [
        make_chat(title=f"Chat {number}", settings={"deep": [1, None]}, cost=Decimal("0.1"))
        for number in (1, 2)
    ]
    select = Select(lambda: ChatSession.objects.filter(pk=given("chat")).select_related("owner", "parent"))
    for chat in chats:
        found = select.first(chat=chat.pk)
        assert found is not None
        assert fields(found) == fields(ChatSession.objects.get(pk=chat.pk))
        assert found.owner == chat.owner
        assert found.parent is None
    assert select.first(chat=uuid4()) is None


def test_related_rows_and_annotations_cost_no_further_query(
    make_chat: MakeChat, django_assert_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    chat = make_chat()
    Message.objects.create(session=chat, role="user", position=1)
    told = Message.objects.filter(session=OuterRef("pk"), role=given("role"))
    select = Select(
        lambda: (
            ChatSession.objects.filter(pk=given("chat")).select_related("owner").annotate(told=Exists(told))
        )
    )
    with django_assert_num_queries(2):
        people: Any = select.first(chat=chat.pk, role="user")
        model: Any = select.first(chat=chat.pk, role="assistant")
        assert people.owner.username == "alice"
    assert (people.told, model.told) == (True, False)


def test_fields_left_out_are_fetched_when_they_are_asked_for(make_chat: MakeChat) -> None:
    chat = make_chat(title="Later")
    found = Select(lambda: ChatSession.objects.filter(pk=given("chat")).only("version")).first(chat=chat.pk)
    assert found is not None
    assert found.get_deferred_fields() > {"title", "settings"}
    assert found.title == "Later"


def test_the_order_and_the_limit_are_the_querysets(make_chat: MakeChat) -> None:
    chat = make_chat()
    for position in (3, 1, 2):
        Message.objects.create(session=chat, role="user", position=position)
    select = Select(lambda: Message.objects.filter(session=given("chat")).order_by("-position")[:2])
    assert [row.position for row in select.all(chat=chat.pk)] == [3, 2]


def test_rows_are_tuples_of_python_values(make_chat: MakeChat) -> None:
    chat = make_chat(cost=Decimal("0.0000000001"), starred=True)
    rows = Rows(
        lambda: ChatSession.objects.filter(created_at__lt=given("before"), owner=given("owner")).values_list(
            "pk", "cost", "starred", "settings", "created_at"
        )
    )
    later = datetime(9999, 1, 1, tzinfo=UTC)
    stored = ChatSession.objects.get()
    wanted: list[Any] = [(chat.pk, Decimal("1E-10"), True, {}, stored.created_at)]
    assert rows.all(before=later, owner=chat.owner_id) == wanted
    assert rows.any(before=later, owner=chat.owner_id)
    assert not rows.any(before=datetime(2000, 1, 1, tzinfo=UTC), owner=chat.owner_id)


def test_an_update_takes_values_and_expressions(make_chat: MakeChat) -> None:
    chat, other = make_chat(cost=Decimal("0.25")), make_chat()
    cost: Any = ChatSession._meta.get_field("cost")
    change = Update(
        lambda: ChatSession.objects.filter(pk=given("chat")),
        *("settings", "archived_at", "title"),
        version=F("version") + 1,
        cost=F("cost") + given("more", cost),
    )
    moment = datetime(2026, 11, 21, 5, 6, 7, 89, tzinfo=UTC)
    for times in (1, 2):
        values = {"settings": {"n": times}, "archived_at": moment, "title": "%s ?", "more": Decimal("0.1")}
        assert change(chat=chat.pk, **values) == 1
    chat.refresh_from_db()
    assert (chat.settings, chat.archived_at, chat.title) == ({"n": 2}, moment, "%s ?")
    assert (chat.version, chat.cost) == (2, Decimal("0.45"))
    assert fields(other) == fields(ChatSession.objects.get(pk=other.pk))
    assert change(chat=uuid4(), **values) == 0


def test_an_insert_stores_what_save_would(make_chat: MakeChat, alice: User) -> None:
    chat = make_chat()
    given_rows = [
        Message(
            session=chat,
            author=alice,
            role="user",
            position=1,
            parts=[{"kind": "text", "text": "ü ' % \x7f"}],
        ),
        Message(session=chat, role="assistant", position=2),
    ]
    Insert(Message)(*given_rows)
    for row in given_rows:
        assert row.created_at is not None
        assert fields(row) == fields(Message.objects.get(pk=row.pk))
        row.content = "changed"
        row.save()  # it knows that it is stored
    assert Message.objects.filter(content="changed").count() == 2
    Insert(Message)()


def test_an_insert_keeps_the_rules_of_its_table(make_chat: MakeChat) -> None:
    chat = make_chat()
    insert = Insert(Message)
    insert(Message(session=chat, role="user", position=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Message(session=chat, role="user", position=1))


def test_what_is_there_already_stays_or_is_replaced(make_chat: MakeChat) -> None:
    chat, key = make_chat(), uuid4()

    def usage(model: str) -> TokenUsage:
        return TokenUsage(
            id=key, session=chat, session_key=chat.pk, provider="offline", model=model, input=len(model)
        )

    keep, replace = (
        Insert(TokenUsage, unless=("id",)),
        Insert(TokenUsage, unless=("id",), replace=("model",)),
    )
    keep(usage("first"))
    keep(usage("second"))
    assert TokenUsage.objects.values_list("model", "input").get() == ("first", 5)
    replace(usage("third!"))
    assert TokenUsage.objects.values_list("model", "input").get() == ("third!", 5)
