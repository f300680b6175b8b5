"""Lays a session out as a PDF: a program of its own, run by `export_app.children` in a folder with what it needs.

It knows no Django and nothing of the workspace. Nothing is fetched: pictures are the files of its folder that it was
told of, and those a text carries in itself.
"""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import sys
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

VARIANT = "pdf/ua-1"
PICTURE_DPI = 200
MOST_PIXELS = 50_000_000
KINDS = ("PNG", "JPEG", "GIF", "WEBP")
_DATA = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,([A-Za-z0-9+/]+={0,2})")

TOO_LARGE = "The PDF needs more memory than one export may have. Choose fewer messages, or another format."
TOO_DEEP = "A message is nested too deeply to be laid out. Choose another format."


def main() -> None:
    asked = json.load(sys.stdin.buffer)
    limit(asked["limits"])
    try:
        told = make(asked)
    except MemoryError:
        told = {"refused": TOO_LARGE}
    except RecursionError:
        told = {"refused": TOO_DEEP}
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # what was laid out is not taken apart object by object


def limit(limits: dict[str, int]) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["written"]),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    os.nice(5)


def make(asked: dict[str, Any]) -> dict[str, Any]:
    """Lay out `sheet` with `style` and write it `into` a file; how many pages it has."""
    from weasyprint import CSS, HTML  # type: ignore[import-untyped]
    from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]

    # What is made here is kept until the end; looking for what could go took a fifth of the time.
    gc.disable()
    quicker()
    fetcher = refusing(asked["pictures"])
    fonts = FontConfiguration()
    style = CSS(string=asked["style"], font_config=fonts, url_fetcher=fetcher)
    sheet = HTML(string=Path(asked["sheet"]).read_text(), url_fetcher=fetcher)
    document = sheet.render(stylesheets=[style], font_config=fonts, pdf_variant=VARIANT, dpi=PICTURE_DPI)
    document.write_pdf(asked["into"], pdf_variant=VARIANT, dpi=PICTURE_DPI, attachments=None)
    return {"pages": len(document.pages)}


def quicker() -> None:
    """pydyf writes down the numbers of all pages anew for each tagged element; they change only with the pages."""
    import pydyf  # type: ignore[import-untyped]

    slow = pydyf.PDF.page_references.fget
    known: dict[int, Any] = {}

    def page_references(pdf: Any) -> Any:
        count = len(pdf.pages["Kids"])
        if count not in known:
            known.clear()
            known[count] = slow(pdf)
        return known[count]

    pydyf.PDF.page_references = property(page_references)


def refusing(pictures: dict[str, str]) -> Any:
    """A fetcher that knows these pictures (files by address) and those in a text, and refuses everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # type: ignore[import-untyped]

    class Own(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in pictures:
                data = Path(pictures[url]).read_bytes()
            elif found := _DATA.fullmatch(url):
                data = b64decode(found[1])
            else:
                raise ValueError("nothing is fetched")
            return URLFetcherResponse(url, data, {"Content-Type": kind_of(data)})

    return Own()


def kind_of(data: bytes) -> str:
    """The type of a picture of a kind we know and of a size that can be drawn. Raises ValueError."""
    from PIL import Image

    with Image.open(BytesIO(data), formats=KINDS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too large")
        return f"image/{str(picture.format).lower()}"


if __name__ == "__main__":
    main()
