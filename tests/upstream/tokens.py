"""Token counts and the prompt cache: small, deterministic, and counted from what was really sent.

A token is 4 bytes of the prompt's JSON without cache marks (rounded up); an output token is one delta.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

_LOOKBACK = 20


@dataclass(frozen=True, slots=True)
class PromptCount:
    """Input tokens by how they are billed."""

    input: int
    cache_read: int
    cache_creation: int

    def as_usage(self, output: int) -> dict[str, Any]:
        return {
            "input_tokens": self.input,
            "cache_read_input_tokens": self.cache_read,
            "cache_creation_input_tokens": self.cache_creation,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.cache_creation,
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": output,
            "service_tier": "standard",
        }


def unmarked(block: Any) -> Any:
    """The block without its cache mark."""
    if isinstance(block, dict):
        return {key: value for key, value in block.items() if key != "cache_control"}
    return block


def prompt_blocks(body: dict[str, Any]) -> list[tuple[bytes, bool]]:
    """The prompt in the order in which it is cached (tools, system, messages), each with: is it a breakpoint?"""
    blocks = [("tool", tool) for tool in body.get("tools") or []]
    blocks += [("system", block) for block in as_blocks(body.get("system") or [])]
    for message in body["messages"]:
        blocks += [(message["role"], block) for block in as_blocks(message["content"])]
    return [(_canonical([role, unmarked(block)]), "cache_control" in block) for role, block in blocks]


def as_blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def last_user_text(body: dict[str, Any]) -> str:
    """The newest text of a user, whatever tool results came after it."""
    for message in reversed(body["messages"]):
        texts = [str(block["text"]) for block in as_blocks(message["content"]) if block["type"] == "text"]
        if message["role"] == "user" and texts:
            return texts[-1]
    return ""


def prefix_hash(body: dict[str, Any], messages: list[dict[str, Any]]) -> str:
    """A hash of all that stands before an answer: what newer models bind their thinking to."""
    blocks = prompt_blocks({**body, "messages": messages})
    return hashlib.sha256(b"\n".join(block for block, _ in blocks)).hexdigest()


def prompt_size(body: dict[str, Any]) -> int:
    """Input tokens of a request, however they are billed."""
    return -(-sum(len(block) for block, _ in prompt_blocks(body)) // 4)


class PromptCache:
    """Prefixes written at breakpoints, per model; a later request reads the longest one that it shares."""

    def __init__(self) -> None:
        self._written: set[bytes] = set()

    def count(self, body: dict[str, Any]) -> PromptCount:
        """Count a request, and write what it marks."""
        rolling, sizes, keys, marks, size = hashlib.sha256(body["model"].encode()), [], [], [], 0
        for position, (block, marked) in enumerate(prompt_blocks(body)):
            rolling.update(block)
            size += len(block)
            sizes.append(-(-size // 4))
            keys.append(rolling.digest())
            if marked:
                marks.append(position)
        total = sizes[-1] if sizes else 0
        if not marks:
            return PromptCount(total, 0, 0)
        candidates = {n for mark in marks for n in range(max(0, mark - _LOOKBACK), mark + 1)}
        hit = max((n for n in candidates if keys[n] in self._written), default=-1)
        read = sizes[hit] if hit >= 0 else 0
        self._written.update(keys[mark] for mark in marks)
        return PromptCount(total - sizes[marks[-1]], read, max(0, sizes[marks[-1]] - read))


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
