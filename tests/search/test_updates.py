"""What search knows follows what the product's actions write."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.utils import timezone

from sessions_app.actions import running
from sessions_app.actions.pending import hurry_pending
from sessions_app.actions.replies import regenerate_reply, request_stop
from sessions_app.actions.searching import note_messages, reindex
from sessions_app.doctor import Check, examine
from sessions_app.models import ChatSession, Message, SearchEntry, User
from sessions_app.search import Filters, index, parse, search_messages
from tests.actions.steps import end, send
from tests.admin.conversation import answered, begin, journal, process

from .saying import found, one, say


@pytest.fixture(autouse=True)
def _entries_stay_equal(db: None) -> object:
    """Whatever a test did, entries are what messages say."""
    yield
    assert [finding for finding in examine() if finding.check == Check.SEARCH] == []


def test_a_question_is_found_once_it_is_sent_and_its_answer_once_it_ended(
    alice: User, chat: ChatSession
) -> None:
    sent = send(chat, "Where is the glacier?")
    assert found(alice, "glacier") == ["Where is the glacier?"]
    end(sent.reply, text="The glacier is in the Alps.")
    assert set(found(alice, "glacier")) == {"Where is the glacier?", "The glacier is in the Alps."}
    hit = one(search_messages(alice, "alps"))
    assert (hit.role, hit.model, hit.title) == ("assistant", "offline", "Where is the glacier?")


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted"])
def test_what_is_kept_of_a_reply_that_was_cut_is_found(alice: User, chat: ChatSession, status: str) -> None:
    end(send(chat, "A question").reply, status=status, text="Half an answ", reason="stopped")
    assert found(alice, "half") == ["Half an answ"]


def test_a_growing_answer_is_found_when_it_is_stopped_and_an_empty_one_never(
    alice: User, chat: ChatSession
) -> None:
    owner = process().pk
    reply = begin(chat, alice, "A question", owner)
    journal(reply, owner, [("content", "So far the moraine")])
    assert found(alice, "moraine") == []
    running.end_unowned(reply=reply, status="interrupted", stop_reason="error")
    assert found(alice, "moraine") == ["So far the moraine"]
    send(chat, "Another one")
    assert request_stop(chat=chat) is not None
    assert SearchEntry.objects.count() == 3


def test_an_answer_is_found_by_what_its_tools_returned(alice: User, chat: ChatSession) -> None:
    answer = answered(chat, alice, "How many?", "Seventeen.", process().pk)
    hit = one(search_messages(alice, '"last 7 days"'))
    assert (hit.message_id, hit.found_in) == (answer.pk, "tool result")


def test_a_message_that_waited_is_found_once_it_goes_out(alice: User, chat: ChatSession) -> None:
    send(chat, "The first one")
    pending = send(chat, "The waiting one").pending
    assert pending is not None
    assert found(alice, "waiting") == []
    hurry_pending(pending=pending)
    assert found(alice, "waiting") == ["The waiting one"]


def test_another_version_is_found_in_place_of_the_former(alice: User, chat: ChatSession) -> None:
    sent = send(chat, "A question")
    end(sent.reply, text="The former glacier")
    assert sent.reply is not None
    again = regenerate_reply(message=Message.objects.get(pk=sent.reply.pk))
    assert found(alice, "glacier") == []
    end(again, text="The new glacier")
    assert found(alice, "glacier") == ["The new glacier"]


def test_an_edited_message_is_found_by_its_new_words_only(alice: User, chat: ChatSession) -> None:
    message = say(chat, "the old words")
    parts = [{"kind": "text", "turn": 1, "text": "the new words"}]
    Message.objects.filter(pk=message.pk).update(content="the new words", parts=parts)
    note_messages(messages=[message.pk])
    assert (found(alice, "old"), found(alice, "new")) == ([], ["the new words"])


def test_a_deleted_message_is_forgotten_word_for_word(alice: User, chat: ChatSession) -> None:
    message = say(chat, "secret plan")
    Message.objects.filter(pk=message.pk).update(deleted_at=timezone.now())
    assert found(alice, "secret") == []
    note_messages(messages=[message.pk])
    assert not SearchEntry.objects.exists()
    assert index.unmatched() == []


def test_deleting_a_person_leaves_nothing_in_the_index(alice: User, chat: ChatSession) -> None:
    say(chat, "secret plan")
    alice.delete()
    assert not SearchEntry.objects.exists()
    assert index.unmatched() == []


def test_messages_of_one_moment_do_not_take_each_others_place(
    alice: User, chat: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = iter([7, 7, 7, 8])
    monkeypatch.setattr(index, "new_key", lambda at, answer, missed=0: next(keys))
    say(chat, "parser one")
    say(chat, "parser two")
    assert set(found(alice, "parser")) == {"parser one", "parser two"}


def test_a_thousand_copies_of_one_message_are_all_found(alice: User, chat: ChatSession) -> None:
    """They have one moment, which has keys for half of them."""
    say(chat, "parser zero")
    one = Message.objects.get()
    copies = [
        Message(
            session=chat, content="parser", role="user", position=n, active=False, created_at=one.created_at
        )
        for n in range(2, 1002)
    ]
    Message.objects.bulk_create(copies)
    note_messages(messages=[copy.pk for copy in copies])
    moment = one.created_at + timedelta(microseconds=1)
    filters = Filters(until=moment, versions=True)
    assert len(found(alice, "parser", filters)) == 1000
    assert SearchEntry.objects.count() == 1001


def test_what_was_said_before_2020_is_found_in_its_order(alice: User, chat: ChatSession) -> None:
    for year in (1999, 2019, 2024, 2012):
        say(chat, f"parser {year}", at=datetime(year, 5, 1, tzinfo=UTC))
    told = found(alice, "parser", order="newest")
    assert told == ["parser 2024", "parser 2019", "parser 2012", "parser 1999"]
    between = Filters(since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2019, 1, 1, tzinfo=UTC))
    assert found(alice, "parser", between) == ["parser 2012"]
    Message.objects.filter(content="parser 1999").delete()
    assert index.unmatched() == []


# ---------------------------------------------------------------- re-indexing


def test_reindexing_finds_everything_again_and_only_what_is_missing_where_asked(
    alice: User, chat: ChatSession
) -> None:
    end(send(chat, "Where is the glacier?").reply, text="The glacier is in the Alps.")
    send(chat, "And the moraine?")
    Message.objects.filter(content__contains="Alps").update(content="The glacier melts")
    parts = [{"kind": "text", "turn": 1, "text": "The glacier melts"}]
    Message.objects.filter(content__contains="melts").update(parts=parts)
    SearchEntry.objects.get(message__content__contains="Where").delete()
    assert found(alice, "glacier") == ["The glacier melts"]
    assert reindex(missing=True) == 1
    assert found(alice, "alps") != []
    out = StringIO()
    call_command("reindex", stdout=out)
    assert out.getvalue() == "3 messages indexed.\n"
    assert found(alice, "alps") == []
    assert len(found(alice, "glacier")) == 2


def test_reindexing_goes_on_over_batches(
    alice: User, chat: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions_app.actions.searching.BATCH", 2)
    for number in range(5):
        say(chat, f"parser {number}")
    say(chat, "")
    assert reindex() == 6
    assert reindex(missing=True) == 1
    assert search_messages(alice, "parser").total == 5


def test_an_older_workspace_is_indexed_when_it_is_migrated(alice: User, chat: ChatSession) -> None:
    names = MigrationLoader(connection).disk_migrations
    name = next(name for app, name in names if app == "sessions_app" and name.endswith("search_entries"))
    answered(chat, alice, "Where is the glacier?", "In the Alps.", process().pk)
    send(chat, "And the moraine?")
    SearchEntry.objects.all().delete()
    importlib.import_module(f"sessions_app.migrations.{name}").fill(apps, None)
    assert SearchEntry.objects.count() == 3
    assert one(search_messages(alice, '"last 7 days"')).found_in == "tool result"
    assert found(alice, "moraine") == ["And the moraine?"]


def explained(rows: QuerySet[SearchEntry], verb: str) -> list[str]:
    asked = index.matching(rows, parse("parser"), [], ["o1"], None, None)
    sql, params = asked.values_list("pk", Length("text"))[:1001].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{verb} {sql}", params)
        return [str(row[-1]) for row in cursor.fetchall()]


def test_hits_are_walked_from_the_index(alice: User) -> None:
    """On SQLite newest first: neither are all messages read nor all hits sorted. PostgreSQL's planner would rather
    read an empty table: it is told not to."""
    if connection.vendor == "sqlite":
        plan = explained(SearchEntry.objects.for_user(alice).shown(), "EXPLAIN QUERY PLAN")
        assert plan[0].startswith("SCAN sessions_app_searchwords VIRTUAL TABLE INDEX")
        assert "SEARCH sessions_app_searchentry USING INTEGER PRIMARY KEY (rowid=?)" in plan
        assert not [step for step in plan[1:] if step.startswith("SCAN") or "TEMP B-TREE" in step]
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        assert "search_words" in "".join(explained(SearchEntry.objects.all(), "EXPLAIN"))


def test_what_a_crash_left_of_deleted_messages_goes_when_the_missing_are_added(
    alice: User, chat: ChatSession
) -> None:
    gone = say(chat, "The glacier")
    Message.objects.filter(pk=gone.pk).update(deleted_at=timezone.now(), active=False)
    assert found(alice, "glacier", Filters(versions=True)) == []
    reindex(missing=True)
    assert not SearchEntry.objects.exists()
    assert index.unmatched() == []
