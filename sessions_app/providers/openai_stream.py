"""The fold from the stream events of OpenAI's Responses API to ours. Pure: bytes of one event in, our events out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from sessions_app.providers import openai_errors
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
from sessions_app.providers.text import valid_value
from sessions_app.providers.wire import BROKEN_INPUT, Pairs, arguments, is_plain, parse_event

STOP_REASONS: Mapping[str, str] = {"max_output_tokens": "max_tokens", "content_filter": "refusal"}
_SEALED = ("type", "id", "summary", "encrypted_content")


class Reading:
    """What has been read of one answer so far (`streaming.Reading`)."""

    __slots__ = (
        "_begun",
        "_called",
        "_model",
        "_open",
        "_pairs",
        "_refused",
        "_request_id",
        "ended",
        "known",
    )

    def __init__(self, model: str, request_id: str = "") -> None:
        self._model = model
        self._request_id = request_id
        self._open: dict[int, dict[str, Any]] = {}
        self._pairs = Pairs()
        self._begun = self._called = self._refused = False
        self.ended = False
        self.known = 0

    def read(self, data: bytes) -> list[Event]:
        """The events that this one brings; [] for anything unknown. Raises ProviderError."""
        try:
            event = parse_event(data)
            kind = event["type"]
            if kind == "response.output_text.delta" and not self._pairs and is_plain(text := event["delta"]):
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
        raise StreamGarbled(status=200, request_id=self._request_id, provider="OpenAI")

    def closed(self) -> list[Event]:
        """The body is over without its end."""
        raise StreamCut(status=200, request_id=self._request_id, provider="OpenAI")

    def _created(self, _event: dict[str, Any]) -> list[Event]:
        """Counts come with the last event only."""
        self._begun = True
        return [Accepted(Counts(), self._request_id, counted=False)]

    def _item_added(self, event: dict[str, Any]) -> list[Event]:
        self._open[event["output_index"]] = event["item"]
        return []

    def _text(self, event: dict[str, Any]) -> list[Event]:
        return self._pairs.add(event["output_index"], event["delta"], TextDelta)

    def _refusal(self, event: dict[str, Any]) -> list[Event]:
        self._refused = True
        return self._text(event)

    def _thought(self, event: dict[str, Any]) -> list[Event]:
        return self._pairs.add(event["output_index"], event["delta"], ThinkingDelta)

    def _summary_part(self, event: dict[str, Any]) -> list[Event]:
        return [ThinkingDelta("\n\n")] if event["summary_index"] else []

    def _item_done(self, event: dict[str, Any]) -> list[Event]:
        item = event["item"]
        self._open.pop(event["output_index"], None)
        match item["type"]:
            case "message":
                return self._pairs.end(event["output_index"], TextDelta)
            case "reasoning":
                lost = self._pairs.end(event["output_index"], ThinkingDelta)
                return [*lost, ThinkingDone(self._sealed(item))]
            case "function_call":
                self._called = True
                return [_call(item)]
        return []

    def _sealed(self, item: dict[str, Any]) -> Raw | None:
        """The item to send back as it came; None where it holds nothing that another call could use."""
        if not item.get("encrypted_content"):
            return None
        return Raw("openai", self._model, valid_value({key: item[key] for key in _SEALED}))

    def _completed(self, event: dict[str, Any]) -> list[Event]:
        reason = "refusal" if self._refused else "tool_use" if self._called or self._open_calls() else "end"
        return self._end(reason, event["response"])

    def _incomplete(self, event: dict[str, Any]) -> list[Event]:
        reason = (event["response"].get("incomplete_details") or {}).get("reason") or "incomplete"
        return self._end(STOP_REASONS.get(reason, reason), event["response"])

    def _end(self, reason: str, response: dict[str, Any]) -> list[Event]:
        if not self._begun:
            self.closed()
        cut = [
            ToolCallRequested(item["call_id"], item["name"], None, BROKEN_INPUT)
            for item in self._open_calls()
        ]
        usage = response.get("usage")
        self.ended = True
        return [*cut, End(reason, counts_of(usage or {}), counted=usage is not None)]

    def _open_calls(self) -> list[dict[str, Any]]:
        return [item for item in self._open.values() if item["type"] == "function_call"]

    def _failed(self, event: dict[str, Any]) -> NoReturn:
        raise openai_errors.from_event(event["response"].get("error"), self._request_id)

    def _error(self, event: dict[str, Any]) -> NoReturn:
        raise openai_errors.from_event(event, self._request_id)


_HANDLERS = {
    "response.created": Reading._created,
    "response.output_item.added": Reading._item_added,
    "response.output_text.delta": Reading._text,
    "response.refusal.delta": Reading._refusal,
    "response.reasoning_summary_part.added": Reading._summary_part,
    "response.reasoning_summary_text.delta": Reading._thought,
    "response.reasoning_text.delta": Reading._thought,
    "response.function_call_arguments.delta": lambda _reading, _event: [],
    "response.output_item.done": Reading._item_done,
    "response.completed": Reading._completed,
    "response.incomplete": Reading._incomplete,
    "response.failed": Reading._failed,
    "error": Reading._error,
}


def _call(item: Mapping[str, Any]) -> ToolCallRequested:
    source = item["arguments"] or ""
    value, problem = arguments(source) if source.strip() else ({}, "")
    return ToolCallRequested(item["call_id"], item["name"], value, problem)


def counts_of(usage: Mapping[str, Any]) -> Counts:
    """OpenAI's `input_tokens` contain what was read from the cache and what was written to it (from 5.6 on, for half
    an hour); its `output_tokens` contain the thinking."""
    details = usage.get("input_tokens_details") or {}
    read, written = int(details.get("cached_tokens") or 0), int(details.get("cache_write_tokens") or 0)
    return Counts(
        input=max(0, int(usage.get("input_tokens") or 0) - read - written),
        cache_read=read,
        cache_write_5m=written,
        output=int(usage.get("output_tokens") or 0),
    )
