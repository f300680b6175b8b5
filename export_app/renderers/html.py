"""HTML: one file that needs nothing else, for screen and print, light and dark. It has no script and loads nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256

from export_app.document import File
from export_app.options import COMMON, Option, Value
from export_app.transcript import Transcript

from .base import Renderer, Sizes
from .prose import plain
from .sheet import Sheet
from .styles import style

THEME = Option(
    "theme", "Theme", "choice", "auto", (("auto", "As the system"), ("light", "Light"), ("dark", "Dark"))
)
MOST_PICTURE, MOST_PICTURES = 5_000_000, 40_000_000  # bytes: of one, of all
PIECE = 64 * 1024
KINDS = ("image/png", "image/jpeg", "image/gif", "image/webp")


class Html(Renderer):
    name = "html"
    label = "HTML"
    icon = "globe-alt"
    media_type = "text/html"
    extension = "html"
    aliases = ("htm",)
    options = (*COMMON, THEME)
    sizes = Sizes(base=11_500, message=180, character=1.6, picture=1.35)  # the style sheet

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        sheet = Sheet(transcript, options, Pictures())
        waiting = [top(transcript, str(options.get("theme", "auto"))), sheet.head(), "<main>\n"]
        size = 0
        for message in sheet.messages():
            waiting.append(message)
            size += len(message)
            if size > PIECE:
                yield encoded(waiting)
                waiting, size = [], 0
        yield encoded([*waiting, "</main>\n</body>\n</html>\n"])


def encoded(texts: list[str]) -> bytes:
    return "".join(texts).encode("utf-8", "replace")


def top(transcript: Transcript, theme: str) -> str:
    """All before the title. The policy allows this style sheet and the pictures in the file, nothing else."""
    css = sheet_style(theme)
    digest = b64encode(sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    head = transcript.head
    scheme = {"light": "light", "dark": "dark"}.get(theme, "light dark")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="{scheme}">\n'
        f"<title>{plain(head.heading)}</title>\n<style>{css}</style>\n</head>\n<body>\n"
    )


def sheet_style(theme: str) -> str:
    """Colours as the theme wants them, always the light ones on paper."""
    light, dark = (f":root{{{style(name)}}}" for name in ("light", "dark"))
    dark_on = {
        "light": "",
        "dark": f"@media screen{{{dark}}}",
    }.get(theme, f"@media screen and (prefers-color-scheme:dark){{{dark}}}")
    return f"\n{light}\n{dark_on}\n{style('screen')}"


class Pictures:
    """Pictures as part of the file, as long as they are not too many."""

    def __init__(self) -> None:
        self.left = MOST_PICTURES

    def __call__(self, file: File) -> str | None:
        if file.read is None or file.media_type not in KINDS or file.size > min(MOST_PICTURE, self.left):
            return None
        try:
            data = b"".join(file.read())
        except (OSError, ValueError):
            return None
        self.left -= len(data)
        return f"data:{file.media_type};base64,{b64encode(data).decode()}"
