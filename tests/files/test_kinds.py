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


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
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
    assert "Pictures (PNG, JPEG, WebP, GIF), PDF, text, code and logs are taken." in refused.value.sentence


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
    text = look(tmp_path, ("é" * 3_000_000).encode()).text
    assert text.startswith("é" * 400_000)
    assert text.endswith("only its first 400,000 characters are here.]")
    assert len(text) < 400_200


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
