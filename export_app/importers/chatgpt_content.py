"""What stands in one node of ChatGPT's data export."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from export_app.document import File

from . import foreign
from .containers import Asset
from .foreign import Assembly, LeftOut, each, text_of, whole, within

Assets = Callable[[str], Asset | None]
OUT_OF_SIGHT = ("user_editable_context", "model_editable_context", "reasoning_recap")
POINTERS = ("image_asset_pointer", "audio_asset_pointer", "video_container_asset_pointer")
_MARKER = re.compile(r"\ue200.*?\ue201|[\ue200-\ue2ff]", re.DOTALL)
_LAST_MARKERS = re.compile(rf"[ \t]*(?:{_MARKER.pattern})+(?=[\s.,;:!?)\]]|\Z)", re.DOTALL)
_FENCE = re.compile(r"`{3,}")


def role(message: Mapping[str, Any]) -> str:
    return text_of(within(message.get("author")).get("role"))


def kind(message: Mapping[str, Any]) -> str:
    return text_of(within(message.get("content")).get("content_type"))


def is_shown(message: Mapping[str, Any], left: LeftOut) -> bool:
    """Whether a person sees it: neither instructions, nor hidden, nor empty."""
    metadata = within(message.get("metadata"))
    if kind(message) == "user_editable_context":
        left.said.append("Custom instructions are not taken in.")
    if role(message) not in ("user", "assistant", "tool") or kind(message) in OUT_OF_SIGHT:
        return False
    if metadata.get("is_visually_hidden_from_conversation") is True:
        return False
    if message.get("weight") == 0 and role(message) != "tool":
        return False
    return not _empty(message)


def _empty(message: Mapping[str, Any]) -> bool:
    content = within(message.get("content"))
    if each(within(message.get("metadata")).get("attachments")):
        return False
    parts = content.get("parts")
    if isinstance(parts, list):
        return not any(part.strip() if isinstance(part, str) else part for part in parts)
    told = ("text", "result", "summary", "thoughts", "content", "title", "url")
    return kind(message) in KNOWN and not any(content.get(name) for name in told)


# ---------------------------------------------------------------- words


def text(message: Mapping[str, Any], left: LeftOut) -> str:
    """What it says, without marks that only the former program could read."""
    content, what = within(message.get("content")), kind(message)
    if what in ("text", "multimodal_text"):
        found = "\n\n".join(piece for piece in _pieces(content, left) if piece.strip())
    elif what in _WORDS:
        found = _WORDS[what](content)
    else:
        found = text_of(content.get("text")) or text_of(content.get("content"))
        left.parts[what or "unnamed"] += not found
    return cleaned(found, within(message.get("metadata")))


def _pieces(content: Mapping[str, Any], left: LeftOut) -> Iterator[str]:
    parts = content.get("parts")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str):
            yield part
        elif isinstance(part, Mapping):
            what = text_of(part.get("content_type"))
            if what in POINTERS or what == "real_time_user_audio_video_asset_pointer":
                continue
            spoken = text_of(part.get("text"))
            left.parts[what or "unnamed"] += not spoken
            yield spoken


def _code(content: Mapping[str, Any]) -> str:
    language = text_of(content.get("language"))
    return fenced(text_of(content.get("text")), "" if language == "unknown" else language)


def _quote(content: Mapping[str, Any]) -> str:
    title = text_of(content.get("title")) or text_of(content.get("domain"))
    return "\n\n".join(filter(None, (title, text_of(content.get("url")), text_of(content.get("text")))))


def _browsed(content: Mapping[str, Any]) -> str:
    return text_of(content.get("result")) or text_of(content.get("summary"))


def _problem(content: Mapping[str, Any]) -> str:
    return ": ".join(filter(None, (text_of(content.get("name")), text_of(content.get("text")))))


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "code": _code,
    "execution_output": lambda content: text_of(content.get("text")),
    "tether_browsing_display": _browsed,
    "tether_quote": _quote,
    "sonic_webpage": _quote,
    "system_error": _problem,
}
KNOWN = {"text", "multimodal_text", "thoughts", *_WORDS}


def fenced(code: str, language: str) -> str:
    longest = max((len(found) for found in _FENCE.findall(code)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{re.sub(r'[^A-Za-z0-9+#-]', '', language)[:20]}\n{code}\n{fence}" if code.strip() else ""


def cleaned(words: str, metadata: Mapping[str, Any]) -> str:
    """Marks of citations become what they stood for, where that is told; else they go."""
    if "\ue200" in words:
        for reference in each(metadata.get("content_references")):
            mark, meant = text_of(reference.get("matched_text")), text_of(reference.get("alt"))
            if mark.startswith("\ue200"):
                words = words.replace(mark, f" {meant}" if meant and not meant[0].isspace() else meant)
    return _MARKER.sub("", _LAST_MARKERS.sub("", words))


# ---------------------------------------------------------------- answers


def add(made: Assembly, key: str, message: Mapping[str, Any], at: datetime, left: LeftOut) -> None:
    """One node of an answer: what the model thought and said, a call of a tool, or what a tool gave."""
    recipient = text_of(message.get("recipient")) or "all"
    if role(message) == "tool":
        _result(made, key, message, at, left)
    elif kind(message) == "thoughts":
        made.say("thinking", "\n\n".join(_thoughts(within(message.get("content")))))
    elif recipient != "all":
        made.call(key, recipient, _given(message, left), at)
    else:
        made.say("text", text(message, left))


def _thoughts(content: Mapping[str, Any]) -> Iterator[str]:
    for thought in each(content.get("thoughts")):
        summary, whole_text = text_of(thought.get("summary")), text_of(thought.get("content"))
        yield "\n\n".join(filter(None, (f"**{summary}**" if summary else "", whole_text)))


def _given(message: Mapping[str, Any], left: LeftOut) -> dict[str, Any]:
    content = within(message.get("content"))
    if kind(message) != "code":
        return {"text": text(message, left)}
    language = text_of(content.get("language"))
    known = {} if language in ("", "unknown") else {"language": language}
    return {**known, "code": text_of(content.get("text"))}


def _result(made: Assembly, key: str, message: Mapping[str, Any], at: datetime, left: LeftOut) -> None:
    name = text_of(within(message.get("author")).get("name")) or "tool"
    words = text(message, left)
    error = words if kind(message) == "system_error" else ""
    made.result(key, name, {"text": words}, at, error)


# ---------------------------------------------------------------- files


def files(message: Mapping[str, Any], asset: Assets, left: LeftOut) -> list[File]:
    """Named in the message or shown in it, each once."""
    found: dict[str, File] = {}
    for each_one in _named(message):
        key = each_one["key"]
        if key not in found:
            found[key] = _file(each_one, asset(key))
            left.files += found[key].read is None
    return list(found.values())


def _named(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for row in each(within(message.get("metadata")).get("attachments")):
        kind_of = text_of(row.get("mime_type")) or text_of(row.get("mimeType"))
        name = text_of(row.get("name"))
        key = text_of(row.get("id")) or name
        if key:
            yield {"key": key[:120], "name": name or key, "type": kind_of, "size": whole(row.get("size"))}
    for part in each(within(message.get("content")).get("parts")):
        if text_of(part.get("content_type")) == "real_time_user_audio_video_asset_pointer":
            part = within(part.get("audio_asset_pointer"))
        pointer = text_of(part.get("asset_pointer"))
        if pointer and text_of(part.get("content_type")) in POINTERS:
            key = (urlsplit(pointer).netloc or pointer.rpartition("/")[2])[:120]
            picture = part["content_type"] == "image_asset_pointer"
            size = whole(part.get("size_bytes"))
            name = "Picture" if picture else "Recording"
            yield {"key": key, "name": name, "type": "image/png" if picture else "audio/wav", "size": size}


def _file(named: Mapping[str, Any], held: Asset | None) -> File:
    if held is None or held.size > settings.MAX_UPLOAD_BYTES:
        return foreign.file(named["key"], named["name"], media_type=named["type"], size=named["size"])
    name = named["name"] if "." in named["name"] else held.name
    return foreign.file(named["key"], name, media_type=named["type"], size=held.size, read=held.read)
