"""The events of one answer, in the order and shapes of the real API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.upstream.rules import sign
from tests.upstream.steps import Steps
from tests.upstream.tokens import PromptCount, as_blocks, last_user_text

_TOOL_PIECE = 7

Event = dict[str, Any] | list[dict[str, Any]]


class Answer:
    """Builds events and counts their output tokens: one for each delta but signatures.

    Another protocol's answer has the same methods; its `scenarios` replace those of the same name and add to them.
    """

    scenarios: Mapping[str, Callable[[Any, Any], Steps]] = {}

    def __init__(self, body: dict[str, Any], number: int, counted: PromptCount) -> None:
        self.body = body
        self.number = number
        self.counted = counted
        self.output = 0
        self.index = 0
        self.searches = 0

    @property
    def last_text(self) -> str:
        return last_user_text(self.body)

    @property
    def has_results(self) -> bool:
        return any(
            block["type"] == "tool_result" for block in as_blocks(self.body["messages"][-1]["content"])
        )

    @property
    def tool_names(self) -> list[str]:
        return [tool["name"] for tool in self.body.get("tools") or []]

    def whole(self, pieces: Iterable[str], reason: str = "end_turn") -> Steps:
        """A complete answer of one text block."""
        yield self.start()
        yield from self.text_block(pieces)
        yield from self.end(reason)

    def start(self) -> Event:
        message = {
            "id": f"msg_{self.number:06d}",
            "type": "message",
            "role": "assistant",
            "model": self.body["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self.counted.as_usage(0),
        }
        return {"type": "message_start", "message": message}

    def text_block(self, pieces: Iterable[str], close: bool = True) -> Steps:
        yield self._open({"type": "text", "text": ""})
        yield {"type": "ping"}
        yield from self.text_deltas(pieces)
        if close:
            yield self.close_block()

    def text_deltas(self, pieces: Iterable[str]) -> Steps:
        for piece in pieces:
            yield self._delta({"type": "text_delta", "text": piece})

    def thinking_block(self, pieces: list[str]) -> Steps:
        yield self._open({"type": "thinking", "thinking": "", "signature": ""})
        for piece in pieces:
            yield self._delta({"type": "thinking_delta", "thinking": piece})
        signature = sign(self.body, self.body["messages"], "".join(pieces))
        delta = {"type": "signature_delta", "signature": signature}
        yield {"type": "content_block_delta", "index": self.index, "delta": delta}
        yield self.close_block()

    def redacted_block(self) -> Steps:
        yield self._open({"type": "redacted_thinking", "data": f"sealed-{self.number}=="})
        yield self.close_block()

    def tool_block(self, name: str, value: dict[str, Any], source: str | None = None) -> Steps:
        """A tool call; its JSON comes in small pieces, `source` instead of `value` where it is to be odd."""
        head = {"type": "tool_use", "id": f"toolu_{self.number:06d}_{self.index}", "name": name, "input": {}}
        yield self._open(head)
        text = json.dumps(value) if source is None else source
        for piece in ["", *(text[n : n + _TOOL_PIECE] for n in range(0, len(text), _TOOL_PIECE))]:
            yield self._delta({"type": "input_json_delta", "partial_json": piece})
        yield self.close_block()

    def search_block(self, query: str) -> Steps:
        """A call of the server's own search, which is numbered as it runs."""
        self.searches += 1
        head = {"type": "server_tool_use", "id": self.search_id, "name": "web_search", "input": {}}
        yield self._open(head)
        text = json.dumps({"query": query})
        for piece in ["", text[:5], text[5:]]:
            yield self._delta({"type": "input_json_delta", "partial_json": piece})
        yield self.close_block()

    @property
    def search_id(self) -> str:
        return f"srvtoolu_{self.number:06d}_{self.searches}"

    def found_block(self, *pages: tuple[str, str], of: str = "") -> Steps:
        """What a search found: pages by title and address, their contents sealed."""
        content = [
            {
                "type": "web_search_result",
                "title": title,
                "url": url,
                "encrypted_content": f"sealed-{url}==",
                "page_age": "May 1, 2026",
            }
            for title, url in pages
        ]
        answers = of or self.search_id
        yield self._open({"type": "web_search_tool_result", "tool_use_id": answers, "content": content})
        yield self.close_block()

    def not_found_block(self, code: str) -> Steps:
        content = {"type": "web_search_tool_result_error", "error_code": code}
        yield self._open(
            {"type": "web_search_tool_result", "tool_use_id": self.search_id, "content": content}
        )
        yield self.close_block()

    def cited_block(self, pieces: list[str], *pages: tuple[str, str]) -> Steps:
        """A text of its own, as all that cites something is."""
        yield self._open({"type": "text", "text": "", "citations": []})
        for title, url in pages:
            citation = {
                "type": "web_search_result_location",
                "url": url,
                "title": title,
                "encrypted_index": f"sealed-{url}",
                "cited_text": f"From {title}.",
            }
            yield self._delta({"type": "citations_delta", "citation": citation})
        yield from self.text_deltas(pieces)
        yield self.close_block()

    def close_block(self) -> Event:
        self.index += 1
        return {"type": "content_block_stop", "index": self.index - 1}

    def end(self, reason: str) -> Steps:
        yield {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {
                "output_tokens": self.output,
                **({"server_tool_use": {"web_search_requests": self.searches}} if self.searches else {}),
            },
        }
        yield {"type": "message_stop"}

    def error_event(self, kind: str, message: str) -> Event:
        return {"type": "error", "error": {"type": kind, "message": message}}

    def garbage(self, kind: str) -> bytes:
        """An event that cannot be read: `json` and `utf8` are broken, `shape` is not what it should be, `half` ends early."""
        delta = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","te'
        return {
            "json": b'event: content_block_delta\ndata: {"type": "content_block_delta", oops}\n\n',
            "utf8": f'data: {delta}xt":"'.encode() + b'\xff"}}\n\n',
            "shape": b'data: {"type":"content_block_delta"}\n\n',
            "half": f"event: content_block_delta\ndata: {delta}".encode(),
        }[kind]

    def _open(self, block: dict[str, Any]) -> dict[str, Any]:
        return {"type": "content_block_start", "index": self.index, "content_block": block}

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        self.output += 1
        return {"type": "content_block_delta", "index": self.index, "delta": delta}
