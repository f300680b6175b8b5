"""One planted fault for each check, and silence on what the product wrote itself."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from sessions_app.actions import messages, running
from sessions_app.actions.replies import regenerate_reply
from sessions_app.doctor import Check, examine, names
from sessions_app.models import (
    ChatSession,
    Message,
    PendingMessage,
    Reply,
    ReplyChunk,
    RunnerProcess,
    SearchEntry,
    TokenUsage,
    ToolCall,
    User,
    uuid7,
)
from sessions_app.search import index
from tests.admin.conversation import answered, begin, call, journal, process

LONG_AGO = timedelta(minutes=3)


@pytest.fixture
def runner(db: None) -> RunnerProcess:
    return process()


@pytest.fixture
def told(chat: ChatSession, alice: User, runner: RunnerProcess) -> Message:
    answered(chat, alice, "first question", "first answer", runner.pk)
    return answered(chat, alice, "second question", "second answer", runner.pk)


@pytest.fixture
def growing(told: Message, alice: User, runner: RunnerProcess) -> Reply:
    """A reply that runs in another chat, with text and an open call."""
    other = ChatSession.objects.create(owner=alice, model="offline", provider="offline")
    reply = begin(other, alice, "and now?", runner.pk)
    call(reply, runner.pk)
    journal(reply, runner.pk, [("content", "So far")])
    return reply


def found(chat: UUID | None = None) -> dict[str, list[str]]:
    """Offenders by check, of all checks or those of one chat."""
    findings: dict[str, list[str]] = {}
    for finding in examine(chat):
        findings.setdefault(finding.check, []).append(finding.subject)
    return findings


def test_a_database_the_product_wrote_is_healthy(growing: Reply, alice: User) -> None:
    messages.send_message(chat=growing.session, author=alice, content="and then?")
    assert PendingMessage.objects.exists()
    assert examine() == []


def test_an_empty_database_is_healthy(db: None) -> None:
    assert examine() == []


def test_an_older_version_of_an_answer_is_no_fault(told: Message, runner: RunnerProcess) -> None:
    regenerate_reply(message=told)
    reply = running.claim_replies(owner=runner.pk)[0]
    running.end_unowned(
        reply=reply, status="interrupted", stop_reason="error", message="Cut. Kept.", kind="interrupted"
    )
    assert examine() == []


def test_a_gap_in_the_shown_path_is_found(told: Message) -> None:
    Message.objects.filter(pk=told.pk).update(position=9)
    assert found() == {Check.PATH: [f"message {told.pk}"], Check.TREE: [f"message {told.pk}"]}


def test_deleted_messages_and_versions_that_disagree_with_the_shown_path_are_found(told: Message) -> None:
    first = Message.objects.get(session=told.session, position=1)
    now = timezone.now()
    for wrong, right in (
        ({"deleted_at": now}, {"deleted_at": None}),
        ({"chosen_child": first}, {"chosen_child": None}),
    ):
        Message.objects.filter(pk=told.pk).update(**wrong)
        assert f"message {told.pk}" in found()[Check.TREE]
        Message.objects.filter(pk=told.pk).update(**right)
    Message.objects.filter(pk=first.pk).update(deleted_at=now, active=False)
    assert Check.TREE in found()
    Message.objects.filter(pk=first.pk).update(deleted_at=None, active=True)
    assert found() == {}
    last = Message.objects.filter(session=told.session).shown().last()
    assert last is not None
    Message.objects.filter(pk=last.pk).update(active=False)
    assert f"message {last.pk}" in found()[Check.TREE]


def test_a_shown_message_below_another_than_the_one_before_it_is_found(told: Message) -> None:
    first = Message.objects.get(session=told.session, position=1)
    Message.objects.filter(pk=told.pk).update(parent=first)
    assert found() == {Check.PATH: [f"message {told.pk}"], Check.TREE: [f"message {told.pk}"]}


def test_a_path_that_begins_below_a_hidden_message_is_found(told: Message) -> None:
    Message.objects.filter(session=told.session, position=1).update(active=False)
    assert f"chatsession {told.session_id}" in found()[Check.COUNTS]
    assert f"message {Message.objects.get(position=2).pk}" in found()[Check.PATH]


def test_an_answer_to_an_answer_is_found(told: Message) -> None:
    Message.objects.filter(children=told).update(role="assistant")
    assert f"message {told.pk}" in found()[Check.ROLES]


def test_a_reply_whose_process_stopped_beating_is_found(growing: Reply) -> None:
    RunnerProcess.objects.update(beat_at=timezone.now() - LONG_AGO)
    assert found()[Check.OWNER] == [f"reply {growing.pk}"]


def test_a_reply_whose_process_nobody_knows_is_found(growing: Reply, runner: RunnerProcess) -> None:
    Reply.objects.filter(pk=growing.pk).update(owner=uuid7())
    assert found() == {Check.OWNER: [f"reply {growing.pk}"]}


def test_a_reply_that_waits_although_a_process_lives_is_found(
    chat: ChatSession, alice: User, runner: RunnerProcess
) -> None:
    messages.send_message(chat=chat, author=alice, content="anyone?")
    assert examine() == []
    Reply.objects.update(created_at=timezone.now() - LONG_AGO)
    assert list(found()) == [Check.QUEUE]
    RunnerProcess.objects.update(ended_at=timezone.now())
    assert examine() == []


def test_a_tool_call_without_a_result_in_an_ended_reply_is_found(told: Message) -> None:
    wrong = ToolCall.objects.get(message=told)
    ToolCall.objects.filter(pk=wrong.pk).update(status="pending", result=None)
    assert found() == {Check.RESULTS: [f"toolcall {wrong.pk}"], **with_wrong_entry(told)}


def test_a_tool_call_that_lost_its_row_is_found(told: Message) -> None:
    ToolCall.objects.get(message=told).delete()
    assert found() == with_wrong_count(told) | with_wrong_entry(told)


def test_a_row_of_a_tool_call_the_message_does_not_tell_of_is_found(told: Message) -> None:
    ToolCall.objects.create(message=told, turn=1, tool_name="x", tool_use_id="y", status="success")
    assert found() == with_wrong_count(told)


def with_wrong_count(told: Message) -> dict[str, list[str]]:
    """Rows and parts differ, and so do the rows and the chat's count of them."""
    return {Check.COUNTS: [f"chatsession {told.session_id}"], Check.TOOL_ROWS: [f"message {told.pk}"]}


