"""The rows behind the figures: the same ones, only one's own, page by page, and as a file."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from analytics_app.actions.rollups import roll_up_day
from analytics_app.dashboard.question import question
from analytics_app.queries.activity import Activity
from analytics_app.queries.periods import day_of
from analytics_app.queries.tokens import TokenSums
from analytics_app.rows import KINDS
from analytics_app.rows.calls import sums
from analytics_app.rows.paging import piece
from analytics_app.rows.telling import exactly
from analytics_app.rows.wish import wish
from sessions_app.actions.sessions import set_title
from sessions_app.models import AuditEntry, ChatSession, Reply, TokenUsage, ToolCall, User
from sessions_app.spreadsheets import harmless
from tests.actions.steps import end, send

pytestmark = pytest.mark.django_db

Spend = Callable[..., TokenUsage]


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).replace("\u00a0", " ").split())


def shown(answer: Any) -> list[list[str]]:
    """The cells of the table, row by row."""
    body = (
        answer.content.decode().split("<tbody>")[-1].split("</tbody>")[0]
        if b"<tbody>" in answer.content
        else ""
    )
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    return [
        [strip_tags(cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows
    ]


def total(answer: Any) -> str:
    found = re.search(r'id="rows-total">(.*?)</p>', answer.content.decode())
    assert found is not None
    return strip_tags(found[1])


@pytest.fixture
def spend(alice: User, chat: ChatSession) -> Spend:
    def make(**values: Any) -> TokenUsage:
        now = timezone.now()
        given = {
            "user": alice, "session": chat, "session_key": chat.pk, "provider": "anthropic",
            "model": "claude-opus-5-5", "input": 100, "output": 10, "cost": Decimal("0.5"), "price_source": "table",
            "ok": True, "at": now, "settled_at": now, "duration_ms": 1500, "first_token_ms": 300,
        }  # fmt: skip
        return TokenUsage.objects.create(**given | values)

    return make


@pytest.fixture
def as_staff(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def calls(client: Client, query: str = "") -> Any:
    return client.get(f"/dashboard/rows/calls/?{query}")


# ---------------------------------------------------------------- the same rows as the figures


def test_a_row_says_all_of_a_call(as_alice: Client, spend: Spend, chat: ChatSession) -> None:
    set_title(chat=chat, title="A plan", by_model=False)
    spend(cache_read=2000, cache_write_5m=30, cache_write_1h=4, cost=Decimal("0.0123456789"))
    spend(ok=False, error_type="overloaded", cost=None, price_source="unknown", first_token_ms=None)
    answer = calls(as_alice)
    failed, good = shown(answer)
    assert good[1:] == [
        "Claude Opus 5.5", "Reply", "100", "2,000", "34", "10", "$0.0123", "table", "ok", "1.50\u00a0s", "0.30\u00a0s",
        "A plan",
    ]  # fmt: skip
    assert 'title="$0.0123456789"' in answer.content.decode()
    assert f'href="/sessions/{chat.pk}/"' in answer.content.decode()
    assert (failed[7], failed[9], failed[11]) == ("price unknown", "overloaded", "–")
    assert total(answer) == "2 calls, 2,254 tokens, $0.0123, 1 call of unknown price"


LONG_AGO = "time_range=dates&from=2020-01-01&until=2020-02-01"
QUESTIONS = (
    "", "time_range=all", "time_range=today", "model=claude-opus-5-5&time_range=all", "provider=offline&time_range=all",
    "purpose=title&time_range=all", "time_range=dates&from=2026-01-01&until=2099-01-01", "error=any&time_range=all",
)  # fmt: skip


@pytest.mark.parametrize("rolled", [False, True])
def test_the_total_is_that_of_the_rows_and_of_the_ledger(alice: User, spend: Spend, rolled: bool) -> None:
    now = timezone.now()
    for days in range(0, 42, 2):
        spend(
            at=now - timedelta(days=days), cost=None if days % 7 == 0 else Decimal(days) / 1000, input=days,
            model="offline" if days % 3 == 0 else "claude-opus-5-5", provider="offline" if days % 3 == 0 else "anthropic",
            purpose="title" if days % 4 == 0 else "reply", ok=days % 5 > 0,
        )  # fmt: skip
    spend(settled_at=None)
    for days in range(2, 24, 2) if rolled else ():
        roll_up_day(zone=alice.zone, day=day_of(now - timedelta(days=days), alice.zone))
    kind = KINDS["calls"]
    for query in QUESTIONS:
        asked = wish(
            alice, dict(part.split("=") for part in query.split("&") if part), kind.filters, kind.sorts
        )
        rows = list(kind.rows(asked))
        by_hand = TokenSums(
            len(rows), sum(row.input for row in rows), 0, 0, sum(row.output for row in rows),
            sum((row.cost for row in rows if row.cost is not None), Decimal(0)), sum(row.cost is None for row in rows),
        )  # fmt: skip
        assert sums(asked) == by_hand, query
        assert by_hand.calls > 0
        if not (asked.narrowed or asked.question.model or asked.question.provider):
            assert by_hand == asked.question.ledger().sums(asked.question.span)


def test_replies_tools_and_sessions_are_those_the_figures_count(
    as_alice: Client, alice: User, chat: ChatSession
) -> None:
    first = send(chat, "First").reply
    assert first is not None
    ToolCall.objects.create(
        message=first.message, turn=1, tool_name="analyze_costs", tool_use_id="1", status="error",
        error_message="Costs failed.", duration_ms=1200,
    )  # fmt: skip
    end(first, "failed", "")
    end(send(chat, "Second").reply)
    end(send(chat, "Copied").reply)
    Reply.objects.filter(pk=Reply.objects.order_by("-created_at").values("pk")[:1]).update(copied=True)
    asked = question(alice, {})
    day = Activity.for_user(alice, alice.zone).days(asked.span)[asked.today]
    replies, tools = as_alice.get("/dashboard/rows/replies/"), as_alice.get("/dashboard/rows/tools/")
    assert total(replies) == "2 replies, 1 complete, 1 failed"
    assert day.sum("replies") == len(shown(replies)) == 2
    assert total(tools) == "1 tool call, 0 done"
    assert day.sum("calls") == len(shown(tools)) == 1
    assert "Costs failed." in shown(tools)[0]
    for narrowed in ("provider=nobody", "model=nothing", "tool=another", "error=denied"):
        assert total(as_alice.get(f"/dashboard/rows/tools/?{narrowed}")) == "0 tool calls"
    assert total(as_alice.get("/dashboard/rows/replies/?provider=nobody")) == "0 replies"
    assert total(as_alice.get("/dashboard/rows/sessions/?model=nothing")) == "0 sessions"
    sessions = as_alice.get("/dashboard/rows/sessions/")
    assert total(sessions) == "1 session, 6 messages, 0 tokens, $0.0000"
    assert len(shown(sessions)) == 1


def test_a_replys_cost_is_that_of_its_receipt(as_alice: Client, chat: ChatSession, spend: Spend) -> None:
    for number in (1, 2):
        reply = send(chat, f"Question {number}").reply
        assert reply is not None
        spend(message=reply.message, cost=Decimal(number))
        spend(message=reply.message, cost=Decimal("0.25") if number == 2 else None)
        end(reply)
    end(send(chat, "Called nothing").reply, "failed", "")
    costs = [row[8] for row in shown(as_alice.get("/dashboard/rows/replies/?sort=cost"))]
    assert costs == ["$2.2500", "price unknown", "$0.0000"]
    kind = KINDS["replies"]
    cost = piece(kind, wish(chat.owner, {"sort": "cost"}, kind.filters, kind.sorts)).rows[2].values["cost"]
    assert exactly(cost, "money") == "0"


# ---------------------------------------------------------------- whose


def test_a_member_sees_their_own_calls_whatever_they_ask(
    as_bob: Client, alice: User, spend: Spend, chat: ChatSession
) -> None:
    spend(cost=Decimal("7.75"))
    for query in ("", "scope=everyone", "scope=everyone&user=alice", "user=alice&time_range=all"):
        assert "There are no rows in this period." in words(calls(as_bob, query))
    for kind in KINDS:
        assert as_bob.get(f"/dashboard/rows/{kind}/?session={chat.pk}").status_code == 404


def test_staff_see_everyones_only_when_they_asked(as_staff: Client, spend: Spend, chat: ChatSession) -> None:
    set_title(chat=chat, title="Secret plan", by_model=False)
    spend()
    assert "There are no rows" in words(calls(as_staff))
    page = words(calls(as_staff, "scope=everyone"))
    assert "1 call, 110 tokens, $0.5000" in page
    assert "alice" in page
    assert str(chat.pk) in page
    assert "Secret plan" not in page
    assert not AuditEntry.objects.exists()
    assert "1 call" in words(calls(as_staff, f"scope=everyone&user=alice&session={chat.pk}"))
    assert "Nobody has that name" in words(calls(as_staff, "scope=everyone&user=nobody"))
    assert as_staff.get(f"/dashboard/rows/calls/?session={chat.pk}").status_code == 404


def test_titles_of_others_are_for_those_who_may_read_and_on_record(
    as_staff: Client, staff: User, spend: Spend, chat: ChatSession
) -> None:
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    set_title(chat=chat, title="Secret plan", by_model=False)
    spend()
    page = calls(as_staff, "scope=everyone")
    assert "Secret plan" in words(page)
    assert f"/admin/sessions_app/chatsession/{chat.pk}/transcript/" in page.content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.session_key) == (staff, "read title", chat.pk)


def test_a_deleted_session_is_its_key(as_alice: Client, spend: Spend, chat: ChatSession) -> None:
    spend()
    ChatSession.objects.filter(pk=chat.pk).update(deleted_at=timezone.now(), title="Gone")
    page = words(calls(as_alice, f"session={chat.pk}"))
    assert f"{chat.pk}, deleted" in page
    assert "Gone" not in page
    assert "1 call" in page


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("query", "count"),
    [("error=any", 2), ("error=overloaded", 1), ("purpose=title", 1), ("unpriced=1", 1), ("error=any&unpriced=1", 1)],
)  # fmt: skip
def test_filters_narrow_and_chips_take_them_out(
    as_alice: Client, spend: Spend, query: str, count: int
) -> None:
    spend()
    spend(ok=False, error_type="overloaded", cost=None)
    spend(ok=False, error_type="timeout")
    spend(purpose="title")
    answer = calls(as_alice, query)
    assert len(shown(answer)) == count
    assert total(answer).startswith(f"{count} call")
    chips = re.findall(r'search__chip" href="\?(.*?)" aria-label="Remove the filter', answer.content.decode())
    assert len(chips) == 1 + len(query.split("&"))
    for part in query.split("&"):
        assert any(part not in chip for chip in chips)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("session=nonsense", "“nonsense” is no key of a session. It is left out."),
        ("purpose=nonsense", "There are no calls for “nonsense”. It is left out."),
        ("time_range=dates&from=2026-13-01", "Two days are needed"),
        ("sort=nonsense&after=nonsense", ""),
        ("sort=cost&after=99999999999999999999999~x", ""),
        ("after=2026-01-01~01890000-0000-7000-8000-000000000000", ""),
        ("error=%00&model=%00&tool=x", ""),
    ],
)
def test_what_is_not_understood_is_said_and_nothing_is_lost(
    as_alice: Client, spend: Spend, query: str, said: str
) -> None:
    spend()
    page = words(calls(as_alice, query))
    assert said in page
    assert "1 call, 110 tokens" in page


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00"]
)
def test_a_place_that_no_calendar_has_is_left_out(as_alice: Client, spend: Spend, at: str) -> None:
    spend()
    for kind in KINDS:
        answer = as_alice.get(f"/dashboard/rows/{kind}/?after={at}~01890000-0000-7000-8000-000000000000")
        assert answer.status_code == 200
    assert len(shown(calls(as_alice, f"after={at}~01890000-0000-7000-8000-000000000000"))) == 1


def test_an_unknown_kind_of_rows_is_missing(as_alice: Client) -> None:
    assert as_alice.get("/dashboard/rows/nonsense/").status_code == 404


def test_nothing_there_is_said_in_words(as_alice: Client, spend: Spend) -> None:
    for kind in KINDS:
        assert "There are no rows in this period." in words(
            as_alice.get(f"/dashboard/rows/{kind}/?{LONG_AGO}")
        )
    spend()
    page = words(calls(as_alice, "error=any"))
    assert "No row of this period is like that." in page
    assert "Rows without these filters" in page


# ---------------------------------------------------------------- pages and files


@pytest.mark.parametrize("sort", ["at", "cost", "duration", "first_token"])
def test_pages_hold_every_row_once_in_their_order(as_alice: Client, spend: Spend, sort: str) -> None:
    now = timezone.now()
    for number in range(120):
        spend(
            input=number, at=now - timedelta(minutes=number // 2), cost=None if number % 10 == 0 else Decimal(number % 7),
            duration_ms=number % 5 * 1000, first_token_ms=None if number % 9 == 0 else number % 4,
        )  # fmt: skip
    seen, query = [], f"time_range=all&sort={sort}"
    for rows in (50, 50, 20):
        answer = calls(as_alice, query)
        page = shown(answer)
        assert len(page) == rows
        seen += [int(row[3]) for row in page]
        last = len(seen)
        assert f"{last - rows + 1} to {last} of 120 calls" in words(answer)
        more = re.search(r'href="\?([^"]*)" rel="next"', answer.content.decode())
        query = more[1].replace("&amp;", "&") if more else ""
    assert sorted(seen) == list(range(120))
    assert not query
    by_input = {row.input: row for row in TokenUsage.objects.all()}
    column = {"at": "at", "cost": "cost", "duration": "duration_ms", "first_token": "first_token_ms"}[sort]
    ranks = [-1 if (value := getattr(by_input[number], column)) is None else value for number in seen]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize("sort", ["at", "duration", "first_token", "cost"])
def test_pages_of_replies_follow_each_other(alice: User, chat: ChatSession, sort: str) -> None:
    for number in range(3):
        end(send(chat, f"Question {number}").reply)
    begun = timezone.now()
    for number, reply in enumerate(Reply.objects.order_by("pk")):
        Reply.objects.filter(pk=reply.pk).update(
            created_at=begun,
            finished_at=begun + timedelta(seconds=number),
            first_token_at=begun if number else None,
        )
    kind = KINDS["replies"]
    asked = wish(alice, {"time_range": "all", "sort": sort}, kind.filters, kind.sorts)
    found, after = [], ""
    for _ in range(3):
        page = piece(kind, asked, after, size=1)
        found += [row.values["response_ms"] for row in page.rows]
        after = page.after
    assert set(found) == {0, 1000, 2000}
    assert not after
    if sort in ("at", "duration"):
        assert found == [2000, 1000, 0]


@pytest.mark.django_db(transaction=True)  # pieces are read on other threads
def test_the_file_holds_the_same_rows_with_all_digits(
    as_alice: Client, chat: ChatSession, spend: Spend
) -> None:
    set_title(chat=chat, title='=HYPERLINK("x")', by_model=False)
    spend(cost=Decimal("0.0000000001"), model="@risky", input=5)
    spend(cost=None, input=6)
    answer = calls(as_alice, "sort=cost&format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the test client takes it at once
        text = b"".join(answer).decode()
    table = list(csv.DictReader(io.StringIO(text)))
    assert [(row["input"], row["cost"], row["outcome"]) for row in table] == [
        ("5", "0.0000000001", "ok"),
        ("6", "price unknown", "ok"),
    ]
    assert table[0]["model"] == "'@risky"
    assert table[0]["session"] == '\'=HYPERLINK("x")'
    assert table[0]["session_id"] == str(chat.pk)


@pytest.mark.parametrize(
    ("value", "kept"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), (" =x", "' =x"), ("-5", "-5"), ("-x", "'-x"), ("plain", "plain"), (None, ""), (-5, "-5")],
)  # fmt: skip
def test_cells_are_harmless(value: Any, kept: str) -> None:
    assert harmless(value) == kept


# ---------------------------------------------------------------- messages, and sums of a period


def test_messages_are_those_the_figure_counts_and_lead_to_where_they_stand(
    as_alice: Client, alice: User, chat: ChatSession, spend: Spend
) -> None:
    set_title(chat=chat, title="A title", by_model=False)
    reply = send(chat, "Where is the plan?").reply
    assert reply is not None
    end(reply)
    spend(message=reply.message, output=321)
    page = as_alice.get("/dashboard/rows/messages/")
    asked = question(alice, {})
    counted = Activity.for_user(alice, alice.zone).days(asked.span)[asked.today].messages
    answer, written = shown(page)
    assert total(page) == "2 messages, 1 by people, 1 answer"
    assert counted == 2
    assert written[1:3] == ["alice", "Person"]
    assert written[5] == str(len("Where is the plan?"))
    assert (answer[1:3], answer[4]) == (["–", "Assistant"], "321")
    assert f'href="/sessions/{chat.pk}/?message={reply.pk}#message-{reply.pk}"' in page.content.decode()
    assert "Where is the plan" not in words(page)


def test_the_text_of_others_messages_is_no_row_and_no_link(
    as_staff: Client, chat: ChatSession, client: Client
) -> None:
    send(chat, "A secret of alice")
    page = as_staff.get("/dashboard/rows/messages/?scope=everyone&sort=length")
    assert "secret" not in words(page)
    assert len(shown(page)) == 2
    assert f"/sessions/{chat.pk}/?message" not in page.content.decode()


def test_sums_of_sessions_are_those_of_the_period(as_alice: Client, chat: ChatSession, spend: Spend) -> None:
    spend(at=timezone.now() - timedelta(days=300), input=999_999, cost=Decimal(9))
    spend()
    send(chat, "Today")
    page = as_alice.get("/dashboard/rows/sessions/?time_range=today&sort=cost")
    assert total(page) == "1 session, 2 messages, 110 tokens, $0.5000"
    assert "$0.5000" in shown(page)[0]
    held = {"input_tokens": 1_000_099, "output_tokens": 20, "cost": Decimal("9.5")}
    ChatSession.objects.filter(pk=chat.pk).update(**held)
    assert "1,000,119 tokens, $9.5000" in words(as_alice.get("/dashboard/rows/sessions/?time_range=all"))
