from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sessions_app.actions.notifications import Notification, notify
from sessions_app.models import ChatSession, Message, Reply, RunnerProcess, TokenUsage, User

from .conversation import answered, begin, call
from .test_who_sees_what import index, page, queries, text


def transcript(chat: ChatSession) -> str:
    return reverse("admin:sessions_app_chatsession_transcript", args=[chat.pk])


def test_the_transcript_shows_the_conversation_with_its_tool_call_and_what_it_cost(
    told: Message, as_reader: Client
) -> None:
    told.session.refresh_from_db()
    shown = text(as_reader, transcript(told.session))
    assert "What does the harbour cost?" in shown
    assert "<strong>forty</strong>" in shown
    assert 'class="tool-card' in shown
    assert "analyze_token_usage" in shown
    row = TokenUsage.objects.get()
    assert row.cost is not None
    for figure in ("1,200", "300", "40", "57", "1,500 ms", "400 ms", "claude-haiku-4-5", "alice"):
        assert figure in shown, figure
    assert f"${row.cost.normalize():f}" in shown


def test_the_transcript_shows_notifications_as_their_person_sees_them(
    chat: ChatSession, alice: User, as_reader: Client
) -> None:
    said = Notification("CI", "deploy", "Deploy failed", "Step **two**", severity="error")
    notify(chat=chat, author=alice, notification=said)
    shown = text(as_reader, transcript(chat))
    for words in ('aria-label="Notification from CI"', "Deploy failed", "<strong>two</strong>"):
        assert words in shown


class Markup(HTMLParser):
    """What a browser would act on: inline scripts, styles and handlers, and pictures of other places."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.active: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "style" or (
            tag == "script" and not (named.get("src") or "").startswith(("/static/", "/admin/"))
        ):
            self.active.append(tag)
        if tag == "img" and not (named.get("src") or "").startswith("/static/"):
            self.active.append(tag)
        self.active += [
            f"{tag} {name}" for name in named if name == "style" or name.startswith(("on", "hx-"))
        ]


def test_hostile_text_stays_text_and_no_page_needs_an_inline_style_or_script(
    told: Message, as_reader: Client
) -> None:
    ChatSession.objects.update(title="<b onclick=alert(3)>title</b>")
    pages = [transcript(told.session), page("message", told.pk), page("chatsession", told.session_id)]
    for address in (*pages, index("chatsession"), "/admin/"):
        assert Markup(text(as_reader, address)).active == [], address


def test_there_is_nothing_to_press_in_anothers_conversation(told: Message, as_reader: Client) -> None:
    Reply.objects.update(status="failed", error_message="It failed. Try again.")
    shown = text(as_reader, transcript(told.session))
    assert "It failed." in shown
    assert "/retry/" not in shown
    assert "hx-post" not in shown


def test_staff_without_the_permission_get_the_figures_beside_no_text(told: Message, as_staff: Client) -> None:
    shown = text(as_staff, transcript(told.session))
    assert "1,200" in shown
    assert "analyze_token_usage" in shown
    assert "harbour" not in shown
    assert "Figures only" in shown


def test_the_transcript_is_linked_from_the_list_and_from_the_chat(told: Message, as_staff: Client) -> None:
    for address in (index("chatsession"), page("chatsession", told.session_id)):
        assert f'href="{transcript(told.session)}"' in text(as_staff, address)


def test_a_long_chat_comes_in_pages_of_fifty_by_position(
    chat: ChatSession, alice: User, as_reader: Client
) -> None:
    Message.objects.bulk_create(
        Message(session=chat, role="user", author=alice, position=n, content=f"line {n}.", parts=[])
        for n in range(1, 131)
    )
    first, second = text(as_reader, transcript(chat)), text(as_reader, f"{transcript(chat)}?after=50")
    last, end = (
        text(as_reader, f"{transcript(chat)}?after=100"),
        text(as_reader, f"{transcript(chat)}?before=131"),
    )
    assert [page.count("<article") for page in (first, second, last, end)] == [50, 50, 30, 50]
    assert "line 51." in second
    assert "line 130." in last
    assert 'href="?after=50"' in first
    assert "Earlier" not in first
    assert "Later" not in last
    assert 'href="?before=101"' in last
    assert text(as_reader, f"{transcript(chat)}?after=x&before=-1&at=1e9&version=7").count("<article") == 50


def test_a_long_chat_takes_no_query_more_for_each_message(
    told: Message, alice: User, runner: RunnerProcess, as_reader: Client
) -> None:
    before = queries(as_reader, transcript(told.session))
    for number in range(3):
        answered(told.session, alice, f"again {number}", "yes", runner.pk)
    assert queries(as_reader, transcript(told.session)) == before


def test_an_answer_that_lost_its_reply_does_not_hide_the_others(told: Message, as_reader: Client) -> None:
    Reply.objects.all().delete()
    assert "What does the harbour cost?" in text(as_reader, transcript(told.session))


def test_a_chat_that_is_not_there_is_not_found(as_reader: Client) -> None:
    assert as_reader.get("/admin/sessions_app/chatsession/nothing/transcript/").status_code == 404


def counter(shown: str, name: str) -> str:
    found = re.search(rf'data-counter="{name}">([^<]*)<', shown)
    assert found is not None, name
    return found[1]


def test_the_first_page_counts_what_runs_what_failed_and_what_it_cost(
    told: Message, alice: User, runner: RunnerProcess, as_staff: Client
) -> None:
    other = ChatSession.objects.create(owner=alice, model="offline", provider="offline")
    call(begin(other, alice, "and now?", runner.pk), runner.pk)
    now = timezone.now()
    failed = {"session_key": other.pk, "provider": "anthropic", "model": "claude", "ok": False}
    TokenUsage.objects.create(**failed, error_type="overloaded", cost=0, settled_at=now, purpose="title")
    TokenUsage.objects.create(**failed, cost=5, input=9, settled_at=now, at=now - timedelta(days=1))
    Reply.objects.filter(pk=told.pk).update(status="failed", error_type="api_error")
    RunnerProcess.objects.create(beat_at=now - timedelta(minutes=2))
    shown = text(as_staff, "/admin/")
    assert (counter(shown, "running"), counter(shown, "open"), counter(shown, "dead")) == ("1", "1", "1")
    assert (counter(shown, "calls"), counter(shown, "failed")) == ("1 of 2", "1")
    assert (counter(shown, "sessions"), counter(shown, "messages")) == ("2", "4")
    assert counter(shown, "tokens") == "1,599"
    cost = TokenUsage.objects.get(message=told).cost
    assert cost is not None
    assert counter(shown, "cost") == f"${cost:.4f}"
    assert "yesterday $5.0000" in shown
    assert "yesterday 9" in shown
    for kind in ("api_error", "overloaded", "Messages, ", "The same figures as a table"):
        assert kind in shown, kind
    assert 'href="/dashboard/"' in shown
    assert "Audit log" not in shown


def test_a_day_of_calls_without_a_price_is_not_called_free(told: Message, as_staff: Client) -> None:
    TokenUsage.objects.update(cost=None, price_source="unknown")
    shown = text(as_staff, "/admin/")
    assert counter(shown, "cost") == "price unknown"
    assert "1 call of unknown price" in shown
