"""OpenAI's Responses API: `Upstream(key, dialect=Responses())`; its base URL is `up.url + "/v1"`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.upstream import openai_rules, scenarios
from tests.upstream.answer import Answer, Event
from tests.upstream.journal import Entry
from tests.upstream.scenarios import Scenario, numbered, partly, refused
from tests.upstream.steps import Refuse, Steps
from tests.upstream.tokens import PromptCache, PromptCount

KEY = "sk-proj-test-key"

_ERRORS = {
    "overloaded_error": "server_is_overloaded",
    "rate_limit_error": "rate_limit_exceeded",
    "api_error": "server_error",
}
REFUSED = {
    "rate_limited": refused(429, "rate_limit_exceeded", "Rate limit reached for requests per minute."),
    "overloaded": refused(503, "server_is_overloaded", "Our servers are currently overloaded."),
    "unauthorized": refused(401, "invalid_api_key", "Incorrect API key provided."),
    "bad_request": refused(400, "unknown_parameter", "Unknown parameter: 'metadata.x'."),
    "too_long": refused(
        400, "context_length_exceeded", "Your input exceeds the context window of this model."
    ),
    "billing": refused(429, "insufficient_quota", "You exceeded your current quota, please check your plan."),
    "forbidden": refused(
        403, "unsupported_country_region_territory", "Country, region, or territory not supported"
    ),
    "missing": refused(
        404, "model_not_found", "The model `gpt-x` does not exist or you do not have access to it."
    ),
    "too_large": refused(413, "request_too_large", "Request too large"),
    "server_error": refused(500, "server_error", "The server had an error while processing your request."),
    "unverified": refused(
        400, "unsupported_value", "Your organization must be verified to generate reasoning summaries."
    ),
}


def marked(kind: str, entries: Iterable[Any]) -> list[dict[str, Any]]:
    """As messages of which each is a breakpoint: here the cache marks itself."""
    return [{"role": kind, "content": [{"entry": entry, "cache_control": {}}]} for entry in entries]


def counted(
    cache: PromptCache, body: dict[str, Any], head: Iterable[Any], entries: Iterable[Any]
) -> PromptCount:
    return cache.count(
        {"model": body["model"], "messages": [*marked("head", head), *marked("entry", entries)]}
    )


class ResponsesAnswer(Answer):
    def __init__(self, body: dict[str, Any], number: int, counted: PromptCount) -> None:
        super().__init__(body, number, counted)
        self._text: list[str] = []
        self._sequence = 0

    @property
    def has_results(self) -> bool:
        return bool(self.body["input"][-1].get("type") == "function_call_output")

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        self._sequence += 1
        return {"type": kind, "sequence_number": self._sequence, **fields}

    def response(self, status: str, **fields: Any) -> dict[str, Any]:
        response = {"id": f"resp_{self.number:06d}", "object": "response", "status": status, "error": None}
        return response | {"model": self.body["model"], "incomplete_details": None, "usage": None, **fields}

    def start(self) -> Event:
        response = self.response("in_progress")
        return [
            self.event("response.created", response=response),
            self.event("response.in_progress", response=response),
        ]

    def text_block(self, pieces: Iterable[str], close: bool = True) -> Steps:
        item = {
            "id": f"msg_{self.number}_{self.index}",
            "type": "message",
            "role": "assistant",
            "content": [],
        }
        yield self.event("response.output_item.added", output_index=self.index, item=item)
        yield self.event("keepalive")
        yield from self.text_deltas(pieces)
        if close:
            yield self.close_block()

    def text_deltas(self, pieces: Iterable[str]) -> Steps:
        for piece in pieces:
            self.output += 1
            self._text.append(piece)
            yield self.event(
                "response.output_text.delta", delta=piece, output_index=self.index, content_index=0
            )

    def close_block(self) -> Event:
        text, self._text = "".join(self._text), []
        item = {"id": f"msg_{self.number}_{self.index}", "type": "message", "role": "assistant"}
        content = [{"type": "output_text", "text": text, "annotations": []}]
        self.index += 1
        return [
            self.event("response.output_text.done", text=text, output_index=self.index - 1, content_index=0),
            self._done(item | {"content": content, "status": "completed"}),
        ]

    def thinking_block(self, pieces: list[str]) -> Steps:
        head = {"id": f"rs_{self.number}_{self.index}", "type": "reasoning", "summary": []}
        at = {"output_index": self.index, "summary_index": 0}
        yield self.event("response.output_item.added", output_index=self.index, item=head)
        yield self.event("response.reasoning_summary_part.added", **at)
        for piece in pieces:
            self.output += 1
            yield self.event("response.reasoning_summary_text.delta", delta=piece, **at)
        text = "".join(pieces)
        sealed = openai_rules.seal(self.body["model"], text)
        summary = [{"type": "summary_text", "text": text}]
        self.index += 1
        yield self._done({**head, "summary": summary, "encrypted_content": sealed, "status": "completed"})

    def tool_block(self, name: str, value: dict[str, Any], source: str | None = None) -> Steps:
        text = json.dumps(value) if source is None else source
        number = f"{self.number:06d}_{self.index}"
        item = {
            "id": f"fc_{number}",
            "type": "function_call",
            "call_id": f"call_{number}",
            "name": name,
            "arguments": "",
        }
        yield self.event("response.output_item.added", output_index=self.index, item=item)
        for start in range(0, len(text), 7):
            self.output += 1
            delta = text[start : start + 7]
            yield self.event("response.function_call_arguments.delta", output_index=self.index, delta=delta)
        yield self.event("response.function_call_arguments.done", output_index=self.index, arguments=text)
        self.index += 1
        yield self._done({**item, "arguments": text, "status": "completed"})

    def end(self, reason: str) -> Steps:
        usage = self.usage()
        if reason in ("end_turn", "tool_use", "stop_sequence"):
            yield self.event("response.completed", response=self.response("completed", usage=usage))
            return
        why = {"max_tokens": "max_output_tokens", "refusal": "content_filter"}.get(reason, reason)
        response = self.response("incomplete", usage=usage, incomplete_details={"reason": why})
        yield self.event("response.incomplete", response=response)

    def usage(self) -> dict[str, Any]:
        counted = self.counted
        written = counted.cache_creation if openai_rules.generation(self.body["model"]) >= (5, 6) else 0
        total = counted.input + counted.cache_read + counted.cache_creation
        return {
            "input_tokens": total,
            "input_tokens_details": {"cached_tokens": counted.cache_read, "cache_write_tokens": written},
            "output_tokens": self.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": total + self.output,
        }

    def error_event(self, kind: str, message: str) -> Event:
        code = _ERRORS.get(kind, kind)
        if code == "server_error":
            return self.event(
                "response.failed", response=self.response("failed", error={"code": code, "message": message})
            )
        return self.event("error", code=code, message=message, param=None)

    def garbage(self, kind: str) -> bytes:
        delta = b'data: {"type":"response.output_text.delta","output_index":0,"del'
        return {
            "json": b'data: {"type":"response.output_text.delta", oops}\n\n',
            "utf8": delta + b'ta":"\xff"}\n\n',
            "shape": b'data: {"type":"response.output_text.delta"}\n\n',
            "half": delta,
        }[kind]

    def _done(self, item: dict[str, Any]) -> dict[str, Any]:
        return self.event("response.output_item.done", output_index=self.index - 1, item=item)


def _unknown_events(answer: ResponsesAnswer, s: Scenario) -> Steps:
    yield answer.start()
    yield answer.event("response.weather", sun=True)
    yield answer.event("response.output_item.added", output_index=0, item={"type": "hologram"})
    yield answer.event("response.output_item.done", output_index=0, item={"type": "hologram"})
    answer.index = 1
    yield from answer.text_block(numbered(s.after))
    yield from answer.end("end_turn")


def _said_no(answer: ResponsesAnswer, s: Scenario) -> Steps:
    """A refusal in the model's own words."""
    yield answer.start()
    yield answer.event("response.output_item.added", output_index=0, item={"type": "message"})
    for word in ("I ", "will ", "not."):
        yield answer.event("response.refusal.delta", output_index=0, content_index=0, delta=word)
    yield answer.event("response.output_item.done", output_index=0, item={"type": "message"})
    yield from answer.end("end_turn")


