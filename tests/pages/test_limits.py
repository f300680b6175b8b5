"""Plan and limits: what a person sees of them, one's own session, staff."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from analytics_app.actions.budgets import limit_session, set_budget
from analytics_app.models import Budget
from sessions_app.models import (
    ChatSession,
    Message,
    PendingMessage,
    SessionMember,
    TokenUsage,
    User,
)
from tests.actions.steps import end, send

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
USED_UP = "is used up. It starts again on 1"


def words(answer: Any) -> str:
    """What the page says, on one line."""
    return " ".join(strip_tags(answer.content.decode()).replace("&#x27;", "'").replace("\u00a0", " ").split())


def spent(user: User, cost: str | None, chat: ChatSession | None = None, output: int = 1000) -> None:
    chat = chat or ChatSession.objects.create(owner=user, model="offline", provider="offline")
    price: Any = None if cost is None else Decimal(cost)
    TokenUsage.objects.create(
        user=user,
        session=chat,
        session_key=chat.pk,
        provider="anthropic",
        model="claude-sonnet-5-5",
        output=output,
        cost=price,
        settled_at=timezone.now(),
    )


def month(amount: Any, measure: str = "money", **subject: Any) -> Budget:
    return set_budget(actor=None, measure=measure, period="month", amount=amount, **subject)


# ---------------------------------------------------------------- the page


def test_the_page_says_what_is_left_and_what_the_plan_has(
    as_alice: Client, alice: User, settings: Any, bob: User
) -> None:
    page = words(as_alice.get("/accounts/plan/"))
    assert "No budget limits what you use here in a day or a month." in page
    assert "One reply may cost $5.00, take 10 turns and call 16 tools a turn at most." in page
    settings.PREMIUM_TOOLS, settings.PREMIUM_MODELS = ["search_session_messages"], ["claude-opus-5-5"]
    settings.ANTHROPIC_API_KEY = "sk"
    month(Decimal(10), user=alice)
    month(1_000_000, "tokens", plan="free")
    month(Decimal(100), workspace=True)
    spent(alice, "2.5")
    spent(alice, None)
    spent(bob, "40")
    page = words(as_alice.get("/accounts/plan/"))
    assert "This month's budget of $10.00 25 % $2.50 of $10.00. It starts again on 1" in page
    assert "1 model call is not counted: its price is unknown." in page
    assert "This month's limit of 1,000,000 tokens 0.2 % 2,000 of 1,000,000 tokens." in page
    assert "The workspace's budget for this month 42 % It starts again on 1" in page
    assert "42.50" not in page
    assert "Claude Opus 5.5 Premium plan only" in page
    assert "Message search Premium plan only" in page
    User.objects.filter(pk=alice.pk).update(is_staff=True, plan="premium")
    page = words(as_alice.get("/accounts/plan/"))
    assert "$42.50 of $100.00" in page
    assert "Premium plan only" not in page
    assert "1,000,000" not in page


def test_limits_of_other_peoples_sessions_are_not_told(
    as_bob: Client, alice: User, chat: ChatSession
) -> None:
    limit_session(person=alice, chat=chat, money=Decimal("7.31"))
    assert "$7.31" not in words(as_bob.get("/accounts/plan/"))
    assert as_bob.get(f"/accounts/plan/limits/?session={chat.pk}").status_code == 404
    assert as_bob.get("/accounts/plan/limits/?session=none").status_code == 404


def test_those_whom_nothing_limits_are_not_asked_to_look(
    as_alice: Client, chat: ChatSession, alice: User
) -> None:
    assert b"plan/limits" not in as_alice.get(chat.get_absolute_url()).content
    month(Decimal(10), user=alice)
    for page in (chat.get_absolute_url(), "/accounts/tools/"):
        assert b"plan/limits" in as_alice.get(page).content


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        ("7.99", ""),
        ("8", "80 % of this month's budget of $10.00 is used. $8.00 of $10.00. It starts again on 1"),
        ("10.2", "This month's budget of $10.00 is used up. It starts again on 1"),
    ],
)
def test_the_notice_warns_at_eighty_per_cent(
    as_alice: Client, alice: User, chat: ChatSession, cost: str, told: str
) -> None:
    month(Decimal(10), user=alice)
    spent(alice, cost, chat)
    notice = words(as_alice.get(f"/accounts/plan/limits/?session={chat.pk}"))
    assert notice.startswith(told)
    assert bool(notice) == bool(told)


def test_the_notice_says_that_messages_that_wait_stay(
    as_alice: Client, alice: User, chat: ChatSession
) -> None:
    month(Decimal(10), user=alice)
    spent(alice, "10", chat)
    PendingMessage.objects.create(session=chat, author=alice, client_id="w", content="Later")
    notice = words(as_alice.get(f"/accounts/plan/limits/?session={chat.pk}"))
    assert "Messages that wait stay here, and are sent when there is something left." in notice


@pytest.mark.parametrize(("cost", "full", "left"), [("8", False, 3600), ("10", True, 60)])
def test_the_notice_is_looked_at_again(
    as_alice: Client, alice: User, cost: str, full: bool, left: int
) -> None:
    month(Decimal(10), user=alice)
    spent(alice, cost)
    html = as_alice.get("/accounts/plan/limits/").content.decode()
    assert ("data-full" in html) == full
    assert 0 < int(html.partition('data-left="')[2].partition('"')[0]) <= left
    assert "draft" not in html
    assert (
        'data-on="reply-ended limits-changed limits-old"' in as_alice.get("/accounts/tools/").content.decode()
    )


def test_a_limit_that_is_raised_lets_out_what_waits(
    alice: User, chat: ChatSession, django_capture_on_commit_callbacks: Any
) -> None:
    end(send(chat, "Hello").reply)
    month(500, "tokens", user=alice)
    spent(alice, "1", chat)
    PendingMessage.objects.create(session=chat, author=alice, client_id="w", content="Later")
    with django_capture_on_commit_callbacks(execute=True):
        month(10**6, "tokens", user=alice)
    assert not PendingMessage.objects.exists()
    assert Message.objects.filter(session=chat, content="Later").exists()


# ---------------------------------------------------------------- one's own session


def test_an_owner_limits_what_a_session_may_cost(as_alice: Client, chat: ChatSession) -> None:
    here = f"/sessions/{chat.pk}/limit/"
    saved = as_alice.post(here, {"money": "$2.50"}, headers=HTMX)
    assert (saved.status_code, "settings-saved" in saved.headers["HX-Trigger"]) == (200, True)
    assert f"plan/limits/?session={chat.pk}" in saved.content.decode()  # the page looks from now on
    assert 'value="2.50"' in as_alice.get(here, headers=HTMX).content.decode()
    refused = as_alice.post(here, {"money": "much"}, headers=HTMX)
    assert (refused.status_code, "must be a sum in USD" in words(refused)) == (422, True)
    plain = as_alice.post(here, {"money": "-3"})
    assert plain.status_code == 422
    assert 'value="-3"' in plain.content.decode()
    assert Budget.objects.get().money == Decimal("2.5")
    assert "Cost limit of $2.50" in words(as_alice.get("/accounts/plan/"))
    assert as_alice.post(here, {"money": " "}).status_code == 302
    assert not Budget.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2,50", None),
        ("1e3", None),
        ("1,5", None),
        ("1,0000", None),
        ("$1,000.5", "1000.50"),
        ("1.2345", "1.2345"),
    ],
)
def test_a_sum_is_never_taken_for_another(
    as_alice: Client, chat: ChatSession, typed: str, kept: str | None
) -> None:
    here = f"/sessions/{chat.pk}/limit/"
    saved = as_alice.post(here, {"money": typed}, headers=HTMX)
    assert saved.status_code == (200 if kept else 422)
    assert ("must be a sum in USD, such as 2.50" in words(saved)) == (kept is None)
    value = f'value="{kept or ""}"'
    assert value in as_alice.get(here, headers=HTMX).content.decode()
    assert [budget.money for budget in Budget.objects.all()] == ([Decimal(kept)] if kept else [])


@pytest.mark.parametrize("typed", ["0", "0.00001", "10000001"])
def test_a_sum_out_of_range_is_refused_by_the_name_of_its_field(
    as_alice: Client, alice: User, chat: ChatSession, typed: str
) -> None:
    refused = as_alice.post(f"/sessions/{chat.pk}/limit/", {"money": typed}, headers=HTMX)
    assert refused.status_code == 422
    assert words(refused) == "The cost limit lies between $0.0001 and $10,000,000. Empty, there is none."
    spent(alice, "1.25", chat)
    for query in ("", "?used"):
        page = as_alice.get(f"/sessions/{chat.pk}/limit/{query}", headers=HTMX)
        assert "$1.25 is used so far." in words(page)


@pytest.mark.parametrize(("cost", "told"), [("10", "used up"), ("146.6", "used up, $136.60 over")])
def test_an_overspent_budget_says_by_how_much(as_alice: Client, alice: User, cost: str, told: str) -> None:
    month(Decimal(10), user=alice)
    spent(alice, cost)
    page = words(as_alice.get("/accounts/plan/"))
    assert f"This month's budget of $10.00 {told} ${Decimal(cost):.2f} of $10.00." in page
    assert "1,466" not in page


def test_a_member_who_may_write_does_not_limit_it(as_bob: Client, bob: User, chat: ChatSession) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    assert as_bob.get(chat.get_absolute_url()).status_code == 200
    assert as_bob.post(f"/sessions/{chat.pk}/limit/", {"money": "1"}).status_code == 404


# ---------------------------------------------------------------- staff


def test_staff_see_how_budgets_stand_and_only_who_may_sets_them(staff: User, alice: User, bob: User) -> None:
    client = Client()
    client.force_login(staff)
    month(Decimal(10), user=alice)
    spent(alice, "2.5")
    listed = words(client.get("/admin/analytics_app/budget/"))
    assert "aliceMoneyA month$10.00$2.50$0.0025 %" in listed
    form = {
        "user": bob.username,
        "session": "",
        "audience": "",
        "measure": "tokens",
        "period": "day",
        "amount": "500",
    }
    assert client.post("/admin/analytics_app/budget/add/", form).status_code == 403
    staff.user_permissions.add(*Permission.objects.filter(codename__in=["add_budget", "change_budget"]))
    told = words(client.post("/admin/analytics_app/budget/add/", form | {"period": "ever"}))
    assert "Only a session can be limited in all." in told
    assert client.post("/admin/analytics_app/budget/add/", form).status_code == 302
    made = Budget.objects.get(user=bob)
    assert client.post(f"/admin/analytics_app/budget/{made.pk}/change/", {"amount": "700"}).status_code == 302
    made.refresh_from_db()
    assert (made.count, made.measure) == (700, "tokens")
    assert client.post(f"/admin/analytics_app/budget/{made.pk}/delete/", {"post": "yes"}).status_code == 403


def test_others_do_not_come_to_the_budgets(as_alice: Client, alice: User) -> None:
    month(Decimal(10), user=alice)
    assert as_alice.get("/admin/analytics_app/budget/").status_code == 302
