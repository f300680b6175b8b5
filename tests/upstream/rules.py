"""What the real API refuses. Messages have its words where clients are known to look at them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any, get_args

from anthropic.types.model import Model

from tests.upstream.steps import Refuse
from tests.upstream.tokens import as_blocks, prefix_hash

SECRET = b"signs thinking"
PICTURES = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8\xff",
    "image/webp": b"RIFF",
    "image/gif": b"GIF8",
}
SEARCH_BLOCKS = ("server_tool_use", "web_search_tool_result")
SAMPLING = ("temperature", "top_p", "top_k")
MAX_PICTURE = 5 * 1024 * 1024  # of base64
MAX_BODY = 32 * 1024 * 1024
_NO_SAMPLING_VERSION = "2026-10-21"
_KNOWN = {*get_args(get_args(Model)[0]), "claude-3-5-haiku-20241022"}
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_ALWAYS_THINK = ("fable", "mythos")


def generation(model: str) -> tuple[int, int]:
    """(4, 7) for claude-opus-4-7."""
    numbers = re.findall(r"-(\d{1,2})(?=-|$)", model)
    if not numbers:
        return (4, 7)
    return (int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 0)


def sign(body: dict[str, Any], messages: list[dict[str, Any]], thinking: str) -> str:
    """The signature of a thinking block that answers these messages; from 5.1 on it covers them too."""
    bound = prefix_hash(body, messages) if generation(body["model"]) >= (5, 1) else ""
    return hmac.new(SECRET, f"{body['model']}\n{bound}\n{thinking}".encode(), hashlib.sha256).hexdigest()


def refusal(body: Any, headers: dict[str, str], key: str) -> Refuse | None:
    """The refusal of this request, or None where it is acceptable."""
    given = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
    if given != key:
        return Refuse(401, "authentication_error", "invalid x-api-key")
    if "anthropic-version" not in headers:
        return _invalid("anthropic-version: header is required")
    if not isinstance(body, dict):
        return _invalid("The request body is not valid JSON")
    model = body.get("model")
    if not isinstance(model, str) or model not in _KNOWN:
        return Refuse(404, "not_found_error", f"model: {model}")
    checks = (
        _check_limits,
        _check_sampling,
        _check_thinking,
        _check_messages,
        _check_files,
        _check_tools,
        _check_searches,
        _check_signatures,
    )
    try:
        problem = next((problem for check in checks for problem in check(body, headers)), None)
    except (KeyError, TypeError, AttributeError) as error:
        return _invalid(f"malformed request: {error!r}")
    return _invalid(problem) if problem else None


def _invalid(message: str) -> Refuse:
    return Refuse(400, "invalid_request_error", message)


def _check_limits(body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    limit = body.get("max_tokens")
    if not isinstance(limit, int) or limit < 1:
        yield "max_tokens: Field required"
    elif limit > (128_000 if generation(body["model"]) >= (4, 6) else 64_000):
        yield f"max_tokens: {limit} is more than this model's maximum"
    marks = [block for block in _all_blocks(body) if "cache_control" in block]
    if len(marks) > 4:
        yield f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}."


def _check_sampling(body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    newer = generation(body["model"]) >= (4, 7) or headers["anthropic-version"] >= _NO_SAMPLING_VERSION
    for name in SAMPLING:
        if name in body and newer:
            yield f"`{name}` is deprecated for this model"
        elif name == "temperature" and name in body and (body.get("thinking") or {}).get("type") == "enabled":
            yield "`temperature` may only be set to 1 when thinking is enabled"


def _check_thinking(body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    kind = (body.get("thinking") or {}).get("type")
    if kind is None:
        return
    model, version = body["model"], generation(body["model"])
    always = any(name in model for name in _ALWAYS_THINK) or model == "claude-opus-5-5"
    budget = body["thinking"].get("budget_tokens", 0)
    if kind == "enabled" and version >= (4, 7):
        yield '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive".'
    elif kind == "enabled" and not 1024 <= budget < body["max_tokens"]:
        yield "thinking.enabled.budget_tokens: must be at least 1024 and less than max_tokens"
    elif kind == "adaptive" and version < (4, 6):
        yield "adaptive thinking is not supported on this model"
    elif kind == "disabled" and (always or model == "claude-sonnet-5-5"):
        yield '"thinking.type.disabled" is not supported for this model.'
    elif kind == "between_tools" and model != "claude-sonnet-5-5":
        yield '"thinking.type.between_tools" is not supported for this model.'


def _check_messages(body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "messages: at least one message is required"
        return
    if messages[0]["role"] != "user":
        yield "messages: first message must use the user role"
    paused = any(block["type"] in SEARCH_BLOCKS for block in as_blocks(messages[-1]["content"]))
    if messages[-1]["role"] == "assistant" and not paused and generation(body["model"]) >= (4, 6):
        yield "This model does not support assistant message prefill. The conversation must end with a user message."
    for n, message in enumerate(messages):
        final_answer = message["role"] == "assistant" and n == len(messages) - 1
        if not message["content"] and not final_answer:
            yield f"messages.{n}: all messages must have non-empty content"
    for block in [*as_blocks(body.get("system") or []), *_message_blocks(body)]:
        if block["type"] == "text" and not block["text"].strip():
            yield "messages: text content blocks must be non-empty"


def _check_files(body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    """Pictures and PDFs in base64, whose content is what they say they are."""
    for n, message in enumerate(body["messages"]):
        for block in as_blocks(message["content"]):
            if block["type"] not in ("image", "document"):
                continue
            if message["role"] != "user":
                yield f"messages.{n}: `{block['type']}` blocks are only permitted in user messages"
            source = block["source"]
            try:
                data = base64.b64decode(source["data"], validate=True)
            except binascii.Error:
                yield f"messages.{n}: invalid base64 data"
                continue
            known = PICTURES if block["type"] == "image" else {"application/pdf": b"%PDF-"}
            if source["type"] != "base64" or source["media_type"] not in known:
                yield f"messages.{n}: media_type: Input should be one of {list(known)}"
            elif not data.startswith(known[source["media_type"]]):
                yield f"messages.{n}: the content does not match the media type {source['media_type']}"
            elif block["type"] == "image" and len(source["data"]) > MAX_PICTURE:
                yield f"messages.{n}: image exceeds 5 MB maximum"


def _check_tools(body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    """Each tool_use is answered in the next user turn, before its text; each tool_result answers the turn before."""
    merged = _merged(body["messages"])
    for n, (role, blocks) in enumerate(merged):
        if role == "assistant":
            used = [block["id"] for block in blocks if block["type"] == "tool_use"]
            if not all(_ID.fullmatch(use) for use in used):
                yield f"messages.{n}: `tool_use.id`: String should match pattern '^[a-zA-Z0-9_-]+$'"
            names = [block["name"] for block in blocks if block["type"] == "tool_use"]
            if not all(_TOOL_NAME.fullmatch(name) for name in names):
                yield f"messages.{n}: `tool_use.name`: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
            answers = merged[n + 1][1] if n + 1 < len(merged) else []
            answered = {block["tool_use_id"] for block in answers if block["type"] == "tool_result"}
            missing = [use for use in used if use not in answered]
            if missing:
                yield f"messages.{n}: `tool_use` ids were found without `tool_result` blocks immediately after: {missing}"
            continue
        before = {block["id"] for block in merged[n - 1][1] if block["type"] == "tool_use"} if n else set()
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if any(result not in before for result in results) or len(set(results)) != len(results):
            yield f"messages.{n}: unexpected `tool_use_id` found in `tool_result` blocks"
        if results and blocks[0]["type"] != "tool_result":
            yield f"messages.{n}: `tool_result` blocks must come first in the content"


def _check_searches(body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    """The server's own searches come back as they went, each with its result but one of the last turn."""
    merged = _merged(body["messages"])
    asked: set[str] = set()
    for n, (role, blocks) in enumerate(merged):
        for block in blocks:
            if block["type"] in SEARCH_BLOCKS and (
                role != "assistant" or "web_search" not in {t["name"] for t in body.get("tools") or []}
            ):
                yield f"messages.{n}: `{block['type']}` blocks need the tool web_search"
            if block["type"] == "server_tool_use":
                asked.add(block["id"])
            elif block["type"] == "web_search_tool_result":
                if block["tool_use_id"] not in asked:
                    yield f"messages.{n}: unexpected `tool_use_id` in `web_search_tool_result`"
                asked.discard(block["tool_use_id"])
                found = block["content"] if isinstance(block["content"], list) else []
                if any(each["encrypted_content"] != f"sealed-{each['url']}==" for each in found):
                    yield f"messages.{n}: Invalid `encrypted_content`"
            for each in block.get("citations") or []:
                if each["encrypted_index"] != f"sealed-{each['url']}":
                    yield f"messages.{n}: Invalid `encrypted_index`"
        if asked and role == "user" and not any(block["type"] == "tool_result" for block in blocks):
            yield f"messages.{n}: `server_tool_use` ids were found without a result: {sorted(asked)}"


def _check_signatures(body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
    for n, message in enumerate(body["messages"]):
        for block in as_blocks(message["content"]):
            if block["type"] == "thinking":
                text, before = block["thinking"], body["messages"][:n]
                if not hmac.compare_digest(block.get("signature", ""), sign(body, before, text)):
                    yield f"messages.{n}: Invalid `signature` in `thinking` block"
            if block["type"] == "redacted_thinking" and not block["data"].startswith("sealed-"):
                yield f"messages.{n}: Invalid `data` in `redacted_thinking` block"


def _merged(messages: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Neighbours of one role are one turn, as the API takes them."""
    merged: list[tuple[str, list[dict[str, Any]]]] = []
    for message in messages:
        blocks = as_blocks(message["content"])
        if merged and merged[-1][0] == message["role"]:
            merged[-1][1].extend(blocks)
        else:
            merged.append((message["role"], list(blocks)))
    return merged


def _message_blocks(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for message in body.get("messages") or [] for block in as_blocks(message["content"])]


def _all_blocks(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [*(body.get("tools") or []), *as_blocks(body.get("system") or []), *_message_blocks(body)]
