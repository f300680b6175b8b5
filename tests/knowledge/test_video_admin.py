"""Videos in the admin site: the role is given there, texts are read there by who may, and each reading is recorded."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.knowledge.models import Creator, Reference, Transcript, Video
from sessions_app.models import AuditEntry, ChatSession, Message, User
from tests.admin.conftest import client_of, permit
from tests.knowledge.making import add_transcript, make_creator, make_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_staff(staff: User) -> Client:
    return client_of(staff)


@pytest.fixture
def as_reader(staff: User) -> Client:
    permit(staff, "view_message")
    return client_of(staff)


@pytest.fixture
def pages(alice: User, chat: ChatSession) -> list[str]:
    video = make_video(
        make_creator(alice), title="Secret harbour", description="Secret words", file_name="Secret.mp4"
    )
    row = add_transcript(video, source="Secret.vtt", text="Secret text", problems=[[3, "Secret line"]])
    message = Message.objects.create(session=chat, role="assistant", position=1, content="x")
    reference = Reference.objects.create(
        message=message,
        number=1,
        video=video,
        title="Secret harbour",
        start_ms=0,
        end_ms=5,
        at=timezone.now(),
    )
    nouns = {"video": video.pk, "transcript": row.pk, "reference": reference.pk}
    return [
        f"/admin/knowledge/{noun}/{path}" for noun, key in nouns.items() for path in ("", f"{key}/change/")
    ]


def text_of(client: Client, path: str) -> str:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_staff_grant_the_role_and_take_it_back(as_staff: Client, bob: User) -> None:
    missing = as_staff.post("/admin/knowledge/creator/add/", {"user": "nobody"})
    assert "There is nobody with the name" in missing.content.decode()
    as_staff.post("/admin/knowledge/creator/add/", {"user": "BOB"})
    creator = Creator.objects.get()
    assert (creator.user, creator.granted_by) == (bob, User.objects.get(username="staff"))
    assert (
        "is a creator already"
        in as_staff.post("/admin/knowledge/creator/add/", {"user": "bob"}).content.decode()
    )
    assert "bob" in text_of(as_staff, "/admin/knowledge/creator/")
    assert "bob" in text_of(as_staff, f"/admin/knowledge/creator/{bob.pk}/change/")
    as_staff.post(f"/admin/knowledge/creator/{bob.pk}/delete/", {"post": "yes"})
    assert not Creator.objects.exists()
    told = list(AuditEntry.objects.order_by("pk").values_list("action", "person", "actor__username"))
    assert told == [("granted creator role", bob.pk, "staff"), ("took back creator role", bob.pk, "staff")]


def test_the_role_is_given_and_taken_for_chosen_people_too(bob: User, alice: User) -> None:
    root = User.objects.create_superuser("root", "root@example.org", "pw-root-1")
    chosen = {"_selected_action": [alice.pk, bob.pk]}
    path = "/admin/sessions_app/user/"
    client_of(root).post(path, chosen | {"action": "make_creators"})
    assert Creator.objects.count() == 2
    client_of(root).post(path, chosen | {"action": "unmake_creators"})
    assert not Creator.objects.exists()
    assert AuditEntry.objects.filter(actor=root).count() == 4


def test_a_normal_account_gets_none_of_it(as_bob: Client, pages: list[str]) -> None:
    for path in [*pages, "/admin/knowledge/creator/", "/admin/knowledge/creator/add/"]:
        assert as_bob.get(path, follow=True).status_code == 403


def test_staff_see_figures_and_no_word_of_a_video(as_staff: Client, pages: list[str]) -> None:
    for path in pages:
        assert "Secret" not in text_of(as_staff, path), path
    assert "1 result" not in text_of(as_staff, "/admin/knowledge/video/?q=Secret")
    assert as_staff.get("/admin/knowledge/video/?title__startswith=Secret").status_code == 400
    assert not AuditEntry.objects.exists()


def test_who_may_read_does_and_each_reading_is_recorded(
    as_reader: Client, pages: list[str], alice: User
) -> None:
    video, row = Video.objects.get(), Transcript.objects.get()
    for path in pages:
        text_of(as_reader, path)
    assert "Secret words" in text_of(as_reader, pages[1])
    assert "Secret text" in text_of(as_reader, pages[3])
    told = set(AuditEntry.objects.values_list("action", "subject", "person"))
    assert ("opened video", f"video {video.pk}", alice.pk) in told
    assert ("opened transcript", f"transcript {row.pk}", alice.pk) in told


def test_nothing_is_changed_there(as_reader: Client, pages: list[str]) -> None:
    for path in pages[1::2]:
        assert as_reader.post(path, {"title": "Other"}).status_code == 403
        assert as_reader.post(path.replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_columns_count_each_by_itself(as_staff: Client, pages: list[str], alice: User) -> None:
    video = Video.objects.get()
    add_transcript(video)
    page = text_of(as_staff, "/admin/knowledge/video/")
    assert 'field-versions">2<' in page
    assert 'field-references">1<' in page
    assert text_of(as_staff, "/admin/knowledge/video/?person=alice&deleted=no&own_file=no")
