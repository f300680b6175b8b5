"""What an answer refers to, told in Markdown: numbers in its text, and below it where they lead; and what is left of it
where it leads nowhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sessions_app.agent.passages import clock
from sessions_app.agent.references import LAST_MS, Reference, read

TOOL = "search_video_transcripts"  # its results name passages
LONGEST_SAID = 300


def marks(references: Iterable[Reference]) -> str:
    """What stands behind a text that cites these: [1][2]."""
    return "".join(_mark(each) for each in references)


def _mark(reference: Reference) -> str:
    where = outward(reference)
    return f" [\\[{reference.number}\\]](<{where}>)" if where else f" \\[{reference.number}\\]"


def listed(references: Sequence[Reference]) -> str:
    """All of them below an answer: titles, of videos with the time, the words of passages as quotes."""
    return "\n".join(["**Sources**", "", *(line for each in references for line in _lines(each))])


def _lines(reference: Reference) -> list[str]:
    where, name = outward(reference), plain(reference.name)
    path = reference.url if reference.excerpt and not where else ""  # told to who may see the video alone
    head = f"[{name}](<{where}>)" if where else f"{name} (`{path}`)" if path else name
    words = reference.excerpt or (reference.cited if reference.of_video else "")
    indent = " " * len(f"{reference.number}. ")
    quote = ["", f"{indent}> {plain(words)}", ""] if words.strip() else []
    return [f"{reference.number}. {head}", *quote]


def outward(reference: Reference) -> str:
    """Where it leads outside; empty of what is in the workspace, or nowhere."""
    return reference.link or (reference.url if reference.url.startswith(("http://", "https://")) else "")


def plain(text: str) -> str:
    """A text on one line in which nothing is markup. The colon of a time is none."""
    return re.sub(r"([\\`*_\[\]<>&!|~$#]|(?<!\d):|:(?!\d))", r"\\\1", " ".join(text.split()))


# ---------------------------------------------------------------- where passages lead nowhere


def without_keys(citation: Any) -> Any:
    """A citation whose video nobody can open from here: title, times and the words it came with."""
    found = read(citation)
    if found is None or not found.passage:
        return citation
    words = (found.excerpt or found.cited)[:LONGEST_SAID]
    return replace(found, url=found.link, cited=words, video="", passage="").citation


def result_without_keys(result: Any, stays: Callable[[Mapping[str, Any]], bool]) -> Any:
    """What the search of transcripts found: of passages that do not stay titles and times, in words."""
    rows = result.get("passages") if isinstance(result, Mapping) else None
    if not isinstance(rows, list | tuple):
        return result
    named = [row for row in rows if isinstance(row, Mapping)]
    gone = [row for row in named if not stays(row)]
    said = "; ".join(filter(None, [_text(result.get("said")), *(told(row) for row in gone)]))
    kept = {**result, "passages": [row for row in named if stays(row)]}
    return {**kept, "said": said[:LONGEST_SAID]} if gone else kept


def told(row: Mapping[str, Any]) -> str:
    """ "Sharpening a chisel, 1:23"."""
    title, start = " ".join(_text(row.get("title")).split()), row.get("start_ms")
    return f"{title}, {clock(start)}" if isinstance(start, int) and 0 <= start <= LAST_MS else title


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
