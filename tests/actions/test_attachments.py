"""Sending with files: whose they are, once, in their order, and kept through waiting, editing and asking again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sessions_app import doctor
from sessions_app.actions.attachments import NoPictures, TooManyFiles, take_files
from sessions_app.actions.errors import ClientIdReused, EmptyMessage, NotPossible
from sessions_app.actions.messages import send_message
from sessions_app.actions.opening import open_session
from sessions_app.actions.pending import edit_pending, remove_pending
from sessions_app.actions.versions import edit_message, send_again
from sessions_app.agent.context import path_above, title_request
from sessions_app.agent.history import turns
from sessions_app.agent.sizes import rough_size
from sessions_app.models import Attachment, ChatSession, Message, PendingMessage, Reply, TokenUsage, User
from sessions_app.providers.base import Document, FileText, Picture, Request, Text
from sessions_app.search import Filters, search_messages
from tests.actions.steps import end, send
from tests.files.making import pdf, picture


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


Bring = Callable[..., Attachment]


@pytest.fixture
def bring(alice: User) -> Bring:
    def brought(
        name: str = "notes.txt", content: bytes = b"Some words", owner: User | None = None
    ) -> Attachment:
        (told,) = take_files(owner=owner or alice, chat=None, uploads=[SimpleUploadedFile(name, content)])
        assert told.attachment is not None, told.refusal
        return told.attachment

    return brought


@pytest.fixture
def claude(settings: Any, make_chat: Callable[..., ChatSession]) -> ChatSession:
    settings.ANTHROPIC_API_KEY = "key"
    return make_chat(model="claude-sonnet-5-5", provider="anthropic")


def asked(reply: Reply | None, **changes: str) -> list[Any]:
    """What the model would be given of the last question."""
    assert reply is not None
    reply = Reply.objects.select_related("message", "session").get(pk=reply.pk)
    config = reply.model_config = reply.model_config | changes
    history = turns(path_above(reply), provider=config["provider"], model=config["model"])
    return list(history[-1].parts)


def test_files_stand_before_the_text_in_their_order(chat: ChatSession, bring: Bring) -> None:
    one, two = bring("one.txt"), bring("two.csv", b"a,b")
    sent = send(chat, "Compare", attachments=[two.pk, one.pk])
    assert sent.message is not None
    assert sent.message.content == "Compare"
    assert sent.message.parts == [
        {"kind": "attachment", "turn": 0, "id": str(two.pk), "name": "two.csv", "media": "text"},
        {"kind": "attachment", "turn": 0, "id": str(one.pk), "name": "one.txt", "media": "text"},
        {"kind": "text", "turn": 0, "text": "Compare"},
    ]
    rows = sent.message.attachments.all()
    assert [(row.name, row.position, row.session_id) for row in rows] == [
        ("two.csv", 0, chat.pk),
        ("one.txt", 1, chat.pk),
    ]
    assert doctor.examine(chat.pk) == []


def test_files_alone_are_a_message(chat: ChatSession, bring: Bring) -> None:
    sent = send(chat, " \n", attachments=[bring("budget.csv").pk])
    assert sent.message is not None
    assert sent.message.content == ""
    assert [part["kind"] for part in sent.message.parts] == ["attachment"]
    chat.refresh_from_db()
    assert chat.title == "budget.csv"
    assert sent.reply is not None
    request = title_request(sent.reply, "offline")
    assert request is not None
    assert request.turns[0].parts == (Text("Files: budget.csv"),)
    with pytest.raises(EmptyMessage):
        send(chat, " ")


def test_without_files_no_query_is_added(
    chat: ChatSession, alice: User, django_assert_max_num_queries: Any
) -> None:
    answered = send(chat, "Warm").reply
    assert answered is not None
    end(answered)
    TokenUsage.objects.create(
        user=alice, session=chat, session_key=chat.pk, message_id=answered.pk, provider="offline", model="offline",
        input=900, ok=True,
    )  # fmt: skip
    with django_assert_max_num_queries(11) as captured:
        send(chat, "Next")
    assert not any("sessions_app_attachment" in query["sql"] for query in captured.captured_queries)


def test_files_of_others_and_sent_ones_are_refused(
    chat: ChatSession, bring: Bring, bob: User, make_chat: Callable[..., ChatSession]
) -> None:
    foreign, own = bring("b.txt", owner=bob), bring()
    with pytest.raises(NotPossible):
        send(chat, "Look", attachments=[foreign.pk])
    send(chat, "Look", attachments=[own.pk])
    with pytest.raises(NotPossible):
        send(make_chat(), "Again", attachments=[own.pk])
    assert Message.objects.filter(role="user").count() == 1


def test_a_message_takes_so_many_files(chat: ChatSession, bring: Bring, settings: Any) -> None:
    settings.MAX_ATTACHMENTS = 2
    with pytest.raises(TooManyFiles, match="At most 2 files"):
        send(chat, "Look", attachments=[bring().pk for _ in range(3)])


def test_sent_twice_it_is_one_message_and_other_files_are_another(chat: ChatSession, bring: Bring) -> None:
    one, other = bring(), bring()
    first = send(chat, "Look", client_id="c", attachments=[one.pk])
    again = send(chat, "Look", client_id="c", attachments=[one.pk])
    assert again.repeated
    assert again.message == first.message
    with pytest.raises(ClientIdReused):
        send(chat, "Look", client_id="c", attachments=[other.pk])


def test_a_model_without_pictures_refuses_them(chat: ChatSession, bring: Bring) -> None:
    with pytest.raises(NoPictures, match="Offline assistant does not take pictures"):
        send(chat, "Look", attachments=[bring("p.png", picture()).pk])
    assert not Message.objects.exists()


def test_waiting_messages_keep_their_files(chat: ChatSession, bring: Bring) -> None:
    first = send(chat, "First")
    row = bring()
    pending = send(chat, "Second", attachments=[row.pk]).pending
    assert pending is not None
    edit_pending(pending=pending, content="")
    end(first.reply)
    message = Message.objects.get(attachments=row)
    assert message.content == ""
    assert [part["kind"] for part in message.parts] == ["attachment"]
    assert not PendingMessage.objects.exists()


def test_the_files_of_a_removed_waiting_message_come_back(chat: ChatSession, bring: Bring) -> None:
    send(chat, "First")
    row = bring()
    pending = send(chat, "Second", attachments=[row.pk]).pending
    assert pending is not None
    with pytest.raises(NotPossible):
        send(chat, "Third", attachments=[row.pk])
    remove_pending(pending=pending)
    assert list(Attachment.objects.unsent()) == [row]
    assert send(chat, "Third", attachments=[row.pk]).pending is not None


def test_a_first_message_brings_its_files_into_the_session_it_makes(alice: User, bring: Bring) -> None:
    row = bring()
    chat = open_session(owner=alice, content="", attachments=[row.pk])
    row.refresh_from_db()
    assert (row.session, row.message) == (chat, chat.messages.get(role="user"))


def test_an_edit_keeps_the_files_and_asking_again_copies_them(
    chat: ChatSession, alice: User, bring: Bring
) -> None:
    row = bring()
    sent = send(chat, "Look", attachments=[row.pk])
    end(sent.reply)
    assert sent.message is not None
    edit_message(message=sent.message, person=alice, content="Look closely")
    again = send_again(message=sent.message, author=alice, content="Look again")
    end(again.reply)
    assert again.message is not None
    (copy,) = again.message.attachments.all()
    assert copy.stored == row.stored
    assert again.message.parts[0]["id"] == str(copy.pk) != str(row.pk)
    new = bring("new.txt")
    third = send_again(message=again.message, author=alice, content="", attachments=[new.pk, copy.pk])
    end(third.reply)
    assert third.message is not None
    assert [each.name for each in third.message.attachments.all()] == ["new.txt", "notes.txt"]
    bare = send_again(message=sent.message, author=alice, content="Without", attachments=[]).message
    assert bare is not None
    assert not bare.attachments.exists()


def test_names_of_files_are_found_by_search(chat: ChatSession, alice: User, bring: Bring) -> None:
    send(chat, "Look", attachments=[bring("zeppelin-plan.txt").pk])
    assert len(search_messages(alice, "zeppelin", Filters(), limit=5).hits) == 1
    assert doctor.examine(chat.pk) == []


# ---------------------------------------------------------------- what the model gets


def test_claude_gets_pictures_pdfs_and_text_in_their_own_form(claude: ChatSession, bring: Bring) -> None:
    rows = [bring("p.png", picture()), bring("r.pdf", pdf(2)), bring("run.py", b"print(1)")]
    parts = asked(send(claude, "Look", attachments=[row.pk for row in rows]).reply)
    shown, document, code, said = parts
    assert isinstance(shown, Picture)
    assert shown.load().startswith(b"\x89PNG")
    assert isinstance(document, Document)
    assert document.load().startswith(b"%PDF-")
    assert code == FileText("run.py", "print(1)", "python", "code", 8)
    assert said == Text("Look")
    assert rough_size(Request("m", ())) + document.tokens < rough_size(Request("m", (send_turn(parts),)))


def send_turn(parts: list[Any]) -> Any:
    from sessions_app.providers.base import Turn

    return Turn("user", tuple(parts))


def test_another_model_without_pictures_gets_notes_and_words(claude: ChatSession, bring: Bring) -> None:
    rows = [bring("p.png", picture()), bring("r.pdf", pdf(1))]
    reply = send(claude, "Look", attachments=[row.pk for row in rows]).reply
    note, words, _ = asked(reply, model="offline", provider="offline")
    assert isinstance(note, FileText)
    assert "does not take pictures" in note.text
    assert isinstance(words, FileText)
    assert "Hello from page 1" in words.text


def test_a_request_holds_only_so_much_the_newest_first(
    claude: ChatSession, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions_app.agent.attached.MOST_PAGES", 3)
    rows = [bring("old.pdf", pdf(2)), bring("new.pdf", pdf(2))]
    old, new, _ = asked(send(claude, "Look", attachments=[row.pk for row in rows]).reply)
    assert isinstance(old, FileText)
    assert isinstance(new, Document)


def test_a_file_that_is_gone_is_told_of(claude: ChatSession, bring: Bring) -> None:
    row = bring()
    reply = send(claude, "Look", attachments=[row.pk]).reply
    Attachment.objects.all().delete()
    assert asked(reply)[0] == Text("(The file “notes.txt” is not there any more.)")


def test_a_member_may_not_send_the_owners_unsent_file(chat: ChatSession, bring: Bring, bob: User) -> None:
    with pytest.raises(NotPossible):
        send_message(chat=chat, author=bob, content="Mine", attachments=[bring().pk])
