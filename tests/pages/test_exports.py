"""The page of exports, the page that begins one, the files, and the news."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from export_app import doctor, jobs
from export_app.bulk import keeping
from export_app.bulk.choice import Choice
from export_app.models import ExportJob
from sessions_app.actions.organising import tag
from sessions_app.files.ranges import part
from sessions_app.models import ChatSession, SessionMember, User
from tests.exports.test_transcript import said

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def place(settings: LazySettings, tmp_path: Path) -> None:
    settings.EXPORTS_DIR = tmp_path


@pytest.fixture
def job(chat: ChatSession, alice: User) -> ExportJob:
    """A finished one of Alice's."""
    ChatSession.objects.filter(pk=chat.pk).update(title="Größe <b>", message_count=1)
    said(chat, "hello")
    return finished(begun(client_of(alice)))


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def begun(client: Client, **more: Any) -> ExportJob:
    answer = client.post("/exports/new/", {"which": "all", "format": ["markdown"], **more})
    assert (answer.status_code, answer["Location"]) == (303, "/exports/")
    return ExportJob.objects.get(status="queued")


def finished(job: ExportJob) -> ExportJob:
    while jobs.Worker().run_one():
        pass
    job.refresh_from_db()
    return job


def test_the_list_tells_what_can_be_done_with_each(as_alice: Client, job: ExportJob) -> None:
    page = as_alice.get("/exports/").content.decode()
    assert "“Größe &lt;b&gt;” as Markdown" in page
    assert f"/exports/{job.pk}/download/" in page
    assert "hx-trigger" not in page.split('<ul class="exports"')[1].split("</ul>")[0]
    assert "data-export-busy" not in page
    waiting = begun(as_alice)
    page = as_alice.get("/exports/").content.decode()
    assert "data-export-busy" in page
    row = as_alice.get(f"/exports/{waiting.pk}/", **HTMX).content.decode()
    assert 'hx-trigger="every 1s"' in row
    assert "Waiting" in row
    finished(waiting)
    assert "hx-trigger" not in as_alice.get(f"/exports/{waiting.pk}/", **HTMX).content.decode()
    assert as_alice.get(f"/exports/{waiting.pk}/").status_code == 303


def test_the_file_comes_under_its_name_and_is_kept_by_nobody(as_alice: Client, job: ExportJob) -> None:
    answer = as_alice.get(f"/exports/{job.pk}/download/")
    assert b"".join(answer).decode().startswith("# Größe \\<b>")
    assert answer["Content-Disposition"] == (
        "attachment; filename=\"groe-b.md\"; filename*=UTF-8''gr%C3%B6%C3%9Fe-b.md"
    )
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(job.size)
    rest = as_alice.get(f"/exports/{job.pk}/download/", HTTP_RANGE="bytes=2-4")
    assert (rest.status_code, b"".join(rest)) == (206, "Gr\xf6".encode()[:3])
    assert rest["Content-Range"] == f"bytes 2-4/{job.size}"
    assert as_alice.get(f"/exports/{job.pk}/download/", HTTP_RANGE="bytes=999999-").status_code == 416
    keeping.forget(job.pk)
    assert as_alice.get(f"/exports/{job.pk}/download/").status_code == 404


def test_what_may_not_be_read_any_more_is_not_given_either(
    as_bob: Client, bob: User, chat: ChatSession
) -> None:
    said(chat, "hello")
    ChatSession.objects.filter(pk=chat.pk).update(title="Hers", message_count=1)
    member = SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.READER)
    job = finished(begun(as_bob))
    address = f"/exports/{job.pk}/download/"
    assert b"hello" in b"".join(as_bob.get(address))
    member.delete()
    for part_of in ("", "bytes=2-4"):
        answer = as_bob.get(address, headers={"Range": part_of})
        page = answer.content.decode()
        assert (answer.status_code, "Content-Disposition" in answer) == (409, False)
        assert "You may not read all of it any more. Export it again." in page
        assert "Hers" not in page
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.READER)
    assert as_bob.get(address).status_code == 200


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("", (0, 10)), ("bytes=0-", (0, 10)), ("bytes=4-5", (4, 6)), ("bytes=4-99", (4, 10)), ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)), ("bytes=-", (0, 10)), ("bytes=1-2,4-5", (0, 10)), ("lines=1-2", (0, 10)),
        ("bytes=10-", None), ("bytes=5-4", None), ("bytes=-0", None),
    ],
)  # fmt: skip
def test_of_ranges_one_is_given(asked: str, given: tuple[int, int] | None) -> None:
    assert part(asked, 10) == given


