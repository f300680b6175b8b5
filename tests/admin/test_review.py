"""The review page: the conversation, and beside each message what belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sessions_app.actions.attachments import take_files
from sessions_app.actions.messages import send_message
from sessions_app.actions.versions import delete_message, edit_message, send_again
from sessions_app.models import (
    Attachment,
    AuditEntry,
    ChatSession,
    Message,
    Reply,
    RunnerProcess,
    ToolCall,
    User,
)

from .conftest import NOTE, REASON
from .conversation import answered
from .test_transcript import transcript
from .test_who_sees_what import text

FORMER = "What does the lighthouse cost?"


def question_of(answer: Message) -> Message:
    assert answer.parent_id is not None
    return Message.objects.get(pk=answer.parent_id)


@pytest.fixture
def rich(told: Message, alice: User, runner: RunnerProcess) -> Message:
    """With a former text, a second version of the question, a deleted pair, a file and a waiting message."""
    question = question_of(told)
    edit_message(message=question, person=alice, content=FORMER)
    question.refresh_from_db()
    edit_message(message=question, person=alice, content="What does the harbour cost now?")
    gone = answered(told.session, alice, "Forget the walrus.", "The walrus is gone.", runner.pk)
    delete_message(message=question_of(gone))
    taken = take_files(
        owner=alice, chat=told.session, uploads=[SimpleUploadedFile("tides.txt", b"High at six.")]
    )
    assert taken[0].attachment is not None
    send_message(chat=told.session, author=alice, content="Here.", attachments=[taken[0].attachment.pk])
    send_message(chat=told.session, author=alice, content="Waiting for the puffin.")
    return told


def test_a_reader_sees_what_stands_beside_each_message(rich: Message, as_reader: Client) -> None:
    shown = text(as_reader, transcript(rich.session))
    for words in (FORMER, "1 former text", "tides.txt", "Waiting for the puffin.", "2 deleted messages",
                  "Forget the walrus.", "The walrus is gone.", NOTE, "2 of 5 stars", "&quot;time_range&quot;: &quot;week&quot;",
                  "total_tokens", "12 ms"):  # fmt: skip
        assert words.replace("1 former text", "2 former texts") in shown, words
    assert "<script>alert" not in shown
    assert REASON not in shown  # its markup is escaped
    assert "The ferry is missing. &lt;script&gt;" in shown


def test_staff_without_the_permission_get_none_of_these_words(rich: Message, as_staff: Client) -> None:
    Reply.objects.filter(pk=rich.pk).update(status="failed", error_type="api_error")
    ToolCall.objects.update(status="error", error_message="walrus not found")
    for query in ("", "?q=walrus", "?after=0", f"?version={rich.parent_id}"):
        shown = text(as_staff, transcript(rich.session) + query)
        for word in ("harbour", "lighthouse", "walrus", "puffin", "tides", "ferry", "time_range", "forty"):
            assert word not in shown, (query, word)
        assert "2 deleted messages" in shown
    assert "api_error" in shown


def test_another_version_is_looked_at_by_its_path(
    told: Message, alice: User, runner: RunnerProcess, as_reader: Client
) -> None:
    question = question_of(told)
    send_again(message=question, author=alice, content="And the lighthouse?")
    shown = text(as_reader, transcript(told.session))
    assert "And the lighthouse?" in shown
    assert "The harbour costs" not in shown
    assert "2 / 2" in shown
    assert f'href="?version={question.pk}#entry-{question.pk}"' in shown
    other = text(as_reader, f"{transcript(told.session)}?version={question.pk}")
    assert "The harbour costs" in other
    assert "1 / 2" in other
    assert "This is another version" in other
    assert "/switch/" not in shown + other
    now = Message.objects.shown().get(session=told.session, position=1)
    assert "This is another version" not in text(as_reader, f"{transcript(told.session)}?version={now.pk}")
    assert ChatSession.objects.get(pk=told.session_id).messages.get(pk=question.pk).active is False


def test_one_jumps_to_errors_ratings_and_what_cost_most_and_finds_words(
    rich: Message, as_reader: Client, as_staff: Client
) -> None:
    Reply.objects.filter(pk=rich.pk).update(status="failed", error_type="api_error")
    shown = text(as_reader, f"{transcript(rich.session)}?q=HARBOUR")
    jump = f'href="?at=2#entry-{rich.pk}"'
    assert f'<a class="finder__error" {jump}>2</a>' in shown
    assert f"<a {jump}>2 bad</a>" in shown
    assert f"<a {jump}>2 $0.0" in shown
    assert "<mark>harbour</mark>" in shown
    assert 'class="transcript__entry transcript__entry--failed"' in shown
    assert "No message holds this." in text(as_reader, f"{transcript(rich.session)}?q=%00nothing")
    assert 'name="q"' not in text(as_staff, transcript(rich.session))


def file_of(message: Message) -> tuple[str, Attachment]:
    file = Attachment.objects.get(name="tides.txt")
    return reverse("admin:sessions_app_chatsession_file", args=[message.session_id, file.pk]), file


def test_a_file_is_downloaded_by_readers_alone_and_it_is_on_record(
    rich: Message, as_reader: Client, as_staff: Client, as_bob: Client, make_chat: Callable[..., Any]
) -> None:
    address, file = file_of(rich)
    assert as_staff.get(address).status_code == 403
    assert as_bob.get(address).status_code == 302
    assert not AuditEntry.objects.exists()
    answer = as_reader.get(address)
    assert b"".join(answer) == b"High at six."
    assert answer["Content-Disposition"].startswith("attachment")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.session_key, entry.person) == (
        "downloaded file",
        rich.session_id,
        rich.session.owner,
    )
    other = reverse("admin:sessions_app_chatsession_file", args=[make_chat().pk, file.pk])
    assert as_reader.get(other).status_code == 404


def test_an_opening_is_written_down_before_a_text_is_read(told: Message, as_reader: Client) -> None:
    with CaptureQueriesContext(connection) as taken:
        text(as_reader, transcript(told.session))
    asked = [query["sql"] for query in taken]
    written = next(
        at for at, sql in enumerate(asked) if sql.startswith('INSERT INTO "sessions_app_auditentry"')
    )
    assert min(at for at, sql in enumerate(asked) if '"sessions_app_message"."content"' in sql) > written


def test_openings_within_a_minute_are_one_and_models_have_their_names(
    told: Message, reader: User, as_reader: Client
) -> None:
    model = "claude-haiku-4-5"
    ChatSession.objects.update(model=model)
    Message.objects.filter(pk=told.pk).update(model=model)
    told.usage.update(model=model)
    for _ in range(3):
        shown = text(as_reader, transcript(told.session))
    AuditEntry.objects.update(at=timezone.now().replace(second=0, microsecond=0))
    shown = text(as_reader, transcript(told.session))
    head = shown.partition('class="review-openings">')[2].partition("</p>")[0]
    assert "(3×)" in head or "(4×)" in head
    assert head.count("reader, ") <= 2  # a minute may have begun meanwhile
    assert shown.count(f'<span title="{model}">Claude Haiku 4.5</span>') == 3
