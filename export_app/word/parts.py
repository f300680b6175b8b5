"""What the body refers to: addresses, pictures, lists and bookmarks, each with the number it is named by."""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from sessions_app.rendering.links import LinkKind, link_kind

if TYPE_CHECKING:
    from PIL.Image import Image

BULLETS = 1  # the list of all bullets
_FIRST_ORDERED = 2
MOST_ADDRESS = 2_000  # Word refuses files with longer ones
MOST_PIXELS = 40_000_000
MOST_START = 32_767
EDGE = 1_600  # pixels; more is not seen on paper
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*\.?")
_MAIL = re.compile(
    r"mailto:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+(?:\?[\x21-\x7e]*)?", re.IGNORECASE
)
_DATA = re.compile(r"data:image/[a-z]+;base64,(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Picture:
    """One in the package. Sizes in pixels."""

    relation: str
    width: int
    height: int


@dataclass(slots=True)
class Parts:
    """Collected while the body is written. `place` is the folder of pictures, those made here too."""

    place: Path
    links: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    media: list[tuple[str, Path]] = field(default_factory=list)  # relation, file
    lists: list[tuple[int, int]] = field(default_factory=list)  # level, first number
    _last: int = 0

    def number(self) -> int:
        """A new one, for a bookmark or a picture."""
        self._last += 1
        return self._last

    def link(self, url: str) -> str | None:
        """The relation of an address; None where it may not become a link, or where Word could not read it."""
        address = address_of(url)
        if address is None:
            return None
        return self.links.setdefault(address, f"rLink{len(self.links) + 1}")

    def ordered(self, level: int, start: int) -> int:
        """A list of its own, which begins at `start`."""
        self.lists.append((level, min(max(start, 0), MOST_START)))
        return _FIRST_ORDERED + len(self.lists) - 1

    def stored(self, name: str) -> Picture | None:
        """A picture in the folder; None where it cannot be read."""
        if name not in self.pictures:
            try:
                data = (self.place / name).read_bytes()
            except OSError:
                return None
            made = self._kept(data)
            if made is None:
                return None
            self.pictures[name] = made
        return self.pictures[name]

    def written(self, url: str) -> Picture | None:
        """A picture that is in the text itself."""
        found = _DATA.fullmatch(url)
        if found is None:
            return None
        if url not in self.pictures:
            try:
                data = base64.b64decode(found.group(1), validate=True)
            except (binascii.Error, ValueError):
                return None
            made = self._kept(data)
            if made is None:
                return None
            self.pictures[url] = made
        return self.pictures[url]

    def _kept(self, data: bytes) -> Picture | None:
        made = _readable(data)
        if made is None:
            return None
        extension, data, width, height = made
        relation = f"rPicture{len(self.media) + 1}"
        path = self.place / f"media-{len(self.media) + 1}.{extension}"
        path.write_bytes(data)
        self.media.append((relation, path))
        return Picture(relation, width, height)


def address_of(url: str) -> str | None:
    """An address of the web or of mail in ASCII, as a strict reader of addresses takes it."""
    kind = link_kind(url)
    if kind is LinkKind.MAIL:
        return url if _MAIL.fullmatch(url) and len(url) <= MOST_ADDRESS else None
    if kind is not LinkKind.WEB:
        return None
    try:
        parts = urlsplit(url)
        host = (
            (parts.hostname or "").encode("idna").decode()
            if not (parts.hostname or "").isascii()
            else parts.hostname
        )
        port = parts.port
    except ValueError:
        return None
    if not host or not _HOST.fullmatch(host) or parts.username is not None:
        return None
    rest = quote(parts.path or "", safe="/%:@!$&'()*+,;=~-._")
    rest += f"?{quote(parts.query, safe='/%:@!$&()*+,;=?~-._')}" if parts.query else ""
    rest += f"#{quote(parts.fragment, safe='/%:@!$&()*+,;=?~-._')}" if parts.fragment else ""
    address = f"{parts.scheme.lower()}://{host}{f':{port}' if port else ''}{rest}"
    return address if len(address) <= MOST_ADDRESS else None


def _readable(data: bytes) -> tuple[str, bytes, int, int] | None:
    """Extension, bytes and size of a picture as Word reads it: WebP as PNG, none larger than paper shows."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the size is looked at before a pixel is decoded
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "GIF", "WEBP"]) as opened:
            width, height = opened.size
            if not 0 < width * height <= MOST_PIXELS:
                return None
            opened.load()
            if opened.format in ("PNG", "JPEG", "GIF") and max(opened.size) <= EDGE:
                return {"PNG": "png", "JPEG": "jpeg", "GIF": "gif"}[opened.format], data, width, height
            return _smaller(opened)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        return None


def _smaller(opened: Image) -> tuple[str, bytes, int, int]:
    jpeg = opened.format == "JPEG"
    image = opened.convert("RGB" if jpeg else "RGBA")
    image.thumbnail((EDGE, EDGE))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85) if jpeg else image.save(out, "PNG")
    return "jpeg" if jpeg else "png", out.getvalue(), *opened.size
