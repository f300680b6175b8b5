"""Files by REST: taken, looked at, downloaded, removed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile

from sessions_app.models import Attachment, ChatSession, SessionMember, User
from tests.actions.steps import send

from .program import Program, problem

PATH = "/api/chat/attachments"
BROKEN = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nWor'


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.ATTACHMENTS_DIR = tmp_path


def upload(program: Program, name: str = "a.txt", content: bytes = b"Some words", **more: Any) -> Any:
    return program.client.post(PATH, {"file": SimpleUploadedFile(name, content), **more})


def taken(program: Program, **more: Any) -> Any:
    return upload(program, **more).json()["files"][0]


def test_bytes_leave_with_the_scope_export_alone(with_token: Any, alices: Program, alice: User) -> None:
    path = f"chat/attachments/{taken(alices)['id']}"
    reads, exports = with_token(alice, "read"), with_token(alice, "export")
    assert (reads.get(path).status_code, problem(reads.get(f"{path}/content"))) == (200, "scope_missing")
    assert exports.get(f"{path}/content").status_code == 200


def test_each_file_is_taken_or_refused_on_its_own(alices: Program, chat: ChatSession) -> None:
    both = [SimpleUploadedFile("a.txt", b"Words"), SimpleUploadedFile("b.exe", b"MZ\x00\x01" * 50)]
    some = alices.client.post(PATH, {"file": both, "session": str(chat.pk)})
    assert some.status_code == 201
    assert [file["name"] for file in some.json()["files"]] == ["a.txt"]
    assert [file["name"] for file in some.json()["refused"]] == ["b.exe"]
    assert (some.json()["files"][0]["session"], some.json()["files"][0]["message"]) == (str(chat.pk), None)
    none = alices.client.post(PATH, {"file": SimpleUploadedFile("b.exe", b"MZ\x00\x01" * 50)})
    assert (none.status_code, none.json()["files"]) == (422, [])


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{}", "application/json", 415, "unsupported_media_type"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"Words", "text/plain", 415, "unsupported_media_type"),
        (BROKEN.replace(b"--x", b"--y"), "multipart/form-data; boundary=x", 400, "invalid"),
        (BROKEN, "multipart/form-data", 400, "parse_error"),
        (b"", "multipart/form-data; boundary=x", 400, "invalid"),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 400, "invalid"),
    ],
)
def test_what_is_no_form_with_a_file_is_refused(
    alices: Program, content: bytes, kind: str, status: int, code: str
) -> None:
    response = alices.client.generic("POST", PATH, content, content_type=kind)
    assert (response.status_code, problem(response)) == (status, code)
    assert not Attachment.objects.exists()


def test_the_field_is_called_file_and_bounded(alices: Program, settings: Any) -> None:
    other = alices.client.post(PATH, {"files": SimpleUploadedFile("a.txt", b"Words")})
    assert (other.status_code, other.json()["fields"]) == (400, {"file": ["At least one file is needed."]})
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    many = [SimpleUploadedFile(f"{number}.txt", b"Words") for number in range(3)]
    response = alices.client.post(PATH, {"file": many})
    assert (response.status_code, problem(response)) == (400, "invalid")
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    response = alices.client.post(PATH, {"file": many[:1], "a": "1", "b": "2", "c": "3"})
    assert (response.status_code, problem(response)) == (400, "invalid")
    assert not Attachment.objects.exists()


def test_a_session_is_named_by_who_writes_there(
    alices: Program, bobs: Program, bob: User, chat: ChatSession
) -> None:
    assert problem(upload(alices, session="nothing")) == "invalid"
    assert problem(upload(alices, session=str(uuid.uuid4()))) == "not_found"
    assert problem(upload(bobs, session=str(chat.pk))) == "not_found"
    SessionMember.objects.create(session=chat, user=bob)
    assert problem(upload(bobs, session=str(chat.pk))) == "read_only"
    assert not Attachment.objects.exists()


def test_unsent_files_are_listed_until_they_are_sent(
    alices: Program, bobs: Program, chat: ChatSession
) -> None:
    here, there = taken(alices, session=str(chat.pk)), taken(alices)
    assert alices.get("chat/attachments").json()["results"] == [there, here]
    assert alices.get(f"chat/attachments?session={chat.pk}").json()["results"] == [here]
    assert bobs.get("chat/attachments").json()["results"] == []
    assert bobs.get(f"chat/attachments?session={chat.pk}").status_code == 404
    send(chat, "Look", attachments=[uuid.UUID(here["id"])])
    assert alices.get("chat/attachments").json()["results"] == [there]


async def whole(response: Any) -> bytes:
    return b"".join([piece async for piece in response.streaming_content])


def test_a_file_is_looked_at_and_downloaded_in_a_sandbox(alices: Program, bobs: Program) -> None:
    file = taken(alices, name="words & more.txt", content=b"<script>alert(1)</script>")
    assert alices.get(f"chat/attachments/{file['id']}").json() == file
    page = alices.client.get(f"/attachments/{file['id']}/")
    response = alices.get(f"chat/attachments/{file['id']}/content")
    assert response.status_code == 200
    assert async_to_sync(whole)(response) == b"<script>alert(1)</script>"
    names = ("Content-Type", "Content-Length", "Content-Disposition", "Content-Security-Policy",
             "X-Content-Type-Options", "Cache-Control")  # fmt: skip
    assert [response[name] for name in names] == [page[name] for name in names]
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"].startswith("sandbox")
    again = alices.get(f"chat/attachments/{file['id']}/content", **{"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for operation in ("", "/content"):
        assert bobs.get(f"chat/attachments/{file['id']}{operation}").status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_missing(alices: Program) -> None:
    file = taken(alices)
    row = Attachment.objects.get()
    Attachment.objects.filter(pk=row.pk).update(stored="0" * 32)
    response = alices.get(f"chat/attachments/{file['id']}/content")
    assert (response.status_code, problem(response)) == (404, "not_found")


def test_an_unsent_file_is_removed_and_a_sent_one_stays(
    alices: Program, bobs: Program, bob: User, chat: ChatSession
) -> None:
    first, second = taken(alices), taken(alices, session=str(chat.pk))
    assert bobs.delete(f"chat/attachments/{first['id']}").status_code == 404
    assert alices.delete(f"chat/attachments/{first['id']}").status_code == 204
    assert alices.delete(f"chat/attachments/{first['id']}").status_code == 404
    send(chat, "Look", attachments=[uuid.UUID(second["id"])])
    refused = alices.delete(f"chat/attachments/{second['id']}")
    assert (refused.status_code, problem(refused)) == (409, "not_possible")
    SessionMember.objects.create(session=chat, user=bob)
    assert bobs.get(f"chat/attachments/{second['id']}").status_code == 200
    assert bobs.delete(f"chat/attachments/{second['id']}").status_code == 404
