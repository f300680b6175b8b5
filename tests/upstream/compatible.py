"""OpenAI's chat completions, as other servers speak them: `Upstream(key, dialect=Completions())`, with `key=""` for a
server that wants none; its base URL is `up.url + "/v1"`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.upstream import scenarios
from tests.upstream.answer import Answer, Event
from tests.upstream.journal import Entry
from tests.upstream.openai import REFUSED, counted
from tests.upstream.openai_rules import check_data
from tests.upstream.rules import PICTURES
from tests.upstream.scenarios import Scenario, numbered, partly, refused
from tests.upstream.steps import Refuse, Steps
from tests.upstream.tokens import PromptCache, PromptCount

KEY = "sk-local-test-key"

_FIELDS = {
    "model",
    "messages",
    "max_tokens",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "temperature",
    "top_p",
}
_MESSAGE_FIELDS = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls"},
    "tool": {"role", "content", "tool_call_id"},
}
_REASONS = {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length", "refusal": "content_filter"}


def refusal(body: Any, headers: dict[str, str], key: str) -> Refuse | None:
    if key and headers.get("authorization", "") != f"Bearer {key}":
        return Refuse(401, "invalid_api_key", "Unauthorized")
    if not key and "authorization" in headers:
        return Refuse(400, "invalid_request", "This server asked for no key.")
    if not isinstance(body, dict):
        return Refuse(400, "invalid_json", "The body is not valid JSON.")
    if body.get("model") not in ("llama3.2", "qwen3"):
        return Refuse(404, "not_found_error", f"model '{body.get('model')}' not found, try pulling it first")
    try:
        problem = next(
            (problem for check in (_check_fields, _check_messages) for problem in check(body)), None
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        problem = f"malformed request: {error!r}"
    return Refuse(400, "invalid_request", problem) if problem else None


def _check_fields(body: dict[str, Any]) -> Iterator[str]:
    for name in sorted(set(body) - _FIELDS):
        yield f"Unknown parameter: '{name}'."
    if not isinstance(body.get("max_tokens", 1), int) or body.get("max_tokens", 1) < 1:
        yield "max_tokens must be at least 1"
    for tool in body.get("tools") or ():
        if set(tool) != {"type", "function"} or set(tool["function"]) != {
            "name",
            "description",
            "parameters",
        }:
            yield "tools: Extra inputs are not permitted"


def _check_messages(body: dict[str, Any]) -> Iterator[str]:
    """Calls are answered by the tool messages right after them, all of them and nothing else."""
    waiting: list[str] = []
    for n, message in enumerate(body["messages"]):
        role = message["role"]
        if set(message) - _MESSAGE_FIELDS[role] or not isinstance(message["content"], str | list):
            yield f"messages[{n}]: Extra inputs are not permitted"
        if role == "tool":
            if message["tool_call_id"] not in waiting:
                yield f"messages[{n}]: messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
            else:
                waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            yield f"An assistant message with 'tool_calls' must be followed by tool messages responding to {waiting}."
        if role == "system" and n:
            yield "System message must be at the beginning."
        waiting = [call["id"] for call in message.get("tool_calls") or ()]
        yield from _check_content(n, message)
    if waiting or body["messages"][-1]["role"] == "assistant":
        yield "The conversation must end with a message of the user or of a tool."


def _check_content(n: int, message: dict[str, Any]) -> Iterator[str]:
    for call in message.get("tool_calls") or ():
        json.loads(call["function"]["arguments"])
        if not re.fullmatch(r"[\w-]{1,64}", call["id"]) or set(call) != {"id", "type", "function"}:
            yield f"messages[{n}].tool_calls: invalid call"
    if isinstance(message["content"], str):
        if not message["content"] and not message.get("tool_calls"):
            yield f"messages[{n}]: content must not be empty"
        return
    for part in message["content"]:
        if part["type"] == "image_url":
            yield from check_data(n, part["image_url"]["url"], PICTURES)
        elif part["type"] != "text":
            yield f"messages[{n}]: Unknown part type: {part['type']}"


class CompletionsAnswer(Answer):
    thinking_field = "reasoning_content"

    def __init__(self, body: dict[str, Any], number: int, counted: PromptCount) -> None:
        super().__init__(body, number, counted)
        self._calls = 0

    @property
    def has_results(self) -> bool:
        return bool(self.body["messages"][-1]["role"] == "tool")

    @property
    def tool_names(self) -> list[str]:
        return [tool["function"]["name"] for tool in self.body.get("tools") or ()]

    def chunk(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {"id": f"chatcmpl-{self.number}", "object": "chat.completion.chunk", "choices": [choice]}

    def start(self) -> Event:
        return self.chunk({"role": "assistant", "content": ""})

    def text_block(self, pieces: Iterable[str], close: bool = True) -> Steps:
        yield b": keep-alive\n\n"
        yield from self.text_deltas(pieces)

    def text_deltas(self, pieces: Iterable[str]) -> Steps:
        for piece in pieces:
            self.output += 1
            yield self.chunk({"content": piece})

    def close_block(self) -> Event:
        return []

    def thinking_block(self, pieces: list[str]) -> Steps:
        for piece in pieces:
            self.output += 1
            yield self.chunk({self.thinking_field: piece, "content": None})

    def tool_block(self, name: str, value: dict[str, Any], source: str | None = None) -> Steps:
        text = json.dumps(value) if source is None else source
        head = {"name": name, "arguments": ""}
        call = {
            "index": self._calls,
            "id": f"call_{self.number}_{self._calls}",
            "type": "function",
            "function": head,
        }
        yield self.chunk({"tool_calls": [call]})
        for start in range(0, len(text), 7):
            self.output += 1
            piece = {"index": self._calls, "function": {"arguments": text[start : start + 7]}}
            yield self.chunk({"tool_calls": [piece]})
        self._calls += 1

    def end(self, reason: str) -> Steps:
        yield self.chunk({}, _REASONS.get(reason, reason))
        if (self.body.get("stream_options") or {}).get("include_usage"):
            yield {"id": f"chatcmpl-{self.number}", "choices": [], "usage": self.usage()}
        yield {"done": True}

    def usage(self) -> dict[str, Any]:
        total = self.counted.input + self.counted.cache_read + self.counted.cache_creation
        cached = {"cached_tokens": self.counted.cache_read}
        counts = {
            "prompt_tokens": total,
            "completion_tokens": self.output,
            "total_tokens": total + self.output,
        }
        return counts | {"prompt_tokens_details": cached}

    def error_event(self, kind: str, message: str) -> Event:
        return {"error": {"type": kind, "message": message, "code": None}}

    def garbage(self, kind: str) -> bytes:
        delta = b'data: {"choices":[{"index":0,"delta":{"cont'
        return {
            "json": b'data: {"choices": [oops}\n\n',
            "utf8": delta + b'ent":"\xff"}}]}\n\n',
            "shape": b'data: {"object":"chat.completion.chunk"}\n\n',
            "half": delta,
        }[kind]


def _unknown_fields(answer: CompletionsAnswer, s: Scenario) -> Steps:
    yield answer.start()
    yield {**answer.chunk({"content": None, "hologram": 3}), "weather": "sun"}
    yield from answer.text_deltas(numbered(s.after))
    yield from answer.end("end_turn")


def _whole_calls(answer: CompletionsAnswer, s: Scenario) -> Steps:
    """Two calls at once: whole, with one index and no ids, and an end that does not name them."""
    if answer.has_results:
        yield from answer.whole(numbered(s.words))
        return
    yield answer.start()
    for name, given in (("clock", '{"zone": "x"}'), ("clock", '{"zone": "y"}'), ("calendar", {"deep": [1]})):
        call = {"index": 0, "id": "", "type": "function", "function": {"name": name, "arguments": given}}
        yield answer.chunk({"tool_calls": [call]})
    yield from answer.end("end_turn")


def _counting_ids(answer: CompletionsAnswer, s: Scenario) -> Steps:
    """A server that counts its calls from 0 in each answer."""
    if "enough" in Completions().last_text(answer.body):
        yield from answer.whole(numbered(s.words))
        return
    yield answer.start()
    call = {"id": "call_0", "function": {"name": "clock", "arguments": "{}"}}
    yield answer.chunk({"tool_calls": [call]})
    yield from answer.end("tool_use")


def _without_usage(answer: CompletionsAnswer, s: Scenario) -> Steps:
    yield answer.start()
    yield from answer.text_deltas(numbered(s.after))
    yield answer.chunk({}, "stop")
    yield {"done": True}


def _without_mark(answer: CompletionsAnswer, s: Scenario) -> Steps:
    """It says why it stops, and closes without the last line."""
    yield answer.start()
    yield from answer.text_deltas(numbered(s.after))
    yield answer.chunk({}, "stop")


def _other_field(answer: CompletionsAnswer, s: Scenario) -> Steps:
    answer.thinking_field = "reasoning"
    yield from scenarios.SCENARIOS["thinking"](answer, s)


CompletionsAnswer.scenarios = {
    **REFUSED,
    "unknown_events": _unknown_fields,
    "whole_calls": _whole_calls,
    "counting_ids": _counting_ids,
    "without_usage": _without_usage,
    "without_mark": _without_mark,
    "other_field": _other_field,
    "takes_no_tools": refused(400, "api_error", "registry.ollama.ai/library/gemma does not support tools"),
    "takes_no_tools_flag": refused(
        400,
        "BadRequestError",
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    ),
    "takes_no_usage": refused(
        400, "invalid_request", "Unrecognized request argument supplied: stream_options"
    ),
    "window_words": refused(400, "BadRequestError", "This model's maximum context length is 4096 tokens."),
    "no_such_page": refused(404, "nothing", "Not Found"),
    "overloaded_object": partly(
        lambda answer, s: [{"object": "error", "message": "busy", "type": "overloaded_error", "code": 503}]
    ),
}
scenarios.MORE.update(CompletionsAnswer.scenarios)


class Completions:
    path = "/v1/chat/completions"
    models_path = "/v1/models"
    request_id = "x-request-id"
    ping = b": keep-alive\n\n"

    def refusal(self, body: Any, headers: dict[str, str], key: str) -> Refuse | None:
        return refusal(body, headers, key)

    def answer(self, entry: Entry, cache: PromptCache) -> CompletionsAnswer:
        body = entry.body
        return CompletionsAnswer(
            body, entry.number, counted(cache, body, [body.get("tools")], body["messages"])
        )

    def encode(self, event: dict[str, Any]) -> bytes:
        data = "[DONE]" if event.get("done") else json.dumps(event, separators=(",", ":"))
        return f"data: {data}\n\n".encode()

    def note(self, entry: Entry, event: dict[str, Any]) -> None:
        if event.get("done"):
            entry.finished = True
        for choice in event.get("choices") or ():
            if text := choice["delta"].get("content"):
                entry.pieces.append(text)
            entry.stop_reason = choice["finish_reason"] or entry.stop_reason
        entry.usage = event.get("usage") or entry.usage

    def is_delta(self, event: dict[str, Any]) -> bool:
        return bool(event.get("choices"))

    def is_last(self, event: dict[str, Any]) -> bool:
        return bool(event.get("done"))

    def error(self, refused: Refuse, request_id: str) -> dict[str, Any]:
        return {"error": {"message": refused.message, "type": refused.kind, "param": None, "code": None}}

    def models(self) -> dict[str, Any]:
        told = {"object": "model", "max_model_len": 8_192}
        data: list[dict[str, Any]] = [{"id": "llama3.2", "object": "model"}, {"id": "qwen3", **told}]
        return {"object": "list", "data": [*data, {"id": "nomic-embed-text"}]}

    def system(self, body: dict[str, Any]) -> str:
        return "".join(message["content"] for message in body["messages"] if message["role"] == "system")

    def last_text(self, body: dict[str, Any]) -> str:
        texts = [message["content"] for message in body["messages"] if message["role"] == "user"]
        return str(texts[-1]) if texts else ""
