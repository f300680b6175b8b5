"""What a file of a video is, by its content, and how long it lasts."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sessions_app.files import Refusal
from sessions_app.knowledge import media
from sessions_app.knowledge.links import at_any_second, at_second, checked_url
from tests.knowledge.making import FILES

KINDS = {
    "short.webm": ("video/webm", 100_000),
    "short.mp4": ("video/mp4", 120_000),
    "short.m4a": ("audio/mp4", 3_000),
    "short.mp3": ("audio/mpeg", None),
    "short.ogg": ("audio/ogg", None),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_and_length_are_read_from_the_content(name: str) -> None:
    kind, length = KINDS[name]
    data = (FILES / name).read_bytes()
    assert media.media_type(data[: media.HEAD]) == kind
    found = media.length_ms(io.BytesIO(data), kind)
    assert found is None if length is None else found is not None and abs(found - length) < 300


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<!doctype html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroska",
        b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1",
        b"\xff\xfe" + "text".encode("utf-16-le"),
        b"\xff\xd8\xff\xe0" + bytes(20),
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
    ],
)
def test_anything_else_is_refused_with_a_sentence(head: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        media.media_type(head)
    assert refused.value.sentence.endswith(".")


@given(some.binary(max_size=300), some.sampled_from(sorted(KINDS)), some.integers(0, 900))
def test_a_broken_head_has_no_length_and_no_error(noise: bytes, name: str, at: int) -> None:
    data = (FILES / name).read_bytes()
    broken = data[:at] + noise + data[at + len(noise) :]
    found = media.length_ms(io.BytesIO(broken), KINDS[name][0])
    assert found is None or found > 0


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("https://www.youtube.com/watch?v=abc&t=5&list=x", "https://www.youtube.com/watch?v=abc&list=x&t=83"),
        ("https://youtu.be/abc?si=q", "https://youtu.be/abc?si=q&t=83"),
        ("https://vimeo.com/12345", "https://vimeo.com/12345#t=83s"),
        ("https://www.loom.com/share/abc", "https://www.loom.com/share/abc?t=83"),
        ("https://www.dropbox.com/s/x/a.mp4?dl=0", "https://www.dropbox.com/s/x/a.mp4?dl=0&t=83"),
        ("https://example.org/a.mp4", "https://example.org/a.mp4#t=83"),
        ("https://example.org/app#/watch/4", "https://example.org/app#/watch/4"),
        ("https://example.org/{at}.mp4", "https://example.org/%7Bat%7D.mp4#t=83"),
        ("https://notyoutube.com/watch?v=abc", "https://notyoutube.com/watch?v=abc#t=83"),
    ],
)
def test_an_address_leads_to_a_second_as_its_place_understands_it(url: str, there: str) -> None:
    assert at_second(url, 83_200) == there
    assert at_any_second(url).count("{at}") == (0 if url == there else 1)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/a", "https://", "//example.org", "example.org",
     "https://a b.org/", "https://u:p@example.org/", "https://[::1", "https://example.org/" + "a" * 2000],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        checked_url(url)
