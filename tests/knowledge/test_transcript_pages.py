"""The page of a video's transcripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from sessions_app.knowledge.actions import indexing
from sessions_app.knowledge.actions.transcripts import take_transcript
from sessions_app.knowledge.models import Transcript, Video
from sessions_app.models import User

pytestmark = pytest.mark.django_db

TEXT = "0:01 Alices secret words.\n0:09 More of them."


@pytest.fixture
def video(alice: User) -> Video:
    return Video.objects.create(creator=alice, title="Tea <b>", visibility="everyone")


def page_of(video: Video) -> str:
    return f"/videos/{video.pk}/transcripts/"


def test_a_pasted_transcript_becomes_the_version_in_use(as_alice: Client, video: Video) -> None:
    answer = as_alice.post(page_of(video), {"text": TEXT})
    assert (answer.status_code, answer["Location"]) == (303, page_of(video))
    body = as_alice.get(page_of(video)).content.decode()
    assert "Version 1 is in use." in body
    assert "Pasted" in body
    assert "2 cues" in body
    assert "Tea &lt;b&gt;" in body
    assert Transcript.objects.get().maker == video.creator


def test_an_uploaded_one_is_named_by_its_file_and_tells_what_was_noted(
    as_alice: Client, video: Video
) -> None:
    file = SimpleUploadedFile("tea.srt", b"1\n00:00:01,000 --> 00:00:00,000\nTea\n")
    as_alice.post(page_of(video), {"file": file, "text": ""})
    body = as_alice.get(page_of(video)).content.decode()
    assert "tea.srt" in body
    assert "1 problem was noted" in body
    assert "Line 2" in body
    assert "This cue ends before it begins" in body


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"text": "\n\nOnly my words"}, "Line 3: No time was found."),
        ({"text": " "}, "Choose a file, or paste a transcript."),
        (
            {"text": "My draft", "file": SimpleUploadedFile("bad.vtt", b"WEBVTT\n\nx --> y\nz")},
            "bad.vtt was not taken.</strong> Line 3: “x --&gt; y” has no time",
        ),
    ],
)
def test_what_is_refused_says_where_and_keeps_what_was_pasted(
    as_alice: Client, video: Video, sent: dict[str, Any], sentence: str
) -> None:
    answer = as_alice.post(page_of(video), sent)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in body
    assert f">{sent['text']}</textarea>" in body
    assert not Transcript.objects.exists()


def test_what_is_too_large_is_refused(as_alice: Client, video: Video, settings: Any) -> None:
    settings.MAX_TRANSCRIPT_BYTES = 1000
    answer = as_alice.post(page_of(video), {"file": SimpleUploadedFile("a.txt", b"0:01 a\n" * 200)})
    assert answer.status_code == 413
    assert "at most 0.001 MB are read" in answer.content.decode()


def test_an_older_version_is_chosen_again(as_alice: Client, video: Video) -> None:
    first = take_transcript(video=video, maker=video.creator, raw=TEXT)
    take_transcript(video=video, maker=video.creator, raw="0:02 Other words.")
    body = as_alice.get(page_of(video)).content.decode()
    assert f"{first.pk}/use/" in body
    as_alice.post(f"{page_of(video)}{first.pk}/use/")
    first.refresh_from_db()
    assert first.current


def test_while_one_is_indexed_the_page_says_how_far_it_is(
    as_alice: Client, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "AT_ONCE", 0)
    as_alice.post(page_of(video), {"text": TEXT})
    Transcript.objects.update(status="indexing", done=400, total=1200, beat_at=timezone.now())
    body = as_alice.get(page_of(video)).content.decode()
    assert 'hx-trigger="every 1s"' in body
    assert "400 of 1,200 passages" in body
    news = as_alice.get(page_of(video), headers={"HX-Request": "true"}).content.decode()
    assert "400 of 1,200 passages" in news
    assert "transcript-versions" not in news
    Transcript.objects.update(status="ready", current=True)
    news = as_alice.get(page_of(video), headers={"HX-Request": "true"}).content.decode()
    assert "every 1s" not in news
    assert 'id="transcript-versions"' in news
    assert "In use" in news


def test_who_may_see_a_video_may_not_see_or_change_its_transcripts(
    as_bob: Client, client: Client, video: Video
) -> None:
    version = take_transcript(video=video, maker=video.creator, raw=TEXT)
    for method, path in (
        ("get", page_of(video)),
        ("post", page_of(video)),
        ("post", f"{page_of(video)}{version.pk}/use/"),
    ):
        answer = getattr(as_bob, method)(path, {"text": TEXT})
        assert answer.status_code == 404
        assert b"secret" not in answer.content
        assert getattr(client, method)(path).status_code == 302
    assert Transcript.objects.count() == 1


def test_a_version_of_another_video_is_missing(as_alice: Client, alice: User, video: Video) -> None:
    other = Video.objects.create(creator=alice, title="Other")
    version = take_transcript(video=other, maker=alice, raw=TEXT)
    assert as_alice.post(f"{page_of(video)}{version.pk}/use/").status_code == 404


def test_a_deleted_video_is_missing(as_alice: Client, video: Video) -> None:
    Video.objects.update(deleted_at=timezone.now())
    assert as_alice.get(page_of(video)).status_code == 404
