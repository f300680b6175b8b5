"""Sessions as files by REST: which formats there are, the file at once, jobs and what is done with them."""

from __future__ import annotations

import asyncio
import io
import threading
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient
from django.utils import timezone

from export_app import children, jobs
from export_app.dialog import wish
from export_app.models import ExportJob
from export_app.turns import FILES, MAKING
from sessions_app.actions.organising import tag
from sessions_app.models import ChatSession, SessionMember, User
from tests.actions.steps import end, send
from tests.exports.fakes import FORMATS, Paper

from .program import Program, problem

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EXPORTS_DIR = tmp_path
    settings.EXPORT_FORMATS = FORMATS
    monkeypatch.setattr(MAKING, "patience", 0)


@pytest.fixture
def talk(chat: ChatSession) -> ChatSession:
    chat.title = "Weekly cost review"
    chat.save()
    end(send(chat, "Where did the tokens go?").reply, text="To Opus.")
    return chat


def whole(answer: Any) -> str:
    return (b"".join(answer) if answer.streaming else answer.content).decode()


def work() -> None:
    """All that waits in the queue is done."""
    while jobs.Worker().run_one():
        pass


# ---------------------------------------------------------------- formats


def test_formats_say_their_options_with_types_defaults_and_limits(alices: Program) -> None:
    found = {each["name"]: each for each in alices.get("chat/formats").json()["results"]}
    assert list(found) == ["markdown", "json", "page", "paper", "broken"]
    assert (found["paper"]["media_type"], found["paper"]["heavy"]) == ("application/pdf", True)
    options = {each["name"]: each for each in found["paper"]["options"]}
    assert options["paper"]["choices"][1] == {"value": "letter", "label": "Letter"}
    assert (options["margin"]["type"], options["margin"]["least"], options["margin"]["most"]) == (
        "number",
        5,
        60,
    )
    assert (options["thinking"]["type"], options["thinking"]["default"]) == ("switch", False)


# ---------------------------------------------------------------- the file at once


def test_what_is_light_comes_at_once_under_its_name(alices: Program, talk: ChatSession) -> None:
    answer = alices.post(f"chat/sessions/{talk.pk}/export", {"format": "md"})
    assert answer.status_code == 200
    assert "# Weekly cost review" in whole(answer)
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="weekly-cost-review.md"')
    assert answer["Cache-Control"] == "no-store"
    assert "sandbox" in answer["Content-Security-Policy"]
    shown = alices.post(f"chat/sessions/{talk.pk}/export", {"format": "page", "download": False})
    assert shown["Content-Disposition"].startswith("inline;")


def test_options_are_those_that_are_said_whatever_was_chosen_on_the_page(
    alices: Program, alice: User, talk: ChatSession
) -> None:
    alices.client.post(f"/sessions/{talk.pk}/export/", {"format": "page", "theme": "dark"})
    plain = alices.post(f"chat/sessions/{talk.pk}/export", {"format": "page"})
    assert "class=auto" in whole(plain)
    light = alices.post(f"chat/sessions/{talk.pk}/export", {"format": "page", "options": {"theme": "light"}})
    assert "class=light" in whole(light)
    alice.refresh_from_db()
    assert alice.preferences["export"]["options"]["page"]["theme"] == "dark"


def test_earlier_programs_name_the_format_in_the_address(alices: Program, talk: ChatSession) -> None:
    for name, begins in (("json", '{"format":'), ("markdown", "#"), ("page", "<!doctype")):
        assert begins in whole(alices.get(f"chat/export/{talk.pk}?format={name}"))
    assert whole(alices.get(f"chat/export/{talk.pk}")).startswith('{"format":"workspace-session"')
    assert "class=dark" in whole(alices.get(f"chat/export/{talk.pk}?format=page&theme=dark"))


