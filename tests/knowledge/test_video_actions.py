"""Videos added, changed, deleted and swept; the role of creators."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image

from sessions_app.files import Refusal
from sessions_app.knowledge import storing
from sessions_app.knowledge.actions import housekeeping
from sessions_app.knowledge.actions.creators import (
    FormerCreator,
    NotCreator,
    grant_creator,
    is_creator,
    revoke_creator,
)
from sessions_app.knowledge.actions.videos import (
    BadVideo,
    Contents,
    Files,
    Gone,
    add_video,
    change_video,
    delete_video,
    length_of,
    restore_video,
    sweep,
)
from sessions_app.knowledge.models import Creator, Video
from sessions_app.models import AuditEntry, User
from tests.knowledge.making import add_transcript, film, make_creator, make_video

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.VIDEOS_DIR = tmp_path / "videos"
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return tmp_path / "videos"


@pytest.fixture
def ada(alice: User) -> User:
    return make_creator(alice)


def stored(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def picture() -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(made, "PNG")
    return SimpleUploadedFile("a.png", made.getvalue())


def test_only_creators_add_videos(alice: User, staff: User) -> None:
    for person in (alice, staff):
        with pytest.raises(NotCreator):
            add_video(creator=person, contents=Contents("A", url="https://example.org/v"))
    grant_creator(person=alice, actor=staff)
    video = add_video(creator=alice, contents=Contents("  A \n talk ", url=" https://example.org/v "))
    assert (video.title, video.url, video.visibility) == ("A talk", "https://example.org/v", "private")


def test_a_former_creator_keeps_what_they_have_and_adds_nothing(ada: User, staff: User) -> None:
    video = make_video(ada)
    assert revoke_creator(person=ada, actor=staff)
    assert not revoke_creator(person=ada, actor=staff)
    with pytest.raises(FormerCreator, match="your videos stay"):
        add_video(creator=ada, contents=Contents("B", url="https://example.org/v"))
    change_video(video=video, contents=Contents("Renamed", url="https://example.org/v"))
    assert Video.objects.get().title == "Renamed"
    assert list(AuditEntry.objects.values_list("action", "person")) == [("took back creator role", ada.pk)]


def test_somebody_switched_off_is_no_creator(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert not is_creator(ada)


def test_the_command_grants_and_takes_back(alice: User, capsys: Any) -> None:
    call_command("creator", "alice")
    call_command("creator", "alice")
    assert Creator.objects.get().granted_by is None
    call_command("creator", "alice", "--revoke")
    call_command("creator", "alice", "--revoke")
    assert capsys.readouterr().out.splitlines() == [
        "alice is a creator now.",
        "alice is a creator already.",
        "alice is no creator any more.",
        "alice is no creator.",
    ]
    with pytest.raises(CommandError, match="There is no person called nobody"):
        call_command("creator", "nobody")


def test_a_file_is_kept_by_its_content_under_a_name_of_ours(ada: User, own_folder: Path) -> None:
    given = film("short.mp4", "../../evil <b>.webm")
    video = add_video(creator=ada, contents=Contents("A"), files=Files(file=given, thumbnail=picture()))
    assert (video.media_type, video.file_name, video.length_ms) == ("video/mp4", "evil <b>.webm", 120_000)
    assert video.file_bytes == storing.path_of(video.file).stat().st_size > 1000
    assert stored(own_folder) == {video.file, video.thumbnail}
    assert not list((own_folder.parent / "attachments").rglob("*.part"))


def test_a_typed_length_wins_over_that_of_the_file(ada: User) -> None:
    video = add_video(creator=ada, contents=Contents("A", length="2:05"), files=Files(file=film()))
    assert video.length_ms == 125_000


@pytest.mark.parametrize(
    ("typed", "ms"),
    [("", None), ("1:02:03", 3_723_000), ("2:03", 123_000), ("90:00", 5_400_000), ("75", 75_000)],
)
def test_a_length_is_read_as_people_type_it(typed: str, ms: int | None) -> None:
    assert length_of(typed) == ms


@pytest.mark.parametrize("typed", ["x", "0", "1:2:3:4", "1:75", "1:75:00", "49:00:00", "-5", "1e9"])
def test_what_is_no_length_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        length_of(typed)


def test_every_field_that_is_wrong_has_a_sentence(ada: User, own_folder: Path) -> None:
    wrong = Contents(" ", "x" * 10_001, "javascript:alert(1)", "??", "1:99", "listed", "alice, nobody\nbob")
    bad = Files(file=SimpleUploadedFile("a.mp4", b"<html>"), thumbnail=SimpleUploadedFile("a.png", b"GIF"))
    with pytest.raises(BadVideo) as refused:
        add_video(creator=ada, contents=wrong, files=bad)
    problems = refused.value.problems
    assert set(problems) == {
        "title", "description", "url", "language", "length", "people", "file", "thumbnail"
    }  # fmt: skip
    assert problems["people"] == "There is nobody called “nobody”, “bob”."
    assert all(sentence.endswith(".") for sentence in problems.values())
    assert (Video.objects.count(), stored(own_folder)) == (0, set())


def test_neither_an_address_nor_a_file_is_no_video(ada: User) -> None:
    with pytest.raises(BadVideo, match="An address or a file is missing"):
        add_video(creator=ada, contents=Contents("A"))
    video = add_video(creator=ada, contents=Contents("A"), files=Files(file=film()))
    with pytest.raises(BadVideo, match="An address or a file is missing"):
        change_video(video=video, contents=Contents("A"), files=Files(drop_file=True))


def test_a_file_that_came_with_a_refused_form_is_not_asked_for_again(
    ada: User, bob: User, own_folder: Path
) -> None:
    with pytest.raises(BadVideo) as refused:
        add_video(creator=ada, contents=Contents(""), files=Files(file=film()))
    kept = refused.value.kept
    with pytest.raises(BadVideo, match="missing"):
        add_video(creator=make_creator(bob), contents=Contents("Bobs"), files=Files(kept=kept))
    with pytest.raises(BadVideo, match="missing"):
        add_video(creator=ada, contents=Contents("A"), files=Files(kept=kept + "x"))
    video = add_video(creator=ada, contents=Contents("A"), files=Files(kept=kept))
    assert (video.file_name, video.media_type, stored(own_folder)) == (
        "short.webm",
        "video/webm",
        {video.file},
    )
    with pytest.raises(BadVideo, match="missing"):  # one file is of one video
        add_video(creator=ada, contents=Contents("B"), files=Files(kept=kept))


def test_a_replaced_file_goes(ada: User, own_folder: Path) -> None:
    video = add_video(creator=ada, contents=Contents("A"), files=Files(file=film(), thumbnail=picture()))
    before = video.file
    contents = Contents("A", url="https://example.org/v")
    change_video(video=video, contents=contents, files=Files(file=film("short.mp3")))
    assert video.media_type == "audio/mpeg"
    assert stored(own_folder) == {video.file, video.thumbnail}
    assert before not in stored(own_folder)
    change_video(video=video, contents=contents, files=Files(drop_file=True, drop_thumbnail=True))
    assert (stored(own_folder), video.file, video.media_type) == (set(), "", "")


def test_another_file_brings_another_length(ada: User) -> None:
    video = add_video(creator=ada, contents=Contents("A"), files=Files(file=film("short.m4a")))
    assert video.length_ms is not None
    assert video.length_ms < 4_000
    change_video(video=video, contents=Contents("A", length="0:03"), files=Files(file=film("short.mp4")))
    assert video.length_ms == 120_000
    change_video(video=video, contents=Contents("A", length="1:00"), files=Files(file=film("short.mp4")))
    assert video.length_ms == 60_000


def test_a_file_over_the_limit_leaves_nothing(ada: User, own_folder: Path, settings: Any) -> None:
    settings.MAX_VIDEO_BYTES = 1_000
    with pytest.raises(BadVideo, match="too large"):
        add_video(creator=ada, contents=Contents("A"), files=Files(file=film()))
    with pytest.raises(Refusal):
        storing.keep_file([b"x" * 600, b"x" * 600])
    assert stored(own_folder) == set()


def test_listed_people_are_found_by_name_or_address_and_are_those_named_last(
    ada: User, bob: User, staff: User
) -> None:
    named = Contents(
        "A", url="https://example.org/v", visibility="listed", people="BOB@example.org; staff\nalice"
    )
    video = add_video(creator=ada, contents=named)
    assert set(video.viewers.values_list("user__username", flat=True)) == {"bob", "staff"}
    change_video(
        video=video, contents=Contents("A", url="https://example.org/v", visibility="listed", people="staff")
    )
    assert not Video.objects.for_user(bob).exists()
    change_video(
        video=video, contents=Contents("A", url="https://example.org/v", visibility="private", people="bob")
    )
    assert not video.viewers.exists()


def test_deleted_is_out_of_sight_at_once_and_comes_back(ada: User, bob: User) -> None:
    video = make_video(ada, visibility="everyone")
    delete_video(video=video)
    assert not Video.objects.for_user(bob).exists()
    assert not Video.objects.for_user(ada).exists()
    with pytest.raises(Gone):
        change_video(video=video, contents=Contents("A", url="https://example.org/v"))
    with pytest.raises(Gone):
        restore_video(creator=bob, key=video.pk)
    restore_video(creator=ada, key=video.pk)
    assert Video.objects.for_user(bob).exists()


@pytest.mark.django_db(transaction=True)
def test_after_thirty_days_a_deleted_video_goes_with_its_files(ada: User, own_folder: Path) -> None:
    video = add_video(creator=ada, contents=Contents("A"), files=Files(file=film()))
    add_transcript(video)
    kept = add_video(creator=ada, contents=Contents("B"), files=Files(file=film("short.mp3")))
    Video.objects.filter(pk=video.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    with pytest.raises(Gone):
        restore_video(creator=ada, key=video.pk)
    housekeeping.sweep()
    assert (Video.objects.get(), stored(own_folder)) == (kept, {kept.file})


def test_a_file_without_a_row_is_swept_after_a_day(ada: User, own_folder: Path) -> None:
    kept = add_video(creator=ada, contents=Contents("A"), files=Files(file=film()))
    lost, _ = storing.keep_file([b"lost"])
    young, _ = storing.keep_file([b"young"])
    for name in (kept.file, lost):
        os.utime(storing.path_of(name), (time.time() - 90_000,) * 2)
    sweep()
    assert stored(own_folder) == {kept.file, young}


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 31, "A" * 32])
def test_no_path_is_made_of_what_is_no_name_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        storing.path_of(name)
