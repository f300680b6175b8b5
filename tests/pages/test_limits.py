"""Plan and limits: what a person sees of them, how a refusal is told on every way to ask, staff."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from analytics_app.actions.budgets import limit_session, set_budget
from analytics_app.models import Budget
from analytics_app.queries.budgets import standings
from analytics_app.refusals import refusal_for_others
from analytics_app.spans import span_of
from chatproject.server import BoundedRequest
from sessions_app.models import (
    ChatSession,
    Draft,
    Message,
    PendingMessage,
    Reply,
    SessionMember,
    TokenUsage,
    User,
)
from tests.actions.steps import begin, end, send

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
    assert "Nothing limits what you use here." in words(as_alice.get("/accounts/plan/"))
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
    limit_session(person=alice, chat=chat, money=Decimal(5))
    assert "$5.00" not in words(as_bob.get("/accounts/plan/"))
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
    assert "This session's cost limit of $2.50" in words(as_alice.get("/accounts/plan/"))
    assert as_alice.post(here, {"money": " "}).status_code == 302
    assert not Budget.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("2,50", None), ("1,5", None), ("1,0000", None), ("$1,000.5", "1000.50"), ("1.2345", "1.2345")],
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


def test_a_member_who_may_write_does_not_limit_it(as_bob: Client, bob: User, chat: ChatSession) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    assert as_bob.get(chat.get_absolute_url()).status_code == 200
    assert as_bob.post(f"/sessions/{chat.pk}/limit/", {"money": "1"}).status_code == 404


# ---------------------------------------------------------------- every way to ask


@pytest.fixture
def used_up(alice: User, chat: ChatSession) -> Message:
    """An answer in a session whose person has no tokens left."""
    end(send(chat, "Hello").reply)
    month(500, "tokens", user=alice)
    spent(alice, "1", chat)
    answer = Message.objects.filter(session=chat, role="assistant").get()
    assert answer.reply is not None
    return answer


def test_a_send_is_refused_at_the_composer_and_nothing_is_lost(
    as_alice: Client, alice: User, chat: ChatSession, used_up: Message
) -> None:
    Draft.objects.create(user=alice, session=chat, content="My next thought")
    form = {"content": "My next thought", "draft": "1", "client_id": "c"}
    told = as_alice.post(f"/sessions/{chat.pk}/messages/", form, headers=HTMX)
    assert told.status_code == 429
    assert told.headers["HX-Retarget"] == "#composer-notice"
    assert words(told).startswith(f"This month's limit of 500 tokens {USED_UP}")
    assert "Your draft is kept. See limits" in words(told)
    assert 'data-kind="budget"' in told.content.decode()
    assert Draft.objects.get().content == "My next thought"
    page = as_alice.post(f"/sessions/{chat.pk}/messages/", form)
    assert page.status_code == 429
    assert USED_UP in words(page)
    assert "Your draft is kept. See limits" in words(page)
    assert "My next thought</textarea>" in page.content.decode()
    assert Message.objects.filter(session=chat).count() == 2


def test_a_new_session_is_not_made_for_what_is_refused(as_alice: Client, used_up: Message) -> None:
    count = ChatSession.objects.count()
    page = as_alice.post("/sessions/", {"content": "My thought", "fresh": "1"})
    assert (page.status_code, USED_UP in words(page)) == (429, True)
    assert "My thought</textarea>" in page.content.decode()
    assert ChatSession.objects.count() == count


@pytest.mark.parametrize("verb", ["regenerate", "retry", "continue", "edit", "answer", "waiting", "send now"])
def test_other_ways_to_ask_are_refused_in_words(
    as_alice: Client, chat: ChatSession, used_up: Message, verb: str
) -> None:
    answer, question = used_up, used_up.parent
    assert question is not None
    here, form = f"/sessions/{chat.pk}/messages/{answer.pk}/{verb}/", {"send": "1"}
    if verb in ("edit", "waiting"):
        form["content"] = "Anew"
    if verb in ("retry", "continue"):
        answer.reply.__class__.objects.filter(pk=answer.pk).update(status="stopped")
    elif verb == "edit":
        here = f"/sessions/{chat.pk}/messages/{question.pk}/edit/"
    elif verb == "answer":
        Message.objects.filter(pk=answer.pk).update(
            deleted_at=timezone.now(), deletion=answer.pk, active=False
        )
        here = f"/sessions/{chat.pk}/messages/{question.pk}/answer/"
    elif verb == "waiting":
        Budget.objects.update(count=10**6)
        begin(send(chat, "Now").reply)
        Budget.objects.update(count=500)
        here = f"/sessions/{chat.pk}/messages/"
    elif verb == "send now":
        waits = PendingMessage.objects.create(session=chat, author=chat.owner, client_id="w", content="Later")
        here = f"/sessions/{chat.pk}/pending/{waits.pk}/send/"
    before = Message.objects.count(), PendingMessage.objects.count()
    told = as_alice.post(here, form, headers=HTMX)
    assert (told.status_code, USED_UP in words(told)) == (429, True)
    assert ("Your draft is kept." in words(told)) == ("content" in form)
    assert (Message.objects.count(), PendingMessage.objects.count()) == before


@pytest.mark.parametrize("verb", ["regenerate", "retry", "answer", "send now"])
def test_whoever_presses_for_another_learns_no_amount_of_theirs(
    as_bob: Client, bob: User, chat: ChatSession, used_up: Message, verb: str
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    here = f"/sessions/{chat.pk}/messages/{used_up.pk}/{verb}/"
    if verb == "retry":
        Reply.objects.update(status="failed")
    elif verb == "answer":
        used_up.__class__.objects.filter(pk=used_up.pk).update(
            deleted_at=timezone.now(), deletion=used_up.pk, active=False
        )
        here = f"/sessions/{chat.pk}/messages/{used_up.parent_id}/answer/"
    elif verb == "send now":
        waits = PendingMessage.objects.create(session=chat, author=chat.owner, client_id="w", content="Later")
        here = f"/sessions/{chat.pk}/pending/{waits.pk}/send/"
    told = as_bob.post(here, headers=HTMX)
    assert told.status_code == 429
    assert words(told).startswith(f"This month's limit of tokens of the person who asked {USED_UP}")
    assert "500" not in words(told)


def test_a_session_says_why_a_message_waits_to_whoever_reads_it(
    as_alice: Client, as_bob: Client, bob: User, chat: ChatSession, used_up: Message
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    PendingMessage.objects.create(session=chat, author=chat.owner, client_id="w", content="Later")
    for reader in (as_alice, as_bob):
        page = words(reader.get(chat.get_absolute_url()))
        assert f"This month's limit of tokens of the person who asked {USED_UP}" in page
        assert "What waits is sent when there is something left." in page
    Budget.objects.update(count=10**6)
    assert "What waits is sent" not in words(as_alice.get(chat.get_absolute_url()))


def test_programs_get_a_kind_and_the_time_to_wait(
    as_alice: Client, alice: User, chat: ChatSession, used_up: Message
) -> None:
    def post(path: str, **body: Any) -> Any:
        return as_alice.post(f"/api/chat/{path}", body, content_type="application/json")

    for path in (f"sessions/{chat.pk}/messages", f"messages/{used_up.pk}/regenerate"):
        told = post(path, **({"content": "Hello"} if path.endswith("messages") else {}))
        problem = told.json()["error"]
        assert (told.status_code, problem["type"]) == (429, "budget")
        assert (problem["measure"], problem["limit"], problem["used"]) == ("tokens", 500, 1000)
        resets = datetime.fromisoformat(problem["resets_at"])
        assert resets == span_of("month", timezone.now()).ends
        assert abs(int(told.headers["Retry-After"]) - (resets - timezone.now()).total_seconds()) < 10
        assert "draft" not in problem["message"]  # a program has none
    Budget.objects.all().delete()
    set_budget(actor=None, measure="requests", period="minute", amount=1, user=alice)
    chats = [ChatSession.objects.create(owner=alice, model="offline", provider="offline") for _ in range(3)]
    told = [post(f"sessions/{each.pk}/messages", content="Hello") for each in chats][-1]
    assert (told.status_code, told.json()["error"]["type"]) == (429, "rate_limited")
    assert 1 <= int(told.headers["Retry-After"]) <= 60
    assert (
        "This minute's limit of 1\u00a0message is used up. You can send again in"
        in told.json()["error"]["message"]
    )


def test_programs_learn_no_sums_that_are_not_theirs(
    as_alice: Client, as_bob: Client, bob: User, alice: User, chat: ChatSession, used_up: Message
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    told = as_bob.post(f"/api/chat/messages/{used_up.pk}/regenerate", {}, content_type="application/json")
    problem = told.json()["error"]
    assert (told.status_code, set(problem)) == (429, {"type", "message", "resets_at"})
    Budget.objects.all().delete()
    month(500, "tokens", workspace=True)
    body = {"content": "Hello"}
    told = as_alice.post(f"/api/chat/sessions/{chat.pk}/messages", body, content_type="application/json")
    assert set(told.json()["error"]) == {"type", "message", "resets_at"}
    Budget.objects.all().delete()
    set_budget(actor=None, measure="tokens", period="ever", amount=500, session=chat)
    told = as_alice.post(f"/api/chat/sessions/{chat.pk}/messages", body, content_type="application/json")
    problem = told.json()["error"]
    assert (problem["resets_at"], problem["used"], "Retry-After" in told.headers) == (
        None,
        1000,
        False,
    )


def test_a_status_has_its_words() -> None:
    answer = BoundedRequest.__new__(BoundedRequest)
    answer.setResponseCode(429)
    assert answer.code_message == b"Too Many Requests"


def test_what_others_read_names_nobody_who_raises_a_limit(alice: User, chat: ChatSession) -> None:
    limit_session(person=alice, chat=chat, money=Decimal("0.5"))
    spent(alice, "0.6", chat)
    reason = refusal_for_others(standings(alice, chat)[0], timezone.now()).reason
    assert reason == "This session's cost limit is used up. It is raised in the settings of the session."


def test_a_limit_tells_its_owner_that_they_can_raise_it(
    as_alice: Client, alice: User, chat: ChatSession
) -> None:
    limit_session(person=alice, chat=chat, money=Decimal("0.5"))
    spent(alice, "0.6", chat)
    notice = words(as_alice.get(f"/accounts/plan/limits/?session={chat.pk}"))
    assert notice.startswith(
        "This session's cost limit of $0.50 is used up. You can raise it in the settings of this session."
    )


def test_a_member_is_told_that_its_owner_can_raise_it(
    as_bob: Client, bob: User, alice: User, chat: ChatSession
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    limit_session(person=alice, chat=chat, money=Decimal("0.5"))
    spent(alice, "0.6", chat)
    notice = words(as_bob.get(f"/accounts/plan/limits/?session={chat.pk}"))
    assert "Its owner can raise it in the settings of the session." in notice
    assert "You can raise it" not in notice


# ---------------------------------------------------------------- staff


def test_staff_see_how_budgets_stand_and_only_who_may_sets_them(staff: User, alice: User, bob: User) -> None:
    client = Client()
    client.force_login(staff)
    month(Decimal(10), user=alice)
    spent(alice, "2.5")
    listed = words(client.get("/admin/analytics_app/budget/"))
    assert "aliceMoneyA month$10.00$2.50$0.0025 %" in listed
    form = {
        "user": bob.pk,
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
