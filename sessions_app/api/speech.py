"""A reply in words a simple client knows: status, token, error, done. Pure.

The tokens joined are the text of the answer. A chunk that puts a whole text in place of what was told brings no more
than what follows that: nothing can be taken back.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from sessions_app.agent import labels
from sessions_app.realtime.chunks import TERMINAL, Chunk

from .unanswered import ApprovalNeeded, Interrupted, Stopped, Unanswered

STATES = {
    "queued": "Waiting for the assistant.",
    "started": "The assistant answers.",
    "fallback": "Another model answers.",
    "summarising": "Summarising the conversation.",
}
TOOLS = {
    "awaiting_approval": "{label} asks for your approval.",
    "success": "{label}: done.",
    "error": "{label}: failed.",
    "denied": "{label}: refused.",
    "cancelled": "{label}: cancelled.",
}
ENDS = {"stopped": Stopped.sentence, "interrupted": Interrupted.sentence, "failed": Unanswered.sentence}
LOST = "What was told last was lost when a server stopped. The history has the text that is kept."
GONE = "The conversation was deleted."


def said(kind: str, content: str) -> dict[str, str]:
    return {"type": kind, "content": content}


def event(words: dict[str, str]) -> bytes:
    return b"data: %s\n\n" % orjson.dumps(words)


class Speech:
    """What is said for each chunk. `ended` once the last one came, `failed` once an error was told."""

    def __init__(self) -> None:
        self.ended = self.failed = False
        self._told, self._length = hashlib.blake2b(), 0  # of the text, which may be long
        self._thinks = False

    def of(self, piece: Chunk) -> list[dict[str, str]]:
        data = piece["data"]
        began = piece["type"] == "thinking" and not self._thinks
        self._thinks = piece["type"] == "thinking"
        match piece["type"]:
            case "content":
                return self._text(data, whole="replace" in piece)
            case "thinking":
                return [said("status", "Thinking.")] if began else []
            case "tool_call":
                words = TOOLS.get(data["status"])
                label = labels.look(data["tool_id"]).label
                return [said("status", words.format(label=label))] if words else []
            case "error":
                return self._error(data["message"])
        return self._state(data)

    def gone(self) -> list[dict[str, str]]:
        """Where the chunks end without their last one."""
        return [] if self.ended else self._error(GONE)

    def _text(self, text: str, *, whole: bool) -> list[dict[str, str]]:
        if whole:
            before, text = text[: self._length], text[self._length :]
            if hashlib.blake2b(before.encode()).digest() != self._told.digest():
                return self._error(LOST)
        self._told.update(text.encode())
        self._length += len(text)
        return [said("token", text)] if text else []

    def _state(self, data: dict[str, Any]) -> list[dict[str, str]]:
        status = data["status"]
        if status in TERMINAL or status == "waiting":
            self.ended = True
        if status == "waiting":
            return self._error(ApprovalNeeded.sentence)
        if status in TERMINAL:
            return self._error(ENDS[status]) if status in ENDS and not self.failed else []
        if status == "executing_tool":
            return [said("status", f"{data['label']}: running.")]
        if status == "retrying":
            return [said("status", data.get("message") or "Trying again.")]
        return [said("status", STATES.get(status, status))]

    def _error(self, content: str) -> list[dict[str, str]]:
        self.failed = True
        return [said("error", content)]
