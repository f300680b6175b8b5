"""Files of stored messages, in the form a model gets them: pictures and PDFs as they are where it takes them and the
request has room, else their words; text always as text. Their bytes are read when the call is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sessions_app import offering
from sessions_app.files import storage
from sessions_app.models import Attachment, Message
from sessions_app.providers.base import Document, File, FileText, ModelInfo, Picture

# Of one request: the API takes 32 MB with base64, 100 pages and 100 pictures. The newest files go first.
MOST_BYTES, MOST_PAGES, MOST_PICTURES = 20_000_000, 100, 90
CHARACTERS_A_TOKEN = 2  # of the window, for the words of files: about half of it


def files_of(rows: Sequence[Message], config: Mapping[str, Any]) -> dict[str, File]:
    """By the key of their part. Without files in these messages the database is not asked."""
    keys = [part["id"] for row in rows for part in row.parts if part.get("kind") == "attachment"]
    if not keys:
        return {}
    found = {str(file.pk): file for file in Attachment.objects.filter(pk__in=keys)}
    room = _Room(known(config))
    return {key: room.part(found[key]) for key in reversed(keys) if key in found}


def known(config: Mapping[str, Any]) -> ModelInfo | None:
    """The model of a reply's `model_config`, where anything is known of it."""
    try:
        return offering.model(str(config["model"]), str(config["provider"]))
    except KeyError:
        return None


def names_of(parts: Iterable[Mapping[str, Any]]) -> str:
    return "Files: " + ", ".join(part["name"] for part in parts if part.get("kind") == "attachment")


class _Room:
    """What a request still takes."""

    def __init__(self, info: ModelInfo | None) -> None:
        self.sees = info is not None and info.pictures
        self.bytes, self.pages, self.pictures = MOST_BYTES, MOST_PAGES, MOST_PICTURES
        self.characters = CHARACTERS_A_TOKEN * (info.context_window if info else 100_000)

    def part(self, file: Attachment) -> File:
        match file.kind:
            case Attachment.Kind.PICTURE:
                return self._picture(file)
            case Attachment.Kind.PDF:
                return self._pdf(file)
        return self._text(file, file.text)

    def _picture(self, file: Attachment) -> File:
        if not self.sees:
            return self._text(file, "(Not shown: this model does not take pictures.)")
        if not self.pictures or file.size > self.bytes:
            return self._text(file, "(Left out: later files fill this request.)")
        self.pictures, self.bytes = self.pictures - 1, self.bytes - file.size
        return Picture(file.name, file.media_type, partial(storage.load, file.stored), file.tokens, file.size)

    def _pdf(self, file: Attachment) -> File:
        pages = file.pages or 0
        if self.sees and file.size <= self.bytes and pages <= self.pages:
            self.pages, self.bytes = self.pages - pages, self.bytes - file.size
            return Document(
                file.name,
                partial(storage.load, file.stored),
                file.tokens,
                file.size,
                file.text[: self.characters],
            )
        return self._text(file, file.text or "(Left out: it holds no text that could be read.)")

    def _text(self, file: Attachment, text: str) -> FileText:
        if len(text) > self.characters:
            text = f"{text[: self.characters]}\n\n(The rest is left out: files fill this request.)"
        self.characters = max(0, self.characters - len(text))
        return FileText(file.name, text, file.language, file.kind, file.size)
