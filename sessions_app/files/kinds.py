"""What a file is, by its first bytes. The type a browser names and the end of a name are never believed."""

from __future__ import annotations

PICTURES = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
}
PDF = "application/pdf"
TEXT = "text/plain"
TAKEN = "Pictures (PNG, JPEG, WebP, GIF, AVIF), PDF, text, code and logs are taken."

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_AVIF, _HEIC = {b"avif", b"avis"}, {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_REFUSED = (
    (b"PK\x03\x04", "an archive or office file"),
    (b"PK\x05\x06", "an archive"),
    (b"PK\x07\x08", "an archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office file"),
    (b"{\\rtf", "an office file"),
    (b"\x1f\x8b", "an archive"),
    (b"BZh", "an archive"),
    (b"\xfd7zXZ\x00", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!\x1a\x07", "an archive"),
    (b"\x28\xb5\x2f\xfd", "an archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\x00asm", "a program"),
    (b"ID3", "a recording"),
    (b"OggS", "a recording"),
    (b"fLaC", "a recording"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"SQLite format 3\x00", "a database"),
    (b"BM", "a picture of a kind that is not taken"),
    (b"II*\x00", "a picture of a kind that is not taken"),
    (b"MM\x00*", "a picture of a kind that is not taken"),
)


class Refusal(Exception):
    """A file that is not taken, in a sentence for the person who brought it."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def media_type(head: bytes) -> str:
    """The type of a file that begins with `head` (64 bytes are enough), `TEXT` where nothing else is known of it.

    Raises Refusal for what is known and not taken.
    """
    if head.startswith(b"%PDF-"):
        return PDF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if _brands(head) & _AVIF:
        return "image/avif"
    for magic, found in _PICTURES:
        if head.startswith(magic):
            return found
    if what := _refused(head):
        raise Refusal(f"This is {what}. {TAKEN}")
    return TEXT


def _brands(head: bytes) -> set[bytes]:
    """What a file of boxes says it is: films are, and the pictures that phones take."""
    if head[4:8] != b"ftyp":
        return set()
    named = head[8:12] + head[16 : int.from_bytes(head[:4], "big")]
    return {named[at : at + 4] for at in range(0, len(named), 4)}


def _refused(head: bytes) -> str:
    """Two letters begin many a text: only where the bytes after them are none of a text are they a sign."""
    if _brands(head) & _HEIC:
        return "a picture of a kind that is not taken (HEIC): save it as JPEG"
    if head[:4] == b"RIFF" or head[4:8] == b"ftyp":
        return "a recording or video"
    for magic, what in _REFUSED:
        if head.startswith(magic) and (len(magic) > 3 or b"\x00" in head[:64]):
            return what
    return "an archive" if head.startswith((b"\x1f\x8b", b"BZh9")) else ""