def test_a_single_message_is_taken_out_alone(alices: Program, talk: ChatSession) -> None:
    answer = talk.messages.get(role="assistant")
    body: dict[str, Any] = {"format": "markdown", "message": str(answer.pk), "options": {"metadata": False}}
    made = whole(alices.post(f"chat/sessions/{talk.pk}/export", body))
    assert "To Opus." in made
    assert "tokens go" not in made
    assert "To Opus." in whole(alices.get(f"chat/export/{talk.pk}?format=markdown&message={answer.pk}"))
    body["background"] = True
    assert problem(alices.post(f"chat/sessions/{talk.pk}/export", body)) == "message_at_once"
    body = {"format": "markdown", "message": str(uuid.uuid4())}
    assert problem(alices.post(f"chat/sessions/{talk.pk}/export", body)) == "no_message"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"format": "org"}, 422, "no_format"),
        ({"format": "page", "options": {"theme": "pink"}}, 422, "bad_option"),
        ({"format": "page", "options": {"margin": 5}}, 422, "bad_option"),
        ({"format": "paper", "options": {"margin": 999}}, 422, "bad_option"),
        ({"format": "broken"}, 422, "not_rendered"),
        ({}, 400, "invalid"),
        ({"format": "page", "options": {"theme": [1]}}, 400, "invalid"),
        (b"{", 400, "parse_error"),
    ],
)
def test_what_cannot_be_made_is_refused(
    alices: Program, talk: ChatSession, body: Any, status: int, code: str
) -> None:
    answer = alices.post(f"chat/sessions/{talk.pk}/export", body)
    assert (answer.status_code, problem(answer)) == (status, code)


@pytest.mark.parametrize(
    "query", ["format=org", "format=json&unknown=1", "format=json&format=page", "message=x"]
)
def test_an_address_that_makes_no_sense_is_refused(alices: Program, talk: ChatSession, query: str) -> None:
    assert alices.get(f"chat/export/{talk.pk}?{query}").status_code in (400, 422)


def test_times_are_told_in_the_zone_of_whose_token_it_is(
    with_token: Callable[..., Program], alice: User, talk: ChatSession
) -> None:
    talk.messages.update(created_at=datetime(2026, 1, 5, 12, tzinfo=UTC))
    User.objects.filter(pk=alice.pk).update(preferences={"time_zone": "Asia/Tokyo"})
    program = with_token(alice, "export")
    assert "21:00" in whole(program.get(f"chat/export/{talk.pk}?format=markdown"))