def _open_call(answer: ResponsesAnswer, s: Scenario) -> Steps:
    """Cut by the length in the middle of a call, which never ends."""
    yield answer.start()
    yield next(iter(answer.tool_block("clock", {"zone": "x"})))
    yield from answer.end("max_tokens")


def _parts_of_thinking(answer: ResponsesAnswer, s: Scenario) -> Steps:
    """A summary of two parts, and nothing sealed."""
    yield answer.start()
    yield answer.event("response.output_item.added", output_index=0, item={"type": "reasoning"})
    for part in (0, 1):
        at = {"output_index": 0, "summary_index": part}
        yield answer.event("response.reasoning_summary_part.added", **at)
        yield answer.event("response.reasoning_summary_text.delta", delta=f"part {part}", **at)
    yield answer.event("response.output_item.done", output_index=0, item={"type": "reasoning", "summary": []})
    answer.index = 1
    yield from answer.text_block(numbered(s.after))
    yield from answer.end("end_turn")


ResponsesAnswer.scenarios = {
    **REFUSED,
    "unknown_events": _unknown_events,
    "said_no": _said_no,
    "open_call": _open_call,
    "parts_of_thinking": _parts_of_thinking,
    "too_long_event": partly(lambda answer, s: [answer.error_event("context_length_exceeded", "Too long.")]),
}
scenarios.MORE.update(ResponsesAnswer.scenarios)


