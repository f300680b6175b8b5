"""Runs alone, as a process of its own: reads one picture or PDF within narrow limits and prints what it found.

    python -I child.py '{"task": "picture", "source": "…", "target": "…", "pixels": 40000000, "edge": 1568, …}'

It knows nothing of the product and is given neither its environment nor its secrets. It prints one JSON object:
what was found, or `{"refused": "word"}`. Whatever kills it is a refusal too.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

MOST_PICTURE_BYTES = 3_600_000  # the API takes 5 MB of base64


class Refused(Exception):
    """One of few words that the parent has a sentence for."""


def confine(limits: dict[str, int]) -> None:
    """From here on no more than so much memory, time and disk; no new process, no dump."""
    for what, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_FSIZE, limits["written"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def picture(asked: dict[str, Any]) -> dict[str, Any]:
    """Decode, turn upright, scale down, encode anew: nothing but the pixels goes on."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the size is looked at here, before a pixel is decoded
    try:
        with Image.open(asked["source"], formats=[asked["format"]]) as opened:
            width, height = opened.size
            if width * height > asked["pixels"]:
                raise Refused("pixels")
            opened.draft("RGB", (asked["edge"], asked["edge"]))
            opened.load()
            image = ImageOps.exif_transpose(_scaled(opened, asked["edge"]))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise Refused("broken") from None
    return {"media_type": _write(image, asked), "width": image.width, "height": image.height}


def _scaled(opened: Any, edge: int) -> Any:
    """Palettes are resolved first, and only where there is one: a copy of all pixels is dear."""
    image = opened
    if image.mode not in ("RGB", "L", "RGBA"):
        clear = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
        image = image.convert("RGBA" if clear else "RGB")
    if max(image.size) > edge:
        scale = edge / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        smaller = image.resize(size, reducing_gap=2.0)
    else:
        smaller = image.copy()
    turned = opened.getexif().get(0x0112)
    smaller.info.clear()
    if turned:
        smaller.getexif()[0x0112] = turned
    return smaller


def _write(image: Any, asked: dict[str, Any]) -> str:
    """A photograph stays one; everything else keeps its sharp edges, if that is not too large."""
    from PIL import Image

    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    if asked["format"] != "JPEG":
        clean.save(asked["target"], "PNG", compress_level=6)
        with open(asked["target"], "rb") as written:
            if written.seek(0, 2) <= MOST_PICTURE_BYTES:
                return "image/png"
    if clean.mode == "RGBA":
        white = Image.new("RGB", clean.size, "white")
        white.paste(clean, mask=clean.getchannel("A"))
        clean = white
    clean.save(asked["target"], "JPEG", quality=88)
    return "image/jpeg"


def pdf(asked: dict[str, Any]) -> dict[str, Any]:
    """Count the pages and read their words, as far as time and room go."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(asked["source"])
        if reader.is_encrypted:
            raise Refused("locked")
        pages = len(reader.pages)
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, OSError, AssertionError):
        raise Refused("broken") from None
    if not pages:
        raise Refused("broken")
    if pages > asked["pages"]:
        raise Refused("pages")
    return {"pages": pages, "text": _words(reader, pages, asked["characters"], asked["patience"])}


def _words(reader: Any, pages: int, most: int, patience: float) -> str:
    """A page whose words cannot be read has none; the model sees it all the same."""
    until, texts, length = time.monotonic() + patience, [], 0
    for number in range(pages):
        try:
            text = reader.pages[number].extract_text() or ""
        except MemoryError:
            raise
        except Exception:  # a library that reads what anybody made raises anything
            text = ""
        texts.append(text.strip())
        length += len(text)
        if length > most or time.monotonic() > until:
            break
    return "\n\n".join(texts).strip()[: most + 1]


def main() -> None:
    asked = json.loads(sys.argv[1])
    confine(asked["limits"])
    sys.setrecursionlimit(600)
    try:
        found = {"picture": picture, "pdf": pdf}[asked["task"]](asked)
    except Refused as refused:
        found = {"refused": str(refused)}
    except (MemoryError, RecursionError):
        found = {"refused": "limits"}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
