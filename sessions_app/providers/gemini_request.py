"""From a `base.Request` to the body of Google's `streamGenerateContent`, as its REST reference names the fields. Pure.

The SDK's typed values would be checked and converted anew at each call; what goes out would be the same.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sessions_app.providers import catalog
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
from sessions_app.providers.turns import NOTHING, UNREADABLE, encodable, fenced

PROVIDER = "gemini"

# https://ai.google.dev/gemini-api/docs/image-understanding: no GIF among them.
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})
NO_GIF = "(The picture “{name}” is not shown: this model does not take {kind}.)"

# From Gemini 3 on the first call of each step must carry the signature that came with it, or the request is refused.
# For calls of other models Google names this stand-in: https://ai.google.dev/gemini-api/docs/thought-signatures
STAND_IN = "skip_thought_signature_validator"
_UNSIGNED = ("gemini-1", "gemini-2")

SIGNATURE = "thoughtSignature"
_TAKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")  # names of functions: more than other APIs take
_LEAST_UNASKED = (
    1_024  # tokens, where thinking comes out of the same ones as the answer without being asked for
)


def build(request: Request) -> dict[str, Any]:
    """The body, always encodable as UTF-8. Raises UnknownModel."""
    info = request.info or catalog.model_or_default(request.model, PROVIDER)
    body: dict[str, Any] = {
        "contents": list(_contents(request)),
        "generationConfig": _generation(request, info),
    }
    if request.system.strip():
        body["systemInstruction"] = {"parts": [{"text": request.system}]}
    if declared := [_declaration(*fields) for fields in _tool_fields(request)]:
        body["tools"] = [{"functionDeclarations": declared}]
        if not request.tools:
            body["toolConfig"] = {"functionCallingConfig": {"mode": "NONE"}}
    return encodable(body)


def _generation(request: Request, info: ModelInfo) -> dict[str, Any]:
    """Thinking counts as output, so that a model that thinks unasked is told to do so as little as it can."""
    most = min(request.max_tokens, info.max_output)
    settings: dict[str, Any] = {"maxOutputTokens": most}
    if request.temperature is not None and info.sampling:
        settings["temperature"] = request.temperature
    least = catalog.thinking_when_off(request.model)
    if request.thinking and info.thinking:
        settings["thinkingConfig"] = {"includeThoughts": True}
    elif least:
        settings["thinkingConfig"] = {"thinkingLevel": least.upper()}
        settings["maxOutputTokens"] = max(most, _LEAST_UNASKED)
    return settings


def _tool_fields(request: Request) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The tools of a request; where there are none any more, those that the history names, which nobody may call."""
    if request.tools:
        yield from ((tool.name, tool.description, tool.schema) for tool in request.tools)
        return
    for name in sorted(
        {part.name for turn in request.turns for part in turn.parts if isinstance(part, ToolUse)}
    ):
        yield _name(name), "Switched off in this session.", {"type": "object", "properties": {}}


def _declaration(name: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """`parametersJsonSchema` takes JSON schema; `parameters` would take but a part of it."""
    return {
        "name": name,
        "description": description,
        "parametersJsonSchema": {"type": "object", **schema},
    }


def _contents(request: Request) -> Iterator[dict[str, Any]]:
    signs = not request.model.startswith(_UNSIGNED)
    names: dict[str, str] = {}
    for turn in request.turns:
        if turn.role == "assistant":
            names |= {part.id: _name(part.name) for part in turn.parts if isinstance(part, ToolUse)}
            parts = _answered(turn, request.model, signs)
        else:
            parts = _asked(turn, names)
        if parts:
            yield {"role": "model" if turn.role == "assistant" else "user", "parts": parts}


def _asked(turn: Turn, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Results come first: they answer the calls right before."""
    parts = sorted(turn.parts, key=lambda part: not isinstance(part, ToolResult))
    return [made for part in parts if (made := _said(part, names)) is not None]


def _said(part: Part, names: Mapping[str, str]) -> dict[str, Any] | None:
    match part:
        case Text(text=text):
            return {"text": text} if text.strip() else None
        case ToolResult():
            told = {"error" if part.is_error else "output": part.content if part.content.strip() else NOTHING}
            response = {"id": part.tool_use_id, "name": names.get(part.tool_use_id, "tool"), "response": told}
            return {"functionResponse": response}
        case Picture() | Document():
            return _file(part)
        case FileText():
            return {"text": fenced(part)}
    return None


def _answered(turn: Turn, model: str, signs: bool) -> list[dict[str, Any]]:
    """What a model said, each call with the signature that came with it."""
    signatures = signatures_of(turn.parts, model)
    parts: list[dict[str, Any]] = []
    for part in turn.parts:
        if isinstance(part, Text) and part.text.strip():
            parts.append({"text": part.text})
        elif isinstance(part, ToolUse):
            first = not any("functionCall" in made for made in parts)
            name = _name(part.name)
            call: dict[str, Any] = {"id": part.id, "name": name, "args": dict(part.input)}
            own = signatures.get(part.id) if name == part.name else None
            signature = own or (STAND_IN if signs and first else "")
            parts.append({"functionCall": call} | ({SIGNATURE: signature} if signature else {}))
    return parts


def signatures_of(parts: Iterable[Part], model: str) -> dict[str, str]:
    """Signatures of this very model by the keys of the calls they came with."""
    return {
        str(part.block.get("call")): str(part.block[SIGNATURE])
        for part in parts
        if isinstance(part, Raw)
        and (part.provider, part.model) == (PROVIDER, model)
        and SIGNATURE in part.block
    }


def _name(given: str) -> str:
    """A tool's name as Google takes it; one that came from there stays as it is."""
    if _TAKEN.fullmatch(given):
        return given
    made = fitting(given)
    return made if _TAKEN.fullmatch(made) else f"_{made[1:]}"


def _file(part: Picture | Document) -> dict[str, Any]:
    """A picture or PDF in base64; one that is gone from the disk is told of, the rest of the message stands."""
    kind = part.media_type if isinstance(part, Picture) else "application/pdf"
    if isinstance(part, Picture) and kind not in PICTURES:
        return {"text": NO_GIF.format(name=part.name, kind=kind.removeprefix("image/").upper())}
    try:
        data = base64.standard_b64encode(part.load()).decode("ascii")
    except OSError:
        return {"text": UNREADABLE.format(name=part.name)}
    return {"inlineData": {"mimeType": kind, "data": data}}
