"""What Google's API refuses of a `streamGenerateContent`. Messages have its words where clients are known to look at them."""

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

STAND_IN = "skip_thought_signature_validator"
LEVELS = {
    "gemini-4-argon": ("LOW", "MEDIUM", "HIGH"),
    "gemini-3.8-flash": ("LOW", "MEDIUM", "HIGH"),
    "gemini-3.5-flash": ("MINIMAL", "LOW", "MEDIUM", "HIGH"),
    "gemini-3.5-flash-lite": ("MINIMAL", "LOW", "MEDIUM", "HIGH"),
    "gemini-3.1-pro-preview": ("LOW", "MEDIUM", "HIGH"),
    "gemini-2.5-flash-lite": (),
}
_FIELDS = {"model", "stream", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}
_SETTINGS = {"maxOutputTokens", "temperature", "thinkingConfig"}
_DATA = ("text", "inlineData", "functionCall", "functionResponse")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
_FILES = {kind: mark for kind, mark in PICTURES.items() if kind != "image/gif"} | {
    "application/pdf": b"%PDF-"
}
_SCHEMA_TYPES = {"string", "number", "integer", "boolean", "array", "object", "null"}


def sign(model: str, name: str, args: Any) -> str:
    """The signature of a call by this model."""
    said = f"{model}\n{name}\n{json.dumps(args, sort_keys=True)}"
    return base64.b64encode(hmac.new(SECRET, said.encode(), hashlib.sha256).digest() * 2).decode()


def refusal(body: Any, headers: dict[str, str], key: str) -> Refuse | None:
    """The refusal of this request, or None where it is acceptable."""
    if headers.get("x-goog-api-key") != key:
        return Refuse(400, "API_KEY_INVALID", "API key not valid. Please pass a valid API key.")
    if not isinstance(body, dict):
        return _invalid("Invalid JSON payload received.")
    if body.get("model") not in LEVELS:
        return Refuse(404, "NOT_FOUND", f"models/{body.get('model')} is not found for API version v1beta")
    checks = (_check_fields, _check_settings, _check_tools, _check_contents, _check_calls, _check_signatures)
    try:
        problem = next((problem for check in checks for problem in check(body)), None)
    except (KeyError, TypeError, AttributeError) as error:
        return _invalid(f"malformed request: {error!r}")
    return _invalid(problem) if problem else None


def _invalid(message: str) -> Refuse:
    return Refuse(400, "INVALID_ARGUMENT", message)


def _check_fields(body: dict[str, Any]) -> Iterator[str]:
    for name in sorted(set(body) - _FIELDS):
        yield f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
    for part in (body.get("systemInstruction") or {"parts": [{"text": "-"}]})["parts"]:
        if not part["text"].strip():
            yield "systemInstruction.parts must not be empty"


def _check_settings(body: dict[str, Any]) -> Iterator[str]:
    settings = body.get("generationConfig") or {}
    for name in sorted(set(settings) - _SETTINGS):
        yield f"Invalid JSON payload received. Unknown name \"{name}\" at 'generation_config'"
    limit = settings.get("maxOutputTokens", 1)
    if not isinstance(limit, int) or not 1 <= limit <= 65_536:
        yield "Unable to submit request because it has a maxOutputTokens value outside the supported range"
    thinking = settings.get("thinkingConfig") or {}
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        yield "You can only set one of thinking budget and thinking level."
    level = thinking.get("thinkingLevel")
    if level is not None and level not in LEVELS[body["model"]]:
        yield f"Thinking level {level} is not supported for this model."


def _check_tools(body: dict[str, Any]) -> Iterator[str]:
    declared = [each for tool in body.get("tools") or [] for each in tool["functionDeclarations"]]
    names = [each["name"] for each in declared]
    if len(names) != len(set(names)):
        yield "Duplicate function declaration found"
    for each in declared:
        if not _NAME.fullmatch(each["name"]):
            yield "Invalid function name. Must start with a letter or an underscore."
        schema = each.get("parametersJsonSchema")
        if "parameters" in each or not isinstance(schema, dict) or schema.get("type") != "object":
            yield f"{each['name']}: parameters must be a JSON schema of an object"
            continue
        for field in (schema.get("properties") or {}).values():
            kind = field.get("type")
            if kind is not None and not set([kind] if isinstance(kind, str) else kind) <= _SCHEMA_TYPES:
                yield f"{each['name']}: unknown type {kind}"


