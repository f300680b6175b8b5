"""The fold from Anthropic's stream events to ours. Pure: bytes of one event in, our events out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn

from sessions_app.providers import anthropic_errors, anthropic_search
from sessions_app.providers.base import (
    Accepted,
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
from sessions_app.providers.text import REPLACEMENT, splits_pair, valid_text, valid_value
from sessions_app.providers.wire import BROKEN_INPUT, arguments, is_plain, parse_event

STOP_REASONS: Mapping[str, str] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "pause_turn": "pause",
    "model_context_window_exceeded": "max_tokens",
}

_SIGNED = ("thinking", "redacted_thinking")


class Reading:
    """What has been read of one answer so far.

    `ended` is true once its proper end came; `known` counts the events that bring the answer forward (no pings).
    """

    __slots__ = (
        "_begun",
        "_blocks",
        "_counts",
        "_hosted",
        "_model",
        "_request_id",
        "_split",
        "_stop_reason",
        "ended",
        "known",
    )

    def __init__(self, model: str, request_id: str = "") -> None:
        self._model = model
        self._request_id = request_id
        self._counts = Counts()
        self._blocks: dict[int, dict[str, Any]] = {}
        self._split: dict[int, str] = {}
        self._stop_reason: str | None = None
        self._begun = False
        self._hosted = False  # the provider has run a tool of its own: texts may cite from here on
        self.ended = False
        self.known = 0

    def read(self, data: bytes) -> list[Event]:
        """The events that this one brings; [] for a ping and anything unknown. Raises ProviderError."""
        try:
            event = parse_event(data)
            kind = event["type"]
            if kind == "content_block_delta" and not self._split and not self._hosted:
                delta = event["delta"]
                if delta["type"] == "text_delta" and is_plain(text := delta["text"]):
                    self.known += 1
                    return [TextDelta(text)] if text else []
            handle = _HANDLERS.get(kind)
            if handle is None:
                return []
            self.known += 1
            return handle(self, event)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            pass
        # Raised out here, so that no context with the text of the answer hangs on the error.
        raise StreamGarbled(status=200, request_id=self._request_id)

    def _start(self, event: dict[str, Any]) -> list[Event]:
        self._counts = counts_with(self._counts, event["message"]["usage"])
        self._begun = True
        return [Accepted(self._counts, self._request_id)]

    def _block_start(self, event: dict[str, Any]) -> list[Event]:
        block = event["content_block"]
        self._blocks[event["index"]] = {"head": block, "pieces": [], "signature": [], "citations": []}
        self._hosted = self._hosted or block["type"] == "server_tool_use"
        if block["type"] == "text" and block.get("text"):
            return self._text(event["index"], block["text"], TextDelta)
        if block["type"] == "thinking" and block.get("thinking"):
            return [ThinkingDelta(valid_text(block["thinking"]))]
        return []

    def _block_delta(self, event: dict[str, Any]) -> list[Event]:
        index, delta = event["index"], event["delta"]
        match delta["type"]:
            case "text_delta":
                return self._text(index, delta["text"], TextDelta)
            case "thinking_delta":
                self._blocks[index]["pieces"].append(delta["thinking"])
                return self._text(index, delta["thinking"], ThinkingDelta)
            case "signature_delta":
                self._blocks[index]["signature"].append(delta["signature"])
            case "input_json_delta":
                self._blocks[index]["pieces"].append(delta["partial_json"])
            case "citations_delta":
                self._blocks[index]["citations"].append(delta["citation"])
        return []

    def _text(self, index: int, text: str, kind: type[TextDelta] | type[ThinkingDelta]) -> list[Event]:
        """An emoji may come in two deltas, half a surrogate pair each: the first half waits for the second."""
        text = self._split.pop(index, "") + text
        if splits_pair(text):
            self._split[index], text = text[-1], text[:-1]
        if not text:
            return []
        text = valid_text(text)
        if self._hosted and kind is TextDelta:
            self._blocks[index]["pieces"].append(text)
        return [kind(text)]

    def _block_stop(self, event: dict[str, Any]) -> list[Event]:
        block = self._blocks.pop(event["index"])
        kind = block["head"]["type"]
        waiting = self._split.pop(event["index"], "")
        if kind == "text":
            rest: list[Event] = [TextDelta(REPLACEMENT)] if waiting else []
            text = "".join(block["pieces"]) + (REPLACEMENT if waiting else "")
            return rest + anthropic_search.cited(self._model, text, block["citations"])
        if kind == anthropic_search.CALL:
            return anthropic_search.called(
                self._model, tool_call(block["head"], "".join(block["pieces"])), block["head"]
            )
        if kind == anthropic_search.ANSWER:
            return anthropic_search.answered(self._model, block["head"])
        if kind in _SIGNED:
            lost: list[Event] = [ThinkingDelta(REPLACEMENT)] if waiting else []
            return [*lost, ThinkingDone(self._signed(block))]
        return [tool_call(block["head"], "".join(block["pieces"]))] if kind == "tool_use" else []

    def _signed(self, block: dict[str, Any]) -> Raw | None:
        """The block to send back as it came; None where a signature is missing or could not survive sending."""
        whole = dict(block["head"])
        if whole["type"] == "thinking":
            joined = whole.get("thinking", "") + "".join(block["pieces"])
            whole["thinking"] = valid_text(joined)
            whole["signature"] = (whole.get("signature") or "") + "".join(block["signature"])
            if not whole["signature"] or whole["thinking"].count(REPLACEMENT) != joined.count(REPLACEMENT):
                return None
        return Raw("anthropic", self._model, whole)

    def closed(self) -> list[Event]:
        """The body is over without its end."""
        raise StreamCut(status=200, request_id=self._request_id)

    def _message_delta(self, event: dict[str, Any]) -> list[Event]:
        self._stop_reason = event["delta"].get("stop_reason") or self._stop_reason
        self._counts = counts_with(self._counts, event.get("usage") or {})
        return []

    def _stop(self, _event: dict[str, Any]) -> list[Event]:
        if not self._begun or self._stop_reason is None:
            raise StreamCut(status=200, request_id=self._request_id)
        cut = [
            ToolCallRequested(block["head"]["id"], block["head"]["name"], None, BROKEN_INPUT)
            for block in self._blocks.values()
            if block["head"]["type"] == "tool_use"
        ]
        self.ended = True
        return [*cut, End(STOP_REASONS.get(self._stop_reason, self._stop_reason), self._counts)]

    def _error(self, event: dict[str, Any]) -> NoReturn:
        raise anthropic_errors.from_event(event, self._request_id)


_HANDLERS = {
    "message_start": Reading._start,
    "content_block_start": Reading._block_start,
    "content_block_delta": Reading._block_delta,
    "content_block_stop": Reading._block_stop,
    "message_delta": Reading._message_delta,
    "message_stop": Reading._stop,
    "error": Reading._error,
}


def counts_with(counts: Counts, usage: Mapping[str, Any]) -> Counts:
    """The counts after one more report. Reports are running totals; what a report leaves out stays as it was."""
    written = usage.get("cache_creation_input_tokens")
    details = usage.get("cache_creation") or {}
    five_minutes, one_hour = (
        details.get("ephemeral_5m_input_tokens"),
        details.get("ephemeral_1h_input_tokens"),
    )
    if five_minutes is None and one_hour is None:
        five_minutes = written
    reported = {
        "input": usage.get("input_tokens"),
        "cache_read": usage.get("cache_read_input_tokens"),
        "cache_write_5m": five_minutes,
        "cache_write_1h": one_hour,
        "output": usage.get("output_tokens"),
        "web_searches": (usage.get("server_tool_use") or {}).get("web_search_requests"),
    }
    return replace(counts, **{name: int(value) for name, value in reported.items() if value is not None})


def tool_call(head: Mapping[str, Any], source: str) -> ToolCallRequested:
    """A tool call from its first event and its collected JSON, parsed strictly: never repaired."""
    if not source.strip():
        return ToolCallRequested(head["id"], head["name"], valid_value(dict(head.get("input") or {})))
    return ToolCallRequested(head["id"], head["name"], *arguments(source))
