"""One file, read: its kind, what the model gets of it, and the file that is to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sessions_app.providers.base import estimate_tokens
from sessions_app.rendering import clean_text

from . import kinds, languages
from .decoding import decoded
from .kinds import Refusal
from .parsing import parse_pdf, parse_picture

MOST_TEXT = 400_000  # characters that go to the model
PAGE_TOKENS = 1_600  # a page of a PDF as a picture, beside its words
PIXELS_A_TOKEN = 750


@dataclass(frozen=True, slots=True)
class Read:
    """What was found. `path` is what is to be kept: for a picture the one that was made anew."""

    path: Path
    kind: str
    media_type: str
    language: str = ""
    text: str = ""
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    tokens: int = 0


def read(path: Path, name: str) -> Read:
    """Look into a file. `name` tells only the language of a text. Raises Refusal."""
    with path.open("rb") as opened:
        head = opened.read(64)
    if not head:
        raise Refusal("This file is empty.")
    found = kinds.media_type(head)
    if found in kinds.PICTURES:
        return _picture(path, kinds.PICTURES[found])
    return _pdf(path) if found == kinds.PDF else _text(path, name)


def _picture(path: Path, format_name: str) -> Read:
    made = path.with_suffix(".made")
    try:
        told = parse_picture(path, made, format_name)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    width, height = int(told["width"]), int(told["height"])
    tokens = -(-width * height // PIXELS_A_TOKEN)
    return Read(made, "picture", told["media_type"], width=width, height=height, tokens=tokens)


def _pdf(path: Path) -> Read:
    told = parse_pdf(path, MOST_TEXT)
    pages, text = int(told["pages"]), shortened(clean_text(told["text"]))
    tokens = estimate_tokens([text]) + pages * PAGE_TOKENS
    return Read(path, "pdf", kinds.PDF, text=text, pages=pages, tokens=tokens)


def _text(path: Path, name: str) -> Read:
    """No more is read than can be sent: a character takes at most four bytes."""
    most = MOST_TEXT * 4 + 4
    with path.open("rb") as opened:
        data = opened.read(most)
        whole = not opened.read(1)
    text = decoded(data, whole=whole)
    kind, language = languages.of_text(name, text)
    text = shortened(text, whole=whole)
    return Read(path, kind, "text/plain", language, text, tokens=estimate_tokens([text]))


def shortened(text: str, *, whole: bool = True) -> str:
    """At most `MOST_TEXT` characters, and a note where something is missing."""
    if whole and len(text) <= MOST_TEXT:
        return text
    return f"{text[:MOST_TEXT]}\n\n[The file goes on; only its first {MOST_TEXT:,} characters are here.]"
