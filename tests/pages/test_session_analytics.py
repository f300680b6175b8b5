"""One session in figures: its ledger's sums, its answers in time, for whoever may read it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from analytics_app.queries.session import figures
from analytics_app.queries.session_timeline import lanes
from analytics_app.timeline import Called, Part, Scale, Used, parts
from sessions_app.actions.branching import branch_session
from sessions_app.actions.ledger import Call as NewCall
from sessions_app.actions.ledger import Settlement, begin_call, settle_call
from sessions_app.doctor import Check, examine
from sessions_app.models import (
    ChatSession,
    Message,
    ModelPrice,
    Reply,
    SessionMember,
    TokenUsage,
    ToolCall,
    User,
    uuid7,
)
from sessions_app.providers.base import Counts
from sessions_app.rendering.article import receipt
from tests.actions.steps import end, send

pytestmark = pytest.mark.django_db
ASKED = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode().replace("<", " <")).replace("\u00a0", " ").split())


def page(client: Client, chat: ChatSession, query: str = "") -> Any:
    return client.get(f"/sessions/{chat.pk}/analytics/{query}")


def called(chat: ChatSession, message: Any, model: str = "claude-haiku-4-5", **end_of: Any) -> None:
    """One settled call, as the runner writes it."""
    key = uuid7()
    purpose = end_of.pop("purpose", "reply")
    begin_call(NewCall(key, chat.owner_id, chat.pk, message, "anthropic", model, purpose))
    given: Any = {
        "counts": Counts(input=1000, cache_read=500, output=200),
        "ok": True,
        "duration_ms": 900,
    } | end_of
    settle_call(Settlement(key, **given))


@pytest.fixture
def used(chat: ChatSession) -> ChatSession:
    """Two questions, one asked again in another version; a tool; a title; a failed call."""
    first = send(chat, "What did it cost?").reply
    assert first is not None
    called(chat, first.pk, first_token_ms=250)
    called(chat, None, "claude-haiku-4-5", purpose="title")
    ToolCall.objects.create(
        message=first.message,
        turn=1,
        tool_name="analyze_costs",
        tool_use_id="1",
        status="success",
        duration_ms=120,
    )
    ChatSession.objects.filter(pk=chat.pk).update(tool_count=1)
    end(first)
    second = send(chat, "<b>And in all?</b>").reply
    assert second is not None
    called(chat, second.pk, "claude-sonnet-4-5", counts=Counts(input=7000, output=900))
    called(chat, second.pk, "no-such-model", ok=False, error_type="overloaded")
    end(second, "failed", "")
    chat.refresh_from_db()
    return chat


def test_sums_are_those_of_the_ledger_the_chat_and_the_receipts(as_alice: Client, used: ChatSession) -> None:
    found = figures(used)
    sums = found.sums
    assert (sums.cost, sums.total, sums.unpriced_calls) == (used.cost, used.total_tokens, used.unpriced_calls)
    assert sums.unpriced_calls == 1
    assert sum((each.cost for *_, each in found.models), Decimal(0)) == sums.cost
    assert sum((each.cost for _, each in found.purposes), Decimal(0)) == sums.cost
    shown = lanes(used).rows
    for lane in shown:
        reply = Reply.objects.select_related("message").get(pk=lane.message)
        calls = list(TokenUsage.objects.filter(message=lane.message))
        told = receipt(reply, calls)
        assert told is not None
        assert told.tokens_in + told.tokens_out == lane.tokens
        assert told.cost == ("price unknown" if lane.cost is None else f"${lane.cost:,.4f}")
    text = words(page(as_alice, used))
    assert f"Cost ${used.cost:,.4f}" in text
    assert "1 call of unknown price is in no sum of money." in text
    assert "Claude Haiku 4.5 2 3,400" in text
    assert "Title 1 1,700" in text
    assert "overloaded 1 model call" in text
    assert "Costs 1 100 % 0.12 s 0.12 s" in text
    assert [found for found in examine(used.pk) if found.check == Check.LEDGER_SUMS] == []


def test_a_stranger_finds_nothing_and_a_reader_what_the_owner_sees(
    as_bob: Client, bob: User, used: ChatSession
) -> None:
    assert page(as_bob, used).status_code == 404
    SessionMember.objects.create(session=used, user=bob, role="reader")
    text = words(page(as_bob, used))
    assert "What did it cost?" in text
    assert "Model calls 4" in text
    assert as_bob.get(f"/sessions/{uuid7()}/analytics/").status_code == 404


def test_what_people_wrote_stays_text(as_alice: Client, used: ChatSession) -> None:
    html = page(as_alice, used).content.decode()
    assert "<b>And in all?" not in html
    assert "&lt;b&gt;And in all?" in html


def test_nothing_asked_yet_is_said(as_alice: Client, chat: ChatSession) -> None:
    assert "Nothing was asked in this session yet." in words(page(as_alice, chat))


def test_versions_that_are_not_shown_are_counted_and_told(as_alice: Client, used: ChatSession) -> None:
    Message.objects.filter(pk=Reply.objects.order_by("created_at").values("pk")[:1]).update(active=False)
    text = words(page(as_alice, used))
    assert "1 answer is a version that is not shown or was deleted. It was made and paid for" in text
    assert "not shown" in text
    assert figures(used).sums.cost == used.cost


def test_copied_messages_count_where_they_came_from(as_alice: Client, used: ChatSession, alice: User) -> None:
    last = Message.objects.filter(session=used, role="assistant").latest("position")
    branch = branch_session(message=last, owner=alice)
    text = words(page(as_alice, branch))
    assert "4 messages were copied: they are counted in the session they came from." in text
    assert figures(branch).sums.calls == 0
    assert figures(branch).replies == 0


def test_programs_get_the_same_figures(as_alice: Client, used: ChatSession, as_bob: Client) -> None:
    address = f"/api/chat/sessions/{used.pk}/analytics"
    answer = as_alice.get(address).json()
    assert Decimal(answer["cost"]) == used.cost
    assert answer["unpriced_calls"] == 1
    assert [row["purpose"] for row in answer["by_purpose"]] == ["reply", "title"]
    assert answer["failed_calls"] == [{"error": "overloaded", "calls": 1}]
    assert [lane["status"] for lane in answer["timeline"]] == ["failed", "complete"]
    assert as_bob.get(address).status_code == 404
    assert as_bob.get(f"{address}/").status_code == 404


def test_a_long_session_takes_few_questions_and_has_pages(as_alice: Client, chat: ChatSession) -> None:
    now = timezone.now()
    answers = [
        Message(session=chat, role="assistant", position=number, model="offline", active=False)
        for number in range(120)
    ]
    Message.objects.bulk_create(answers)
    Reply.objects.bulk_create(
        Reply(message=answer, session=chat, status="complete", turns=1, finished_at=now) for answer in answers
    )
    with CaptureQueriesContext(
        connection,
    ) as asked:
        first = page(as_alice, chat)
    assert len(asked) < 40
    seen = re.findall(r"#message-([0-9a-f-]{36})\"", first.content.decode().split("costliest-name")[0])
    assert len(set(seen)) == 50
    older = re.search(r'href="\?(before=[^"]*)" rel="next"', first.content.decode())
    assert older is not None
    second = page(as_alice, chat, f"?{older[1]}").content.decode()
    more = re.findall(r"#message-([0-9a-f-]{36})\"", second.split("costliest-name")[0])
    assert len(set(more) | set(seen)) == 100
    assert "Newest answers" in second
    key = "01890000-0000-7000-8000-000000000000"
    for odd in ("nonsense~x", f"0001-01-01T00:00:00%2B14:00~{key}", f"9999-12-31T23:59:59-14:00~{key}"):
        assert "Older answers" in words(page(as_alice, chat, f"?before={odd}"))


def test_the_details_lead_to_it(as_alice: Client, chat: ChatSession) -> None:
    assert f'href="/sessions/{chat.pk}/analytics/"' in as_alice.get(f"/sessions/{chat.pk}/").content.decode()


def test_a_price_set_by_staff_is_in_the_figures(used: ChatSession) -> None:
    before = used.cost
    ModelPrice.objects.create(
        provider="anthropic", model="no-such-model", valid_from=ASKED, input=1, cache_read=1, cache_write_5m=1,
        cache_write_1h=1, output=1,
    )  # fmt: skip
    called(used, None, "no-such-model", counts=Counts(input=1))
    used.refresh_from_db()
    assert figures(used).sums.cost == used.cost == before + Decimal("0.000001")


# ---------------------------------------------------------------- parts in time


def at(ms: int) -> datetime:
    return ASKED + timedelta(milliseconds=ms)


def test_a_reply_falls_into_its_parts() -> None:
    calls = [Called(at(40), "Opus", 1000, 300, True), Called(at(9000), "Opus", 500, None, False)]
    tools = [
        Used(at(1050), "Costs", 200, True),
        Used(at(1060), "Close tickets", 100, True, answered=at(8000)),
    ]
    assert parts(ASKED, at(9500), calls, tools) == [
        Part("queued", 0, 40),
        Part("waiting", 40, 300, "Opus"),
        Part("model", 340, 700, "Opus"),
        Part("tool", 1050, 200, "Costs"),
        Part("approval", 1060, 6940, "Close tickets", lane=1),
        Part("tool", 8000, 100, "Close tickets"),
        Part("waiting", 9000, 500, "Opus", ok=False),
    ]


def test_one_that_never_began_was_queued_until_its_end() -> None:
    assert parts(ASKED, at(5000), [], []) == [Part("queued", 0, 5000)]
    assert parts(ASKED, None, [], []) == []


def test_a_long_wait_leaves_room_for_the_rest() -> None:
    row = [Part("model", 0, 1000), Part("approval", 1000, 3_600_000), Part("model", 3_601_000, 1000)]
    scale = Scale.of([row])
    assert scale.places(row) == [(0, 1000), (1000, 1500), (1500, 2500)]
    assert scale.whole == 2500


spans = st.integers(0, 10**7)


@given(
    st.lists(st.tuples(spans, st.none() | spans, st.none() | spans), max_size=5),
    st.lists(st.tuples(spans, st.none() | spans, st.none() | spans), max_size=5),
)
def test_whatever_the_rows_say_the_drawing_stays_in_its_frame(calls: list[Any], tools: list[Any]) -> None:
    made = [Called(at(begin), "m", ms, first, True) for begin, ms, first in calls]
    ran = [
        Used(at(begin), "t", ms, True, None if answer is None else at(answer)) for begin, ms, answer in tools
    ]
    row = parts(ASKED, at(10**7), made, ran)
    scale = Scale.of([row])
    assert all(0 <= begin <= end <= scale.whole for begin, end in scale.places(row))
