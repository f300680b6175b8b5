"""What embeds transcripts belongs to no session, and every list and sum of calls knows that."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics_app.actions.pricing import price_later
from analytics_app.models import Budget, Reservation
from sessions_app import doctor
from sessions_app.actions import ledger
from sessions_app.actions.errors import BudgetUsedUp
from sessions_app.models import ChatSession, ModelPrice, TokenUsage, User, uuid7
from sessions_app.providers.base import Counts

pytestmark = pytest.mark.django_db
MODEL = "den/tiny"


def call_of(user: User, chat: ChatSession | None, tokens: int = 10, ok: bool = True) -> TokenUsage:
    key = chat.pk if chat else None
    call = ledger.Call(uuid7(), user.pk, key, None, "den", MODEL, purpose="embedding", estimate=tokens)
    refused = ledger.begin_call(call)
    if refused is not None:
        raise refused
    ledger.settle_call(ledger.Settlement(call.usage, Counts(input=tokens), ok=ok))
    return TokenUsage.objects.get(pk=call.usage)


def test_its_row_has_no_session_and_no_session_has_its_tokens(alice: User, chat: ChatSession) -> None:
    row = call_of(alice, None)
    call_of(alice, chat, 3)
    assert (row.session_id, row.session_key, row.message_id) == (None, None, None)
    chat.refresh_from_db()
    assert (chat.input_tokens, chat.unpriced_calls) == (3, 1)
    assert doctor.examine() == []


def test_lists_of_calls_name_no_session(alice: User, as_alice: Client, chat: ChatSession) -> None:
    call_of(alice, None)
    call_of(alice, chat)
    page = as_alice.get("/dashboard/rows/calls/?purpose=embedding").content.decode()
    assert "Embedding" in page
    assert "None" in page
    told = as_alice.get("/api/chat/analytics/rows?kind=calls").json()["results"]
    assert {row["session"]["id"] for row in told} == {None, str(chat.pk)}


@pytest.mark.django_db(transaction=True)
def test_a_file_of_calls_has_no_key_for_it(alice: User, as_alice: Client, chat: ChatSession) -> None:
    call_of(alice, None)
    call_of(alice, chat)
    pieces: Any = as_alice.get("/dashboard/rows/calls/?format=csv")

    async def whole() -> bytes:
        return b"".join([piece async for piece in pieces.streaming_content])

    lines = asyncio.run(whole()).decode().splitlines()
    assert sorted(line.rsplit(",", 1)[1] for line in lines[1:]) == ["", str(chat.pk)]


def test_staff_see_it_too(alice: User, staff: User) -> None:
    row = call_of(alice, None)
    client = Client()
    User.objects.filter(pk=staff.pk).update(is_superuser=True)
    client.force_login(User.objects.get(pk=staff.pk))
    for path in ("/admin/sessions_app/tokenusage/", f"/admin/sessions_app/tokenusage/{row.pk}/change/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Embedding" in answer.content.decode()
    page = client.get("/dashboard/rows/calls/?everyone=on")
    assert page.status_code == 200


def test_its_price_may_become_known_later(alice: User, chat: ChatSession) -> None:
    rows = [call_of(alice, None), call_of(alice, chat), call_of(alice, None)]
    assert [row.cost for row in rows] == [None] * 3
    kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    ModelPrice.objects.create(
        provider="den",
        model=MODEL,
        valid_from=timezone.now() - timedelta(days=1),
        **dict.fromkeys(kinds, Decimal(1)),
    )
    price_later()
    assert list(TokenUsage.objects.values_list("cost", flat=True)) == [Decimal("0.00001")] * 3
    chat.refresh_from_db()
    assert (chat.cost, chat.unpriced_calls) == (Decimal("0.00001"), 0)
    assert doctor.examine() == []


def test_budgets_count_it_and_a_session_has_nothing_to_do_with_it(alice: User, chat: ChatSession) -> None:
    Budget.objects.create(user=alice, measure="tokens", period="day", count=15)
    Budget.objects.create(session=chat, measure="tokens", period="day", count=5)
    call_of(alice, None)
    call_of(alice, chat, 1)
    assert Reservation.objects.count() == 0
    call_of(alice, None)
    with pytest.raises(BudgetUsedUp):
        call_of(alice, None)
    assert doctor.examine() == []


def test_what_was_set_aside_for_it_counts_for_its_person_alone(alice: User, chat: ChatSession) -> None:
    Budget.objects.create(user=alice, measure="tokens", period="day", count=15)
    first = ledger.Call(uuid7(), alice.pk, None, None, "den", MODEL, purpose="embedding", estimate=10)
    assert ledger.begin_call(first) is None
    second = ledger.Call(uuid7(), alice.pk, chat.pk, None, "den", MODEL, purpose="embedding", estimate=10)
    assert ledger.begin_call(second) is not None
    ledger.settle_call(ledger.Settlement(first.usage, Counts(input=2), ok=True))
    assert ledger.begin_call(second) is None
