"""From a `base.Request` to the arguments of the SDK's `chat.completions.create`, as any server takes them. Pure but for
files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sessions_app.providers.base import (
    Document,
    FileText,
    Part,
    Picture,
    Request,
    Text,
    ToolResult,
    ToolUse,
    Turn,
)
from sessions_app.providers.fitting import fitting
from sessions_app.providers.openai_request import data_url
from sessions_app.providers.turns import NOTHING, UNREADABLE, encodable, fenced

NO_DOCUMENT = (
    "(The file “{name}” is a PDF without text that could be read, and this model does not take PDFs.)"
)


def build(request: Request, model: str) -> dict[str, Any]:
    """The arguments, always encodable as UTF-8. `model` is the server's own id of it."""
    arguments: dict[str, Any] = {
        "model": model,
        "messages": list(_messages(request)),
        "max_tokens": min(request.max_tokens, request.info.max_output)
        if request.info
        else request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        arguments["tools"] = [_tool(tool.name, tool.description, dict(tool.schema)) for tool in request.tools]
    if request.temperature is not None:
        arguments["temperature"] = request.temperature
    return encodable(arguments)


def _tool(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


def _messages(request: Request) -> Iterator[dict[str, Any]]:
    if request.system.strip():
        yield {"role": "system", "content": request.system}
    for turn in request.turns:
        yield from _asked(turn) if turn.role == "user" else _answered(turn)


def _asked(turn: Turn) -> Iterator[dict[str, Any]]:
    """Results are messages of their own, before what a person said. Words alone go as plain text: not every server
    takes parts."""
    for part in turn.parts:
        if isinstance(part, ToolResult):
            content = part.content if part.content.strip() else NOTHING
            yield {"role": "tool", "tool_call_id": fitting(part.tool_use_id), "content": content}
    said = [block for part in turn.parts if (block := _said(part)) is not None]
    if all(block["type"] == "text" for block in said):
        if text := "\n\n".join(block["text"] for block in said):
            yield {"role": "user", "content": text}
    else:
        yield {"role": "user", "content": said}


def _said(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text=text) if text.strip():
            return _text(text)
        case FileText():
            return _text(fenced(part))
        case Document(text=text) if text.strip():
            return _text(fenced(FileText(part.name, text, kind="pdf")))
        case Document():
            return _text(NO_DOCUMENT.format(name=part.name))
        case Picture():
            return _picture(part)
    return None


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _picture(part: Picture) -> dict[str, Any]:
    """In base64; one that is gone from the disk is told of, the rest of the message stands."""
    try:
        return {"type": "image_url", "image_url": {"url": data_url(part)}}
    except OSError:
        return _text(UNREADABLE.format(name=part.name))


def _answered(turn: Turn) -> Iterator[dict[str, Any]]:
    """Never without content: some servers' templates cannot do with null."""
    text = "\n\n".join(part.text for part in turn.parts if isinstance(part, Text) and part.text.strip())
    calls = [_call(part) for part in turn.parts if isinstance(part, ToolUse)]
    if text or calls:
        yield {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})


def _call(part: ToolUse) -> dict[str, Any]:
    given = json.dumps(dict(part.input), ensure_ascii=False)
    return {
        "id": fitting(part.id),
        "type": "function",
        "function": {"name": fitting(part.name), "arguments": given},
    }
