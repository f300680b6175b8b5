"""Files that are made to burst what reads them."""

from __future__ import annotations

import io
import resource
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sessions_app.files import Refusal, parsing, read
from tests.files.making import noise, pdf, pdf_bomb, pdf_of, picture, png_header


def refusal(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "upload.part"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        read(path, "file")
    assert list(tmp_path.glob("*.made")) == []
    return refused.value.sentence


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    assert "at most 40 million pixels" in refusal(tmp_path, png_header(60_000, 60_000))
    assert "at most 40 million pixels" in refusal(tmp_path, picture("PNG", (8000, 5001), "1"))


def test_a_picture_at_the_limit_is_taken_and_scaled(tmp_path: Path) -> None:
    path = tmp_path / "upload.part"
    path.write_bytes(picture("PNG", (8000, 5000), "L"))
    found = read(path, "file")
    assert (found.width, found.height) == (1568, 980)


def test_orientation_is_applied_and_metadata_is_gone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where I live"
    path = tmp_path / "upload.part"
    path.write_bytes(picture("JPEG", (400, 300), exif=exif, comment=b"and who"))
    found = read(path, "file")
    assert (found.width, found.height) == (300, 400)
    made = found.path.read_bytes()
    assert b"where I live" not in made
    assert b"and who" not in made
    with Image.open(io.BytesIO(made)) as opened:
        assert not opened.getexif()


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "RGB"])
def test_pictures_of_every_mode_are_taken(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "upload.part"
    path.write_bytes(picture("PNG", (30, 20), mode))
    assert read(path, "file").media_type == "image/png"


def test_a_picture_that_stays_large_becomes_one_the_model_takes(tmp_path: Path) -> None:
    path = tmp_path / "upload.part"
    path.write_bytes(noise((1568, 1568)))
    found = read(path, "file")
    assert found.media_type == "image/jpeg"
    assert found.path.stat().st_size < 3_600_000


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_broken_pictures_are_refused(tmp_path: Path, kind: str) -> None:
    whole = noise((200, 200), kind)
    assert "broken" in refusal(tmp_path, whole[: len(whole) // 3])
    assert "broken" in refusal(tmp_path, whole[:16] + b"<script>" * 50)


def test_a_pdf_is_read(tmp_path: Path) -> None:
    path = tmp_path / "upload.part"
    path.write_bytes(pdf(3))
    found = read(path, "report.pdf")
    assert (found.kind, found.pages, found.media_type) == ("pdf", 3, "application/pdf")
    assert "Hello from page 1" in found.text
    assert "Hello from page 3" in found.text


def test_pdfs_with_too_many_pages_broken_or_locked_are_refused(tmp_path: Path) -> None:
    assert "at most 100" in refusal(tmp_path, pdf(101))
    assert "broken" in refusal(tmp_path, b"%PDF-1.7\n" + b"garbage " * 100)
    assert "broken" in refusal(tmp_path, pdf_of([]))
    locked = pdf(
        extra="/Encrypt << /Filter /Standard /V 1 /R 2 /O (" + "x" * 32 + ") /U (" + "x" * 32 + ") /P -4 >>"
    )
    assert "password" in refusal(tmp_path, locked)


def test_a_pdf_that_unpacks_to_a_gigabyte_harms_nobody(tmp_path: Path) -> None:
    """Refused, or taken without its words; either way by a child whose memory is bounded."""
    path = tmp_path / "upload.part"
    content = pdf_bomb(1_000_000_000)
    assert len(content) < 5_000_000
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        assert read(path, "bomb.pdf").pages == 1
    except Refusal as refused:
        assert "memory or time" in refused.sentence  # noqa: PT017 (either end is a good one)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KB
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1_100_000


def test_a_child_that_wants_too_much_memory_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "MEMORY", 90_000_000)
    assert "memory or time" in refusal(tmp_path, picture("PNG", (6000, 6000), "RGB"))


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any, **options: Any) -> None:
        raise subprocess.TimeoutExpired("child", options["timeout"])

    monkeypatch.setattr(subprocess, "run", slow)
    assert "memory or time" in refusal(tmp_path, picture())


def test_the_child_is_given_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    run = subprocess.run

    def noted(*arguments: Any, **options: Any) -> Any:
        given.append(options["env"])
        return run(*arguments, **options)

    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setattr(subprocess, "run", noted)
    path = tmp_path / "upload.part"
    path.write_bytes(picture())
    read(path, "a")
    assert given == [{}]


def test_a_persons_slow_files_are_read_one_after_the_other_and_hold_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on, run = threading.Semaphore(0), threading.Event(), subprocess.run

    def slow(*arguments: Any, **options: Any) -> Any:
        began.release()
        if "held-" in str(arguments):
            assert go_on.wait(20)
        return run(*arguments, **options)

    def path(name: str) -> Path:
        (tmp_path / name).write_bytes(picture())
        return tmp_path / name

    monkeypatch.setattr(subprocess, "run", slow)
    with ThreadPoolExecutor(3) as pool:
        slow_ones = [pool.submit(read, path(f"held-{n}"), "p.png", "alice") for n in range(2)]
        assert began.acquire(timeout=20)
        other = pool.submit(read, path("quick"), "p.png", "bob")
        assert other.result(timeout=20).kind == "picture"
        go_on.set()
        assert all(each.result(timeout=20).kind == "picture" for each in slow_ones)
