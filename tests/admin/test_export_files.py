"""Staff take sessions of others out as files: on record first, theirs alone, and only for those who may read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from export_app import jobs
from export_app.actions.exporting import NotBegun, begin_export
from export_app.actions.sharing import Terms, share_session
from export_app.actions.sweeping import sweep
from export_app.bulk import keeping
from export_app.models import ExportJob
from sessions_app.models import AuditEntry, Message, User

from .conftest import TITLE, client_of
from .test_actions import CHATS, act, words


@pytest.fixture(autouse=True)
def place(settings: LazySettings, tmp_path: Path) -> None:
    settings.EXPORTS_DIR = tmp_path


def take_out(client: Client, told: Message, *formats: str) -> str:
    return words(act(client, CHATS, "export_files", told.session_id, answered=1, formats=formats))


def taken_out(client: Client, told: Message) -> ExportJob:
    """A finished one."""
    take_out(client, told, "markdown")
    while jobs.Worker().run_one():
        pass
    return ExportJob.objects.get(status="done")


def test_it_asks_for_formats_then_begins_with_each_session_on_record(
    told: Message, as_reader: Client, reader: User, as_root: Client, as_alice: Client
) -> None:
    asked = words(act(as_reader, CHATS, "export_files", told.session_id))
    assert "Its owner is told that you exported it." in asked
    assert "Markdown" in asked
    assert "This field is required" in take_out(as_reader, told)
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
    taken_out(as_reader, told)
    assert AuditEntry.objects.get(action="exported session").reason == "A ticket of the owner"


def test_nothing_of_others_begins_without_its_record_and_reason(
    told: Message, reader: User, settings: LazySettings
) -> None:
    begin_export(owner=reader, sessions=[told.session_id], formats=["markdown"], for_staff=True)
    assert AuditEntry.objects.get(action="exported session").session_key == told.session_id
    settings.REVIEW_REASON = True
    with pytest.raises(NotBegun, match="1 session takes a reason first"):
        begin_export(owner=reader, sessions=[told.session_id], formats=["markdown"], for_staff=True)
    assert ExportJob.objects.count() == AuditEntry.objects.filter(action="exported session").count() == 1


def test_it_is_begun_again_in_the_admin_alone(told: Message, as_reader: Client) -> None:
    job = taken_out(as_reader, told)
    address = reverse("export_again", args=[job.pk])
    page = as_reader.get(reverse("exports")).content.decode()
    assert reverse("export_download", args=[job.pk]) in page
    assert address not in page
    answer = as_reader.post(address)
    assert (answer.status_code, "Export them again from the admin." in words(answer)) == (422, True)
    assert ExportJob.objects.get() == job


def test_its_file_is_kept_for_a_day(told: Message, as_reader: Client) -> None:
    job = taken_out(as_reader, told)
    assert job.expires_at is not None
    assert job.finished_at is not None
    assert job.expires_at - job.finished_at == timedelta(days=1)


@pytest.mark.parametrize("lost", ["permission", "staff"])
def test_its_file_goes_with_the_right_to_read(
    told: Message, as_reader: Client, reader: User, lost: str
) -> None:
    job = taken_out(as_reader, told)
    assert TITLE in as_reader.get(reverse("exports")).content.decode()
    if lost == "staff":
        User.objects.filter(pk=reader.pk).update(is_staff=False)
    else:
        reader.user_permissions.clear()
    assert TITLE not in as_reader.get(reverse("exports")).content.decode()
    assert as_reader.get(reverse("export_download", args=[job.pk])).status_code == 404
    job.refresh_from_db()
    assert (job.status, job.stored, list(keeping.folders())) == ("expired", "", [])


def test_the_file_of_one_who_left_is_swept(told: Message, as_reader: Client, reader: User) -> None:
    job = taken_out(as_reader, told)
    sweep()
    assert list(keeping.folders()) == [job.pk]
    User.objects.filter(pk=reader.pk).update(is_active=False)
    sweep()
    assert list(keeping.folders()) == []


@pytest.mark.parametrize("part", ["", "preview/", "preview.html", "file/?format=markdown"])
def test_in_the_workspace_staff_take_nothing_of_others(
    told: Message, as_reader: Client, as_root: Client, part: str
) -> None:
    address = reverse("session_export", args=[told.session_id]) + part
    assert [client.get(address).status_code for client in (as_reader, as_root)] == [404, 404]
    begun = as_root.post("/exports/new/", {"session": str(told.session_id), "format": "markdown"})
    assert (begun.status_code, ExportJob.objects.exists()) == (422, False)


def test_where_it_cannot_begin_nothing_is_on_record(told: Message, as_reader: Client, reader: User) -> None:
    ExportJob.objects.bulk_create([ExportJob(owner=reader, title="x") for _ in range(3)])
    assert "Nothing was exported." in take_out(as_reader, told, "markdown")
    assert not AuditEntry.objects.filter(action="exported session").exists()


def test_whose_titles_stand_in_the_list_of_links_is_told(told: Message, as_root: Client, alice: User) -> None:
    share_session(chat=told.session, owner=alice, snapshot=True, terms=Terms())
    assert TITLE in words(as_root.get(reverse("admin:export_app_sharelink_changelist")))
    entry = AuditEntry.objects.for_user(alice).get(action="read title")
    assert (entry.session_key, entry.actor.get_username() if entry.actor else "") == (
        told.session_id,
        "root",
    )


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
