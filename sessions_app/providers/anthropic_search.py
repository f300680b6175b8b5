"""Anthropic's own web search: how it is asked for, and its blocks in the stream and in the history. Pure.

platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool and …/server-tools
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessions_app.providers.base import (
    Citation,
    Event,
    Raw,
    ServerToolAnswered,
    ServerToolCalled,
    TextCited,
    ToolCallRequested,
)
from sessions_app.providers.text import valid_text, valid_value

SEARCH = "web_search"
MOST_SEARCHES = 5
"""In one model call; a budget sets so many aside."""
# Later versions search from within code that the model writes, which this workspace does not offer.
TOOL = {"type": "web_search_20250305", "name": SEARCH, "max_uses": MOST_SEARCHES}
CALL, ANSWER = "server_tool_use", "web_search_tool_result"
_ERRORS = {
    "max_uses_exceeded": "No more searches were allowed in this turn.",
    "too_many_requests": "The search is asked too often at the moment.",
    "query_too_long": "The query was too long.",
    "invalid_input": "The query was not understood.",
}
_MOST_CITED = 300


def called(model: str, call: ToolCallRequested, head: Mapping[str, Any]) -> list[Event]:
    """Nothing for other tools, which are not asked for, nor for a call that cannot be sent back."""
    if call.name != SEARCH or call.input is None:
        return []
    block = valid_value({**head, "input": call.input})
    return [ServerToolCalled(call.id, call.name, call.input, Raw("anthropic", model, block))]


def answered(model: str, head: Mapping[str, Any]) -> list[Event]:
    block = valid_value(dict(head))
    content, raw = block["content"], Raw("anthropic", model, block)
    if isinstance(content, Mapping):
        code = str(content.get("error_code", ""))[:60]
        sentence = _ERRORS.get(code, f"The search failed ({code or 'no reason was told'}).")
        return [ServerToolAnswered(block["tool_use_id"], None, sentence, raw)]
    found = [
        {
            "number": number,
            "title": str(row.get("title") or "")[:200],
            "address": str(row.get("url") or "")[:1000],
            "date": str(row.get("page_age") or "")[:40],
        }
        for number, row in enumerate(content, 1)
    ]
    return [ServerToolAnswered(block["tool_use_id"], {"results": found}, "", raw)]


def cited(model: str, text: str, citations: Sequence[Any]) -> list[Event]:
    """What a text that has ended cites, as far as it is pages; the block goes back with all it cites."""
    known = [each for each in citations if isinstance(each, Mapping) and "url" in each]
    if not text.strip() or not known:
        return []
    pages = dict.fromkeys(
        Citation(
            valid_text(str(each["url"]))[:1000],
            valid_text(str(each.get("title") or ""))[:200],
            valid_text(str(each.get("cited_text") or ""))[:_MOST_CITED],
        )
        for each in known
    )
    block = {"type": "text", "text": text, "citations": valid_value(known)}
    return [TextCited(len(text), tuple(pages), Raw("anthropic", model, block))]
