"""From a `base.Request` to the arguments of the SDK's `responses.create`. Pure but for files."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from sessions_app.providers import openai_models
from sessions_app.providers.base import (
    Document,
    File,
    FileText,
    Part,
    Picture,
    Raw,
    Request,
    Text,
    ToolResult,
    ToolUse,
    Turn,
)
from sessions_app.providers.fitting import fitting
from sessions_app.providers.listing import known
from sessions_app.providers.turns import NOTHING, UNREADABLE, encodable, fenced, first_of_reply

PROVIDER = "openai"
_LEAST_OUTPUT = 16
_LEAST_UNASKED = 1_024  # where thinking cannot be switched off: it comes out of the same tokens as the answer
_MOST_NAME = 255


def build(request: Request) -> dict[str, Any]:
    """The arguments, always encodable as UTF-8. Nothing is kept by OpenAI: thinking comes sealed, and goes back so."""
    arguments: dict[str, Any] = {
        "model": request.model,
        "input": list(_items(request)),
        "max_output_tokens": _most_output(request),
        "stream": True,
        "store": False,
    }
    if request.system.strip():
        arguments["instructions"] = request.system
    if request.tools:
        arguments["tools"] = [_tool(tool.name, tool.description, dict(tool.schema)) for tool in request.tools]
    if openai_models.reasons(request.model):
        arguments["reasoning"] = _reasoning(request)
        arguments["include"] = ["reasoning.encrypted_content"]
    elif request.temperature is not None:
        arguments["temperature"] = request.temperature
    return encodable(arguments)


def _most_output(request: Request) -> int:
    info = request.info or known(request.model)
    most = min(request.max_tokens, info.max_output) if info else request.max_tokens
    effort = openai_models.effort(request.model, request.thinking)
    unasked = openai_models.reasons(request.model) and not request.thinking and effort != "none"
    return max(_LEAST_UNASKED if unasked else _LEAST_OUTPUT, most)


def _reasoning(request: Request) -> dict[str, str]:
    effort = openai_models.effort(request.model, request.thinking)
    chosen = {"effort": effort} if effort else {}
    return chosen | {"summary": "auto"} if request.thinking else chosen


def _tool(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Not strict: that takes only some of JSON schema, and is the default where nothing is said."""
    return {
        "type": "function",
        "name": name,
        "description": description,
        "parameters": schema,
        "strict": False,
    }


def _items(request: Request) -> Iterator[dict[str, Any]]:
    begun = first_of_reply(request.turns)
    for position, turn in enumerate(request.turns):
        if turn.role == "user":
            yield from _asked(turn)
        else:
            yield from _answered(turn, request.model if position >= begun else None)


def _asked(turn: Turn) -> Iterator[dict[str, Any]]:
    """Results are items of their own, before what a person said."""
    for part in turn.parts:
        if isinstance(part, ToolResult):
            output = part.content if part.content.strip() else NOTHING
            yield {"type": "function_call_output", "call_id": fitting(part.tool_use_id), "output": output}
    if content := [block for part in turn.parts if (block := _said(part)) is not None]:
        yield {"role": "user", "content": content}


def _said(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text=text) if text.strip():
            return _text(text)
        case FileText():
            return _text(fenced(part))
        case Picture() | Document():
            return _file(part)
    return None


def _text(text: str) -> dict[str, Any]:
    return {"type": "input_text", "text": text}


def _file(part: File) -> dict[str, Any]:
    """A picture or PDF in base64; one that is gone from the disk is told of, the rest of the message stands."""
    try:
        url = data_url(part)
    except OSError:
        return _text(UNREADABLE.format(name=part.name))
    if isinstance(part, Picture):
        return {"type": "input_image", "image_url": url, "detail": "auto"}
    name = part.name if part.name.lower().endswith(".pdf") else f"{part.name}.pdf"
    return {"type": "input_file", "filename": name[-_MOST_NAME:], "file_data": url}


def data_url(part: File) -> str:
    """The file's bytes in base64, after their type. Raises OSError."""
    assert isinstance(part, Picture | Document)
    kind = part.media_type if isinstance(part, Picture) else "application/pdf"
    return f"data:{kind};base64,{base64.standard_b64encode(part.load()).decode('ascii')}"


def _answered(turn: Turn, raw_model: str | None) -> Iterator[dict[str, Any]]:
    items = [item for part in turn.parts if (item := _own(part, raw_model)) is not None]
    while items and items[-1].get("type") == "reasoning":  # refused without the item that it led to
        items.pop()
    yield from items


def _own(part: Part, raw_model: str | None) -> dict[str, Any] | None:
    match part:
        case Text(text=text) if text.strip():
            return {"role": "assistant", "content": text}
        case ToolUse():
            return {
                "type": "function_call",
                "call_id": fitting(part.id),
                "name": fitting(part.name),
                "arguments": json.dumps(dict(part.input), ensure_ascii=False),
            }
        case Raw() if (part.provider, part.model) == (PROVIDER, raw_model):
            return dict(part.block)
    return None
