"""What knowledge knows of the passages of a document, where it is installed: nothing is asked where none are named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings

from export_app.document import Part
from sessions_app.agent.references import read

if TYPE_CHECKING:
    from sessions_app.knowledge.quoting import Quote


def quotes_of(keys: Collection[str], reader: int | None) -> dict[str, Quote]:
    """Words and addresses of passages that this reader may see now, by their keys."""
    if not keys or reader is None or not settings.KNOWLEDGE:
        return {}
    from sessions_app.knowledge.quoting import quotes_of

    return quotes_of(keys, reader)


def videos_of(keys: Collection[str], reader: int) -> dict[str, str]:
    """The video of each of these passages that is here and that this reader may see now."""
    if not keys or not settings.KNOWLEDGE:
        return {}
    from sessions_app.knowledge.quoting import videos_of

    return videos_of(keys, reader)


def seen(videos: Collection[str], reader: int) -> set[str]:
    """Those of these videos that this reader may see now."""
    if not videos or not settings.KNOWLEDGE:
        return set()
    from sessions_app.knowledge.quoting import seen

    return seen(videos, reader)


def quoted(part: Part, quotes: Mapping[str, Quote]) -> Part:
    """A text with the words of the passages that it cites, where they are among these."""
    if not (quotes and part.get("citations")):
        return part
    return {**part, "citations": [_quoted(each, quotes) for each in part["citations"]]}


def _quoted(citation: Any, quotes: Mapping[str, Quote]) -> Any:
    found = read(citation)
    quote = quotes.get(found.passage) if found else None
    if found is None or quote is None or quote.video != found.video:
        return citation
    return {**found.citation, "excerpt": quote.text, **({"link": quote.link} if quote.link else {})}
