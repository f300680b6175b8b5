"""The fold from chunks of OpenAI's chat completions, as many servers send them, to our events. Pure: bytes of one chunk
in, our events out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sessions_app.providers import openai_errors
from sessions_app.providers.base import (
    Accepted,
    Counts,
    End,
    Event,
    StreamCut,
    StreamGarbled,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallRequested,
)
from sessions_app.providers.fitting import MOST
from sessions_app.providers.wire import Pairs, arguments, parse_event

STOP_REASONS: Mapping[str, str] = {
    "stop": "end",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "length": "max_tokens",
    "content_filter": "refusal",
}
_THINKING = (
    "reasoning_content",
    "reasoning",
)  # the one of vLLM and DeepSeek, the other of Ollama and OpenRouter
_TEXT, _THOUGHT = 0, 1


@dataclass(slots=True)
class _Call:
    """A call as far as it has come."""

    id: str
    name: str
    pieces: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        return "".join(self.pieces)

    @property
    def whole(self) -> bool:
        return bool(self.pieces) and arguments(self.source)[0] is not None


class Reading:
    """What has been read of one answer so far (`streaming.Reading`). `taken` are the ids of calls in the history."""

    __slots__ = (
        "_begun", "_calls", "_label", "_pairs", "_places", "_reason", "_request_id", "_taken", "_thinking", "_usage",
        "ended", "known",
    )  # fmt: skip

    def __init__(self, label: str, request_id: str = "", taken: Collection[str] = ()) -> None:
        self._label = label
        self._request_id = request_id
        self._taken = set(taken)
        self._calls: list[_Call] = []
        self._places: dict[int, _Call] = {}
        self._pairs = Pairs()
        self._begun = self._thinking = False
        self._reason = ""
        self._usage: Mapping[str, Any] | None = None
        self.ended = False
        self.known = 0

    def read(self, data: bytes) -> list[Event]:
        """The events that this chunk brings. Raises ProviderError."""
        if data.strip() == b"[DONE]":
            return self.closed()
        try:
            chunk = parse_event(data)
            if not chunk.get("error") and chunk.get("object") != "error":
                return self._chunk(chunk)
            failure = openai_errors.from_event(chunk, self._request_id, self._label)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            failure = StreamGarbled(status=200, request_id=self._request_id, provider=self._label)
        # Raised out here, so that no context with the text of the answer hangs on the error.
        raise failure

    def closed(self) -> list[Event]:
        """An answer that said why it stopped is whole, with or without the last line that marks the end."""
        if not self._reason:
            raise StreamCut(status=200, request_id=self._request_id, provider=self._label)
        self.ended = True
        calls: list[Event] = [self._requested(call) for call in self._calls]
        # Some servers say "stop" where they mean their calls.
        reason = (
            "tool_use" if calls and self._reason == "stop" else STOP_REASONS.get(self._reason, self._reason)
        )
        counts = counts_of(self._usage or {})
        return [*self._flushed(), *calls, End(reason, counts, counted=self._usage is not None)]

    def _chunk(self, chunk: dict[str, Any]) -> list[Event]:
        """One with neither choices nor usage is no answer's; the last one has usage alone."""
        events: list[Event] = []
        usage = chunk.get("usage")
        choices = chunk.get("choices") if usage else chunk["choices"]
        if not self._begun:
            self._begun = True
            events.append(Accepted(Counts(), self._request_id, counted=False))
        if usage:
            self._usage = usage
        if choices:
            self.known += 1
            events += self._delta(choices[0].get("delta") or {})
            self._reason = choices[0].get("finish_reason") or self._reason
        return events

    def _delta(self, delta: Mapping[str, Any]) -> list[Event]:
        events: list[Event] = []
        thought = next((delta[name] for name in _THINKING if delta.get(name)), "")
        if thought:
            self._thinking = True
            events += self._pairs.add(_THOUGHT, thought, ThinkingDelta)
        text, calls = delta.get("content") or delta.get("refusal"), delta.get("tool_calls")
        if (text or calls) and self._thinking:
            events += self._thought()
        if text:
            events += self._pairs.add(_TEXT, text, TextDelta)
        for call in calls or ():
            self._call(call)
        return events

    def _thought(self) -> list[Event]:
        """No such server seals its thinking or wants it back."""
        self._thinking = False
        return [*self._pairs.end(_THOUGHT, ThinkingDelta), ThinkingDone(None)]

    def _flushed(self) -> list[Event]:
        thought = self._thought() if self._thinking else []
        return [*thought, *self._pairs.end(_TEXT, TextDelta)]

    def _call(self, delta: Mapping[str, Any]) -> None:
        """Pieces of a call have its index. Some servers send whole calls, all with index 0 or none, some no ids."""
        function, place = delta.get("function") or {}, delta.get("index")
        given, name = str(delta.get("id") or ""), str(function.get("name") or "")
        call = self._places.get(place) if isinstance(place, int) else self._last
        if call is None or (name and ((given and given != call.id) or (not given and call.whole))):
            if not name:
                raise KeyError("a call begins with its name")
            call = _Call(given, name)
            self._calls.append(call)
        if isinstance(place, int):
            self._places[place] = call
        if piece := function.get("arguments"):
            call.pieces.append(piece if isinstance(piece, str) else json.dumps(piece))

    @property
    def _last(self) -> _Call | None:
        return self._calls[-1] if self._calls else None

    def _requested(self, call: _Call) -> ToolCallRequested:
        value, problem = arguments(call.source) if call.source.strip() else ({}, "")
        return ToolCallRequested(self._own_id(call.id), call.name, value, problem)

    def _own_id(self, given: str) -> str:
        """The server's id, where nothing else in the conversation has it: some count from 0 in each answer."""
        if not given or len(given) > MOST or given in self._taken:
            given = f"call_{uuid.uuid4().hex}"
        self._taken.add(given)
        return given


def counts_of(usage: Mapping[str, Any]) -> Counts:
    """`prompt_tokens` contain those that were read from a cache, `completion_tokens` the thinking."""
    details = usage.get("prompt_tokens_details") or {}
    read = int(details.get("cached_tokens") or 0)
    return Counts(
        input=max(0, int(usage.get("prompt_tokens") or 0) - read),
        cache_read=read,
        output=int(usage.get("completion_tokens") or 0),
    )