def _check_contents(body: dict[str, Any]) -> Iterator[str]:
    contents = body.get("contents") or []
    if not contents:
        yield "contents is not specified"
        return
    roles = [content["role"] for content in contents]
    if roles != [("user", "model")[n % 2] for n in range(len(roles))] or roles[-1] != "user":
        yield "Please ensure that multiturn requests alternate between user and model and end with a user turn."
    for n, content in enumerate(contents):
        if not content["parts"]:
            yield f"contents[{n}].parts must not be empty."
        for part in content["parts"]:
            yield from _part(part, content["role"], n)


def _part(part: dict[str, Any], role: str, n: int) -> Iterator[str]:
    kinds = [kind for kind in _DATA if kind in part]
    if len(kinds) != 1 or set(part) - {*_DATA, "thoughtSignature"}:
        yield f"contents[{n}].parts: required oneof field 'data' must have one initialized field"
        return
    (kind,) = kinds
    if kind in ("functionCall",) and role != "model":
        yield "Please ensure that function call turn comes from the model"
    if kind in ("functionResponse", "inlineData") and role != "user":
        yield f"contents[{n}]: {kind} must come from the user"
    if kind == "text" and not part["text"].strip():
        yield f"contents[{n}].parts must not be empty."
    if kind == "inlineData":
        yield from _file(part["inlineData"], n)


def _file(blob: dict[str, Any], n: int) -> Iterator[str]:
    """Pictures and PDFs in base64, whose content is what they say they are."""
    try:
        data = base64.b64decode(blob["data"], validate=True)
    except binascii.Error:
        yield f"Invalid value at 'contents[{n}].parts.inline_data.data' (TYPE_BYTES), Base64 decoding failed"
        return
    if blob["mimeType"] not in _FILES:
        yield f"Unsupported MIME type: {blob['mimeType']}"
    elif not data.startswith(_FILES[blob["mimeType"]]):
        yield "Unable to process input image. Please retry or report"


def _check_calls(body: dict[str, Any]) -> Iterator[str]:
    """Each call is answered in the content right after it, under its own key and name."""
    before: list[dict[str, Any]] = []
    for content in body["contents"]:
        answers = _all(content, "functionResponse")
        if len(answers) != len(before):
            yield (
                "Please ensure that the number of function response parts is equal to the number of function call "
                "parts of the function call turn."
            )
        for call, answer in zip(before, answers, strict=False):
            if (call.get("id"), call["name"]) != (answer.get("id"), answer["name"]):
                yield f"The function response of {call['name']} does not match its call"
            if not isinstance(answer["response"], dict):
                yield "Invalid value at 'function_response.response' (type.googleapis.com/google.protobuf.Struct)"
        before = _all(content, "functionCall")
        for call in before:
            if not _NAME.fullmatch(call["name"]) or not isinstance(call["args"], dict):
                yield f"Invalid function call {call['name']}"
    if before:
        yield "Please ensure that function call turn is followed by a function response turn."


def _check_signatures(body: dict[str, Any]) -> Iterator[str]:
    """From 3 on each step of the turn in progress needs one on its first call; those that are there must be good."""
    model, contents = body["model"], body["contents"]
    spoken = [n for n, each in enumerate(contents) if each["role"] == "user" and not _only_results(each)]
    begins = spoken[-1] if spoken else 0
    for n, content in enumerate(contents):
        calls = [part for part in content["parts"] if "functionCall" in part]
        required = not model.startswith("gemini-2") and n > begins
        if calls and required and not calls[0].get("thoughtSignature"):
            yield (
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to "
                f"work correctly. Additional data, function call `{calls[0]['functionCall']['name']}`, position {n}."
            )
        for part in calls:
            call, given = part["functionCall"], part.get("thoughtSignature")
            if given not in (None, STAND_IN, sign(model, call["name"], call["args"])):
                yield "Thought signature is not valid."


def _all(content: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [part[kind] for part in content["parts"] if kind in part]


def _only_results(content: dict[str, Any]) -> bool:
    return all("functionResponse" in part for part in content["parts"])
