"""Markdown: readable as it is, and by every program that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from export_app.options import COMMON, Option, Value
from export_app.transcript import Transcript

from .base import Renderer

LEVEL = Option("level", "Messages start at heading", "choice", "2", (("1", "1"), ("2", "2"), ("3", "3")))


class Markdown(Renderer):
    name = "markdown"
    label = "Markdown"
    icon = "hashtag"
    media_type = "text/markdown"
    extension = "md"
    aliases = ("md",)
    options = (*COMMON, LEVEL)

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        yield f"# {transcript.head.heading}\n".encode()
        for entry in transcript.entries():
            yield f"\n{'#' * int(options['level'])} {entry.speaker}\n\n{entry.content}\n".encode()
