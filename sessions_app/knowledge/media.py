"""What a file of a video is, and how long it lasts, by its content. The end of its name is never believed. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from sessions_app.files import Refusal

TAKEN = "MP4, MOV, WebM, MP3, M4A and Ogg are taken."
HEAD = 4096  # bytes that tell the kind

_FILMS = {
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"avc1",
    b"M4V ", b"M4VH", b"M4VP", b"qt  ", b"MSNV", b"dash", b"mmp4", b"3gp4", b"3gp5", b"3gp6", b"f4v ",
}  # fmt: skip
_RECORDINGS = {b"M4A ", b"M4B "}
_EBML, _DOCTYPE = b"\x1aE\xdf\xa3", b"\x42\x82"
_SEGMENT, _INFO, _SCALE, _DURATION = b"\x18\x53\x80\x67", b"\x15\x49\xa9\x66", b"\x2a\xd7\xb1", b"\x44\x89"
_MOST_MS = 48 * 3600 * 1000


def media_type(head: bytes) -> str:
    """The type of a file that begins with `head` (4096 bytes are enough). Raises Refusal with a sentence for what is not
    taken."""
    if not head:
        raise Refusal("This file is empty.")
    found = _boxes(head) or _webm(head) or _sound(head)
    if not found:
        raise Refusal(f"This is no video or recording of a kind that is known. {TAKEN}")
    return found


def is_sound(kind: str) -> bool:
    return kind.startswith("audio/")


def _boxes(head: bytes) -> str:
    if head[4:8] != b"ftyp":
        return ""
    named = head[8:12] + head[16 : min(len(head), int.from_bytes(head[:4], "big"))]
    brands = {named[at : at + 4] for at in range(0, len(named), 4)}
    if head[8:12] in _RECORDINGS:
        return "audio/mp4"
    return "video/mp4" if brands & _FILMS else ""


def _webm(head: bytes) -> str:
    if not head.startswith(_EBML):
        return ""
    at = head.find(_DOCTYPE, 4, 80)
    if at >= 0 and head[at + 3 :].startswith(b"webm"):
        return "video/webm"
    raise Refusal(f"This is a Matroska file, which browsers do not play: save it as WebM or MP4. {TAKEN}")


def _sound(head: bytes) -> str:
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head[:HEAD] else "audio/ogg"
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    layer, rate, sampling = head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return "audio/mpeg" if layer == 1 and rate not in (0, 15) and sampling != 3 else ""


def length_ms(opened: BinaryIO, kind: str) -> int | None:
    """How long a film lasts, as its own head says; None where that does not say it, or is of another kind."""
    try:
        if kind in ("video/mp4", "audio/mp4"):
            found = _length_of_boxes(opened)
        else:
            found = _length_of_webm(opened) if kind == "video/webm" else None
    except (struct.error, ValueError, OverflowError, ZeroDivisionError):
        return None
    return found if found is not None and 0 < found <= _MOST_MS else None


def _length_of_boxes(opened: BinaryIO) -> int | None:
    opened.seek(0, 2)
    film = _box(opened, 0, opened.tell(), b"moov")
    header = film and _box(opened, *film, b"mvhd")
    if not header:
        return None
    opened.seek(header[0])
    data = opened.read(32)
    scale, length = (
        struct.unpack_from(">IQ", data, 20) if data[0] == 1 else struct.unpack_from(">II", data, 12)
    )
    return int(length * 1000 / scale + 0.5)


def _box(opened: BinaryIO, at: int, end: int, wanted: bytes) -> tuple[int, int] | None:
    """Where the content of the first such box begins and ends."""
    for _ in range(1000):
        opened.seek(at)
        head = opened.read(16)
        if at + 8 > end or len(head) < 8:
            return None
        size, begins = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, begins = int.from_bytes(head[8:16], "big"), 16
        ends = end if size == 0 else at + size
        if head[4:8] == wanted:
            return at + begins, min(end, ends)
        if ends <= at:
            return None
        at = ends
    return None


def _length_of_webm(opened: BinaryIO) -> int | None:
    opened.seek(0)
    head = opened.read(256 * 1024)
    segment = next((begin for key, begin, _ in _elements(head, 0, len(head)) if key == _SEGMENT), None)
    if segment is None:
        return None
    for key, begin, end in _elements(head, segment, len(head)):
        if key == _INFO:
            found = {name: head[at:to] for name, at, to in _elements(head, begin, end)}
            length = found.get(_DURATION, b"")
            if len(length) not in (4, 8):
                return None
            scale = int.from_bytes(found.get(_SCALE, b""), "big") or 1_000_000
            (said,) = struct.unpack(">f" if len(length) == 4 else ">d", length)
            return int(said * scale / 1_000_000 + 0.5)
    return None


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The elements of EBML that stand beside each other: key, where the content begins, where it ends."""
    while at < end:
        key = _wide(data[at]) if at < len(data) else 0
        if not key or at + key >= len(data):
            return
        wide = _wide(data[at + key])
        size = data[at + key : at + key + wide]
        if not wide or len(size) < wide:
            return
        begin = at + key + wide
        length = int.from_bytes(size, "big") & ((1 << 7 * wide) - 1)
        unknown = length == (1 << 7 * wide) - 1
        stop = end if unknown else min(end, begin + length)
        yield data[at : at + key], begin, stop
        at = stop


def _wide(first: int) -> int:
    """Bytes of a number that begins so; 0 for none."""
    return 9 - first.bit_length() if first else 0
