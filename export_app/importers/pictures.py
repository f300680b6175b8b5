"""Whether a picture is one that this app made: pixels and nothing else. Pure.

What people bring is encoded anew, which leaves out whatever else is in a file. A picture out of this app's own export
went through that already; encoded once more a photograph would not be the same. So its bytes are kept where they hold
only what our encoder writes: no text, no place, no profile, nothing behind the end.
"""

from __future__ import annotations

MOST = 3_600_000  # as `sessions_app.files.child` writes them at most
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_ALLOWED = {0xE0, 0xDB, 0xC4, 0xC0, 0xC2, 0xDD}  # JFIF, tables, frames, restarts
_FRAMES = {0xC0, 0xC2}
Size = tuple[int, int]


def plain_size(data: bytes) -> Size | None:
    """Width and height of a plain picture, None of any other file."""
    if len(data) > MOST:
        return None
    if data.startswith(_PNG):
        return _png(data)
    return _jpeg(data) if data.startswith(b"\xff\xd8\xff") else None


def _png(data: bytes) -> Size | None:
    at, size, names = len(_PNG), None, []
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        names.append(name)
        if name == b"IHDR" and length == 13:
            size = _size(data[at + 8 : at + 12], data[at + 12 : at + 16])
        at += 12 + length
        if name == b"IEND":
            break
    whole = at == len(data) and names[:1] == [b"IHDR"] and names[-1:] == [b"IEND"]
    return size if whole and set(names[1:-1]) == {b"IDAT"} else None


def _jpeg(data: bytes) -> Size | None:
    """Segments up to the pixels; in those a marker ends them, and the file with it or a further scan follows."""
    at, size = 2, None
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            size = _size(data[at + 7 : at + 9], data[at + 5 : at + 7])
        if marker == 0xE0 and length != 16:
            return None
        if marker == 0xDA:
            at = _scanned(data, at + 2 + length)
            if data[at : at + 2] == b"\xff\xd9":
                return size if at + 2 == len(data) else None
        elif marker in _JPEG_ALLOWED:
            at += 2 + length
        else:
            return None
    return None


def _scanned(data: bytes, at: int) -> int:
    """Where the pixels that begin at `at` end: at a marker that is neither a stuffed byte nor a restart."""
    while (at := data.find(b"\xff", at)) >= 0:
        after = data[at + 1 : at + 2]
        if after and after[0] and not 0xD0 <= after[0] <= 0xD7:
            return at
        at += 2
    return len(data)


def _size(width: bytes, height: bytes) -> Size:
    return int.from_bytes(width, "big"), int.from_bytes(height, "big")