def test_it_is_cancelled_removed_and_asked_for_again(as_alice: Client, job: ExportJob) -> None:
    answer = as_alice.post(f"/exports/{job.pk}/again/")
    second = ExportJob.objects.get(status="queued")
    assert answer["Location"] == f"/exports/#export-{second.pk}-title"
    refused = as_alice.post(f"/exports/{second.pk}/remove/", **HTMX)
    assert (refused.status_code, "Cancel it first" in refused.content.decode()) == (422, True)
    cancelled = as_alice.post(f"/exports/{second.pk}/cancel/", **HTMX).content.decode()
    assert "Cancelled" in cancelled
    assert "autofocus" in cancelled
    assert "autofocus" not in as_alice.get(f"/exports/{second.pk}/", **HTMX).content.decode()
    answer = as_alice.post(f"/exports/{second.pk}/remove/", **HTMX)
    assert (answer.status_code, answer.content, answer.get("HX-Refresh")) == (200, b"", None)
    assert "Removed: " in json.loads(answer["HX-Trigger"])["show-toast"]["text"]
    last = as_alice.post(f"/exports/{job.pk}/remove/", **HTMX)
    assert (last["HX-Refresh"], list(json.loads(last["HX-Trigger"]))) == ("true", ["leave-toast"])
    assert not ExportJob.objects.exists()


def test_news_are_told_once_and_only_to_whom_they_concern(
    as_alice: Client, as_bob: Client, job: ExportJob
) -> None:
    told = as_alice.get("/exports/news/").json()
    assert told == {
        "busy": False,
        "ended": [
            {
                "text": "Ready: “Größe <b>” as Markdown",
                "label": "Download",
                "link": f"/exports/{job.pk}/download/",
                "rows": [f"export-{job.pk}"],
            }
        ],
    }
    assert as_bob.get("/exports/news/").json() == {"busy": False, "ended": []}
    as_bob.post("/exports/news/")
    assert as_alice.get("/exports/news/").json() == told
    as_alice.post("/exports/news/")
    assert as_alice.get("/exports/news/").json()["ended"] == []
    begun(as_alice)
    assert as_alice.get("/exports/news/").json() == {"busy": True, "ended": []}


def test_news_of_several_are_their_number_and_the_page_that_shows_them_tells_too(
    as_alice: Client, job: ExportJob
) -> None:
    second = finished(begun(as_alice))
    ExportJob.objects.create(owner=job.owner, title="A third", status="failed")
    ready, failed = as_alice.get("/exports/news/").json()["ended"]
    assert (ready["text"], ready["label"], ready["link"]) == ("2 exports are ready", "Exports", "/exports/")
    assert set(ready["rows"]) == {f"export-{job.pk}", f"export-{second.pk}"}
    assert failed["text"] == "Failed: A third"
    assert "kept for 7 days" in as_alice.get("/exports/").content.decode()
    assert as_alice.get("/exports/news/").json()["ended"] == []


