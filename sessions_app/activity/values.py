"""One thing that happened, as it comes in: cleaned, bounded, its severity a number. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sessions_app.agent.cards import SEVERITIES
from sessions_app.rendering import clean_text
from sessions_app.rendering.clean import TURNING, single_line

NUMBERS = dict(zip(SEVERITIES, (10, 20, 30, 40, 50), strict=True))
WORDS = {number: word for word, number in NUMBERS.items()}
DEBUG, INFO, WARNING, ERROR, CRITICAL = NUMBERS.values()
SOURCE, KIND, TITLE, BODY, LINK, FINGERPRINT, NAME = 60, 40, 200, 20_000, 500, 64, 64  # characters
DATA = 16_384  # bytes of JSON
DEEPEST = 20  # levels of it
WEB = r"https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?([/?#][\x21-\x7e]*)?"


@dataclass(frozen=True, slots=True)
class Event:
    """`fingerprint` names what is the same thing again, `name` is its reporter's own name for this one: twice is once.
    Without `at` it happened when it came in. `count` is how often it happened since it was last told."""

    source: str
    kind: str
    title: str
    severity: int = INFO
    body: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    fingerprint: str = ""
    audience: str = "owner"
    at: datetime | None = None
    count: int = 1
    name: str = ""


def cleaned(event: Event) -> Event:
    """The same event as it is kept: no controls, nothing that turns text around, one line where there is one, nothing
    longer than its column. A link that is none of the web, and data that is too large, are left out."""
    return replace(
        event,
        source=line(event.source, SOURCE) or "unknown",
        kind=line(event.kind, KIND) or "event",
        title=line(event.title, TITLE) or "Without a title",
        body=TURNING.sub("", clean_text(event.body)).strip("\n")[:BODY],
        data=kept_data(event.data),
        link=event.link if is_link(event.link) else "",
        fingerprint=line(event.fingerprint, FINGERPRINT),
        name=line(event.name, NAME),
    )


def line(text: str, length: int) -> str:
    """On one line, cut to a length."""
    return single_line(text)[:length].rstrip()


def is_link(text: str) -> bool:
    """An address of the web: http or https, a host by name or number, no name or password, nothing that hides."""
    return len(text) <= LINK and re.fullmatch(WEB, text) is not None


def size_of(data: Any) -> int | None:
    """Bytes of it as JSON; None for what is no JSON, or nested too deeply."""
    try:
        return len(json.dumps(data, allow_nan=False, ensure_ascii=False).encode()) if _flat(data) else None
    except (ValueError, TypeError, RecursionError):
        return None


def kept_data(data: Mapping[str, Any]) -> dict[str, Any]:
    clean = _clean(data) if _flat(data) else {}
    size = size_of(clean)
    return clean if isinstance(clean, dict) and size is not None and size <= DATA else {}


def _flat(value: Any, left: int = DEEPEST) -> bool:
    """Whether it is no deeper than it may be."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return left > 0 and all(_flat(each, left - 1) for each in inner)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(name)): _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value


def fingerprint(*parts: str) -> str:
    """One short name for what these say together; where a part ends matters."""
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "replace")).hexdigest()[
        :32
    ]
