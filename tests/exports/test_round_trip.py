"""A session of this app, taken out as JSON and in again: the same text but for what the schema says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.transaction import atomic, set_rollback
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from export_app.actions.building import build_session
from export_app.document import Entry, Head
from sessions_app.actions import marks, organising, versions
from sessions_app.actions.attachments import take_files
from sessions_app.actions.branching import branch_session, duplicate_session, merge_session
from sessions_app.actions.messages import send_message
from sessions_app.actions.replies import regenerate_reply
from sessions_app.files import storage
from sessions_app.models import Attachment, ChatSession, Message, ToolCall, User
from tests.actions.steps import end, send
from tests.admin.conversation import answered, process
from tests.exports.carried import carried, exported, imported, same_text
from tests.exports.generated import entries, heads
from tests.files.making import noise, pdf, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived_in(chat: ChatSession, alice: User, bob: User) -> ChatSession:
    """A session in which everything was done that can be done, but for files."""
    first = answered(chat, alice, "Grüße 👋🏽 \u202e <b>x</b> </script>", "**An** answer", process().pk)
    sent = send(chat, "look at this")
    end(sent.reply, text="I looked")
    assert sent.message is not None
    versions.edit_message(message=sent.message, person=alice, content="look at that")
    end(regenerate_reply(message=Message.objects.get(parent=sent.message)), "stopped", text="Another look")
    assert first.parent is not None
    end(versions.send_again(message=first.parent, author=alice, content="again").reply, "failed", text="")
    versions.switch_version(message=first)
    gone = send(chat, "to be deleted")
    end(gone.reply)
    assert gone.message is not None
    versions.delete_message(message=gone.message)
    organising.tag(chat=chat, name="weekly costs")
    chat.memberships.create(user=bob)
    for person in (alice, bob):
        marks.react(message=first, user=person, emoji="👍")
        marks.rate_message(message=first, user=person, value=1, stars=4, comment="good")
    marks.annotate(message=first, user=bob, comment="really?", quote="answer", quote_at=3)
    versions.clear_context(chat=chat)
    aside = ChatSession.objects.create(owner=alice, model="offline", provider="offline", title="Aside")
    end(send(aside, "said aside").reply)
    merge_session(source=aside, target=chat, person=alice)
    chat.refresh_from_db()
    return chat


def test_whatever_was_done_in_a_session_comes_back(lived_in: ChatSession, alice: User, bob: User) -> None:
    was = list(Message.objects.filter(session=lived_in).shown())
    for person in (alice, bob):
        new = carried(lived_in, person)
        assert [row.content for row in Message.objects.filter(session=new).shown()] == [
            row.content for row in was
        ]
        assert new.message_count == len(was)
        line, was_line = new.context_from, lived_in.context_from
        assert line is not None
        assert was_line is not None
        assert line.content == was_line.content
    carried(new, alice)


def test_branches_and_duplicates_of_an_imported_session_keep_what_others_paid(
    chat: ChatSession, alice: User, bob: User
) -> None:
    answered(chat, alice, "What did it cost?", "A little.", process().pk)
    new = carried(chat, bob)
    last = Message.objects.filter(session=new).shown().last()
    assert last is not None
    copies = [duplicate_session(chat=new, owner=bob), branch_session(message=last, owner=bob)]
    assert [exported(each).count(b'"output":57') for each in (new, *copies)] == [1, 1, 1]
    again = imported(exported(new), bob)  # a second copy does not double the first one's receipts
    assert [exported(each).count(b'"output":57') for each in (new, again)] == [1, 1]


def test_files_come_back_and_without_contents_their_names_and_words(
    chat: ChatSession, alice: User, bob: User, settings: Any
) -> None:
    settings.ANTHROPIC_API_KEY = "key"
    chat.model, chat.provider = "claude-haiku-4-5", "anthropic"
    chat.save()
    files = {
        "notes.md": "# Notes\n\nwords — möre".encode(),
        "shot.png": picture("PNG", (60, 40), colour="red"),
        "photo.jpg": noise((90, 70), "JPEG"),
        "paper.pdf": pdf(2),
    }
    uploads = [SimpleUploadedFile(name, data) for name, data in files.items()]
    taken = [each.attachment for each in take_files(owner=alice, chat=chat, uploads=uploads)]
    sent = send_message(
        chat=chat, author=alice, content="look", attachments=[each.pk for each in taken if each is not None]
    )
    end(sent.reply, text="I looked")
    assert sent.message is not None
    versions.edit_message(message=sent.message, person=alice, content="look closely")
    new = carried(chat, bob)
    kept = [each.digest for each in taken if each is not None]
    assert list(Attachment.objects.filter(message__session=new).values_list("digest", flat=True)) == kept
    data = exported(chat, files="off")
    without = imported(data, bob)
    assert same_text(exported(without)) == same_text(data)
    paper = Attachment.objects.get(message__session=without, name="paper.pdf")
    assert "Hello from page 2" in paper.text
    with pytest.raises(OSError, match="No such file"):
        storage.load(paper.stored)


CONTROLS = "a\x1b]0;owned\x07\x1b[2J\x7f\x85\x9b31m\r\nb\tc"


def test_controls_of_terminals_leave_with_no_export(chat: ChatSession, alice: User, bob: User) -> None:
    answer = answered(chat, alice, "What did it say?", "This.", process().pk)
    calls = ToolCall.objects.filter(message=answer)
    assert calls.update(input={"a": CONTROLS}, result={CONTROLS: [CONTROLS]}, error_message=CONTROLS)
    data = exported(chat).decode()
    assert '"a]0;owned[2J\\n31m\\nb\\tc"' in data
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|\\u00[01789]", data)
    assert same_text(exported(imported(data.encode(), bob))) == same_text(data.encode())


@given(head=heads(), told=entries())
@hypothesis_settings(max_examples=10)
def test_any_session_comes_back(head: Head, told: list[Entry]) -> None:
    """What is made of any document is sound, and comes back from then on as it is, for its owner and for others."""
    with atomic():
        alice = User.objects.get_or_create(username="alice")[0]
        bob = User.objects.get_or_create(username="bob")[0]
        made = build_session(owner=alice, source="chatgpt", head=head, entries=told, key="k")
        carried(made, bob)
        set_rollback(True)
