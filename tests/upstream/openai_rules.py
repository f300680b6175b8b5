"""What OpenAI's Responses API refuses, in its words where clients are known to look at them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.upstream.rules import PICTURES, SECRET
from tests.upstream.steps import Refuse

_FIELDS = {
    "model", "input", "instructions", "tools", "tool_choice", "max_output_tokens", "stream", "store", "include",
    "reasoning", "temperature", "top_p", "parallel_tool_calls", "prompt_cache_key", "text", "truncation", "metadata",
}  # fmt: skip
_ITEM_FIELDS = {
    "message": ({"role", "content"}, {"type", "phase"}),
    "function_call": ({"type", "call_id", "name", "arguments"}, {"id", "status"}),
    "function_call_output": ({"type", "call_id", "output"}, {"id", "status"}),
    "reasoning": ({"type", "id", "summary"}, {"encrypted_content", "content", "status"}),
}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MODEL = re.compile(r"gpt-\d[a-z0-9.-]*|o\d[a-z-]*")


def reasons(model: str) -> bool:
    return model.startswith("o") or (generation(model) >= (5, 0) and "chat" not in model)


def generation(model: str) -> tuple[int, int]:
    found = re.match(r"gpt-(\d+)(?:\.(\d+))?", model)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def efforts(model: str) -> set[str]:
    """Which efforts a model takes."""
    if "pro" in model:
        return {"high"}
    if not model.startswith("gpt-"):
        return {"low", "medium", "high"}
    first = {"none"} if (5, 1) <= generation(model) < (6, 0) else set()
    return first | {"low", "medium", "high"} | ({"minimal"} if generation(model) == (5, 0) else set())


def seal(model: str, thinking: str) -> str:
    """Sealed thinking: only the model it came from can open it."""
    return hmac.new(SECRET, f"{model}\n{thinking}".encode(), hashlib.sha256).hexdigest() * 2


def refusal(body: Any, headers: dict[str, str], key: str) -> Refuse | None:
    if headers.get("authorization", "") != f"Bearer {key}":
        return Refuse(401, "invalid_api_key", "Incorrect API key provided: sk-secret-****lice.")
    if not isinstance(body, dict):
        return Refuse(400, "invalid_json", "We could not parse the JSON body of your request.")
    model = body.get("model")
    if not isinstance(model, str) or not _MODEL.fullmatch(model) or generation(model) > (8, 0):
        return Refuse(
            404, "model_not_found", f"The model `{model}` does not exist or you do not have access to it."
        )
    checks = (_check_fields, _check_reasoning, _check_tools, _check_items, _check_pairs)
    try:
        problem = next((problem for check in checks for problem in check(body)), None)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        problem = f"malformed request: {error!r}"
    return Refuse(400, "invalid_request", problem) if problem else None


def _check_fields(body: dict[str, Any]) -> Iterator[str]:
    for name in sorted(set(body) - _FIELDS):
        yield f"Unknown parameter: '{name}'."
    if body.get("max_output_tokens", 16) < 16:
        yield "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16."
    if not body.get("input"):
        yield "Missing required parameter: 'input'."


def _check_reasoning(body: dict[str, Any]) -> Iterator[str]:
    model, reasoning = body["model"], body.get("reasoning") or {}
    if not reasons(model):
        if reasoning or "reasoning.encrypted_content" in body.get("include", ()):
            yield "Unsupported parameter: 'reasoning.effort' is not supported with this model."
        return
    for name in ("temperature", "top_p"):
        if name in body:
            yield f"Unsupported parameter: '{name}' is not supported with this model."
    if set(reasoning) - {"effort", "summary"}:
        yield "Unknown parameter in 'reasoning'."
    if "effort" in reasoning and reasoning["effort"] not in efforts(model):
        yield f"Unsupported value: '{reasoning['effort']}' is not supported with the '{model}' model."


def _check_tools(body: dict[str, Any]) -> Iterator[str]:
    for n, tool in enumerate(body.get("tools") or ()):
        if set(tool) - {"type", "name", "description", "parameters", "strict"} or tool["type"] != "function":
            yield f"Unknown parameter: 'tools[{n}]'."
        if not _NAME.fullmatch(tool["name"]):
            yield f"Invalid 'tools[{n}].name': string does not match pattern."
        if tool.get("strict", True):
            yield f"Invalid schema for function '{tool['name']}': 'additionalProperties' is required."


def _check_items(body: dict[str, Any]) -> Iterator[str]:
    for n, item in enumerate(body["input"]):
        kind = item.get("type", "message")
        needed, allowed = _ITEM_FIELDS[kind]
        if needed - set(item):
            yield f"Missing required parameter: 'input[{n}]': {sorted(needed - set(item))}."
        for name in sorted(set(item) - needed - allowed):
            yield f"Unknown parameter: 'input[{n}].{name}'."
        if kind == "message":
            yield from _check_message(n, item)
        elif kind == "reasoning":
            yield from _check_sealed(n, item, body)
        else:
            yield from _check_call(n, item)


def _check_call(n: int, item: dict[str, Any]) -> Iterator[str]:
    if not 0 < len(item["call_id"]) <= 64:
        yield f"Invalid 'input[{n}].call_id': string too long. Expected a string with maximum length 64."
    if item["type"] == "function_call":
        if not _NAME.fullmatch(item["name"]):
            yield f"Invalid 'input[{n}].name': string does not match pattern."
        json.loads(item["arguments"])


def _check_message(n: int, item: dict[str, Any]) -> Iterator[str]:
    if isinstance(item["content"], str):
        return
    for block in item["content"]:
        kinds = {"input_text", "input_image", "input_file"} if item["role"] == "user" else {"output_text"}
        if block["type"] not in kinds:
            yield f"Invalid value: '{block['type']}'. Supported values are: {sorted(kinds)}."
        elif block["type"] == "input_image":
            yield from check_data(n, block["image_url"], PICTURES)
        elif block["type"] == "input_file":
            if not block["filename"].endswith(".pdf"):
                yield f"Invalid input[{n}]: Expected context stuffing file type to be a supported format: .pdf"
            yield from check_data(n, block["file_data"], {"application/pdf": b"%PDF-"})


def check_data(n: int, url: str, known: dict[str, bytes]) -> Iterator[str]:
    head, _, data = url.partition(";base64,")
    kind = head.removeprefix("data:")
    try:
        fits = kind in known and base64.b64decode(data, validate=True).startswith(known[kind])
    except binascii.Error:
        fits = False
    if not fits:
        yield f"Invalid input[{n}]: The data you provided does not represent a valid file of {sorted(known)}."


def _check_sealed(n: int, item: dict[str, Any], body: dict[str, Any]) -> Iterator[str]:
    text = "".join(part["text"] for part in item["summary"])
    if item["encrypted_content"] != seal(body["model"], text):
        yield "The encrypted content could not be verified."
    after = body["input"][n + 1] if n + 1 < len(body["input"]) else {"role": "user"}
    if after.get("type") not in ("reasoning", "function_call") and after.get("role") != "assistant":
        yield f"Item '{item['id']}' of type 'reasoning' was provided without its required following item."


def _check_pairs(body: dict[str, Any]) -> Iterator[str]:
    """Each call has its output after it, each output its call before it."""
    called: set[str] = set()
    answered: set[str] = set()
    for item in body["input"]:
        if item.get("type") == "function_call":
            if item["call_id"] in called:
                yield f"Duplicate function call with call_id {item['call_id']}."
            called.add(item["call_id"])
        elif item.get("type") == "function_call_output":
            if item["call_id"] not in called:
                yield f"No tool call found for function call output with call_id {item['call_id']}."
            answered.add(item["call_id"])
        elif item.get("role") == "user" and called - answered:
            yield f"No tool output found for function call {sorted(called - answered)[0]}."
    if called - answered:
        yield f"No tool output found for function call {sorted(called - answered)[0]}."
