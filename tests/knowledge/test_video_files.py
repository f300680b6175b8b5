"""The bytes of a video: parts of it, heads, captions; rights at each request."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from chatproject import bodies
from sessions_app.files.ranges import part
from sessions_app.knowledge import storing
from sessions_app.knowledge.models import Video
from sessions_app.models import User
from tests.knowledge.making import FILES, add_transcript, film, make_creator, make_video

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
DATA = (FILES / "short.webm").read_bytes()


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VIDEOS_DIR = tmp_path / "videos"
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


@pytest.fixture
def video(alice: User, as_alice: Client) -> Video:
    made = BytesIO()
    Image.new("RGB", (64, 36), "teal").save(made, "PNG")
    as_alice.force_login(make_creator(alice))
    form = {"title": "Tour", "visibility": "private", "file": film("short.webm", "a “tour” ü.webm"),
            "thumbnail": SimpleUploadedFile("a.png", made.getvalue())}  # fmt: skip
    as_alice.post("/videos/new/", form)
    return Video.objects.get()


def body(answer: Any) -> bytes:
    return b"".join(answer)


def test_the_whole_file_comes_with_safe_headers(video: Video, as_alice: Client) -> None:
    answer = as_alice.get(f"/videos/{video.pk}/file/")
    assert (answer.status_code, body(answer)) == (200, DATA)
    assert answer["Content-Type"] == "video/webm"
    assert answer["Content-Length"] == str(len(DATA))
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''")


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(DATA)),
        ("bytes=-10", len(DATA) - 10, len(DATA)),
        ("bytes=26000-999999", 26000, len(DATA)),
    ],
)
def test_a_part_comes_alone(video: Video, as_alice: Client, asked: str, begin: int, end: int) -> None:
    answer = as_alice.get(f"/videos/{video.pk}/file/", headers={"Range": asked})
    assert (answer.status_code, body(answer)) == (206, DATA[begin:end])
    assert answer["Content-Range"] == f"bytes {begin}-{end - 1}/{len(DATA)}"
    assert answer["Content-Length"] == str(end - begin)


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=x-y"])
def test_what_is_no_single_range_is_the_whole(video: Video, as_alice: Client, asked: str) -> None:
    assert as_alice.get(f"/videos/{video.pk}/file/", headers={"Range": asked}).status_code == 200


def test_beyond_the_end_there_is_nothing(video: Video, as_alice: Client) -> None:
    answer = as_alice.get(f"/videos/{video.pk}/file/", headers={"Range": f"bytes={len(DATA)}-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(DATA)}")


def test_a_head_is_told_alone(video: Video, as_alice: Client) -> None:
    answer = as_alice.head(f"/videos/{video.pk}/file/")
    assert (answer.status_code, answer["Content-Length"], answer.streaming) == (200, str(len(DATA)), False)
    part_of = as_alice.head(f"/videos/{video.pk}/file/", headers={"Range": "bytes=0-9"})
    assert (part_of.status_code, part_of["Content-Length"]) == (206, "10")


def test_a_part_of_a_replaced_file_is_the_whole_new_one(video: Video, as_alice: Client) -> None:
    path = f"/videos/{video.pk}/file/"
    tag = as_alice.get(path)["ETag"]
    same = as_alice.get(path, headers={"Range": "bytes=0-9", "If-Range": tag})
    other = as_alice.get(path, headers={"Range": "bytes=0-9", "If-Range": '"older"'})
    assert (same.status_code, other.status_code) == (206, 200)
    assert as_alice.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_rights_are_asked_at_each_request(video: Video, as_bob: Client) -> None:
    paths = [f"/videos/{video.pk}/{name}/" for name in ("file", "thumbnail")]
    assert [as_bob.get(path).status_code for path in paths] == [404, 404]
    Video.objects.update(visibility="everyone")
    found = [as_bob.get(path) for path in paths]
    assert [answer.status_code for answer in found] == [200, 200]
    Video.objects.update(visibility="private")
    for path, answer in zip(paths, found, strict=True):
        assert as_bob.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 404


def test_a_thumbnail_is_a_picture_of_ours(video: Video, as_alice: Client) -> None:
    answer = as_alice.get(f"/videos/{video.pk}/thumbnail/")
    assert answer["Content-Type"] == "image/png"
    assert Image.open(BytesIO(body(answer))).size == (64, 36)


def test_what_is_not_there_is_missing(video: Video, alice: User, as_alice: Client) -> None:
    bare = make_video(alice)
    for name in ("file", "thumbnail", "captions"):
        assert as_alice.get(f"/videos/{bare.pk}/{name}/").status_code == 404
    storing.drop(video.file)
    storing.drop(video.thumbnail)
    for name in ("file", "thumbnail"):
        assert as_alice.get(f"/videos/{video.pk}/{name}/").status_code == 404
    assert as_alice.get(f"/videos/{video.pk}/").status_code == 200


def test_captions_are_the_transcript_in_use(video: Video, as_alice: Client) -> None:
    add_transcript(video, [[83_200, 3_688_000, "Ada", "a --> b\n\n<c> & d"]])
    answer = as_alice.get(f"/videos/{video.pk}/captions/")
    assert answer["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.content.decode() == (
        "WEBVTT\n\n00:01:23.200 --> 01:01:28.000\nAda: a --&gt; b &lt;c&gt; &amp; d\n"
    )


def test_a_part_is_within_the_file() -> None:
    assert part("bytes=5-3", 10) is None
    assert part("bytes=-0", 10) is None
    assert part("", 0) == (0, 0)


def test_a_body_to_videos_may_hold_one_where_it_comes_with_a_session(settings: Any) -> None:
    settings.MAX_BODY_BYTES, settings.MAX_VIDEO_BYTES = 1_000_000, 500_000_000
    session = f"a=b; {settings.SESSION_COOKIE_NAME}={'k2' * 16}".encode()
    assert bodies.most("/videos/new/", [b"theme=dark", session]) == 501_000_000
    assert bodies.most("/attachments/", [session]) == bodies.most("/videosx", [session]) == 1_000_000
    for none in (b"", b"a=b", session[:-1], session.replace(b"sessionid", b"sessionidx")):
        assert bodies.most("/videos/new/", [none]) == 1_000_000
    settings.KNOWLEDGE = False
    assert bodies.most("/videos/new/", [session]) == 1_000_000
