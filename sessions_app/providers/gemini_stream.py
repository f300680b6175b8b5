"""The fold from the pieces of Google's answer to our events. Pure: bytes of one piece in, our events out.

A signature belongs to the call beside it and is kept with that call's key. Those of an answer without calls need not
go back, and are left out (https://ai.google.dev/gemini-api/docs/thought-signatures).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sessions_app.providers import gemini_errors
from sessions_app.providers.base import (
    Accepted,
    BadRequest,
    Counts,
    End,
    Event,
    Raw,
    StreamCut,
    StreamGarbled,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallRequested,
)
from sessions_app.providers.gemini_request import PROVIDER, SIGNATURE
from sessions_app.providers.text import valid_text
from sessions_app.providers.wire import WRONG_INPUT, Pairs, arguments, is_plain, parse_event

LABEL = gemini_errors.LABEL

# https://ai.google.dev/api/generate-content#FinishReason
STOP_REASONS: Mapping[str, str] = {
    "STOP": "end",
    "MAX_TOKENS": "max_tokens",
    "CONTINUATION": "pause",
    **dict.fromkeys(
        (
            "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "ESCALATION", "MODEL_ARMOR", "PUP_LIMITED_DISABLED",
        ),
        "refusal",
    ),
}  # fmt: skip
_BAD_CALL = ("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL")
UNREADABLE_CALL = "This tool call could not be read. Make it again, as one call with valid JSON."
_PROMPT = "promptTokenCount"
_CALLED = re.compile(r"(?:default_api\.)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[({]")


class Reading:
    """What has been read of one answer so far.

    `ended` is true once its proper end came; `known` counts the pieces that bring the answer forward.
    """

    __slots__ = (
        "_begun",
        "_calls",
        "_finish",
        "_model",
        "_own_key",
        "_pairs",
        "_request_id",
        "_thinking",
        "_tools",
        "_usage",
        "ended",
        "known",
    )

    def __init__(self, model: str, request_id: str = "", tools: frozenset[str] = frozenset()) -> None:
        self._model = model
        self._request_id = request_id
        self._own_key = ""
        self._tools = tools
        self._usage: dict[str, Any] = {}
        self._pairs = Pairs()
        self._calls = 0
        self._begun = self._thinking = False
        self._finish = ""
        self.ended = False
        self.known = 0

    def read(self, data: bytes) -> list[Event]:
        """The events that this piece brings; [] for what comes after the end. Raises ProviderError."""
        if self.ended:
            return []
        try:
            return self._piece(_parsed(data))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            pass
        # Raised out here, so that no context with the text of the answer hangs on the error.
        raise StreamGarbled(status=200, request_id=self._request_id, provider=LABEL)

    def closed(self) -> list[Event]:
        """The body is over: an end where the last piece said so, whether or not counts came with it."""
        if not self._finish:
            raise StreamCut(status=200, request_id=self._request_id, provider=LABEL)
        return self._end()

    def _piece(self, piece: dict[str, Any]) -> list[Event]:
        if "error" in piece:
            raise gemini_errors.from_event(piece, self._request_id)
        self.known += 1
        if usage := piece.get("usageMetadata"):
            self._usage |= usage  # running totals
        events = [] if self._begun else self._begin(piece)
        candidates = piece.get("candidates")
        if not candidates:
            return events + self._blocked(piece)
        candidate = candidates[0]
        if content := candidate.get("content"):
            for part in content.get("parts") or ():
                events += self._part(part)
        if reason := candidate.get("finishReason"):
            events += self._finished(str(reason), str(candidate.get("finishMessage") or ""))
        # Counts come with the last piece as a rule; where they do not, they may still follow.
        return events + self._end() if self._finish and usage else events

    def _begin(self, piece: Mapping[str, Any]) -> list[Event]:
        self._begun = True
        self._request_id = self._request_id or str(piece.get("responseId") or "")
        counts = replace(counts_of(self._usage), output=0)
        return [Accepted(counts, self._request_id, counted=_PROMPT in self._usage)]

    def _blocked(self, piece: Mapping[str, Any]) -> list[Event]:
        """A prompt that was refused has a reason and no candidate."""
        if (piece.get("promptFeedback") or {}).get("blockReason"):
            self._finish = "SAFETY"
        return self._end() if self._finish else []

    def _part(self, part: Mapping[str, Any]) -> list[Event]:
        if call := part.get("functionCall"):
            return self._call(call, part.get(SIGNATURE))
        text = part.get("text")
        if not isinstance(text, str) or not text:
            return []
        if part.get("thought"):
            self._thinking = True
            return [ThinkingDelta(valid_text(text))]
        if not self._thinking and not self._pairs and is_plain(text):
            return [TextDelta(text)]
        return [*self._thought(), *self._pairs.add(0, text, TextDelta)]

    def _thought(self, raw: Raw | None = None) -> list[Event]:
        """The end of the thinking before this, if there was any, or if something is to be kept of it."""
        open_before, self._thinking = self._thinking, False
        return [ThinkingDone(raw)] if open_before or raw is not None else []

    def _call(self, call: Mapping[str, Any], signature: object) -> list[Event]:
        """Calls come whole. Not all have a key: one is made, of this answer's own, that no other call has."""
        self._calls += 1
        key = str(call.get("id") or self._made_key())
        given = call.get("args")
        value, problem = (
            arguments(json.dumps(given or {})) if isinstance(given, dict | None) else (None, WRONG_INPUT)
        )
        # A call that goes back otherwise than it came cannot carry its signature.
        keeps = signature and value is not None
        raw = Raw(PROVIDER, self._model, {"call": key, SIGNATURE: signature}) if keeps else None
        return [
            *self._pairs.end(0, TextDelta),
            *self._thought(raw),
            ToolCallRequested(key, str(call["name"]), value, problem),
        ]

    def _finished(self, reason: str, message: str) -> list[Event]:
        if reason == "MISSING_THOUGHT_SIGNATURE":
            raise BadRequest(status=200, request_id=self._request_id, provider=LABEL)
        if reason == "MALFORMED_RESPONSE":
            raise ValueError("the answer is malformed, it says")
        self._finish = reason
        if reason not in _BAD_CALL:
            return []
        self._calls += 1
        call = ToolCallRequested(self._made_key(), self._named(message), None, UNREADABLE_CALL)
        return [*self._thought(), call]

    def _made_key(self) -> str:
        """A key that no other call of any answer has."""
        self._own_key = self._own_key or secrets.token_hex(8)
        return f"call_{self._own_key}_{self._calls}"

    def _named(self, message: str) -> str:
        """The tool that a broken call meant, as far as its message tells."""
        found = next((name for name in _CALLED.findall(message) if name in self._tools), "")
        return found or next(iter(sorted(self._tools)), "unreadable_call")

    def _end(self) -> list[Event]:
        self.ended = True
        reason = STOP_REASONS.get(self._finish, self._finish)
        if (reason == "end" and self._calls) or self._finish in _BAD_CALL:
            reason = "tool_use"
        return [
            *self._pairs.end(0, TextDelta),
            *self._thought(),
            End(reason, counts_of(self._usage), _PROMPT in self._usage),
        ]


def counts_of(usage: Mapping[str, Any]) -> Counts:
    """The prompt's count contains what was cached; thinking is counted beside the answer, and costs what output does."""
    cached = int(usage.get("cachedContentTokenCount") or 0)
    prompt = int(usage.get(_PROMPT) or 0) + int(usage.get("toolUsePromptTokenCount") or 0)
    said = int(usage.get("candidatesTokenCount") or 0) + int(usage.get("thoughtsTokenCount") or 0)
    return Counts(input=max(0, prompt - cached), cache_read=cached, output=said)


def _parsed(data: bytes) -> dict[str, Any]:
    """Arguments of calls come as JSON within the piece: not by orjson, which makes inexact floats of long numbers."""
    if b'"functionCall"' not in data:
        return parse_event(data)
    piece = json.loads(data)
    if not isinstance(piece, dict):
        raise TypeError("a piece is an object")
    return piece
