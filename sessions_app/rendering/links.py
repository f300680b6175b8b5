"""Which addresses content may carry: an allow-list, asked by the grammar and again by the last cleaning."""

import re
from enum import StrEnum
from urllib.parse import urlsplit

_SCHEME = re.compile(r"[^/?#]*:")
_WEB = re.compile(r"https?://[^\s/?#\\]", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^\s]", re.IGNORECASE)
_SITE = re.compile(r"/(?![/\\])")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\<>\"]")
_DATA_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")


class LinkKind(StrEnum):
    WEB = "web"
    MAIL = "mail"
    SITE = "site"


def link_kind(url: str) -> LinkKind | None:
    """What an address is, or None for one that may not become a link."""
    if _UNSAFE.search(url):
        return None
    if _WEB.match(url):
        return LinkKind.WEB
    if _MAIL.match(url):
        return LinkKind.MAIL
    return LinkKind.SITE if _SITE.match(url) else None


def is_data_picture(url: str) -> bool:
    """A picture that carries its own bytes; SVG is none, for it carries scripts too."""
    return _DATA_PICTURE.fullmatch(url) is not None


def may_be_written(url: str) -> bool:
    """Whether the grammar takes `[text](url)` as a link at all.

    A refused scheme stays on the page as it was typed. A relative address (`./README.md`, `#part`) leads
    nowhere here: its text is shown without a link.
    """
    if link_kind(url) is not None or is_data_picture(url):
        return True
    return not url.startswith("//") and not _SCHEME.match(url) and not _UNSAFE.search(url)


def host_of(url: str) -> str:
    """The host as a browser will ask it, for showing; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