def test_who_asks_for_too_many_files_is_told_when_to_come_again(
    alices: Program, alice: User, talk: ChatSession
) -> None:
    with MAKING.of(alice.pk):
        refused = alices.post(f"chat/sessions/{talk.pk}/export", {"format": "paper"})
    assert (refused.status_code, problem(refused), refused["Retry-After"]) == (429, "busy", "5")
    assert not FILES._taken
    assert "%PDF a4" in whole(alices.post(f"chat/sessions/{talk.pk}/export", {"format": "paper"}))


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
async def test_who_leaves_before_a_file_is_made_ends_the_making(
    alice_waits: AsyncClient, talk: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def making() -> None:
        begun.set()
        left = children.give_up.get()
        assert left is not None
        for _ in range(2000):
            if left():
                ended.set()
                raise children.GivenUp
            threading.Event().wait(0.01)

    monkeypatch.setattr(Paper, "while_made", staticmethod(making))
    asking = asyncio.create_task(alice_waits.get(f"/api/chat/export/{talk.pk}?format=paper"))
    await asyncio.to_thread(begun.wait, 20)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert await asyncio.to_thread(ended.wait, 20)


# ---------------------------------------------------------------- in the background


def test_what_is_long_or_wished_so_is_made_by_a_job(
    alices: Program, talk: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = alices.post(f"chat/sessions/{talk.pk}/export", {"format": "json", "background": True})
    assert (asked.status_code, asked.json()["status"], asked.json()["download"]) == (202, "queued", None)
    monkeypatch.setattr(wish, "WAITED_MESSAGES", 1)
    long = alices.post(f"chat/sessions/{talk.pk}/export", {"format": "paper"}, **{"Idempotency-Key": "k"})
    assert (long.status_code, long.json()["formats"]) == (202, ["paper"])
    again = alices.post(f"chat/sessions/{talk.pk}/export", {"format": "paper"}, **{"Idempotency-Key": "k"})
    assert (again.json()["id"], again["Idempotency-Replayed"]) == (long.json()["id"], "true")
    refused = alices.get(f"chat/export/{talk.pk}?format=paper")
    assert (refused.status_code, problem(refused)) == (422, "not_rendered")
    work()
    done = alices.get(f"chat/export/jobs/{long.json()['id']}").json()
    assert (done["status"], done["size"] > 0, done["name"]) == ("done", True, "weekly-cost-review.pdf")
    assert whole(alices.get(done["download"].removeprefix("/api/"))).startswith("%PDF")


def test_from_many_sessions_to_one_file(alices: Program, talk: ChatSession, make_chat: Any) -> None:
    other = make_chat(title="Bread")
    end(send(other, "Rye?").reply, text="Yes.")
    body = {
        "sessions": [str(talk.pk), str(other.pk), str(uuid.uuid4())],
        "formats": ["md", "json"],
        "options": {"markdown": {"level": "3"}},
        "title": " Both  of them ",
    }
    job = alices.post("chat/export/bulk", body).json()
    assert (job["title"], job["formats"], job["total"]) == ("Both of them", ["markdown", "json"], 8)
    assert job["options"]["markdown"]["level"] == "3"
    assert job["left_out"] == ["1 session is left out: it is not there any more, or not yours to read."]
    work()
    listed = alices.get("chat/export/jobs").json()["results"]
    assert [each["status"] for each in listed] == ["done"]
    answer = alices.get(f"chat/export/jobs/{job['id']}/download")
    content = b"".join(answer)
    assert (answer["Content-Type"], answer["Content-Length"]) == ("application/zip", str(len(content)))
    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 6
    part = alices.get(f"chat/export/jobs/{job['id']}/download", Range="bytes=2-5")
    assert (part.status_code, b"".join(part)) == (206, content[2:6])
    assert part["Content-Range"] == f"bytes 2-5/{len(content)}"
    assert alices.get(f"chat/export/jobs/{job['id']}/download", Range="bytes=99999999-").status_code == 416


def test_a_filter_finds_what_the_page_would(alices: Program, alice: User, make_chat: Any) -> None:
    now = timezone.now()
    starred = make_chat(title="Starred", starred=True)
    old = make_chat(title="Old", last_activity_at=now - timedelta(days=90))
    make_chat(title="Archived", archived_at=now)
    tag(chat=old, name="bread")

    def found(**fields: str) -> set[str]:
        job = alices.post("chat/export/bulk", {"filter": fields, "formats": ["json"]})
        ExportJob.objects.update(status="done")
        if job.status_code == 422:
            return set()
        keys = ExportJob.objects.get(pk=job.json()["id"]).sessions
        return set(ChatSession.objects.filter(pk__in=keys).values_list("title", flat=True))

    assert found() == {"Starred", "Old", "Archived"}
    assert found(which="active") == {"Starred", "Old"}
    assert found(which="starred") == {"Starred"}
    assert found(which="archived") == {"Archived"}
    assert found(tag="Bread") == {"Old"}
    assert found(to=f"{now - timedelta(days=30):%Y-%m-%d}") == {"Old"}
    assert found(**{"from": "0001-01-01", "to": "9999-12-31"}) == {"Starred", "Old", "Archived"}
    assert found(tag="nothing") == set()
    assert starred.pk


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"formats": ["json"]}, 400, "invalid"),
        ({"formats": ["json"], "sessions": []}, 400, "invalid"),
        ({"formats": [], "filter": {}}, 400, "invalid"),
        ({"formats": ["json"], "filter": {"from": "1700000000"}}, 400, "invalid"),
        ({"formats": ["json"], "filter": {"which": "mine"}}, 400, "invalid"),
        ({"formats": ["json"], "sessions": [str(uuid.uuid4())]}, 422, "export"),
        ({"formats": ["org"], "filter": {}}, 422, "export"),
        ({"formats": ["json"], "filter": {}, "options": {"markdown": {}}}, 422, "bad_option"),
        ({"formats": ["json"], "filter": {}, "options": {"json": {"level": 1}}}, 422, "bad_option"),
    ],
)
def test_a_bad_wish_begins_no_export(
    alices: Program, talk: ChatSession, body: Any, status: int, code: str
) -> None:
    answer = alices.post("chat/export/bulk", body)
    assert (answer.status_code, problem(answer)) == (status, code)
    assert not ExportJob.objects.exists()


