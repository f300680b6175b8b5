"""Importing on pages: a file is brought, looked through, chosen from, taken in; bad ones say why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from export_app.actions import importing
from export_app.models import ImportItem, ImportJob
from sessions_app.models import ChatSession, User
from tests.exports.foreign import plain_chatgpt, plain_claude, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: LazySettings, tmp_path: Path) -> Path:
    settings.IMPORTS_DIR = tmp_path / "imports"
    return tmp_path / "imports"


def bring(client: Client, data: bytes, name: str = "conversations.json") -> str:
    """Where the page of this file is; it is read."""
    answer = client.post("/import/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 303
    importing.run_read(ImportJob.objects.latest("created_at").pk, 1)
    return str(answer["Location"])


def many(count: int) -> bytes:
    return json.dumps([plain_chatgpt(str(at), f"Talk {at}") for at in range(count)]).encode()


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_what_can_be_imported_and_the_menu_leads_there(as_alice: Client) -> None:
    page = text(as_alice, "/import/")
    for words in ("ChatGPT", "Claude", "This app", "Data controls", 'type="file"'):
        assert words in page
    assert 'href="/import/"' in text(as_alice, "/")


def test_from_a_file_to_sessions(as_alice: Client, alice: User) -> None:
    address = bring(
        as_alice,
        zipped({"conversations.json": [plain_claude("1", "Bread"), plain_claude("2", "Rye")]}),
        "e.zip",
    )
    page = text(as_alice, address)
    assert "Bread" in page
    assert "Import 2 sessions" in page
    assert "2 new" in page
    answer = as_alice.post(f"{address}choose/", {"shown": ["0", "1"], "chosen": ["1"], "go": "import"})
    assert (answer.status_code, answer["Location"]) == (303, address)
    page = text(as_alice, address)
    assert "0 of 1 session" in page
    assert "every 1s" in page
    fragment = as_alice.get(f"{address}state/")
    assert "HX-Refresh" not in fragment
    importing.run_take(ImportJob.objects.get().pk, 1)
    assert as_alice.get(f"{address}state/")["HX-Refresh"] == "true"
    page = text(as_alice, address)
    chat = ChatSession.objects.get()
    assert chat.title == "Rye"
    assert "1 session imported" in page
    assert chat.get_absolute_url() in page
    assert "Bread" not in page
    assert "Rye" in text(as_alice, "/")
    assert "Done" in text(as_alice, "/import/")


def test_ticks_are_kept_from_page_to_page(as_alice: Client) -> None:
    address = bring(as_alice, many(120))
    page = text(as_alice, address)
    assert "Page 1 of 3" in page
    assert page.count('name="chosen"') == 50
    shown = [str(at) for at in range(50)]
    answer = as_alice.post(
        f"{address}choose/", {"shown": shown, "chosen": shown[:10], "page": "1", "go": "page:3"}
    )
    assert answer["Location"] == f"{address}?page=3"
    page = text(as_alice, answer["Location"])
    assert "Import 80 sessions" in page
    assert "Talk 119" in page
    fragment = as_alice.post(f"{address}choose/", {"shown": ["119"]}, headers={"HX-Request": "true"})
    assert "Import 79 sessions" in fragment.content.decode()
    as_alice.post(f"{address}choose/", {"go": "none"})
    assert "Import the ticked sessions" in text(as_alice, address)
    refused = as_alice.post(f"{address}choose/", {"go": "import"})
    assert refused.status_code == 422
    assert "No session is chosen" in refused.content.decode()
    as_alice.post(f"{address}choose/", {"go": "all"})
    assert "Import 120 sessions" in text(as_alice, address)


def test_the_list_is_narrowed_to_a_state(as_alice: Client) -> None:
    data = b"[" + json.dumps(plain_claude("1", "Bread")).encode() + b',\n{"uuid": nope}]'
    address = bring(as_alice, data)
    page = text(as_alice, address)
    assert "1 cannot be read" in page
    assert "Line 2, column 10: It is not valid JSON" in page
    answer = as_alice.post(f"{address}choose/", {"shown": ["0"], "chosen": ["0"], "go": "state:broken"})
    page = text(as_alice, answer["Location"])
    assert "Bread" not in page
    assert "not valid JSON" in page
    assert 'name="chosen"' not in page


def test_the_page_of_thousands_asks_few_questions(
    as_alice: Client, django_assert_max_num_queries: Any
) -> None:
    address = bring(as_alice, many(3))
    job = ImportJob.objects.get()
    rows = [ImportItem(job=job, position=at, key=str(at), title=f"Talk {at}") for at in range(3, 5000)]
    ImportItem.objects.bulk_create(rows)
    with django_assert_max_num_queries(16):
        assert "Import 5,000 sessions" in text(as_alice, f"{address}?page=100")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>not it</html>", "not a JSON file"),
        (b'{"some": "thing"}', "no conversations of a kind"),
        (b'[{"mapping": {', "ends in the middle of conversation 1"),
        (b"[]", "no conversations in this file"),
    ],
)
def test_a_bad_file_says_why(as_alice: Client, data: bytes, words: str) -> None:
    page = text(as_alice, bring(as_alice, data))
    assert words in page
    assert "Nothing was imported" in page
    assert "Choose another file" in page


def test_a_file_that_is_all_here_says_so_and_can_be_had_a_second_time(as_alice: Client) -> None:
    for _ in range(2):
        address = bring(as_alice, many(1))
        page = text(as_alice, address)
        as_alice.post(f"{address}choose/", {"go": "import"})  # what is ticked of itself
        importing.run_take(ImportJob.objects.latest("created_at").pk, 1)
    assert "Nothing new in this file." in page
    assert "All of it is here already." in page
    assert "Waits for your choice" not in page
    assert "Nothing new" in text(as_alice, "/import/")
    as_alice.post(f"{address}choose/", {"shown": ["0"], "chosen": ["0"], "go": "import"})
    importing.run_take(ImportJob.objects.latest("created_at").pk, 1)
    assert ChatSession.objects.count() == 2


def test_too_many_files_that_wait_are_named(as_alice: Client) -> None:
    pages = [bring(as_alice, json.dumps([plain_claude(str(at))]).encode(), f"{at}.json") for at in range(3)]
    answer = as_alice.post("/import/", {"name": "x.json", "size": "5"})
    assert (answer.status_code, len(answer.json()["links"])) == (422, 3)
    answer = as_alice.post("/import/", {"file": SimpleUploadedFile("x.json", b"[]")})
    notice = answer.content.decode().split('role="alert"')[1].split("</ul>")[0]
    assert all(f'href="{page}"' in notice for page in pages)


def test_an_imported_session_says_where_it_is_from(as_alice: Client, make_chat: Any) -> None:
    files = [{"file_name": "loaf.jpg", "file_kind": "image", "file_uuid": "f"}]
    talk = plain_claude("1", "Bread")
    talk["chat_messages"][0]["files"] = files
    address = bring(as_alice, json.dumps([talk]).encode())
    as_alice.post(f"{address}choose/", {"shown": ["0"], "chosen": ["0"], "go": "import"})
    importing.run_take(ImportJob.objects.get().pk, 1)
    chat = ChatSession.objects.get()
    page = text(as_alice, chat.get_absolute_url())
    assert "1 March 2025," in page
    assert ">Claude<" in page.replace("\n", "")
    chip = page.split('class="file-chip"')[1].split("</li>")[0]
    assert "loaf.jpg" in chip
    assert "not in the export" in chip
    assert "preview" not in chip
    assert "file-chip__size" not in chip
    about = text(as_alice, f"{chat.get_absolute_url()}about/")
    assert "From Claude, " in about
    assert "not counted here" in about
    usual = make_chat()
    assert "not counted here" not in text(as_alice, f"{usual.get_absolute_url()}about/")


def test_no_file_an_empty_one_and_one_too_large(as_alice: Client, settings: LazySettings) -> None:
    for posted, status, words in (
        ({}, 422, "No file was chosen"),
        ({"file": SimpleUploadedFile("a.json", b"")}, 422, "empty"),
    ):
        answer = as_alice.post("/import/", posted)
        assert (answer.status_code, words in answer.content.decode()) == (status, True)
    settings.MAX_IMPORT_BYTES = 10
    answer = as_alice.post("/import/", {"file": SimpleUploadedFile("a.json", b"x" * 20)})
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()
    answer = as_alice.post("/import/", {"name": "a.json", "size": "nonsense"})
    assert (answer.status_code, "error" in answer.json()) == (422, True)
    assert not ImportJob.objects.exists()


def test_a_large_file_comes_in_pieces(as_alice: Client) -> None:
    data = many(2)
    begun = as_alice.post("/import/", {"name": "big.json", "size": str(len(data))}).json()
    assert begun["most"] > 1_000_000
    at = 0
    for size in (0, 100, 0, len(data)):
        answer = as_alice.post(
            f"{begun['pieces']}?at={at}", data[at : at + size], content_type="application/octet-stream"
        )
        at = answer.json()["received"]
    assert at == len(data)
    assert ImportJob.objects.get().status == "reading"
    assert "Reading the file" in text(as_alice, begun["page"])
    refused = as_alice.post(f"{begun['pieces']}?at=x", b"x", content_type="application/octet-stream")
    assert refused.json() == {"received": len(data)}


def test_cancelling_and_forgetting(as_alice: Client, place: Path) -> None:
    address = bring(as_alice, many(1))
    assert as_alice.post(f"{address}cancel/")["Location"] == address
    assert "This import was cancelled" in text(as_alice, address)
    assert list(place.iterdir()) == []
    assert as_alice.post(f"{address}forget/")["Location"] == "/import/"
    assert as_alice.get(address).status_code == 404


def test_a_stranger_sees_none_of_it(as_alice: Client, as_bob: Client) -> None:
    address = bring(as_alice, many(1))
    assert as_bob.get(address).status_code == 404
    for deed in ("choose", "cancel", "forget", "pieces"):
        assert as_bob.post(f"{address}{deed}/", {"go": "import"}).status_code == 404
    assert "conversations.json" not in text(as_bob, "/import/")
    assert ImportJob.objects.get().status == "ready"


def test_titles_are_text(as_alice: Client) -> None:
    address = bring(
        as_alice, json.dumps([plain_claude("1", "<script>alert(1)</script>")]).encode(), "<b>.json"
    )
    page = text(as_alice, address)
    assert "<script>alert" not in page
    assert "<b>.json" not in page