class Responses:
    path = "/v1/responses"
    models_path = "/v1/models"
    counting_path = "/v1/responses/input_tokens"
    request_id = "x-request-id"
    ping = b'data: {"type":"keepalive","sequence_number":0}\n\n'

    def refusal(self, body: Any, headers: dict[str, str], key: str) -> Refuse | None:
        return openai_rules.refusal(body, headers, key)

    def answer(self, entry: Entry, cache: PromptCache) -> ResponsesAnswer:
        body = entry.body
        head = [body.get("tools"), body.get("instructions")]
        return ResponsesAnswer(body, entry.number, counted(cache, body, head, body["input"]))

    def encode(self, event: dict[str, Any]) -> bytes:
        return f"event: {event['type']}\ndata: {json.dumps(event, separators=(',', ':'))}\n\n".encode()

    def note(self, entry: Entry, event: dict[str, Any]) -> None:
        if event["type"] in ("response.output_text.delta", "response.refusal.delta"):
            entry.pieces.append(event["delta"])
        elif self.is_last(event):
            details = event["response"]["incomplete_details"] or {}
            entry.usage = event["response"]["usage"] or {}
            entry.stop_reason = details.get("reason", event["response"]["status"])
            entry.finished = True

    def is_delta(self, event: dict[str, Any]) -> bool:
        return bool(event["type"].endswith(".delta"))

    def is_last(self, event: dict[str, Any]) -> bool:
        return event["type"] in ("response.completed", "response.incomplete")

    def error(self, refused: Refuse, request_id: str) -> dict[str, Any]:
        param = "reasoning.summary" if "summaries" in refused.message else None
        return {
            "error": {
                "message": refused.message,
                "type": "invalid_request_error",
                "param": param,
                "code": refused.kind,
            }
        }

    def models(self) -> dict[str, Any]:
        ids = (
            "gpt-6-sol",
            "gpt-4o-mini",
            "o3",
            "text-embedding-3-large",
            "gpt-4o-mini-tts",
            "gpt-9-new",
            "whisper-1",
        )
        data = [{"id": model, "object": "model", "created": 1, "owned_by": "openai"} for model in ids]
        return {"object": "list", "data": data}

    def count(self, body: dict[str, Any]) -> int:
        head = [body.get("tools"), body.get("instructions")]
        return counted(PromptCache(), body, head, body["input"]).cache_creation

    def system(self, body: dict[str, Any]) -> str:
        return str(body.get("instructions") or "")

    def last_text(self, body: dict[str, Any]) -> str:
        said = [item["content"] for item in body["input"] if item.get("role") == "user"]
        texts = [block["text"] for content in said for block in content if block["type"] == "input_text"]
        return texts[-1] if texts else ""
