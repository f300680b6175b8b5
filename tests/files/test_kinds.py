"""What a file is: told by its content alone."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from sessions_app.files import Read, Refusal, read, shown_name
from tests.files.making import pdf, picture, zipped

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"


def look(tmp_path: Path, content: bytes, name: str = "file") -> Read:
    path = tmp_path / "upload.part"
    path.write_bytes(content)
    return read(path, name)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_pictures_are_known_by_their_content_whatever_their_name(tmp_path: Path, kind: str) -> None:
    found = look(tmp_path, picture(kind), "notes.txt")
    assert (found.kind, found.width, found.height) == ("picture", 40, 30)
    assert found.media_type in ("image/png", "image/jpeg")
    assert found.text == ""


@pytest.mark.parametrize(
    ("content", "name", "kind", "language"),
    [
        (b"Plain words.", "notes.txt", "text", ""),
        (b"# Title", "README.md", "text", "markdown"),
        (b"a,b\n1,2\n", "table.csv", "text", "csv"),
        (b'{"a": 1}', "data.json", "text", "json"),
        (b"print(1)", "run.py", "code", "python"),
        (b"#!/usr/bin/env python3\nprint(1)", "run", "code", "python"),
        (b"#!/bin/sh\nls", "start", "code", "bash"),
        (b"all:\n\tls", "Makefile", "code", "make"),
        (b"x", "server.log", "log", ""),
        (b"x", "server.log.3", "log", ""),
        (b"2026-11-21 10:00:01 INFO a\n2026-11-21 10:00:02 INFO b\n2026-11-21 10:00:03 INFO c", "out.txt", "log", ""),
        (b"MZ is a fine beginning of a text.", "mz.txt", "text", ""),
        (b"BM, RIFF and ID3 too", "bm.txt", "text", ""),
        ("Grüße \u202egpj".encode(), "a", "text", ""),
    ],
)  # fmt: skip
def test_texts_code_and_logs_are_told_apart(
    tmp_path: Path, content: bytes, name: str, kind: str, language: str
) -> None:
    found = look(tmp_path, content, name)
    assert (found.kind, found.language, found.media_type) == (kind, language, "text/plain")


@pytest.mark.parametrize(("content", "language"), [(SVG, "xml"), (HTML, "html")])
@pytest.mark.parametrize("name", ["page.html", "picture.svg", "photo.png", "notes.txt", "noname"])
def test_active_markup_is_code_under_any_name(
    tmp_path: Path, content: bytes, language: str, name: str
) -> None:
    found = look(tmp_path, content, name)
    assert (found.kind, found.media_type) == ("code", "text/plain")
    assert found.text == content.decode()
    if name == "noname":
        assert found.language == language


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return out.getvalue()


REFUSED = {
    "zip": zipped(a=b"1"),
    "zip bomb": zipped(a=b"0" * 50_000_000),
    "docx": zipped(**{"word/document.xml": b"<w/>", "[Content_Types].xml": b"<t/>"}),
    "tar.gz": tar(),
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(60),
    "exe": b"MZ\x90\x00" + bytes(60),
    "mp4": b"\x00\x00\x00\x20ftypisom" + bytes(60),
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(60),
    "wav": b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(60),
    "tiff": b"II*\x00" + bytes(60),
    "random": bytes(range(256)) * 20,
    "zeros": bytes(5000),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", ["photo.png", "notes.txt"])
def test_what_is_not_taken_is_refused_with_what_is(tmp_path: Path, kind: str, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        look(tmp_path, REFUSED[kind], name)
    assert (
        "Pictures (PNG, JPEG, WebP, GIF, AVIF), PDF, text, code and logs are taken." in refused.value.sentence
    )


def test_a_picture_of_a_phone_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"picture of a kind that is not taken \(HEIC\): save it as JPEG"):
        look(tmp_path, REFUSED["heic"], "IMG_0001.HEIC")
    with pytest.raises(Refusal, match="recording or video"):
        look(tmp_path, REFUSED["mp4"])


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="empty"):
        look(tmp_path, b"")


def test_a_polyglot_picture_keeps_only_its_pixels(tmp_path: Path) -> None:
    for tail in (zipped(a=b"1"), HTML, pdf()):
        found = look(tmp_path, picture("PNG") + tail)
        assert found.kind == "picture"
        assert tail[:20] not in found.path.read_bytes()
    found = look(tmp_path, picture("GIF", comment=HTML))
    assert b"script" not in found.path.read_bytes()


def test_a_pdf_that_is_also_a_page_is_a_pdf(tmp_path: Path) -> None:
    assert look(tmp_path, pdf() + HTML, "page.html").kind == "pdf"


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        ("Grüße".encode(), "Grüße"),
        ("\ufeffGrüße".encode(), "Grüße"),
        ("Grüße".encode("utf-16"), "Grüße"),
        ("Grüße, lang genug".encode("utf-16-le"), "Grüße, lang genug"),
        ("Grüße, lang genug".encode("utf-16-be"), "Grüße, lang genug"),
        ("Grüße “so”".encode("cp1252"), "Grüße “so”"),
        (b"one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a" * 500 + "\x00").encode() and (("a" * 500).encode() + b"\x00", "a" * 500),
        (b"bell \x1b[31mred" + b" " * 200, "bell [31mred" + " " * 200),
    ],
)
def test_text_is_decoded_and_cleaned(tmp_path: Path, encoded: bytes, text: str) -> None:
    assert look(tmp_path, encoded).text == text


def test_a_long_text_is_cut_with_a_note(tmp_path: Path) -> None:
    found = look(tmp_path, ("é" * 3_000_000).encode())
    text = found.text
    assert found.note == "first 400,000 characters"
    assert text.startswith("é" * 400_000)
    assert text.endswith("only its first 400,000 characters are here.]")
    assert len(text) < 400_200


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "shift_jis"])
@pytest.mark.parametrize("lines", [30_000, 200_000])
def test_of_a_long_log_the_beginning_and_the_end_are_kept(tmp_path: Path, lines: int, encoding: str) -> None:
    content = "\n".join(f"2026-11-21 10:00:01 INFO {n} です" for n in range(lines)).encode(encoding)
    found = look(tmp_path, content, "server.log")
    first, left, last = found.text.split("\n\n")
    assert first.startswith("2026-11-21 10:00:01 INFO 0 です\n")
    assert last.endswith(f"\n2026-11-21 10:00:01 INFO {lines - 1} です")
    assert last.startswith("2026-11-21 10:00:01 INFO ")
    assert left.startswith("[The middle of the file is left out here, about ")
    assert len(found.text) <= 400_100
    assert found.note.startswith("first and last 200,000 characters")


def test_what_was_read_whole_and_surely_has_no_note(tmp_path: Path) -> None:
    for content in (b"plain", "Grüße".encode(), "Grüße".encode("utf-16"), picture(), pdf()):
        assert look(tmp_path, content).note == ""


JAPANESE = "会議のメモ：来週の月曜日までに見積もりを送ってください。\n"
CHINESE = "会议记录：请在下周一之前把报价发给我们，谢谢大家的合作。\n"
TAIWANESE = "會議記錄：請在下週一之前把報價寄給我們，謝謝大家的合作。\n"
KOREAN = "회의 기록: 다음 주 월요일까지 견적을 보내 주세요. 감사합니다.\n"


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        (JAPANESE, "shift_jis", "Shift-JIS"),
        (JAPANESE, "euc_jp", "EUC-JP"),
        (CHINESE, "gbk", "GBK"),
        (TAIWANESE, "big5", "Big5"),
        (KOREAN, "euc_kr", "EUC-KR"),
        ("id,name\n1,テスト\n", "shift_jis", "Shift-JIS"),
        ("id,name\n1,测试数据\n", "gbk", "GBK"),
        ("Grüße aus Köln, 5 €: “Ärger” über Öl, süß und groß.", "cp1252", "Western European"),
        ("L’été dernier, à Genève, un élève naïf a mangé des œufs.", "cp1252", "Western European"),
        ("Ångström och Åke åker till Öland i år.", "cp1252", "Western European"),
        ("¿Qué pasó mañana? ¡Nada, señor!", "cp1252", "Western European"),
        ("It’s “quoted” – with dashes…", "cp1252", "Western European"),
        ("Ärger", "cp1252", "Western European"),
    ],
)
def test_the_encoding_of_an_older_text_is_guessed_and_said(
    tmp_path: Path, text: str, encoding: str, name: str
) -> None:
    for content in (text, text * 200):
        found = look(tmp_path, content.encode(encoding), "notes.txt")
        assert found.note == f"read as {name} (guessed)"
        assert found.text == content


def test_a_guess_is_not_led_astray_by_a_cut_in_a_character(tmp_path: Path) -> None:
    found = look(tmp_path, (JAPANESE * 60_000).encode("shift_jis"))
    assert found.note == "first 400,000 characters, read as Shift-JIS (guessed)"
    assert found.text.startswith(JAPANESE)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\plan.txt", "plan.txt"),
        ("exe.\u202egpj.sh", "exe.gpj.sh"),
        ("a\x00b\r\nc.txt", "ab c.txt"),
        ("...", "file"),
        ("", "file"),
        ("日本語 ファイル.md", "日本語 ファイル.md"),
        ('quo"te; filename=x.html', 'quo"te; filename=x.html'),
        ("\ud800.txt", "\ufffd.txt"),
    ],
)
def test_names_are_shown_but_are_no_paths(given: str, shown: str) -> None:
    assert shown_name(given) == shown


def test_a_long_name_keeps_its_ending() -> None:
    name = shown_name("n" * 500 + ".markdown")
    assert len(name) <= 120
    assert name.endswith("….markdown")
