"""The five kinds of stream chunk, and the fold that makes a message's content of them.

A chunk: `{"type", "data", "timestamp" (epoch ms), "reply", "seq"}`; in the journal also `turn`, which says which
model call a piece belongs to and never leaves the server. One vocabulary for browser, SSE and journal.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Chunk = dict[str, Any]
Part = dict[str, Any]
KEPT_BACK = ("tool_use_id", "raw", "marks")  # what only the next history needs
TEXT_KINDS = {"content": "text", "thinking": "thinking"}
TERMINAL = frozenset({"complete", "stopped", "interrupted", "failed"})


def epoch_ms() -> int:
    return time.time_ns() // 1_000_000


def chunk(reply: str, seq: int, kind: str, data: Any, turn: int = 0) -> Chunk:
    return {"type": kind, "data": data, "timestamp": epoch_ms(), "reply": reply, "seq": seq, "turn": turn}


def public(piece: Chunk) -> Chunk:
    """A chunk as programs get it: what only the next history needs stays here."""
    shown = {key: value for key, value in piece.items() if key != "turn"}
    if piece["type"] == "tool_call" or is_cited(piece):
        shown["data"] = {key: value for key, value in piece["data"].items() if key not in KEPT_BACK}
    return shown


def is_cited(piece: Chunk) -> bool:
    """Whether it says which pages the end of the text before it is drawn from."""
    return bool(piece["type"] == "metadata" and piece["data"].get("status") == "cited")


def is_terminal(piece: Chunk) -> bool:
    return piece["type"] == "metadata" and piece["data"].get("status") in TERMINAL


def is_waiting(piece: Chunk) -> bool:
    return bool(piece["type"] == "metadata" and piece["data"].get("status") == "waiting")


@dataclass(slots=True)
class Folded:
    """Content so far: `parts` as they are stored, `tools` the latest data of each tool call by its id."""

    parts: list[Part] = field(default_factory=list)
    tools: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable[Mapping[str, Any]]) -> Folded:
        return cls([dict(part) for part in parts])

    def cancel_pending(self, sentence: str) -> None:
        """Close every tool call that has no result yet."""
        for call, data in self.tools.items():
            if data["status"] in ("pending", "awaiting_approval"):
                self.tools[call] = data | {"status": "cancelled", "error": sentence}


def fold(folded: Folded, piece: Chunk) -> None:
    """Add one chunk to the content. Text of one turn and kind grows one part until something else comes between."""
    kind = TEXT_KINDS.get(piece["type"])
    turn = piece.get("turn", 0)
    if kind is not None:
        last = folded.parts[-1] if folded.parts else None
        if last is not None and last["kind"] == kind and last["turn"] == turn and _goes_on(last):
            last["text"] += piece["data"]
        else:
            folded.parts.append({"kind": kind, "turn": turn, "text": piece["data"]})
    elif piece["type"] == "tool_call":
        fold_tool(folded, piece["data"], turn)
    elif is_cited(piece):
        fold_citations(folded, piece["data"], turn)


def _goes_on(part: Part) -> bool:
    """Whether more text may be added to this one: what was given whole, or cites something, is ended."""
    return "raw" not in part and "citations" not in part


def fold_tool(folded: Folded, data: dict[str, Any], turn: int) -> None:
    part = next((part for part in folded.parts if part.get("id") == data["id"]), None)
    if part is None:
        part = {
            "kind": "tool_call",
            "turn": turn,
            "id": data["id"],
            "tool_use_id": data.get("tool_use_id", ""),
            "name": data["tool_id"],
            "input": data["input"],
        }
        folded.parts.append(part)
    if "raw" in data:
        part["raw"] = data["raw"]
    folded.tools[data["id"]] = {key: value for key, value in data.items() if key not in KEPT_BACK}


def fold_citations(folded: Folded, data: dict[str, Any], turn: int) -> None:
    """The cited end of the last text becomes a part of its own."""
    last = folded.parts[-1] if folded.parts else None
    if last is None or last["kind"] != "text" or last["turn"] != turn or not _goes_on(last):
        return
    before, cited = last["text"][: -data["length"]], last["text"][-data["length"] :]
    folded.parts.pop()
    if before:
        folded.parts.append({"kind": "text", "turn": turn, "text": before})
    sources: Part = {name: data[name] for name in ("citations", "raw", "marks") if name in data}
    folded.parts.append({"kind": "text", "turn": turn, "text": cited, **sources})


def terminal(
    *,
    reply: str,
    seq: int,
    status: str,
    model: str,
    usage: dict[str, int],
    cost: Decimal | None,
    duration_ms: int,
    error: tuple[str, str, bool] | None,
) -> list[Chunk]:
    """The last chunks of a reply after `seq`: an error where there is one, then the one terminal chunk."""
    chunks: list[Chunk] = []
    if error:
        message, kind, retryable = error
        data: Any = {"message": message, "error_type": kind, "retryable": retryable}
        chunks.append(chunk(reply, seq + 1, "error", data))
    end = {
        "status": status,
        "message_id": reply,
        "usage": usage,
        "cost": None if cost is None else format(cost, "f"),
        "model": model,
        "duration_ms": duration_ms,
    }
    chunks.append(chunk(reply, seq + len(chunks) + 1, "metadata", end))
    return chunks
