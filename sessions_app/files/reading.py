"""One file, read: its kind, what the model gets of it, and the file that is to be kept."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

from sessions_app.providers.base import estimate_tokens
from sessions_app.rendering import clean_text

from . import kinds, languages
from .decoding import Decoded, decoded, decoded_end
from .kinds import Refusal
from .parsing import parse_pdf, parse_picture

MOST_TEXT = 400_000  # characters that go to the model
CUT = f"first {MOST_TEXT:,} characters"
ENDS = f"first and last {MOST_TEXT // 2:,} characters"
PAGE_TOKENS = 1_600  # a page of a PDF as a picture, beside its words
PIXELS_A_TOKEN = 750


@dataclass(frozen=True, slots=True)
class Read:
    """What was found. `path` is what is to be kept: for a picture the one that was made anew. `note` is what its
    person must know of how it was read: that it was cut, or its encoding guessed."""

    path: Path
    kind: str
    media_type: str
    language: str = ""
    text: str = ""
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    tokens: int = 0
    note: str = ""


def read(path: Path, name: str, person: Hashable = None) -> Read:
    """Look into a file. `name` tells only the language of a text; of one `person` a single file is looked into at a
    time, where that takes a child process. Raises Refusal."""
    with path.open("rb") as opened:
        head = opened.read(64)
    if not head:
        raise Refusal("This file is empty.")
    found = kinds.media_type(head)
    if found in kinds.PICTURES:
        return _picture(path, kinds.PICTURES[found], person)
    return _pdf(path, person) if found == kinds.PDF else _text(path, name)


def _picture(path: Path, format_name: str, person: Hashable) -> Read:
    made = path.with_suffix(".made")
    try:
        told = parse_picture(path, made, format_name, person)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    width, height = int(told["width"]), int(told["height"])
    tokens = -(-width * height // PIXELS_A_TOKEN)
    return Read(made, "picture", told["media_type"], width=width, height=height, tokens=tokens)


def _pdf(path: Path, person: Hashable) -> Read:
    told = parse_pdf(path, MOST_TEXT, person)
    pages, words = int(told["pages"]), clean_text(told["text"])
    text = shortened(words)
    tokens = estimate_tokens([text]) + pages * PAGE_TOKENS
    note = "" if text == words else f"{CUT} of its text"
    return Read(path, "pdf", kinds.PDF, text=text, pages=pages, tokens=tokens, note=note)


def _text(path: Path, name: str) -> Read:
    """No more is read than can be sent: a character takes at most four bytes. Of a log the end is sent too: what went
    wrong stands there."""
    most = MOST_TEXT * 4 + 4
    with path.open("rb") as opened:
        data = opened.read(most)
        whole = not opened.read(1)
    found = decoded(data, whole=whole)
    kind, language = languages.of_text(name, found.text)
    cut = not whole or len(found.text) > MOST_TEXT
    text = _both_ends(path, found) if cut and kind == "log" else shortened(found.text, whole=whole)
    said = [
        (ENDS if kind == "log" else CUT) if cut else "",
        found.guessed and f"read as {found.guessed} (guessed)",
    ]
    note = ", ".join(filter(None, said))
    return Read(path, kind, "text/plain", language, text, tokens=estimate_tokens([text]), note=note)


def shortened(text: str, *, whole: bool = True) -> str:
    """At most `MOST_TEXT` characters, and a note where something is missing."""
    if whole and len(text) <= MOST_TEXT:
        return text
    return f"{text[:MOST_TEXT]}\n\n[The file goes on; only its first {MOST_TEXT:,} characters are here.]"


def _both_ends(path: Path, found: Decoded) -> str:
    """The first and the last half of `MOST_TEXT` characters, in whole lines where there are any."""
    half, size = MOST_TEXT // 2, path.stat().st_size
    with path.open("rb") as opened:
        opened.seek(max(0, size - half * 4) // 4 * 4)
        end = decoded_end(opened.read(), found.encoding)[-half:]
    first, last = found.text[:half], end.partition("\n")[2] or end
    first = first.rpartition("\n")[0] or first
    left = size - len((first + last).encode(found.encoding, "replace"))
    return f"{first}\n\n[The middle of the file is left out here, about {left:,} bytes.]\n\n{last}"
