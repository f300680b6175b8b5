"""Many videos at once: which files belong together, what is refused, and what is known when it comes again."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from sessions_app.knowledge import storing
from sessions_app.knowledge.importing import BadArchive, Source, folder_sources, gathered, zip_sources
from sessions_app.knowledge.models import Creator, Passage, Transcript, Video
from sessions_app.models import User

FILM = b"\x00\x00\x00\x18ftypmp42" + b"film" * 50
_made = io.BytesIO()
Image.new("RGB", (64, 36), "teal").save(_made, "PNG")
PICTURE = _made.getvalue()
VTT = b"WEBVTT\n\n00:01.000 --> 00:05.000\nHow to brew tea.\n"


def source(path: str, raw: bytes = b"x") -> Source:
    return Source(path, len(raw), lambda: io.BytesIO(raw))


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", method) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    place.seek(0)
    return place


def shape(paths: list[str]) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            each.name,
            each.film.path if each.film else "",
            each.transcript.path if each.transcript else "",
            each.picture.path if each.picture else "",
            each.language,
        )
        for each in gathered([source(path) for path in paths]).bundles
    ]


def test_files_of_one_name_in_one_folder_are_one_video() -> None:
    assert shape(
        ["a/intro.mp4", "a/Intro.en.VTT", "a/intro.jpg", "b/intro.srt", "talk.pt-BR.txt", "1.2 end.vtt"]
    ) == [
        ("1.2 end", "", "1.2 end.vtt", "", ""),
        ("a/intro", "a/intro.mp4", "a/Intro.en.VTT", "a/intro.jpg", "en"),
        ("b/intro", "", "b/intro.srt", "", ""),
        ("talk", "", "talk.pt-BR.txt", "", "pt-BR"),
    ]


def test_what_belongs_nowhere_is_left_out_and_says_why() -> None:
    paths = ["a.vtt", "a.srt", "a.mp4", "a.webm", "lone.png", "notes.docx"]
    assert gathered([source(path) for path in paths]).left_out == [
        ("a.webm", "Another file of this name was taken."),
        ("notes.docx", "This is no video, transcript, picture or table."),
        ("a.srt", "Another transcript was taken: a.vtt."),
        ("lone.png", "There is no video or transcript of this name."),
    ]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("a/videos.csv", b"\xef\xbb\xbfName;Title;URL\r\nintro.mp4;The <intro>;https://example.org/1\r\n"),
        (
            "a/videos.json",
            json.dumps({"intro": {"title": "The <intro>", "url": "https://example.org/1"}}).encode(),
        ),
        (
            "a/videos.json",
            json.dumps(
                [{"name": "intro.vtt", "title": "The <intro>", "url": "https://example.org/1"}]
            ).encode(),
        ),
    ],
)
def test_a_table_says_more_of_a_video_by_its_name(name: str, table: bytes) -> None:
    [bundle] = gathered([source("a/intro.vtt", VTT), source(name, table)]).bundles
    assert (bundle.title, bundle.facts.url) == ("The <intro>", "https://example.org/1")
    assert bundle.transcript is not None


@pytest.mark.parametrize(
    ("name", "table", "sentence"),
    [
        ("videos.json", b"[1]", "videos.json holds no list of videos."),
        ("videos.json", b"[\n{", "videos.json, line 2: this is not JSON."),
        ("videos.json", b"[" * 100_000, "videos.json"),
        ("videos.csv", b"title\nx\n", "videos.csv: row 1 has no name."),
        ("videos.csv", b"name\n\xff\n", "videos.csv, line 2: this is not UTF-8."),
        ("videos.csv", b"name\n" + b"a\n" * 1001, "videos.csv names more than 1,000 videos."),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(name: str, table: bytes, sentence: str) -> None:
    with pytest.raises(BadArchive) as refused:
        gathered([source(name, table)])
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"../a.vtt": VTT}, "“../a.vtt” leads out of the ZIP file."),
        ({"/etc/a.vtt": VTT}, "“/etc/a.vtt” leads out of the ZIP file."),
        ({"C:\\a.vtt": VTT}, "“C:\\a.vtt” leads out of the ZIP file."),
        ({"a.vtt": b"0" * 5_000_000}, "What is packed in it is far larger"),
        ({f"{at}.vtt": b"" for at in range(1001)}, "There are more than 1,000 files in it."),
        ({f"{at:0>9}.vtt": b"" for at in range(12_000)}, "There are more than 1,000 files in it."),
    ],
)
def test_a_zip_that_is_made_to_do_harm_is_refused(files: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(BadArchive) as refused:
        zip_sources(packed(files))
    assert str(refused.value).startswith(sentence)


def test_one_file_that_is_packed_far_too_small_is_refused() -> None:
    files = {"a.vtt": b"0" * 2_000_000, "b.mp4": bytes(range(256)) * 4}
    archive = packed(files)
    archive.seek(0, io.SEEK_END)
    with pytest.raises(BadArchive):
        zip_sources(archive)


def test_what_is_no_zip_or_was_cut_off_is_refused() -> None:
    for raw in (b"PK\x03\x04 and nothing", packed({"a.vtt": VTT}).getvalue()[:60]):
        with pytest.raises(BadArchive):
            zip_sources(io.BytesIO(raw))


def test_links_out_of_a_folder_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secret.vtt").write_bytes(VTT)
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.vtt").write_bytes(VTT)
    (folder / ".hidden.vtt").write_bytes(VTT)
    (folder / "link.vtt").symlink_to(tmp_path / "secret.vtt")
    assert [each.path for each in folder_sources(folder)] == ["a.vtt"]


# ---------------------------------------------------------------- the command and the page


@pytest.fixture
def creator(alice: User, settings: Any, tmp_path: Path) -> User:
    settings.VIDEOS_DIR = tmp_path / "kept"
    Creator.objects.create(user=alice)
    return alice


def folder_of(tmp_path: Path, files: dict[str, bytes]) -> Path:
    folder = tmp_path / "brought"
    for name, raw in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return folder


def run(folder: Path, **options: Any) -> str:
    said = io.StringIO()
    call_command("import_videos", str(folder), creator="alice", stdout=said, **options)
    return said.getvalue()


def test_a_folder_becomes_videos_and_is_known_again(creator: User, tmp_path: Path) -> None:
    table = b"name,title,url,language,visibility\nsub/far,Far away,https://example.org/far,de,everyone\n"
    files = {"sub/intro.mp4": FILM, "sub/intro.vtt": VTT, "sub/intro.png": PICTURE, "videos.csv": table}
    folder = folder_of(tmp_path, files)
    assert run(folder).split() == ["made", "sub/far", "made", "sub/intro"]
    intro = Video.objects.get(title="intro")
    assert (intro.creator, intro.visibility, intro.file_name) == (creator, "private", "intro.mp4")
    assert (intro.media_type, intro.file_bytes) == ("video/mp4", len(FILM))
    assert storing.path_of(intro.file).read_bytes() == FILM
    with Image.open(storing.path_of(intro.thumbnail)) as picture:
        assert picture.size == (64, 36)
    assert Passage.objects.get(video=intro).text == "How to brew tea."
    far = Video.objects.get(title="Far away")
    assert (far.url, far.language, far.visibility) == ("https://example.org/far", "de", "everyone")

    assert run(folder).split() == ["known", "sub/far", "known", "sub/intro"]
    (folder / "sub/intro.vtt").write_bytes(VTT.replace(b"tea", b"coffee"))
    assert run(folder).split() == ["known", "sub/far", "updated", "sub/intro"]
    assert Video.objects.count() == 2
    assert Transcript.objects.get(current=True).number == 2
    assert len([path for path in (tmp_path / "kept").rglob("*") if path.is_file()]) == 2


def test_what_fails_says_why_and_leaves_the_others_alone(creator: User, tmp_path: Path) -> None:
    table = b"name,visibility,url\nc,secret,\nd,,javascript:alert(1)\n"
    files = {"a.vtt": b"no times", "b.mp4": b"no film", "ok.vtt": VTT, "videos.csv": table, "c.vtt": VTT}
    folder = folder_of(tmp_path, files)
    said = io.StringIO()
    with pytest.raises(CommandError, match="4 could not be imported; the others are"):
        call_command("import_videos", str(folder), creator="alice", stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[0].startswith("failed    a  a.vtt: Line 1: No time was found.")
    assert lines[1] == "failed    b  b.mp4 is no video of the kind its name says."
    assert lines[2] == "failed    c  Its visibility is “secret”; it may be private, listed or everyone."
    assert lines[3].startswith("failed    d  “javascript:alert(1)” is no address of a page")
    assert lines[4] == "made      ok"
    assert Video.objects.count() == 1


def test_the_command_wants_a_creator_and_something_to_read(creator: User, bob: User, tmp_path: Path) -> None:
    for path, name, sentence in (
        (tmp_path, "bob", "There is no creator “bob”"),
        (tmp_path / "none", "alice", "There is no folder or ZIP file"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("import_videos", str(path), creator=name)


def test_a_zip_is_imported_on_the_page(as_alice: Client, creator: User) -> None:
    archive = packed({"a/intro.vtt": VTT, "a/intro.mp4": FILM, "bad.srt": b"nothing", "x.exe": b"MZ"})
    file = SimpleUploadedFile("all.zip", archive.getvalue())
    body = as_alice.post("/videos/import/", {"files": file}).content.decode()
    assert "1 video was made, 1 could not be made" in body
    assert "bad.srt: Line 1: No time was found." in body
    assert "x.exe" in body
    video = Video.objects.get()
    assert f"/videos/{video.pk}/transcripts/" in body
    assert Transcript.objects.get().source == "a/intro.vtt"


def test_several_files_are_imported_on_the_page(as_alice: Client, creator: User) -> None:
    files = [SimpleUploadedFile("intro.vtt", VTT), SimpleUploadedFile("intro.mp4", FILM)]
    assert "1 video was made" in as_alice.post("/videos/import/", {"files": files}).content.decode()
    video = Video.objects.get()
    assert (video.file_name, video.title) == ("intro.mp4", "intro")


def test_what_cannot_be_imported_is_refused_with_a_sentence(as_alice: Client, creator: User) -> None:
    for sent, sentence in (
        ({}, "Choose a ZIP file, or several files."),
        ({"files": SimpleUploadedFile("a.zip", b"PK\x03\x04broken")}, "This ZIP file is broken"),
    ):
        answer = as_alice.post("/videos/import/", sent)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert as_alice.get("/videos/import/").status_code == 200


def test_who_is_no_creator_finds_no_import(as_bob: Client, creator: User) -> None:
    assert as_bob.get("/videos/import/").status_code == 404
    assert as_bob.post("/videos/import/", {"files": SimpleUploadedFile("a.vtt", VTT)}).status_code == 404
    assert not Video.objects.exists()


# ---------------------------------------------------------------- indexing anew


def test_transcripts_are_cut_anew_by_command(creator: User, tmp_path: Path, settings: Any) -> None:
    text = "\n".join(f"{at}:00 Sentence {at} about tea." for at in range(10))
    run(folder_of(tmp_path, {"a.txt": text.encode(), "b.txt": text.encode()}))
    video = Video.objects.get(title="a")
    before = set(Passage.objects.filter(video=video).values_list("pk", flat=True))
    settings.PASSAGE_SECONDS = 300
    said = io.StringIO()
    call_command("reindex_transcripts", video=str(video.pk), stdout=said)
    assert said.getvalue() == "1 transcripts indexed anew.\n"
    now = Passage.objects.filter(video=video, current=True)
    assert not before & set(now.values_list("pk", flat=True))
    assert now.count() < len(before)
    call_command("reindex_transcripts", missing=True, stdout=said)
    assert said.getvalue().endswith(f"{Passage.objects.filter(current=True).count()} passages indexed.\n")
    with pytest.raises(CommandError, match="There is no video"):
        call_command("reindex_transcripts", video="01890000-0000-7000-8000-000000000000")


def test_a_picture_is_made_anew_and_one_that_only_begins_like_one_is_refused(
    creator: User, tmp_path: Path, as_alice: Client
) -> None:
    hidden = PICTURE + b"<script>hidden()</script>"
    false = PICTURE[:8] + b"<script>hidden()</script>"
    folder = folder_of(tmp_path, {"a.vtt": VTT, "a.png": hidden, "b.vtt": VTT + b"\n", "b.png": false})
    with pytest.raises(CommandError, match="1 could not be imported"):
        run(folder)
    video = Video.objects.get()
    assert b"hidden" not in storing.path_of(video.thumbnail).read_bytes()
    assert len([path for path in (tmp_path / "kept").rglob("*") if path.is_file()]) == 1


def test_names_and_words_that_come_with_files_are_cleaned(creator: User, tmp_path: Path) -> None:
    table = json.dumps(
        [{"name": "b", "title": "Tea\x00 time", "description": "One\x00", "url": "https://x.org/a"}]
    )
    files = {"evil\r\nSet-Cookie: a=b.mp4": FILM, "videos.json": table.encode()}
    run(folder_of(tmp_path, files))
    film = Video.objects.exclude(file="")[0]
    assert film.file_name == film.title + ".mp4" == "evil Set-Cookie: a=b.mp4"
    assert list(Video.objects.filter(file="").values_list("title", "description")) == [("Tea time", "One")]


def test_an_address_that_holds_a_password_is_not_taken(creator: User, tmp_path: Path) -> None:
    table = b"name,title,url\nd,D,https://ada:secret@example.org/d\n"
    with pytest.raises(CommandError, match="1 could not be imported"):
        run(folder_of(tmp_path, {"videos.csv": table}))
    assert not Video.objects.exists()