def with_wrong_entry(told: Message) -> dict[Check, list[str]]:
    """The search still knows what was there before."""
    return {Check.SEARCH: [f"message {told.pk}"]}


def test_a_message_the_search_does_not_know_is_found(told: Message) -> None:
    SearchEntry.objects.get(message=told).delete()
    assert found() == with_wrong_entry(told)


def test_an_entry_that_is_not_in_the_index_is_found(told: Message) -> None:
    entry = SearchEntry.objects.get(message=told)
    if connection.vendor == "sqlite":
        index.forget(entry)
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {index.TABLE} SET words = NULL WHERE id = %s", [entry.pk])
    assert found() == {Check.SEARCH: [f"searchentry {entry.pk}"]}
    assert found(told.session_id) == {}


def test_a_client_id_that_was_sent_and_waits_is_found(told: Message, alice: User) -> None:
    used = Message.objects.get(children=told).client_id
    assert used
    pending = PendingMessage.objects.create(
        session=told.session, author=alice, client_id=used, content="again"
    )
    assert found() == {Check.CLIENT_IDS: [f"pendingmessage {pending.pk}"]}


def test_content_that_is_not_the_text_of_the_parts_is_found(told: Message) -> None:
    Message.objects.filter(pk=told.pk).update(content="something else")
    assert found() == {Check.CONTENT: [f"message {told.pk}"], **with_wrong_entry(told)}


def test_a_journal_that_replays_to_another_text_is_found(told: Message) -> None:
    batch = ReplyChunk.objects.filter(reply=told.pk).earliest("first_seq")
    batch.chunks[0]["data"] += "once more"
    batch.save()
    assert found() == {Check.JOURNAL_TEXT: [f"reply {told.pk}"]}


def test_text_that_grew_beyond_what_was_materialised_is_no_fault(
    growing: Reply, runner: RunnerProcess
) -> None:
    chunks = [
        {"type": "content", "data": " more", "timestamp": 1, "reply": str(growing.pk), "seq": 2, "turn": 1}
    ]
    running.append_journal(owner=runner.pk, batches=[running.Batch(growing.pk, growing.attempt, chunks)])
    assert examine() == []


def test_a_second_end_of_a_reply_is_found(told: Message) -> None:
    last = ReplyChunk.objects.filter(reply=told.pk).latest("first_seq")
    again = last.chunks[-1] | {"seq": last.last_seq + 1}
    ReplyChunk.objects.create(reply_id=told.pk, first_seq=again["seq"], last_seq=again["seq"], chunks=[again])
    assert found() == {Check.JOURNAL_END: [f"reply {told.pk}"]}


def test_an_ended_reply_without_its_last_chunk_is_found(told: Message) -> None:
    ReplyChunk.objects.filter(reply=told.pk).latest("first_seq").delete()
    assert found() == {Check.JOURNAL_END: [f"reply {told.pk}"]}


