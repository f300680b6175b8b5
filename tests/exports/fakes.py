"""Formats of the kinds that tests need: a page, one that is made by a child process, one that cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import ClassVar

from export_app.options import COMMON, PAPER, Option, Value
from export_app.renderers.base import NotRendered, Renderer
from export_app.transcript import Transcript

HERE = "tests.exports.fakes"
FORMATS = [
    "export_app.renderers.markdown.Markdown",
    "export_app.renderers.json.Json",
    f"{HERE}.Page",
    f"{HERE}.Paper",
    f"{HERE}.Broken",
]
THEME = Option(
    "theme", "Theme", "choice", "auto", (("auto", "Automatic"), ("light", "Light"), ("dark", "Dark"))
)
MARGIN = Option("margin", "Margin", "number", 20, least=5, most=60, help="In millimetres.")


class Page(Renderer):
    name, label, icon = "page", "Page", "globe-alt"
    media_type, extension = "text/html", "html"
    options: ClassVar[tuple[Option, ...]] = (*COMMON, THEME)

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        yield f"<!doctype html><title>{escape(transcript.head.heading)}</title>".encode()
        yield f"<body class={options['theme']}>".encode()
        for entry in transcript.entries():
            yield f"<p>{escape(entry.content)}</p>".encode()


class Paper(Page):
    name, label, icon = "paper", "Paper", "document"
    media_type, extension = "application/pdf", "pdf"
    heavy = True
    options = (*COMMON, PAPER, MARGIN)
    while_made: ClassVar[Callable[[], object]] = staticmethod(lambda: None)

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        type(self).while_made()
        yield f"%PDF {options['paper']} {options['margin']} {transcript.count}".encode()


class Broken(Paper):
    name, label = "broken", "Broken"

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        raise NotRendered("The file took longer than 120 s to make.")
        yield b""