def test_what_it_will_be_is_said_before(
    as_alice: Client, alice: User, bob: User, make_chat: Callable[..., ChatSession]
) -> None:
    one = make_chat(title="One", message_count=3, starred=True)
    two = make_chat(title="Two", message_count=4)
    make_chat(title="Bobs", message_count=100, owner=bob)
    make_chat(title="Gone", message_count=100, deleted_at=one.created_at)
    tag(chat=two, name="work")

    def told(**asked: str) -> str:
        return as_alice.get("/exports/new/", asked, HTTP_HX_TARGET="export-sum").content.decode().strip()

    assert told() == "2 sessions, 7 messages"
    assert told(which="starred") == "1 session, 3 messages"
    assert told(tag="work") == "1 session, 4 messages"
    assert told(which="archived") == "No session is like that."
    assert told(to="2001-01-01") == "No session is like that."
    assert told(session=f"{one.pk.hex},{two.pk.hex},nonsense") == "2 sessions, 7 messages"
    page = as_alice.get("/exports/new/", {"session": one.pk.hex}).content.decode()
    assert f'name="session" value="{one.pk}"' in page
    chosen = as_alice.post("/exports/new/", {"choose": "1", "session": [str(one.pk), str(two.pk)]})
    assert (chosen.status_code, "Two" in chosen.content.decode()) == (200, True)
    assert not ExportJob.objects.exists()


def test_chosen_sessions_in_two_formats_with_options(
    as_alice: Client, make_chat: Callable[..., ChatSession]
) -> None:
    chats = [make_chat(title=title, message_count=1) for title in ("One", "Two")]
    for chat in (*chats, make_chat(title="Not this")):
        said(chat, "words")
    more = {"session": [str(chat.pk) for chat in chats], "format": ["markdown", "json"]}
    job = finished(begun(as_alice, **more, **{"o-markdown-level": "3", "o-json-indent": "on"}))
    assert job.options["markdown"]["level"] == "3"
    assert (job.options["json"]["indent"], job.options["json"]["files"]) == (True, False)
    data = b"".join(as_alice.get(f"/exports/{job.pk}/download/"))
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert set(names) == {
        *("markdown/one.md", "markdown/two.md", "json/one.json", "json/two.json"),
        "contents.csv",
    }


def test_a_refusal_keeps_what_was_entered(as_alice: Client, chat: ChatSession) -> None:
    answer = as_alice.post("/exports/new/", {"which": "starred", "format": ["json"], "o-json-indent": "on"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "No session is chosen." in page
    assert '<option value="starred" selected>' in page
    assert 'value="json" checked' in page
    assert 'name="o-json-indent" value="on" checked' in page
    assert 'name="o-json-files" value="on">' in page
    assert 'name="o-tools" value="on" checked' in page  # of formats that were not chosen nothing was sent
    own = page.split('data-of="')[1:]
    assert [each.split('"')[0] for each in own] == [
        *("markdown text html pdf word", "pdf word", "markdown", "json", "text", "html", "word")
    ]
    assert "<legend>PDF, Word</legend>" in page
    assert 'id="o-text-width-help">40 to 200<' in page
    none = as_alice.post("/exports/new/", {"which": "all"})
    assert (none.status_code, "No format is chosen." in none.content.decode()) == (422, True)
    bad = as_alice.post("/exports/new/", {"format": "markdown", "o-markdown-level": "7"})
    assert (bad.status_code, "choose one of 1, 2, 3" in bad.content.decode()) == (422, True)
    assert not ExportJob.objects.exists()


def test_all_is_what_a_person_may_read(alice: User, bob: User, make_chat: Callable[..., ChatSession]) -> None:
    from django.http import QueryDict

    make_chat(title="Hers", archived_at=make_chat(title="Also").created_at)
    assert Choice.of(alice, QueryDict("")).rows().count() == 2
    assert not Choice.of(bob, QueryDict("")).rows().exists()
    keys = ",".join(str(chat.pk) for chat in ChatSession.objects.all())
    assert not Choice.of(bob, QueryDict(f"session={keys}")).rows().exists()


def test_the_doctor_finds_an_export_nobody_works_on(alice: User, job: ExportJob) -> None:
    assert list(doctor.beats(None)) == []
    ExportJob.objects.create(owner=alice, status="running", beat_at=job.created_at.replace(year=2020))
    assert [finding.check for finding in doctor.beats(None)] == [doctor.BEATS]
