"""Google's `streamGenerateContent`, as a dialect of the local upstream: `Upstream(GEMINI_KEY, dialect=Gemini())`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.upstream import gemini_rules as rules
from tests.upstream.answer import Answer, Event
from tests.upstream.journal import Entry
from tests.upstream.scenarios import MORE, Scenario, numbered, partly, refused
from tests.upstream.steps import Refuse, Steps
from tests.upstream.tokens import PromptCache, prompt_size

GEMINI_KEY = "AIza-test-key"

_REASONS = {
    "end_turn": "STOP",
    "tool_use": "STOP",
    "stop_sequence": "STOP",
    "max_tokens": "MAX_TOKENS",
    "refusal": "SAFETY",
    "pause_turn": "CONTINUATION",
}
_STATUSES = {
    "invalid_request_error": "INVALID_ARGUMENT",
    "API_KEY_INVALID": "INVALID_ARGUMENT",
    "authentication_error": "UNAUTHENTICATED",
    "permission_error": "PERMISSION_DENIED",
    "not_found_error": "NOT_FOUND",
    "rate_limit_error": "RESOURCE_EXHAUSTED",
    "overloaded_error": "UNAVAILABLE",
    "api_error": "INTERNAL",
    "request_too_large": "INVALID_ARGUMENT",
}
_CODES = {"RESOURCE_EXHAUSTED": 429, "UNAVAILABLE": 503}


class GeminiAnswer(Answer):
    """Pieces of an answer. A token of thinking is counted apart from the answer's, as Google does."""

    thoughts = 0
    malformed = ""

    @property
    def has_results(self) -> bool:
        return any("functionResponse" in part for part in self.body["contents"][-1]["parts"])

    @property
    def tool_names(self) -> list[str]:
        return [
            each["name"] for tool in self.body.get("tools") or [] for each in tool["functionDeclarations"]
        ]

    def start(self) -> Event:
        return self.piece({"text": ""})

    def text_block(self, pieces: Iterable[str], close: bool = True) -> Steps:
        yield from self.text_deltas(pieces)

    def text_deltas(self, pieces: Iterable[str]) -> Steps:
        for text in pieces:
            self.output += 1
            yield self.piece({"text": text})

    def thinking_block(self, pieces: list[str]) -> Steps:
        for text in pieces:
            self.thoughts += 1
            yield self.piece({"text": text, "thought": True})

    def tool_block(self, name: str, value: dict[str, Any], source: str | None = None) -> Steps:
        """A whole call, signed where it is the first; broken JSON never leaves Google but as a finish reason."""
        try:
            args = value if source is None else json.loads(source)
        except ValueError:
            self.malformed = f"Malformed function call: call:default_api.{name}({source})"
            return
        self.output += 1
        # Not every call has a key.
        call = {"name": name, "args": args} | (
            {"id": f"fc_{self.number}_{self.index}"} if self.index % 2 == 0 else {}
        )
        signature = {} if self.index else {"thoughtSignature": rules.sign(self.body["model"], name, args)}
        self.index += 1
        yield self.piece({"functionCall": call, **signature})

    def close_block(self) -> Event:
        return []

    def end(self, reason: str) -> Steps:
        finish = {"finishReason": _REASONS.get(reason, reason)}
        if self.malformed:
            finish = {"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": self.malformed}
        yield self.piece(**finish)

    def error_event(self, kind: str, message: str) -> Event:
        status = _STATUSES.get(kind, "BRAND_NEW")
        return {"error": {"code": _CODES.get(status, 500), "message": message, "status": status}}

    def garbage(self, kind: str) -> bytes:
        head = b'data: {"candidates": [{"content": {"parts": [{"te'
        return {
            "json": b'data: {"candidates": oops}\r\n\r\n',
            "utf8": head + b'xt": "\xff"}]}}]}\r\n\r\n',
            "shape": b'data: {"candidates": [{"content": {"parts": [{"functionCall": "clock"}]}}]}\r\n\r\n',
            "half": head,
        }[kind]

    def piece(self, *parts: dict[str, Any], **candidate: Any) -> dict[str, Any]:
        usage = {
            "promptTokenCount": self.counted.input + self.counted.cache_read + self.counted.cache_creation,
            "cachedContentTokenCount": self.counted.cache_read,
            "candidatesTokenCount": self.output,
            "thoughtsTokenCount": self.thoughts,
        }
        content = {"content": {"parts": list(parts), "role": "model"}} if parts else {}
        return {
            "candidates": [{**content, "index": 0, **candidate}],
            "usageMetadata": {name: count for name, count in usage.items() if count},
            "modelVersion": self.body["model"],
            "responseId": f"resp-{self.number:06d}",
        }


def _unknown(answer: GeminiAnswer, s: Scenario) -> Steps:
    yield answer.start()
    yield {"weather": {"sun": True}}
    yield answer.piece({"hologram": {"depth": 3}}, safetyRatings=[{"category": "NEW", "probability": "LOW"}])
    yield from answer.text_block(numbered(s.after))
    yield from answer.end("end_turn")


