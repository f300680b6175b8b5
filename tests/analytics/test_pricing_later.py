"""Calls of unknown price get the price that is known by now: once, exactly, and everywhere at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from analytics_app.actions.budgets import limit_session, set_budget
from analytics_app.actions.pricing import price_later
from analytics_app.actions.rollups import roll_up_day
from analytics_app.models import BudgetSpan, RolledDay
from analytics_app.queries.ledger import Ledger
from analytics_app.queries.periods import period
from sessions_app.actions.ledger import Call, Settlement, begin_call, settle_call
from sessions_app.doctor import examine
from sessions_app.models import AuditEntry, ChatSession, ModelPrice, TokenUsage, User, uuid7
from sessions_app.providers.base import Counts

pytestmark = pytest.mark.django_db
NEW = "claude-new-9"
DAY = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)

Spend = Callable[..., TokenUsage]


@pytest.fixture
def spend(chat: ChatSession, alice: User) -> Spend:
    def make(at: datetime = DAY, model: str = NEW, **counts: int) -> TokenUsage:
        key = uuid7()
        begin_call(Call(key, alice.pk, chat.pk, None, "anthropic", model, at=at))
        settle_call(
            Settlement(key, Counts(**counts or {"input": 1_000, "output": 7}), ok=True, duration_ms=5)
        )
        return TokenUsage.objects.get(pk=key)

    return make


def own_price(**values: Any) -> ModelPrice:
    given = {
        "provider": "anthropic", "model": NEW, "valid_from": DAY - timedelta(days=1), "input": 2, "cache_read": 1,
        "cache_write_5m": 3, "cache_write_1h": 4, "output": 10,
    }  # fmt: skip
    return ModelPrice.objects.create(**given | values)


def run(*options: str) -> str:
    out = StringIO()
    call_command("price_calls", *options, stdout=out)
    return out.getvalue()


def test_each_call_gets_the_price_of_its_moment(spend: Spend, chat: ChatSession) -> None:
    early, late, before = spend(DAY), spend(DAY + timedelta(days=10)), spend(DAY - timedelta(days=9))
    known = spend(model="claude-haiku-4-5")
    own_price(valid_until=DAY + timedelta(days=5))
    own_price(valid_from=DAY + timedelta(days=5), input=Decimal("0.0000000125"), output=0)
    said = run()
    costs = dict(TokenUsage.objects.values_list("pk", "cost"))
    assert costs[early.pk] == Decimal("0.00207")
    assert costs[late.pk] == Decimal("0")  # 1.25e-11, rounded to ten digits
    assert costs[before.pk] is None
    assert costs[known.pk] == known.cost
    assert TokenUsage.objects.get(pk=early.pk).price_source == "override later"
    assert TokenUsage.objects.get(pk=before.pk).price_source == "unknown"
    assert f"2 calls of anthropic {NEW} got a price." in said
    assert f"1 call of anthropic {NEW} stays of unknown price" in said
    assert "They came to $0.00207." in said
    chat.refresh_from_db()
    assert known.cost is not None
    assert (chat.cost, chat.unpriced_calls) == (known.cost + Decimal("0.00207"), 1)


def test_all_sums_agree_afterwards_and_a_second_run_changes_nothing(
    spend: Spend, alice: User, chat: ChatSession, as_alice: Client
) -> None:
    for hours in range(7):
        spend(DAY - timedelta(hours=hours * 5), input=hours + 1)
    for days in range(3):
        roll_up_day(zone=alice.zone, day=(DAY - timedelta(days=days)).date())
    rolled = RolledDay.objects.count()
    assert rolled == 3
    own_price(valid_from=DAY - timedelta(days=1))
    outcome = price_later(lot=2)
    priced = outcome.count
    assert 0 < priced < 7
    assert RolledDay.objects.count() < rolled
    ledger = Ledger.for_user(alice, alice.zone).sums(period("all", timezone.now(), alice.zone))
    chat.refresh_from_db()
    assert (
        (ledger.cost, ledger.unpriced_calls) == (chat.cost, chat.unpriced_calls) == (outcome.cost, 7 - priced)
    )
    page = strip_tags(as_alice.get("/dashboard/rows/calls/?time_range=all").content.decode())
    assert f"{7 - priced} calls of unknown price" in page
    assert examine() == []
    before = list(TokenUsage.objects.order_by("pk").values())
    again = price_later()
    assert (again.count, again.days) == (0, 0)
    assert list(TokenUsage.objects.order_by("pk").values()) == before
    roll_up_day(zone=alice.zone, day=DAY.date())
    assert Ledger.for_user(alice, alice.zone).sums(period("all", timezone.now(), alice.zone)) == ledger
    assert examine() == []


def test_budgets_count_what_became_known(spend: Spend, alice: User) -> None:
    set_budget(actor=None, measure="money", period="month", amount=1, user=alice)
    now = timezone.now()
    spend(now)
    own_price(valid_from=now - timedelta(days=1))
    price_later()
    (row,) = BudgetSpan.objects.filter(kind=BudgetSpan.Kind.CALLS, period="month")
    assert (row.money, row.unpriced) == (Decimal("0.00207"), 0)
    assert examine() == []


def test_counters_of_others_are_left_alone(
    spend: Spend, alice: User, bob: User, make_chat: Callable[..., ChatSession]
) -> None:
    """What a lot asks does not grow with the sessions that have a limit."""
    month = {"actor": None, "measure": "money", "period": "month", "amount": 1}
    for subject in ({"user": alice}, {"user": bob}, {"workspace": True}):
        set_budget(**month, **subject)  # type: ignore[arg-type]
    for chat in [make_chat() for _ in range(12)]:
        limit_session(person=alice, chat=chat, money=Decimal(2))
        key = uuid7()
        begin_call(Call(key, alice.pk, chat.pk, None, "anthropic", "claude-haiku-4-5"))
        settle_call(Settlement(key, Counts(output=7), ok=True))
    now = timezone.now()
    spend(now)
    own_price(valid_from=now - timedelta(days=1))
    with CaptureQueriesContext(connection) as queries:
        assert price_later().count == 1
    assert len(queries) < 20
    assert examine() == []


def test_a_session_whose_number_has_drifted_keeps_no_other_from_its_price(
    spend: Spend, chat: ChatSession
) -> None:
    spend()
    spend()
    ChatSession.objects.filter(pk=chat.pk).update(unpriced_calls=0)
    own_price()
    assert price_later().count == 2
    assert examine() == []


def test_a_cost_that_is_known_never_changes(spend: Spend) -> None:
    own = own_price()
    call = spend()
    assert call.cost == Decimal("0.00207")
    ModelPrice.objects.filter(pk=own.pk).update(input=99)
    assert "No call of unknown price was found. Nothing is changed." in run()
    call.refresh_from_db()
    assert (call.cost, call.price_source) == (Decimal("0.00207"), "override")


def test_a_dry_run_says_what_would_be_and_changes_nothing(spend: Spend, chat: ChatSession) -> None:
    spend()
    own_price()
    said = run("--dry-run")
    assert f"1 call of anthropic {NEW} would get a price." in said
    assert "They would come to $0.00207. Nothing is changed." in said
    chat.refresh_from_db()
    assert (chat.cost, chat.unpriced_calls) == (0, 1)
    assert TokenUsage.objects.filter(cost=None).count() == 1


def test_only_what_was_asked_for_is_priced(spend: Spend) -> None:
    for days in range(4):
        spend(DAY + timedelta(days=days))
    own_price()
    assert "2 calls" in run("--from", "2026-11-04", "--to", "2026-11-05", "--dry-run")
    assert "No call of unknown price" in run("--model", "another")
    assert "4 calls" in run("--model", NEW)


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--from", "yesterday"), "'yesterday' is no day"), (("--from", "2026-11-05", "--to", "2026-11-04"), "comes after")],
)  # fmt: skip
def test_what_is_no_day_is_refused_in_words(options: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*options)


def test_a_call_that_still_runs_is_left_alone(chat: ChatSession, alice: User) -> None:
    key = uuid7()
    begin_call(Call(key, alice.pk, chat.pk, None, "anthropic", NEW, at=DAY))
    own_price(valid_from=DAY - timedelta(days=1))
    assert price_later().count == 0
    settle_call(Settlement(key, Counts(input=1_000), ok=True))
    assert TokenUsage.objects.get(pk=key).price_source == "override"


@pytest.mark.django_db(transaction=True)
def test_calls_are_settled_meanwhile_and_every_sum_stays_right(
    spend: Spend, chat: ChatSession, alice: User
) -> None:
    for _ in range(12):
        spend()
    open_calls = [uuid7() for _ in range(6)]
    for key in open_calls:
        begin_call(Call(key, alice.pk, chat.pk, None, "anthropic", NEW, at=DAY))
    own_price()

    def settle() -> None:
        for key in open_calls:
            settle_call(Settlement(key, Counts(input=1_000, output=7), ok=True))
        connection.close()

    threads = [threading.Thread(target=settle), threading.Thread(target=_later)]
    for thread in threads:
        thread.start()
    price_later(lot=2)
    for thread in threads:
        thread.join()
    chat.refresh_from_db()
    assert (chat.cost, chat.unpriced_calls) == (18 * Decimal("0.00207"), 0)
    assert examine(chat.pk) == []


def _later() -> None:
    price_later(lot=3)
    connection.close()


# ---------------------------------------------------------------- in the admin


@pytest.fixture
def as_boss(client: Client) -> Client:
    boss = User.objects.create_superuser("boss", "boss@example.org", "pw-boss-1")
    client.force_login(boss)
    return client


def test_staff_are_told_of_calls_a_new_price_would_price_and_can_have_it_done(
    as_boss: Client, spend: Spend
) -> None:
    spend()
    spend(DAY - timedelta(days=30))
    values = {
        "provider": "anthropic", "model": NEW, "valid_from_0": "2026-11-01", "valid_from_1": "00:00:00", "input": "2",
        "cache_read": "1", "cache_write_5m": "3", "cache_write_1h": "4", "output": "10", "note": "",
    }  # fmt: skip
    answer = as_boss.post("/admin/sessions_app/modelprice/add/", values, follow=True)
    assert "1 call of unknown price began while this price is valid." in strip_tags(answer.content.decode())
    assert TokenUsage.objects.filter(cost=None).count() == 2
    price = ModelPrice.objects.get()
    chosen = {"action": "price_calls", "_selected_action": [price.pk]}
    answer = as_boss.post("/admin/sessions_app/modelprice/", chosen, follow=True)
    assert "1 call got a price and came to $0.00207." in strip_tags(answer.content.decode())
    assert TokenUsage.objects.filter(cost=None).count() == 1
    assert (
        AuditEntry.objects.filter(action="priced calls later", subject=f"modelprice {price.pk}").count() == 1
    )
    answer = as_boss.post("/admin/sessions_app/modelprice/", chosen, follow=True)
    assert "No call of unknown price began while these prices were valid." in strip_tags(
        answer.content.decode()
    )


def test_a_press_prices_as_many_as_a_person_waits_for_and_says_what_is_left(
    as_boss: Client, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics_app.admin.prices.LOTS", 1)
    monkeypatch.setattr("analytics_app.admin.prices.price_later", partial(price_later, lot=2))
    for _ in range(3):
        spend()
    chosen = {"action": "price_calls", "_selected_action": [own_price().pk]}
    answer = as_boss.post("/admin/sessions_app/modelprice/", chosen, follow=True)
    said = strip_tags(answer.content.decode())
    assert "2 calls got a price" in said
    assert "Not priced yet: 1 call. Choose the action again" in said
    assert TokenUsage.objects.filter(cost=None).count() == 1


def test_staff_without_the_right_cannot_price(client: Client, staff: User, spend: Spend) -> None:
    spend()
    price = own_price()
    client.force_login(staff)
    client.post("/admin/sessions_app/modelprice/", {"action": "price_calls", "_selected_action": [price.pk]})
    assert TokenUsage.objects.get().cost is None


def test_a_wish_narrows_what_is_priced(spend: Spend) -> None:
    spend()
    spend(model="other")
    own_price()
    own_price(model="other")
    assert price_later(wanted=Q(model="other")).count == 1
