"""JSON: the whole document, in the format of `export_app/schema/session-1.json`; it can be imported again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from export_app.document import File, Kept
from export_app.options import Option, Value
from export_app.transcript import Transcript
from export_app.written import FORMAT, VERSION, entry_data, head_data

from .base import Renderer, Sizes

FILES = Option("files", "Contents of files", "switch", True)
INDENT = Option("indent", "One field a line", "switch", False)


class Json(Renderer):
    name = "json"
    label = "JSON"
    icon = "code-bracket"
    media_type = "application/json"
    extension = "json"
    options = (FILES, INDENT)
    sizes = Sizes(base=500, message=400, character=2.4, picture=1.35)

    def transcript(self, transcript: Transcript, options: Mapping[str, Value]) -> Transcript:
        """All versions of all messages, whatever else was asked."""
        return replace(transcript, others=True)

    def kept(self, options: Mapping[str, Value]) -> Kept:
        return Kept()

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        dump = dumper(indent=bool(options.get("indent")))
        head = {"format": FORMAT, "version": VERSION, "session": head_data(transcript.head)}
        yield dump(head)[:-1].rstrip() + b',"messages":['
        separator = b"\n"
        for entry in transcript.entries():
            data = entry_data(entry)
            files = zip(entry.files, data.pop("files"), strict=True)  # last, a piece at a time
            yield separator + dump(data)[:-1].rstrip() + b',"files":['
            yield from contents(files, dump, wanted=bool(options.get("files", True)))
            yield b"]}"
            separator = b",\n"
        yield b"\n]}\n"


Dump = Callable[[Any], bytes]


def dumper(*, indent: bool) -> Dump:
    """How values are written: nothing that a page would take for markup, no number that JSON has not."""

    def dump(data: Any) -> bytes:
        separators = (",", ": ") if indent else (",", ":")
        text = json.dumps(
            data, ensure_ascii=False, indent=1 if indent else None, separators=separators, allow_nan=False
        )
        return text.replace("</", "<\\/").encode()

    return dump


def contents(files: Iterable[tuple[File, Any]], dump: Dump, *, wanted: bool) -> Iterator[bytes]:
    """The files of a message: what is known of each, then `content` in base64; null where it is not to be had."""
    separator = b""
    for file, known in files:
        yield separator + dump(known)[:-1].rstrip() + b',"content":'
        yield from encoded(file) if wanted else (b"null",)
        yield b"}"
        separator = b","


def encoded(file: File) -> Iterator[bytes]:
    try:
        pieces = file.read() if file.read else iter(())
        first = next(pieces, None)
    except (OSError, ValueError):
        first = None
    if first is None:
        yield b"null"
        return
    yield b'"'
    rest = first
    for piece in pieces:
        data = rest + piece
        whole = len(data) // 3 * 3
        yield base64.b64encode(data[:whole])
        rest = data[whole:]
    yield base64.b64encode(rest) + b'"'
