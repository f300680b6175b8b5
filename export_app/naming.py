"""Names of the files that leave: a title made safe for every system, and how a header says it."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from sessions_app.files import shown_name

MOST = 80
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*%#\s]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def file_name(title: str, extension: str, *, part: tuple[int, int] = (1, 1)) -> str:
    """ "Weekly cost review" as "weekly-cost-review.md"; letters of every script stay, what any system dislikes goes.

    The second of three volumes is "weekly-cost-review-2-of-3.pdf".
    """
    title = title.replace("/", "-").replace("\\", "-").strip("-. \t\n") or "session"
    name = unicodedata.normalize("NFC", shown_name(title))
    name = _UNSAFE.sub("-", name).lower()
    name = re.sub(r"-{2,}", "-", name).strip("-. ")[:MOST].rstrip("-. ") or "session"
    if _RESERVED.fullmatch(name):
        name = f"session-{name}"
    number, of = part
    volume = f"-{number:0{len(str(of))}d}-of-{of}" if of > 1 else ""
    return f"{name}{volume}.{extension}"


def disposition(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition header (RFC 6266): plain letters for old programs, the whole name for the others."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\]', "", plain).strip("-. ") or "session"
    if "." not in plain and "." in name:
        plain = f"session.{name.rpartition('.')[2]}"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
