"""What differs between two protocols that the same server speaks: where, what is refused, and how an answer is put."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from tests.upstream import rules
from tests.upstream.answer import Answer
from tests.upstream.journal import Entry
from tests.upstream.steps import Refuse
from tests.upstream.tokens import PromptCache, as_blocks, last_user_text, prompt_size


class Dialect(Protocol):
    """One provider's protocol. `path` may hold aiohttp's `{…}`; `models` answers GET at `models_path`."""

    path: str
    models_path: str
    request_id: str  # the header that names a request
    ping: bytes

    def refusal(self, body: Any, headers: dict[str, str], key: str) -> Refuse | None:
        """What the real one would refuse, or None where the request is acceptable."""
        ...

    def answer(self, entry: Entry, cache: PromptCache) -> Answer:
        """Builds the events of one answer, and counts."""
        ...

    def encode(self, event: dict[str, Any]) -> bytes: ...

    def note(self, entry: Entry, event: dict[str, Any]) -> None:
        """Write down what this event told the client: text, usage, the end."""
        ...

    def is_delta(self, event: dict[str, Any]) -> bool: ...

    def is_last(self, event: dict[str, Any]) -> bool: ...

    def error(self, refused: Refuse, request_id: str) -> dict[str, Any]:
        """The body of a refusal."""
        ...

    def models(self) -> dict[str, Any]: ...

    def system(self, body: dict[str, Any]) -> str: ...

    def last_text(self, body: dict[str, Any]) -> str: ...


@runtime_checkable
class Counting(Protocol):
    """What a dialect may have besides: requests are counted at `counting_path`."""

    counting_path: str

    def count(self, body: dict[str, Any]) -> int:
        """Input tokens of a request."""
        ...


class Messages:
    """Anthropic's Messages API."""

    path = "/v1/messages"
    counting_path = "/v1/messages/count_tokens"
    models_path = "/v1/models"
    request_id = "request-id"

    def __init__(self) -> None:
        self.ping = self.encode({"type": "ping"})

    def refusal(self, body: Any, headers: dict[str, str], key: str) -> Refuse | None:
        return rules.refusal(body, headers, key)

    def answer(self, entry: Entry, cache: PromptCache) -> Answer:
        return Answer(entry.body, entry.number, cache.count(entry.body))

    def encode(self, event: dict[str, Any]) -> bytes:
        """ASCII JSON, so that half an emoji can be sent as the real one sends it."""
        return f"event: {event['type']}\ndata: {json.dumps(event, separators=(',', ':'))}\n\n".encode()

    def note(self, entry: Entry, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "content_block_delta" and event["delta"]["type"] == "text_delta":
            entry.pieces.append(event["delta"]["text"])
        elif kind == "message_start":
            usage = event["message"]["usage"]
            entry.usage = {name: value for name, value in usage.items() if name.endswith("tokens")}
        elif kind == "message_delta":
            entry.usage |= event["usage"]
            entry.stop_reason = event["delta"]["stop_reason"]
        elif kind == "message_stop":
            entry.finished = True

    def is_delta(self, event: dict[str, Any]) -> bool:
        return bool(event["type"] == "content_block_delta")

    def is_last(self, event: dict[str, Any]) -> bool:
        return bool(event["type"] == "message_stop")

    def error(self, refused: Refuse, request_id: str) -> dict[str, Any]:
        error = {"type": refused.kind, "message": refused.message}
        return {"type": "error", "error": error, "request_id": request_id}

    def models(self) -> dict[str, Any]:
        figures: Mapping[str, Any] = {
            "type": "model",
            "lifecycle": "active",
            "created_at": "2026-01-01T00:00:00Z",
        }
        data = [
            {
                "id": "claude-haiku-5-5",
                "display_name": "Claude Haiku",
                "max_input_tokens": 900_000,
                **figures,
            },
            {"id": "claude-newer-9", "display_name": "Claude Newer 9", "max_tokens": 5_000, **figures},
            {"id": "claude-2-1", "display_name": "Claude 2", **figures, "lifecycle": "retired"},
            {"id": "gpt-4", "display_name": "Another house", **figures},
        ]
        return {"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]}

    def count(self, body: dict[str, Any]) -> int:
        return prompt_size(body)

    def system(self, body: dict[str, Any]) -> str:
        return "".join(block["text"] for block in as_blocks(body.get("system") or []))

    def last_text(self, body: dict[str, Any]) -> str:
        return last_user_text(body)
