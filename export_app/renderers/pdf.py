"""PDF: tagged pages with an outline of the questions, laid out by a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from export_app import children
from export_app.document import File
from export_app.options import COMMON, PAPER, Value
from export_app.transcript import Transcript

from .base import NotRendered, Renderer, Sizes
from .prose import plain
from .sheet import Sheet
from .styles import style

PROGRAM = Path(__file__).with_name("pdf_child.py")
LIMITS = children.Limits(seconds=240, memory=3_000_000_000, written=300_000_000)
MOST_PICTURE, MOST_PICTURES = 20_000_000, 100_000_000  # bytes: of one, of all
MOST_SHEET = 8_000_000  # bytes of markup, some 9,000 usual messages; more takes longer than it may
VOLUME_WEIGHT = 3_000_000  # characters of a volume, of which markup makes about twice as many bytes
TOO_LONG = (
    "This is too much text for one PDF. Leave tool calls out, choose fewer messages, or another format."
)
SIZES = {"a4": "A4", "letter": "letter"}


class Pdf(Renderer):
    name = "pdf"
    label = "PDF"
    icon = "document"
    media_type = "application/pdf"
    extension = "pdf"
    heavy = True
    volume = 1_000
    options = (*COMMON, PAPER)
    sizes = Sizes(base=8_500, message=200, character=3.0, picture=1)  # the fonts, and tags

    def volumes(self, transcript: Transcript) -> list[Transcript]:
        return transcript.volumes(self.volume, VOLUME_WEIGHT)

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        with children.folder() as place:
            pictures = Pictures(place)
            write_sheet(place / "sheet.html", transcript, options, pictures)
            asked = {
                "sheet": "sheet.html",
                "style": f"@page {{ size: {SIZES[str(options.get('paper', 'a4'))]} }}\n{style('paper')}",
                "pictures": pictures.files,
                "into": "made.pdf",
            }
            children.run(PROGRAM, asked, place, LIMITS)
            yield from children.in_pieces(place / "made.pdf")


def write_sheet(path: Path, transcript: Transcript, options: Mapping[str, Value], pictures: Pictures) -> None:
    """The whole session as the child reads it. Raises NotRendered where that is too much for one file."""
    sheet = Sheet(transcript, options, pictures, paper=True)
    head = transcript.head
    author = f'<meta name="author" content="{plain(head.owner)}">' if head.owner else ""
    with path.open("w", encoding="utf-8", errors="replace") as file:
        file.write(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{plain(head.heading)}</title>{author}'
            f'<meta name="dcterms.created" content="{head.created_at:%Y-%m-%d}"></head><body>{sheet.head()}'
        )
        for message in sheet.messages():
            file.write(message)
            if file.tell() > MOST_SHEET:
                raise NotRendered(TOO_LONG)
        file.write("</body></html>")


class Pictures:
    """The pictures of a session, each a file in the child's folder."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.files: dict[str, str] = {}
        self.left = MOST_PICTURES

    def __call__(self, file: File) -> str | None:
        if file.read is None or file.size > min(MOST_PICTURE, self.left):
            return None
        name = f"picture-{len(self.files)}"
        try:
            with (self.place / name).open("wb") as out:
                for piece in file.read():
                    out.write(piece)
        except (OSError, ValueError):
            return None
        self.left -= file.size
        self.files[f"own:{name}"] = name
        return f"own:{name}"
