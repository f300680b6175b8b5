"""Uploads over HTTP: chips for pages, JSON for programs, and what comes back is never a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sessions_app.actions.branching import branch_session, duplicate_session, merge_session
from sessions_app.actions.tokens import make_token
from sessions_app.files import storage
from sessions_app.models import Attachment, ChatSession, Draft, Message, SessionMember, User
from tests.actions.steps import end, send
from tests.files.making import pdf, picture

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


def up(name: str = "notes.txt", content: bytes = b"Some words") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def post(client: Client, *uploads: SimpleUploadedFile, **fields: Any) -> Any:
    headers = fields.pop("headers", JSON)
    return client.post("/attachments/", {"file": list(uploads), **fields}, headers=headers)


@pytest.fixture
def bring(as_alice: Client) -> Callable[..., Attachment]:
    def brought(name: str, content: bytes, **fields: Any) -> Attachment:
        answer = post(as_alice, up(name, content), **fields)
        return Attachment.objects.get(pk=answer.json()["files"][0]["id"])

    return brought


Bring = Callable[..., Attachment]


def body(answer: Any) -> bytes:
    return b"".join(answer) if answer.streaming else bytes(answer.content)


# ---------------------------------------------------------------- uploads


def test_each_file_is_answered_on_its_own(as_alice: Client) -> None:
    answer = post(as_alice, up("p.png", picture()), up("a.zip", b"PK\x03\x04" + bytes(40)), up())
    assert answer.status_code == 201
    files, refused = answer.json()["files"], answer.json()["refused"]
    assert [(each["name"], each["kind"]) for each in files] == [("p.png", "picture"), ("notes.txt", "text")]
    assert (files[0]["media_type"], files[0]["width"], files[0]["height"]) == ("image/png", 40, 30)
    assert files[1]["size"] == 10
    assert refused[0]["name"] == "a.zip"
    assert "archive" in refused[0]["reason"]


def test_thirty_files_at_once_are_taken(as_alice: Client) -> None:
    answer = post(as_alice, *(up(f"{n}.txt") for n in range(30)))
    assert [each["name"] for each in answer.json()["files"]] == [f"{n}.txt" for n in range(30)]
    assert Attachment.objects.unsent().count() == 30


def test_a_page_gets_chips_and_sentences(as_alice: Client) -> None:
    answer = post(as_alice, up("a&b.txt"), up("z.zip", b"PK\x03\x04" + bytes(40)), headers=HTMX)
    text = answer.content.decode()
    row = Attachment.objects.get()
    assert f'id="file-{row.pk}"' in text
    assert f'name="attachments" value="{row.pk}"' in text
    assert "a&amp;b.txt" in text
    assert "This is an archive or office file." in text


def test_without_scripts_the_page_says_what_was_refused(as_alice: Client, chat: ChatSession) -> None:
    answer = post(as_alice, up(), session=str(chat.pk), headers={})
    assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{chat.pk}/")
    answer = post(as_alice, up("z.zip", b"PK\x03\x04" + bytes(40)), session=str(chat.pk), headers={})
    assert answer.status_code == 422
    assert "“z.zip” was not taken." in answer.content.decode()


def test_nothing_taken_is_422_and_a_foreign_session_404(as_bob: Client, chat: ChatSession) -> None:
    assert post(as_bob, up("a", b"")).status_code == 422
    assert post(as_bob).status_code == 422
    assert post(as_bob, up(), session=str(chat.pk)).status_code == 404
    assert post(as_bob, up(), session="nonsense").status_code == 404
    assert not Attachment.objects.exists()


def test_unsent_files_are_there_again_only_in_their_session(
    as_alice: Client, chat: ChatSession, make_chat: Callable[..., ChatSession], bring: Bring
) -> None:
    here = bring("here.txt", b"1", session=str(chat.pk))
    other = make_chat()
    assert f'id="file-{here.pk}"' in as_alice.get(f"/sessions/{chat.pk}/").content.decode()
    assert f'id="file-{here.pk}"' not in as_alice.get(f"/sessions/{other.pk}/").content.decode()


# ---------------------------------------------------------------- sending


def test_a_send_takes_its_files_along(as_alice: Client, chat: ChatSession, bring: Bring) -> None:
    row = bring("plan.md", b"# Plan", session=str(chat.pk))
    answer = as_alice.post(
        f"/sessions/{chat.pk}/messages/", {"content": "", "attachments": [str(row.pk)]}, headers=HTMX
    )
    assert answer.status_code == 204
    page = as_alice.get(f"/sessions/{chat.pk}/").content.decode()
    assert 'class="file-chips message__files"' in page
    assert f'href="/attachments/{row.pk}/preview/"' in page
    assert 'name="attachments"' not in page


def test_a_form_without_scripts_carries_its_files_itself(as_alice: Client, chat: ChatSession) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/messages/", {"content": "Look", "file": [up(), up("b.txt")]})
    assert answer.status_code == 303
    message = Message.objects.get(role="user")
    assert [row.name for row in message.attachments.all()] == ["notes.txt", "b.txt"]


def test_a_refused_file_refuses_the_send_and_keeps_the_text(as_alice: Client, chat: ChatSession) -> None:
    files = [up(), up("z.zip", b"PK\x03\x04" + bytes(40))]
    answer = as_alice.post(f"/sessions/{chat.pk}/messages/", {"content": "Look at this", "file": files})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "“z.zip” was not taken." in page
    assert "Look at this</textarea>" in page
    assert not Message.objects.exists()


def test_a_first_message_with_files_makes_its_session(as_alice: Client, bring: Bring) -> None:
    row = bring("plan.md", b"# Plan")
    answer = as_alice.post("/sessions/", {"content": "", "attachments": [str(row.pk)]})
    chat = ChatSession.objects.get()
    assert answer["Location"] == f"/sessions/{chat.pk}/"
    assert chat.messages.get(role="user").attachments.get() == row


@pytest.mark.parametrize("given", ["nonsense", "01890000-0000-7000-8000-000000000000"])
def test_an_unknown_file_refuses_the_send(as_alice: Client, chat: ChatSession, given: str) -> None:
    answer = as_alice.post(
        f"/sessions/{chat.pk}/messages/", {"content": "x", "attachments": [given]}, headers=HTMX
    )
    assert answer.status_code == 409
    assert "attach the file again" in answer.content.decode()


def test_a_picture_for_a_model_without_eyes_is_refused_with_a_sentence(
    as_alice: Client, chat: ChatSession, bring: Bring
) -> None:
    row = bring("p.png", picture())
    answer = as_alice.post(
        f"/sessions/{chat.pk}/messages/", {"content": "x", "attachments": [str(row.pk)]}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "Offline assistant does not take pictures." in answer.content.decode()
    assert (
        " data-no-pictures selected>Offline assistant"
        in as_alice.get(f"/sessions/{chat.pk}/").content.decode()
    )


def test_programs_bring_files_and_name_them(alice: User, chat: ChatSession, client: Client) -> None:
    _, token = make_token(user=alice, name="program", scopes=["chat", "write", "read"])
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post("/api/chat/attachments", {"file": [up(), up("e", b"")]}, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["refused"] == [{"name": "e", "reason": "This file is empty."}]
    key = answer.json()["files"][0]["id"]
    sent = client.post(
        f"/api/chat/sessions/{chat.pk}/messages",
        {"content": "", "attachments": [key]},
        content_type="application/json",
        headers=headers,
    )
    assert sent.status_code == 201
    assert sent.json()["message"]["parts"][0]["id"] == key
    again = client.post(
        f"/api/chat/sessions/{chat.pk}/messages",
        {"content": "x", "attachments": ["nonsense"]},
        content_type="application/json",
        headers=headers,
    )
    assert again.status_code == 400


# ---------------------------------------------------------------- editing


@pytest.fixture
def asked(chat: ChatSession, bring: Bring) -> Message:
    """A message with two files, answered."""
    sent = send(chat, "Look", attachments=[bring("one.txt", b"1").pk, bring("two.txt", b"2").pk])
    end(sent.reply)
    assert sent.message is not None
    return sent.message


def edit(client: Client, message: Message, **fields: Any) -> Any:
    address = f"/sessions/{message.session_id}/messages/{message.pk}/edit/"
    return client.post(address, {"client_id": "again", "files": "1", **fields}, headers=HTMX)


def test_saving_an_edit_keeps_its_files_and_can_take_all_its_words(as_alice: Client, asked: Message) -> None:
    keys = [str(row.pk) for row in asked.attachments.all()]
    page = as_alice.get(f"/sessions/{asked.session_id}/messages/{asked.pk}/edit/").content.decode()
    assert all(f'value="{key}" checked' in page for key in keys)
    assert " required" not in page
    assert edit(as_alice, asked, content="", send="0", attachments=keys).status_code == 204
    asked.refresh_from_db()
    assert [part["kind"] for part in asked.parts] == ["attachment", "attachment"]


def test_other_files_go_along_when_a_message_is_sent_again(as_alice: Client, asked: Message) -> None:
    _one, two = asked.attachments.all()
    fields = {"content": "Look again", "attachments": [str(two.pk)], "file": [up("new.txt")]}
    answer = edit(as_alice, asked, send="0", **fields)
    assert answer.status_code == 422
    assert "send it again" in answer.content.decode()
    fields["file"] = [up("new.txt")]
    assert edit(as_alice, asked, send="1", **fields).status_code == 204
    again = Message.objects.get(client_id="again")
    assert [row.name for row in again.attachments.all()] == ["two.txt", "new.txt"]
    assert [row.name for row in asked.attachments.all()] == ["one.txt", "two.txt"]


def test_sent_again_unchanged_all_files_go_along_and_none_where_none_is_ticked(
    as_alice: Client, asked: Message
) -> None:
    keys = [str(row.pk) for row in asked.attachments.all()]
    assert edit(as_alice, asked, content="Again", send="1", attachments=keys).status_code == 204
    again = Message.objects.get(client_id="again")
    assert again.attachments.count() == 2
    end(Message.objects.get(parent=again).reply)
    assert edit(as_alice, again, content="Bare", send="1", client_id="bare").status_code == 204
    assert not Message.objects.get(client_id="bare").attachments.exists()


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    ("name", "content"),
    [("page.html", HTML), ("r.pdf", pdf()), ("p.png", picture()), ("photo.png", HTML)],
    ids=["page", "pdf", "picture", "page as picture"],
)
def test_a_download_is_an_attachment_in_a_sandbox(
    as_alice: Client, bring: Bring, name: str, content: bytes
) -> None:
    row = bring(name, content)
    answer = as_alice.get(f"/attachments/{row.pk}/")
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Content-Type"] in ("text/plain", "application/pdf", "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private"
    assert body(answer) == storage.load(row.stored)
    if row.kind != "picture":
        assert storage.load(row.stored) == content


def test_names_travel_by_rfc_5987(as_alice: Client, bring: Bring) -> None:
    answer = as_alice.get(f"/attachments/{bring('Übersicht “1”.txt', b'x').pk}/")
    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''%C3%9Cbersicht%20%E2%80%9C1%E2%80%9D.txt"
    )
    row = bring("plain.txt", b"x")
    Attachment.objects.filter(pk=row.pk).update(name='a";x=b.txt')
    answer = as_alice.get(f"/attachments/{row.pk}/")
    assert answer["Content-Disposition"] == 'attachment; filename="a\\";x=b.txt"'


def test_a_preview_is_a_picture_of_ours_or_plain_text(as_alice: Client, bring: Bring) -> None:
    shown = as_alice.get(f"/attachments/{bring('p.png', picture()).pk}/preview/")
    assert shown["Content-Type"] == "image/png"
    assert "Content-Disposition" not in shown
    for name, content, words in (("x.svg", b"<svg onload=1>", "<svg onload=1>"), ("r.pdf", pdf(), "Hello")):
        answer = as_alice.get(f"/attachments/{bring(name, content).pk}/preview/")
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert words in answer.content.decode()


def test_a_file_that_is_gone_from_the_disk_is_missing(as_alice: Client, bring: Bring) -> None:
    row = bring("a.txt", b"x")
    storage.forget(row.stored)
    assert as_alice.get(f"/attachments/{row.pk}/").status_code == 404


def test_a_file_can_be_taken_back_until_it_is_sent(as_alice: Client, chat: ChatSession, bring: Bring) -> None:
    row = bring("a.txt", b"x")
    answer = as_alice.post(f"/attachments/{row.pk}/remove/", headers=HTMX)
    assert answer.status_code == 204
    assert str(row.pk) in answer["HX-Trigger"]
    assert not Attachment.objects.exists()
    sent = bring("b.txt", b"x")
    send(chat, "Look", attachments=[sent.pk])
    answer = as_alice.post(f"/attachments/{sent.pk}/remove/", headers=HTMX)
    assert answer.status_code == 204
    assert "file-removed" in answer["HX-Trigger"]
    assert "it stays with its message" in answer["HX-Trigger"]
    assert Attachment.objects.filter(pk=sent.pk).exists()


def test_without_scripts_what_was_typed_and_chosen_outlives_the_removal_of_a_file(
    as_alice: Client, chat: ChatSession, bring: Bring
) -> None:
    row = bring("a.txt", b"x", session=str(chat.pk))
    form = {"content": "Typed", "file": [up("b.txt"), up("z.zip", b"PK\x03\x04" + bytes(40))]}
    answer = as_alice.post(f"/attachments/{row.pk}/remove/", form, follow=True)
    page = answer.content.decode()
    assert "Typed</textarea>" in page
    assert [each.name for each in Attachment.objects.unsent()] == ["b.txt"]
    assert "“z.zip” was not taken." in page


def test_without_scripts_files_beside_a_command_stay_for_the_next_message(
    as_alice: Client, chat: ChatSession
) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/messages/", {"content": "/help", "file": [up()]})
    assert not Message.objects.exists()
    assert f'value="{Attachment.objects.unsent().get().pk}"' in answer.content.decode()


def test_without_scripts_the_text_of_a_removed_waiting_message_is_the_draft(
    as_alice: Client, chat: ChatSession
) -> None:
    send(chat, "Now")
    pending = send(chat, "Later").pending
    assert pending is not None
    assert as_alice.post(f"/sessions/{chat.pk}/pending/{pending.pk}/remove/").status_code == 303
    assert "Later</textarea>" in as_alice.get(f"/sessions/{chat.pk}/").content.decode()


def test_a_page_asks_again_for_what_waits_unsent(
    as_alice: Client, as_bob: Client, chat: ChatSession, bring: Bring
) -> None:
    here, elsewhere = bring("here.txt", b"1", session=str(chat.pk)), bring("new.txt", b"1")
    asked = as_alice.get(f"/attachments/unsent/?session={chat.pk}").content.decode()
    assert f'value="{here.pk}"' in asked
    assert f'value="{elsewhere.pk}"' not in asked
    assert f'value="{elsewhere.pk}"' in as_alice.get("/attachments/unsent/?session=").content.decode()
    assert as_bob.get(f"/attachments/unsent/?session={chat.pk}").status_code == 404
    assert "file-chip" not in as_bob.get("/attachments/unsent/").content.decode()


def test_strangers_see_neither_unsent_nor_sent_files(
    as_alice: Client, as_bob: Client, chat: ChatSession, bring: Bring
) -> None:
    unsent, sent = bring("a.txt", b"x"), bring("b.txt", b"x")
    message = send(chat, "Look", attachments=[sent.pk])
    for row in (unsent, sent):
        assert as_bob.get(f"/attachments/{row.pk}/").status_code == 404
        assert as_bob.get(f"/attachments/{row.pk}/preview/").status_code == 404
        assert as_bob.post(f"/attachments/{row.pk}/remove/", headers=HTMX).status_code == 404
    end(message.reply)
    Message.objects.filter(attachments=sent).update(deleted_at="2026-01-01T00:00Z")
    assert as_alice.get(f"/attachments/{sent.pk}/").status_code == 404


def opens(client: Client, rows: Iterable[Attachment]) -> list[int]:
    """What asking for these files, and for their previews, is answered with."""
    addresses = [f"/attachments/{row.pk}/{part}" for row in rows for part in ("", "preview/")]
    return [client.get(address).status_code for address in addresses]


@pytest.mark.parametrize("way", ["branch", "duplicate", "merge"])
def test_copies_of_a_file_open_only_for_those_who_see_the_session_they_are_in(
    as_alice: Client, as_bob: Client, alice: User, bob: User, asked: Message, make_chat: Any, way: str
) -> None:
    chat = asked.session
    if way == "branch":
        copy = branch_session(message=asked, owner=alice)
    elif way == "duplicate":
        copy = duplicate_session(chat=chat, owner=alice)
    else:
        copy = make_chat()
        merge_session(source=chat, target=copy, person=alice)
    originals = list(asked.attachments.all())
    copies = list(Attachment.objects.filter(message__session=copy))
    assert {row.stored for row in copies} == {row.stored for row in originals}
    assert opens(as_alice, originals + copies) == [200] * 8
    assert opens(as_bob, originals + copies) == [404] * 8
    SessionMember.objects.create(session=copy, user=bob, role="reader")
    assert opens(as_bob, copies) == [200] * 4
    assert opens(as_bob, originals) == [404] * 4
    assert as_bob.post(f"/attachments/{copies[0].pk}/remove/", headers=HTMX).status_code == 404


def test_staff_see_that_a_file_was_there_but_open_it_not(
    client: Client, staff: User, chat: ChatSession, bring: Bring
) -> None:
    row = bring("secret-plan.txt", b"x")
    end(send(chat, "Look", attachments=[row.pk]).reply)
    User.objects.filter(pk=staff.pk).update(is_superuser=True)
    staff.refresh_from_db()
    client.force_login(staff)
    page = client.get(f"/admin/sessions_app/chatsession/{chat.pk}/transcript/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "secret-plan.txt" in text
    assert f"/attachments/{row.pk}/" not in text
    assert client.get(f"/attachments/{row.pk}/").status_code == 404


@pytest.mark.parametrize("content", ["hello", "x" * 400_001], ids=["short", "too long"])
def test_whoever_may_no_longer_write_removes_a_file_and_sees_nothing_of_the_session(
    as_bob: Client, bob: User, chat: ChatSession, content: str
) -> None:
    ChatSession.objects.filter(pk=chat.pk).update(title="Salary talks")
    member = SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.WRITER)
    row = Attachment.objects.get(
        pk=post(as_bob, up(), session=str(chat.pk)).json()["files"][0]["id"], session=chat
    )
    member.delete()
    answer = as_bob.post(f"/attachments/{row.pk}/remove/", {"content": content})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not Attachment.objects.exists()
    assert not Draft.objects.exists()
