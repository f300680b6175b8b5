"""Staff take sessions of others out as files: on record first, theirs alone, and only for those who may read."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from export_app import jobs
from export_app.actions.making import NO_ROOM
from export_app.models import ExportJob
from sessions_app.models import AuditEntry, Message, User

from .conftest import TITLE, client_of
from .test_actions import CHATS, act, words


@pytest.fixture(autouse=True)
def place(settings: LazySettings, tmp_path: Path) -> None:
    settings.EXPORTS_DIR = tmp_path


def take_out(client: Client, told: Message, *formats: str) -> str:
    return words(act(client, CHATS, "export_files", told.session_id, answered=1, formats=formats))


def test_it_asks_for_formats_then_begins_with_each_session_on_record(
    told: Message, as_reader: Client, reader: User, as_root: Client, as_alice: Client
) -> None:
    asked = words(act(as_reader, CHATS, "export_files", told.session_id))
    assert "Its owner is told that you exported it." in asked
    assert "Markdown" in asked
    assert asked.count(" checked") == 1
    assert "Choose at least one format." in take_out(as_reader, told)
    assert not ExportJob.objects.exists()
    assert "An export of 1 session has begun." in take_out(as_reader, told, "markdown")
    entries = AuditEntry.objects.filter(action="exported session")
    assert list(entries.values_list("actor__username", "session_key")) == [("reader", told.session_id)]
    job = ExportJob.objects.get()
    assert (job.owner, job.for_staff) == (reader, True)
    while jobs.Worker().run_one():
        pass
    file = reverse("export_download", args=[job.pk])
    assert b"harbour" in b"".join(as_reader.get(file))
    for other in (as_root, as_alice):
        assert other.get(file).status_code == 404


def test_staff_without_the_permission_are_not_offered_it(told: Message, as_staff: Client) -> None:
    assert "Export as files" not in words(as_staff.get(CHATS))
    take_out(as_staff, told, "markdown")
    assert not ExportJob.objects.exists()


def test_a_reason_is_asked_for_where_the_workspace_wants_one(
    told: Message, as_reader: Client, settings: LazySettings
) -> None:
    settings.REVIEW_REASON = True
    assert "1 session takes a reason first" in take_out(as_reader, told, "markdown")
    as_reader.post(
        reverse("admin:sessions_app_chatsession_transcript", args=[told.session_id]),
        {"review_reason": "A ticket of the owner"},
    )
    take_out(as_reader, told, "markdown")
    while jobs.Worker().run_one():
        pass
    assert ExportJob.objects.get().status == "done"


def test_where_it_cannot_begin_nothing_is_on_record(told: Message, as_reader: Client, reader: User) -> None:
    ExportJob.objects.bulk_create([ExportJob(owner=reader, title="x") for _ in range(3)])
    assert "Nothing was exported." in take_out(as_reader, told, "markdown")
    assert not AuditEntry.objects.filter(action="exported session").exists()


def test_lists_tell_how_exports_went(as_staff: Client, reader: User) -> None:
    ExportJob.objects.create(
        owner=reader, title=TITLE, formats=["markdown", "json"], total=7570, size=1361896
    )
    for error in (NO_ROOM, f"“{TITLE}” as PDF: The file took longer than 120 s to make."):
        ExportJob.objects.create(owner=reader, title=TITLE, status="failed", error=error)
    page = words(as_staff.get(reverse("admin:export_app_exportjob_changelist")))
    for told in (
        "Markdown, JSON",
        "7,570",
        "1.4 MB",
        "no room on the disk",
        "what is in it cannot be made so",
    ):
        assert told in page
    assert TITLE not in page


def test_lists_of_exports_hold_no_titles(told: Message, as_root: Client, reader: User) -> None:
    take_out(client_of(reader), told, "markdown")
    job = ExportJob.objects.get()
    for address in (
        reverse("admin:export_app_exportjob_changelist"),
        reverse("admin:export_app_exportjob_change", args=[job.pk]),
        reverse("admin:export_app_importjob_changelist"),
    ):
        page = words(as_root.get(address))
        assert TITLE not in page
