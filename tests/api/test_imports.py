"""Files that are brought by REST: whole or in pieces, read, chosen from, taken in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from export_app import jobs
from export_app.models import ImportItem, ImportJob
from sessions_app.models import ChatSession, User
from tests.actions.steps import end, send
from tests.exports.foreign import plain_chatgpt, plain_claude, zipped

from .program import Program, problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Path:
    settings.IMPORTS_DIR = tmp_path / "imports"
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return tmp_path / "imports"


def talks(*titles: str, more: int = 0) -> bytes:
    found = [plain_chatgpt(str(at), title, more=more) for at, title in enumerate(titles)]
    return json.dumps(found).encode()


def bring(program: Program, data: bytes, query: str = "", name: str = "c.json", **fields: str) -> Any:
    form = {"file": SimpleUploadedFile(name, data), **fields}
    return program.client.post(f"/api/chat/import{query}", form)


def work() -> None:
    while jobs.Worker().run_one():
        pass


def read(program: Program, data: bytes, **more: Any) -> str:
    """The path of the import of this file, once it is read."""
    answer = bring(program, data, **more)
    assert answer.status_code == 202, answer.content
    work()
    return f"chat/import/{answer.json()['id']}"


def titles() -> list[str]:
    return sorted(ChatSession.objects.values_list("title", flat=True))


def test_from_a_file_to_sessions(alices: Program) -> None:
    answer = bring(alices, talks("Bread", "Rye", "Wheat"), name="all.json")
    job = answer.json()
    assert (answer.status_code, job["status"], job["name"], job["format"]) == (202, "reading", "all.json", "")
    work()
    path = f"chat/import/{job['id']}"
    ready = alices.get(path).json()
    assert (ready["status"], ready["format"], ready["total"]) == ("ready", "chatgpt", 3)
    assert (ready["found"]["new"], ready["found"]["chosen"]) == (3, 3)
    assert [(each["item"], each["title"], each["state"]) for each in ready["items"]["results"]] == [
        (0, "Bread", "new"),
        (1, "Rye", "new"),
        (2, "Wheat", "new"),
    ]
    assert titles() == []
    taking = alices.post(f"{path}/choose", {"items": [0, 2]})
    assert (taking.status_code, taking.json()["status"], taking.json()["total"]) == (202, "importing", 2)
    work()
    assert titles() == ["Bread", "Wheat"]
    done = alices.get(f"{path}?taken=true").json()
    assert (done["status"], done["found"]["imported"]) == ("done", 2)
    made = {each["session"] for each in done["items"]["results"]}
    assert made == {str(key) for key in ChatSession.objects.values_list("pk", flat=True)}
    assert [each["id"] for each in alices.get("chat/import").json()["results"]] == [job["id"]]


def test_all_that_is_new_is_taken_in_at_once_and_nothing_twice(alices: Program, place: Path) -> None:
    first = read(alices, talks("Bread", "Rye"), query="?take=all")
    assert alices.get(first).json()["status"] == "done"
    assert titles() == ["Bread", "Rye"]
    second = alices.get(read(alices, talks("Bread", "Rye"), take="all")).json()
    assert (second["status"], second["found"]["here"], second["found"]["imported"]) == ("done", 2, 0)
    assert titles() == ["Bread", "Rye"]
    longer = alices.get(read(alices, talks("Bread", "Rye", more=2), query="?take=all")).json()
    assert (longer["found"]["changed"], longer["found"]["imported"]) == (2, 2)
    assert titles() == ["Bread", "Rye"]


def test_what_is_here_is_made_a_second_time_where_it_is_wished(alices: Program) -> None:
    read(alices, talks("Bread"), query="?take=all")
    path = read(alices, talks("Bread", "Rye"))
    assert alices.get(f"{path}?state=here").json()["items"]["results"][0]["chosen"] is False
    alices.post(f"{path}/choose", {"states": ["here"]})
    work()
    assert titles() == ["Bread", "Bread"]


def test_a_session_that_was_exported_comes_back_as_the_body_itself(
    alices: Program, bobs: Program, bob: User, chat: ChatSession
) -> None:
    ChatSession.objects.filter(pk=chat.pk).update(title="Mine")
    end(send(chat, "Where did the tokens go?").reply, text="To Opus.")
    exported = b"".join(alices.get(f"chat/export/{chat.pk}?format=json"))
    answer = bobs.post("chat/import?take=all&name=mine.json", exported)
    assert (answer.status_code, answer.json()["name"]) == (202, "mine.json")
    work()
    copy = ChatSession.objects.get(owner=bob)
    assert copy.title == "Mine"
    assert list(copy.messages.values_list("content", flat=True)) == ["Where did the tokens go?", "To Opus."]


def test_a_zip_is_a_body_too(alices: Program) -> None:
    data = zipped({"conversations.json": [plain_claude("1", "Bread")]})
    answer = alices.client.post("/api/chat/import?take=all", data, content_type="application/zip")
    assert answer.status_code == 202
    work()
    assert titles() == ["Bread"]


def test_a_file_that_cannot_be_read_says_where(alices: Program) -> None:
    found = alices.get(read(alices, b'[{"mapping": nope}]')).json()
    assert (found["status"], found["line"]) == ("failed", 1)
    assert found["error"]
    path = read(alices, b"[" + json.dumps(plain_claude("1", "Bread")).encode() + b',\n{"uuid": nope}]')
    broken = alices.get(f"{path}?state=broken").json()["items"]["results"]
    assert [(each["line"], bool(each["problem"])) for each in broken] == [(2, True)]
    refused = alices.post(f"{path}/choose", {"items": [0, 1]})
    assert (refused.status_code, problem(refused)) == (422, "no_item")
    assert alices.get(path).json()["found"]["chosen"] == 1


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        (lambda program: program.post("chat/import", b""), 415, "unsupported_media_type"),
        (lambda program: bring(program, b""), 422, "refused"),
        (lambda program: bring(program, b"[]", take="some"), 400, "invalid"),
        (lambda program: bring(program, b"[]", query="?take=some"), 400, "invalid"),
        (lambda program: program.client.post("/api/chat/import", {"name": "x"}), 400, "invalid"),
        (
            lambda program: program.client.post("/api/chat/import", b"x", content_type="text/csv"),
            415,
            "unsupported_media_type",
        ),
        (
            lambda program: program.client.post("/api/chat/import", b"x", content_type="multipart/form-data"),
            400,
            "parse_error",
        ),
        (lambda program: program.post("chat/import/pieces", {"size": 0}), 400, "invalid"),
        (lambda program: program.post("chat/import/pieces", {"size": 10**12}), 413, "too_large"),
    ],
)
def test_what_is_no_file_is_refused_and_leaves_nothing(
    alices: Program, place: Path, send: Any, status: int, code: str
) -> None:
    answer = send(alices)
    assert (answer.status_code, problem(answer)) == (status, code)
    assert not ImportJob.objects.exists()
    assert not place.exists() or not list(place.iterdir())


def test_what_is_too_large_is_refused_by_what_has_come(alices: Program, settings: Any, place: Path) -> None:
    settings.MAX_IMPORT_BYTES = 1000
    answer = alices.post("chat/import", b"[" + b" " * 2000 + b"]")
    assert (answer.status_code, problem(answer)) == (413, "too_large")
    assert not place.exists() or not list(place.iterdir())


def test_one_at_a_time_is_worked_on(alices: Program, place: Path) -> None:
    bring(alices, talks("Bread"))
    refused = bring(alices, talks("Rye"))
    assert (refused.status_code, problem(refused)) == (409, "import_busy")
    assert len(list(place.iterdir())) == 1


def test_a_key_takes_a_file_once(alices: Program, place: Path) -> None:
    def asked(data: bytes) -> Any:
        return alices.post("chat/import?take=all", data, **{"Idempotency-Key": "k"})

    first, second = asked(talks("Bread")), asked(talks("Bread"))
    assert (first.json(), second["Idempotency-Replayed"]) == (second.json(), "true")
    other = asked(talks("Rye"))
    assert (other.status_code, problem(other)) == (422, "key_reused")
    assert ImportJob.objects.count() == 1
    assert len(list(place.iterdir())) == 1
    work()
    assert asked(talks("Bread")).json() == first.json()
    assert titles() == ["Bread"]
    assert list(place.iterdir()) == []


def test_a_large_file_comes_in_pieces(alices: Program) -> None:
    data = talks("Bread", "Rye")
    begun = alices.post("chat/import/pieces", {"size": len(data), "name": "large.json"})
    path = f"chat/import/{begun.json()['id']}"
    assert (begun.status_code, begun.json()["status"], begun.json()["received"]) == (201, "receiving", 0)

    def piece(at: int, data: bytes) -> Any:
        address = f"/api/{path}/pieces?at={at}&take=all"
        return alices.client.post(address, data, content_type="application/octet-stream")

    assert piece(0, data[:100]).json() == {"received": 100, "size": len(data)}
    assert piece(0, data[:100]).json()["received"] == 100  # it had come before
    assert piece(500, data[500:]).json()["received"] == 100  # it does not go on there
    assert alices.get(path).json()["received"] == 100
    assert piece(100, data[100:]).json()["received"] == len(data)
    assert piece(100, data[100:]).json()["received"] == len(data)  # the answer was lost
    work()
    assert titles() == ["Bread", "Rye"]
    assert problem(piece(0, b"x")) == "not_possible"
    assert problem(alices.post(f"{path}/pieces", b"x")) == "invalid"


def test_a_choice_is_made_while_it_waits_and_in_one_step(alices: Program) -> None:
    path = read(alices, talks("Bread", "Rye"))
    noted = alices.post(f"{path}/choose", {"items": [1], "take": False})
    assert (noted.status_code, noted.json()["found"]["chosen"], noted.json()["status"]) == (200, 1, "ready")
    nothing = alices.post(f"{path}/choose", {"items": []})
    assert nothing.json()["detail"] == "No session is chosen. Tick those that are to be imported."
    assert alices.get(path).json()["found"]["chosen"] == 1
    key = {"Idempotency-Key": "k"}
    first, second = (alices.post(f"{path}/choose", {}, **key) for _ in range(2))
    assert (first.status_code, first.json()) == (202, second.json())
    late = alices.post(f"{path}/choose", {"items": [0]})
    assert (late.status_code, problem(late)) == (409, "not_chosen_from")
    work()
    assert titles() == ["Rye"]


def test_it_is_cancelled_and_forgotten(alices: Program, place: Path) -> None:
    answer = bring(alices, talks("Bread")).json()
    path = f"chat/import/{answer['id']}"
    refused = alices.client.delete(f"/api/{path}")
    assert (refused.status_code, problem(refused)) == (409, "not_possible")
    assert alices.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert list(place.iterdir()) == []
    assert alices.client.delete(f"/api/{path}").status_code == 204
    assert alices.get(path).status_code == 404


def test_the_sessions_of_a_large_file_are_read_page_by_page(
    alices: Program, django_assert_max_num_queries: Any
) -> None:
    path = read(alices, talks(*(f"Talk {at}" for at in range(7))))
    seen: list[str] = []
    url = f"{path}?limit=3"
    while url:
        page = alices.get(url).json()["items"]
        seen += [each["title"] for each in page["results"]]
        url = (page["next"] or "").removeprefix("http://testserver/api/")
    assert seen == [f"Talk {at}" for at in range(7)]
    with django_assert_max_num_queries(7):
        alices.get(path)
    assert problem(alices.get(f"{path}?cursor=x")) == "invalid"


def test_a_list_takes_the_same_queries_for_many_as_for_few(
    alices: Program, alice: User, django_assert_max_num_queries: Any
) -> None:
    made = ImportJob.objects.bulk_create(
        ImportJob(owner=alice, name=str(at), status="done") for at in range(30)
    )
    ImportItem.objects.bulk_create(ImportItem(job=job, position=0, key="1") for job in made)
    with django_assert_max_num_queries(5):
        found = alices.get("chat/import").json()["results"]
    assert [each["found"]["new"] for each in found] == [1] * 30