def _blocked(answer: GeminiAnswer, s: Scenario) -> Steps:
    """A prompt that is refused has no candidate at all."""
    whole = answer.piece()
    yield {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": whole["usageMetadata"]}


def _late_counts(answer: GeminiAnswer, s: Scenario) -> Steps:
    """The end first, the counts in a piece of their own."""
    for piece in answer.whole(numbered(s.after)):
        assert isinstance(piece, dict)
        yield {name: value for name, value in piece.items() if name != "usageMetadata"}
    yield {"usageMetadata": answer.piece()["usageMetadata"]}


def _no_counts(answer: GeminiAnswer, s: Scenario) -> Steps:
    for piece in answer.whole(numbered(s.after)):
        assert isinstance(piece, dict)
        yield {name: value for name, value in piece.items() if name != "usageMetadata"}


_TOKENS = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
GeminiAnswer.scenarios = {
    "unknown_events": _unknown,
    "blocked_prompt": _blocked,
    "late_counts": _late_counts,
    "no_counts": _no_counts,
    "overloaded": refused(503, "overloaded_error", "The model is overloaded. Please try again later."),
    "too_long": refused(400, "invalid_request_error", _TOKENS),
    "billing": refused(429, "rate_limit_error", "Your prepayment credits are depleted."),
    "forbidden": refused(403, "permission_error", "The caller does not have permission"),
    "unsigned": partly(lambda answer, s: answer.end("MISSING_THOUGHT_SIGNATURE")),
    "unexpected_call": partly(lambda answer, s: answer.end("UNEXPECTED_TOOL_CALL")),
}
MORE.update({"blocked_prompt", "late_counts", "no_counts", "unsigned", "unexpected_call"})


def _cached(body: dict[str, Any]) -> dict[str, Any]:
    """The prompt as `PromptCache` counts it. Google caches without being asked: whatever a request shares with an
    earlier one is read from there."""
    messages = [
        {"role": content["role"], "content": [{"type": "text", **part} for part in content["parts"]]}
        for content in body["contents"]
    ]
    for message in messages:
        message["content"][-1]["cache_control"] = True
    head = [{"type": "text", **part} for part in (body.get("systemInstruction") or {"parts": []})["parts"]]
    return {"model": body["model"], "tools": body.get("tools"), "system": head, "messages": messages}


class Gemini:
    """Google's Gemini API, version v1beta."""

    path = "/v1beta/models/{model:[^:/]+}:{stream:streamGenerateContent}"
    models_path = "/v1beta/models"
    counting_path = "/v1beta/models/{model:[^:/]+}:countTokens"
    request_id = "x-request-id"
    ping = b": still here\r\n\r\n"

    def refusal(self, body: Any, headers: dict[str, str], key: str) -> Refuse | None:
        return rules.refusal(body, headers, key)

    def answer(self, entry: Entry, cache: PromptCache) -> GeminiAnswer:
        return GeminiAnswer(entry.body, entry.number, cache.count(_cached(entry.body)))

    def count(self, body: dict[str, Any]) -> int:
        whole = body["generateContentRequest"]
        return prompt_size(_cached(whole | {"model": whole["model"].removeprefix("models/")}))

    def encode(self, event: dict[str, Any]) -> bytes:
        return f"data: {json.dumps(event)}\r\n\r\n".encode()

    def note(self, entry: Entry, event: dict[str, Any]) -> None:
        entry.usage |= event.get("usageMetadata") or {}
        for candidate in event.get("candidates") or []:
            for part in (candidate.get("content") or {}).get("parts") or []:
                if part.get("text") and not part.get("thought"):
                    entry.pieces.append(part["text"])
            entry.stop_reason = candidate.get("finishReason") or entry.stop_reason
        entry.finished = entry.finished or self.is_last(event)

    def is_delta(self, event: dict[str, Any]) -> bool:
        parts = [
            part
            for each in event.get("candidates") or []
            for part in (each.get("content") or {}).get("parts", [])
        ]
        return any(part.get("text") for part in parts)

    def is_last(self, event: dict[str, Any]) -> bool:
        return any("finishReason" in candidate for candidate in event.get("candidates") or [])

    def error(self, refused: Refuse, request_id: str) -> dict[str, Any]:
        status = _STATUSES.get(refused.kind, refused.kind)
        details: list[Mapping[str, Any]] = []
        if refused.kind == "API_KEY_INVALID":
            info = "type.googleapis.com/google.rpc.ErrorInfo"
            details.append({"@type": info, "reason": refused.kind, "domain": "googleapis.com"})
        if wait := refused.headers.get("retry-after"):
            details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{wait}s"})
        error = {"code": refused.status, "message": refused.message, "status": status, "details": details}
        return {"error": error}

    def models(self) -> dict[str, Any]:
        generates = {"supportedGenerationMethods": ["generateContent", "countTokens"]}
        embeds = {"supportedGenerationMethods": ["embedContent"]}
        limits = {"inputTokenLimit": 900_000, "outputTokenLimit": 60_000}
        return {
            "models": [
                {"name": "models/gemini-3.8-flash", "displayName": "Gemini 3.8", **limits, **generates},
                {"name": "models/gemini-5-neon", "displayName": "Gemini 5 Neon", **limits, **generates},
                {"name": "models/gemini-embedding-2", "displayName": "Embedding", **limits, **embeds},
                {"name": "models/gemma-4-31b-it", "displayName": "Gemma 4", **limits, **generates},
            ]
        }

    def system(self, body: dict[str, Any]) -> str:
        return "".join(part["text"] for part in (body.get("systemInstruction") or {"parts": []})["parts"])

    def last_text(self, body: dict[str, Any]) -> str:
        """The newest text of a user, whatever tool results came after it."""
        for content in reversed(body["contents"]):
            texts = [part["text"] for part in content["parts"] if "text" in part]
            if content["role"] == "user" and texts:
                return str(texts[-1])
        return ""