def test_both_sessions_and_a_filter_are_too_much(alices: Program, talk: ChatSession) -> None:
    body = {"formats": ["json"], "sessions": [str(talk.pk)], "filter": {}}
    assert problem(alices.post("chat/export/bulk", body)) == "invalid"


def test_a_key_begins_one_export(alices: Program, talk: ChatSession) -> None:
    body = {"filter": {}, "formats": ["json"]}
    first, second = (alices.post("chat/export/bulk", body, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json() == second.json()
    other = alices.post("chat/export/bulk", body | {"formats": ["page"]}, **{"Idempotency-Key": "k"})
    assert problem(other) == "key_reused"
    assert ExportJob.objects.count() == 1


def test_it_is_cancelled_removed_and_asked_for_again(alices: Program, talk: ChatSession) -> None:
    job = alices.post("chat/export/bulk", {"filter": {}, "formats": ["json"]}).json()
    path = f"chat/export/jobs/{job['id']}"
    assert problem(alices.get(f"{path}/download")) == "no_file"
    refused = alices.client.delete(f"/api/{path}")
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "This export is not finished. Cancel it first.",
    )
    assert alices.post(f"{path}/cancel").json()["status"] == "cancelled"
    again = alices.post(f"{path}/again")
    assert (again.status_code, again.json()["status"]) == (202, "queued")
    assert alices.client.delete(f"/api/{path}").status_code == 204
    assert alices.get(path).status_code == 404
    ExportJob.objects.update(status="running")
    running = alices.post(f"chat/export/jobs/{again.json()['id']}/cancel").json()
    assert (running["status"], running["cancelling"]) == ("running", True)


def test_too_many_at_once_are_refused(alices: Program, alice: User, talk: ChatSession) -> None:
    for _ in range(3):
        ExportJob.objects.create(owner=alice, title="x")
    refused = alices.post("chat/export/bulk", {"filter": {}, "formats": ["json"]})
    assert (refused.status_code, problem(refused)) == (429, "too_many_exports")


def test_what_may_not_be_read_any_more_is_not_given(bobs: Program, bob: User, talk: ChatSession) -> None:
    member = SessionMember.objects.create(session=talk, user=bob, role=SessionMember.Role.READER)
    job = bobs.post(f"chat/sessions/{talk.pk}/export", {"format": "json", "background": True}).json()
    work()
    assert bobs.get(f"chat/export/jobs/{job['id']}/download").status_code == 200
    member.delete()
    refused = bobs.get(f"chat/export/jobs/{job['id']}/download")
    assert (refused.status_code, problem(refused)) == (409, "not_all_readable")


def test_what_staff_took_out_of_others_stays_in_the_admin(alices: Program, alice: User) -> None:
    job = ExportJob.objects.create(owner=alice, title="Others", for_staff=True)
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    assert alices.get("chat/export/jobs").json()["results"] == []
    assert alices.get(f"chat/export/jobs/{job.pk}").status_code == 404


def test_a_list_takes_the_same_queries_for_many_as_for_few(
    alices: Program, alice: User, django_assert_max_num_queries: Any
) -> None:
    ExportJob.objects.bulk_create(ExportJob(owner=alice, title=str(at), status="done") for at in range(30))
    with django_assert_max_num_queries(4):
        assert len(alices.get("chat/export/jobs").json()["results"]) == 30
