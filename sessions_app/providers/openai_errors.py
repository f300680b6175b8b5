"""From the failures of OpenAI, and of servers that speak like it, to our few errors. Nothing of a raw body ever gets
into a sentence."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sessions_app.providers.base import (
    BadRequest,
    BillingProblem,
    KeyRefused,
    ModelMissing,
    NotAllowed,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFault,
    TimedOut,
    TooLong,
)
from sessions_app.providers.statuses import by_status, retry_after

# developers.openai.com/api/docs/guides/error-codes; `ResponseError.code` of the SDK.
_BY_CODE: Mapping[str, type[ProviderError]] = {
    "insufficient_quota": BillingProblem,
    "billing_hard_limit_reached": BillingProblem,
    "billing_not_active": BillingProblem,
    "context_length_exceeded": TooLong,
    "exceed_context_size_error": TooLong,  # llama.cpp
    "rate_limit_exceeded": RateLimited,
    "rate_limit_error": RateLimited,
    "server_is_overloaded": Overloaded,
    "overloaded_error": Overloaded,
    "slow_down": Overloaded,
    "invalid_api_key": KeyRefused,
    "model_not_found": ModelMissing,
    "server_error": ServerFault,
    "timeout": TimedOut,
    "vector_store_timeout": TimedOut,
}
_REFUSED = ("invalid_", "image_", "unsupported_", "empty_image", "failed_to_download", "unknown_parameter")
_POLICY = ("_policy", "_violation")
# Servers that name no code are known by their words.
_TOO_LONG = ("context length", "context window", "context size", "prompt is too long", "input is too long")

WRONG_ADDRESS = "The address set for {label} does not answer like {label}. Staff can check it."
NO_TOOLS = "This model takes no tools. Another one can be chosen, or the tools switched off in the settings of this session."
NO_USAGE = "{label} does not take `stream_options`, which tells the tokens of an answer. Staff can use a newer version of it."
NO_SUMMARY = "OpenAI tells the thinking of this model only to verified organizations. Thinking can be switched off in the settings of this session."


def from_status(
    status: int,
    body: object,
    headers: Mapping[str, str],
    *,
    label: str = "OpenAI",
    tools: bool = False,
    now: float | None = None,
) -> ProviderError:
    """The error of an answer that is not a stream. `tools`: whether the request had any; `now` in epoch seconds."""
    code, message, param = _told(body)
    given: dict[str, Any] = {
        "status": status,
        "retry_after": _wait(headers, time.time() if now is None else now),
        "request_id": headers.get("x-request-id", ""),
        "provider": label,
    }
    if status < 400 or (status in (404, 405) and not _about_model(code, message)):
        return BadRequest(WRONG_ADDRESS.format(label=label), **given)
    kind = _kind(status, code, message)
    return kind(_sentence(kind, message, param, label, tools), **given)


def from_event(error: object, request_id: str = "", label: str = "OpenAI") -> ProviderError:
    """The error of an event in mid-stream, where the status was 200 all the same."""
    code, message, _ = _told(error)
    kind = _BY_CODE.get(code) or (TooLong if _is_too_long(message) else None)
    if kind is None:
        refused = code.startswith(_REFUSED) or code.endswith(_POLICY)
        kind = BadRequest if refused else ServerFault
    return kind(status=200, request_id=request_id, provider=label)


def _kind(status: int, code: str, message: str) -> type[ProviderError]:
    """A status says enough but for the vaguest, and for a quota that is used up, which comes as a rate limit."""
    named = _BY_CODE.get(code)
    if status == 429 and named is BillingProblem:
        return BillingProblem
    if status in (400, 422, 500):
        if _is_too_long(message):
            return TooLong
        return named or by_status(status)
    return NotAllowed if status == 403 else by_status(status)


def _sentence(kind: type[ProviderError], message: str, param: str, label: str, tools: bool) -> str | None:
    """A sentence that says more than the class, where the refusal is one of those that people can do something about."""
    if kind not in (BadRequest, ServerFault, NotAllowed):
        return None
    if param == "reasoning.summary" and "verif" in message:
        return NO_SUMMARY
    if "stream_options" in message or param.startswith("stream_options"):
        return NO_USAGE.format(label=label)
    return NO_TOOLS if tools and kind is BadRequest and "tool" in message and _refuses_all(message) else None


def _refuses_all(message: str) -> bool:
    """Ollama: "… does not support tools"; vLLM: "… requires --enable-auto-tool-choice and --tool-call-parser"."""
    return any(words in message for words in ("support tool", "enable-auto-tool-choice", "tool-call-parser"))


def _about_model(code: str, message: str) -> bool:
    return code in ("model_not_found", "not_found_error", "notfounderror") or "model" in message


def _is_too_long(message: str) -> bool:
    return any(words in message for words in _TOO_LONG)


def _wait(headers: Mapping[str, str], now: float) -> float | None:
    """Some answers tell the wait in milliseconds too, which is finer."""
    milliseconds = retry_after(headers.get("retry-after-ms", ""), now)
    return (
        milliseconds / 1000 if milliseconds is not None else retry_after(headers.get("retry-after", ""), now)
    )


def _told(body: object) -> tuple[str, str, str]:
    """Code, message and parameter in small letters. `error` may be an object, a text, or left out around its fields."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return "", error.lower() if isinstance(error, str) else "", ""
    code, kind = error.get("code"), error.get("type")
    named = code if isinstance(code, str) and code else "" if kind == "error" else kind
    texts = (named or "", error.get("message") or "", error.get("param") or "")
    first, second, third = (str(text).lower() for text in texts)
    return first, second, third