def test_a_gap_in_a_journal_is_found(told: Message) -> None:
    last = ReplyChunk.objects.filter(reply=told.pk).latest("first_seq")
    last.chunks = [chunk | {"seq": chunk["seq"] + 1} for chunk in last.chunks]
    last.first_seq, last.last_seq = last.first_seq + 1, last.last_seq + 1
    last.save()
    assert found() == {Check.JOURNAL_SEQS: [f"reply {told.pk}"]}


def test_a_batch_that_does_not_hold_what_it_says_is_found(told: Message) -> None:
    ReplyChunk.objects.filter(reply=told.pk, first_seq=1).update(last_seq=F("last_seq") + 1)
    assert found() == {Check.JOURNAL_SEQS: [f"reply {told.pk}"]}


def test_a_journal_that_was_pruned_is_no_fault(told: Message) -> None:
    old = timezone.now() - timedelta(hours=25)
    Reply.objects.update(finished_at=old)
    ReplyChunk.objects.update(at=old)
    assert running.prune_journal(limit=1) == 1
    assert examine() == []


def test_a_settled_call_without_a_cost_is_found_unless_its_price_is_unknown(told: Message) -> None:
    row = TokenUsage.objects.get(message=told)
    TokenUsage.objects.filter(pk=row.pk).update(cost=None)
    assert found()[Check.PRICED] == [f"tokenusage {row.pk}"]
    TokenUsage.objects.filter(pk=row.pk).update(price_source="unknown")
    assert Check.PRICED not in found()


@pytest.mark.parametrize(
    "kind", ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "cost"]
)
def test_a_sum_that_is_not_the_ledgers_is_found(told: Message, kind: str) -> None:
    TokenUsage.objects.filter(message=told).update(**{kind: 1_000_000})
    assert found() == {Check.LEDGER_SUMS: [f"chatsession {told.session_id}"]}


def test_a_call_counted_in_another_chat_than_its_key_names_is_found(told: Message) -> None:
    row = TokenUsage.objects.get(message=told)
    TokenUsage.objects.filter(pk=row.pk).update(session_key=uuid7())
    assert found() == {Check.LEDGER_KEYS: [f"tokenusage {row.pk}"]}
    TokenUsage.objects.filter(pk=row.pk).update(session_key=row.session_key, session=None)
    assert found()[Check.LEDGER_KEYS] == [f"tokenusage {row.pk}"]


def test_calls_of_a_chat_that_is_gone_are_no_fault(told: Message) -> None:
    ChatSession.objects.all().delete()
    assert TokenUsage.objects.count() == 2
    assert examine() == []


@pytest.mark.parametrize("owner", ["ended", "unknown", "nobody"])
def test_an_open_call_of_a_dead_process_is_found(growing: Reply, owner: str) -> None:
    ended = RunnerProcess.objects.create(beat_at=timezone.now(), ended_at=timezone.now())
    owners = {"ended": ended.pk, "unknown": uuid7(), "nobody": None}
    row = TokenUsage.objects.open().get()
    TokenUsage.objects.open().update(owner=owners[owner])
    assert found() == {Check.OPEN_CALLS: [f"tokenusage {row.pk}"]}


def test_a_wrong_count_of_messages_is_found(told: Message) -> None:
    ChatSession.objects.filter(pk=told.session_id).update(message_count=3)
    assert found() == {Check.COUNTS: [f"chatsession {told.session_id}"]}


def test_looking_at_one_chat_leaves_out_the_faults_of_others(growing: Reply, told: Message) -> None:
    Message.objects.filter(pk=told.pk).update(content="something else")
    assert found(growing.session_id) == {}
    assert found(told.session_id) == {Check.CONTENT: [f"message {told.pk}"], **with_wrong_entry(told)}


def test_the_command_names_each_check_and_its_offenders_and_fails(told: Message) -> None:
    out = StringIO()
    call_command("doctor", stdout=out)
    assert out.getvalue().splitlines() == [f"ok      {name}" for name in names()]
    Message.objects.filter(pk=told.pk).update(content="something else")
    out = StringIO()
    with pytest.raises(CommandError, match="2 of 24 checks failed"):
        call_command("doctor", "--fix-nothing", stdout=out)
    assert (
        f"failed  {Check.CONTENT.value}\n        message {told.pk} has another text than its parts"
        in out.getvalue()
    )
    with pytest.raises(CommandError):
        call_command("doctor", "--chat", str(told.session_id), stdout=StringIO())


def test_the_command_says_when_there_is_no_such_chat(db: None) -> None:
    with pytest.raises(CommandError, match="There is no chat"):
        call_command("doctor", "--chat", str(uuid7()), stdout=StringIO())
