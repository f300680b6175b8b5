"""From a `base.Request` to the arguments of the SDK's `messages.create`. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from sessions_app.providers import anthropic_search, catalog
from sessions_app.providers.base import (
    Document,
    FileText,
    ModelInfo,
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
from sessions_app.providers.turns import NOTHING, UNREADABLE, encodable, fenced, first_of_reply

PROVIDER = "anthropic"

# The first version refuses sampling parameters for every model, the second takes them where the model does.
SAMPLING_VERSION = "2023-06-01"

_EPHEMERAL = {"type": "ephemeral"}
_LEAST_BUDGET = 1024
MOST_TITLE = 255


def build(request: Request, version: str | None = None) -> dict[str, Any]:
    """The arguments, always encodable as UTF-8. `version` is the API version that was set, if any."""
    info = request.info or catalog.model_or_default(request.model, PROVIDER)
    thinking = _thinking(request, info)
    arguments: dict[str, Any] = {
        "model": request.model,
        "max_tokens": min(request.max_tokens, info.max_output),
        "messages": _messages(request),
        "stream": True,
    }
    if thinking:
        arguments["thinking"] = thinking
    searches = anthropic_search.SEARCH in request.server_tools
    tools = [_tool(*fields) for fields in _tool_fields(request)]
    if searches:
        tools.append(dict(anthropic_search.TOOL))
    if tools:
        arguments["tools"] = tools
        if not request.tools and not searches:
            arguments["tool_choice"] = {"type": "none"}
    if request.system.strip():
        arguments["system"] = [{"type": "text", "text": request.system}]
    if request.temperature is not None and info.sampling and thinking.get("type", "disabled") == "disabled":
        arguments["extra_body"] = {"temperature": request.temperature}
        if version is None:
            arguments["extra_headers"] = {"anthropic-version": SAMPLING_VERSION}
    _mark_for_caching(arguments)
    return encodable(arguments)


def _tool_fields(request: Request) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The tools of a request. A history with calls must define tools even where none may be called any more: then
    those it names, which nobody may call."""
    if request.tools:
        yield from ((tool.name, tool.description, dict(tool.schema)) for tool in request.tools)
        return
    parts = [part for turn in request.turns for part in turn.parts]
    for name in sorted({part.name for part in parts if isinstance(part, ToolUse)}):
        yield fitting(name), "Switched off in this session.", {"type": "object", "properties": {}}


def _tool(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "description": description, "input_schema": schema}


def _thinking(request: Request, info: ModelInfo) -> dict[str, Any]:
    """Newer models think unless told not to, some whatever they are told, and hide the text unless asked."""
    when_off = catalog.thinking_when_off(request.model)
    if when_off == "always" or (request.thinking and info.thinking == "adaptive"):
        return {"type": "adaptive", "display": "summarized"}
    if request.thinking and info.thinking == "enabled":
        budget = min(request.max_tokens, info.max_output) // 2
        return {"type": "enabled", "budget_tokens": budget} if budget >= _LEAST_BUDGET else {}
    return {"type": when_off} if when_off else {}


def _messages(request: Request) -> list[dict[str, Any]]:
    begun = first_of_reply(request.turns)
    messages = []
    for position, turn in enumerate(request.turns):
        blocks = _blocks(turn, request, signed=position >= begun)
        if blocks:
            messages.append({"role": turn.role, "content": blocks})
    return messages


def _blocks(turn: Turn, request: Request, *, signed: bool) -> list[dict[str, Any]]:
    """Results come first, as the API wants them; blank text is left out, as it refuses it. `signed` thinking goes along,
    and blocks of the provider's own search where it may be used."""
    raw_model = request.model if signed else None
    own_model = request.model if request.server_tools else None
    parts = sorted(turn.parts, key=lambda part: not isinstance(part, ToolResult))
    return [block for part in parts if (block := _block(part, raw_model, own_model)) is not None]


def _block(part: Part, raw_model: str | None, own_model: str | None) -> dict[str, Any] | None:
    match part:
        case Text(own=Raw() as own) if (own.provider, own.model) == (PROVIDER, own_model):
            return dict(own.block)
        case Text(text=text):
            return {"type": "text", "text": text} if text.strip() else None
        case ToolUse():
            return {
                "type": "tool_use",
                "id": fitting(part.id),
                "name": fitting(part.name),
                "input": dict(part.input),
            }
        case ToolResult():
            result = {
                "type": "tool_result",
                "tool_use_id": fitting(part.tool_use_id),
                "content": part.content,
            }
            if not part.content.strip():
                result["content"] = NOTHING
            return result | {"is_error": True} if part.is_error else result
        case Picture() | Document():
            return _file(part)
        case FileText():
            return {"type": "text", "text": fenced(part)}
        case Raw():
            return dict(part.block) if (part.provider, part.model) == (PROVIDER, raw_model) else None


def _file(part: Picture | Document) -> dict[str, Any]:
    """A picture or PDF in base64; one that is gone from the disk is told of, the rest of the message stands."""
    try:
        data = base64.standard_b64encode(part.load()).decode("ascii")
    except OSError:
        return {"type": "text", "text": UNREADABLE.format(name=part.name)}
    if isinstance(part, Picture):
        return {
            "type": "image",
            "source": {"type": "base64", "media_type": part.media_type, "data": data},
        }
    source = {"type": "base64", "media_type": "application/pdf", "data": data}
    return {"type": "document", "source": source, "title": part.name[:MOST_TITLE]}


def _mark_for_caching(arguments: dict[str, Any]) -> None:
    """The 4 breakpoints: the fixed head (tools come before the system prompt), the two last user turns, and the one
    before them in which a person speaks.

    The last user turn writes the prefix that the next call reads; the one before is what this call reads, within a reply
    and where a reply ended with tool results. An answer's thinking goes when it has ended, so that the prefix is the same
    only up to its question: that is the fourth, for a lookup goes back no more than 20 blocks from a breakpoint
    (platform.claude.com/docs/en/build-with-claude/prompt-caching), and an answer with many tools has more.
    """
    head = arguments.get("system") or arguments.get("tools")
    if head:
        head[-1]["cache_control"] = _EPHEMERAL
    user_turns = [message for message in arguments["messages"] if message["role"] == "user"]
    spoken = [
        turn for turn in user_turns[:-2] if any(each["type"] != "tool_result" for each in turn["content"])
    ]
    for message in [*spoken[-1:], *user_turns[-2:]]:
        message["content"][-1]["cache_control"] = _EPHEMERAL
