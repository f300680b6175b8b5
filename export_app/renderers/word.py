"""Word: a document with styles, made by a child process (`export_app.word`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from export_app import children
from export_app.document import Entry
from export_app.options import COMMON, PAPER, Option, Value
from export_app.transcript import Transcript
from export_app.word import program
from export_app.written import entry_data, money

from .base import Renderer, Sizes

CONTENTS = Option("contents", "Table of contents", "switch", True)
MOST_PICTURES = 150_000_000
"""Bytes of pictures in one file; the others are named."""


class Word(Renderer):
    name = "word"
    label = "Word"
    icon = "document-text"
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    extension = "docx"
    aliases = ("doc", "msword")
    heavy = True
    options = (*COMMON, PAPER, CONTENTS)
    sizes = Sizes(base=11_300, message=15, character=0.2, picture=1)  # compressed

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        chosen = self.chosen(options)
        with children.folder() as place:
            laid_down(transcript, place)
            asked = {"root": str(settings.BASE_DIR), "head": head_of(transcript), "options": chosen}
            made = children.run(Path(program.__file__), asked, place, children.Limits())
            yield from children.in_pieces(place / made["made"])


def head_of(transcript: Transcript) -> dict[str, Any]:
    """What is told of the session, in the reader's zone."""
    head = transcript.head
    return {
        "title": head.heading,
        "owner": head.owner,
        "model": head.model_label,
        "tags": list(head.tags),
        "created_at": transcript.local(head.created_at).isoformat(),
        "last_activity_at": transcript.local(head.last_activity_at).isoformat(),
        "messages": head.message_count,
        "tokens": head.total_tokens,
        "cost": money(head.total_cost),
        "part": list(head.part),
    }


def laid_down(transcript: Transcript, place: Path) -> None:
    """The messages, a line each, and their pictures as files."""
    pictures = Pictures(place)
    with (place / program.ENTRIES).open("w", encoding="ascii") as lines:
        for entry in transcript.entries():
            data: dict[str, Any] = {
                "entry": entry_data(entry),
                "speaker": entry.speaker,
                "version": list(entry.version) if transcript.others else [1, 1],
                "at": transcript.local(entry.created_at).isoformat(),
                "pictures": pictures.of(entry),
            }
            for revision in data["entry"]["revisions"]:  # that there are some is told, not what they were
                revision["parts"], revision["content"] = [], ""
            lines.write(json.dumps(data) + "\n")


class Pictures:
    """Copies those of messages into the folder while there is room, each content once."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.left = MOST_PICTURES
        self.names: dict[str, str] = {}

    def of(self, entry: Entry) -> dict[str, str]:
        """The names of an entry's pictures, by the keys of its files."""
        found = {}
        for file in entry.files:
            if file.kind == "picture" and file.read is not None and file.size <= self.left:
                key = file.digest or file.id
                name = self.names.get(key) or self._copied(file.read())
                if name:
                    found[file.id] = self.names[key] = name
        return found

    def _copied(self, pieces: Iterator[bytes]) -> str:
        name = f"picture-{len(self.names) + 1}"
        try:
            with (self.place / name).open("wb") as out:
                for piece in pieces:
                    self.left -= out.write(piece)
        except OSError:  # it is gone: the document names it
            return ""
        return name
