"""Bytes become text. Pure."""

from __future__ import annotations

import codecs

from sessions_app.rendering.clean import clean_text

from .problems import Problems, Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
NOT_UTF_8 = "This is not UTF-8: the file was read as Windows-1252. Look whether its letters are right."
BROKEN = "There are bytes here that are no characters; each became a replacement sign."


def decoded(raw: bytes | str, problems: Problems) -> str:
    """The text, with `\\n` line ends and without control characters. UTF-8 and UTF-16 by their marks; else UTF-8, and what
    is none is taken for Windows-1252."""
    text = raw.removeprefix("\ufeff") if isinstance(raw, str) else _decoded(raw, problems)
    return clean_text(text)


def _decoded(raw: bytes, problems: Problems) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _by(raw[len(mark) :], encoding, problems)
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise Unreadable(line, "This is no text: there are zero bytes in it.")
    try:
        return raw.decode()
    except UnicodeDecodeError as broken:
        line = raw.count(b"\n", 0, broken.start) + 1
    text = raw.decode(errors="replace")
    if _mostly_right(text):
        problems.note(line, BROKEN)
        return text
    problems.note(line, NOT_UTF_8)
    return raw.decode("cp1252", errors="replace")


def _by(raw: bytes, encoding: str, problems: Problems) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as broken:
        line = raw[: broken.start].decode(encoding, errors="replace").count("\n") + 1
        problems.note(line, BROKEN)
    return raw.decode(encoding, errors="replace")


def _mostly_right(text: str) -> bool:
    """Whether more of what is beyond ASCII was UTF-8 than was not: letters of Windows-1252 next to each other hardly ever
    are."""
    broken = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) - broken > broken
