"""Sessions on their way out and in again, and what may differ afterwards."""

from __future__ import annotations

import json
from typing import Any

from export_app.actions.building import build_session
from export_app.importers.workspace import read_session, schema
from export_app.renderers import formats
from export_app.transcript import Transcript
from sessions_app.doctor import examine
from sessions_app.models import ChatSession, User


def exported(chat: ChatSession, **options: Any) -> bytes:
    chosen = formats()["json"].chosen(options)
    told = formats()["json"].transcript(Transcript(ChatSession.objects.get(pk=chat.pk)), chosen)
    return b"".join(formats()["json"].render(told, chosen))


def imported(data: bytes, owner: User, notes: list[str] | None = None) -> ChatSession:
    parsed = read_session(data)
    return build_session(
        owner=owner,
        source="workspace",
        head=parsed.head,
        entries=parsed.walked(),
        key=parsed.key,
        notes=notes,
    )


def carried(chat: ChatSession, owner: User) -> ChatSession:
    """Out and in again, sound, and the same text but for what the schema says."""
    before = exported(chat)
    notes: list[str] = []
    new = imported(before, owner, notes)
    assert not notes
    assert examine() == []
    assert same_text(exported(new)) == same_text(before)
    return new


def same_text(data: bytes) -> str:
    """The file with each field that the schema says an import changes put the same: keys by the order in which they
    come. Everything else stays as it is, byte for byte."""
    text = data.decode()
    keys: dict[str, None] = {}
    said: dict[str, None] = {}
    for how, value in marked(json.loads(text), schema()):
        if value is not None:
            (keys if how == "renamed" else said)[json.dumps(value, ensure_ascii=False)] = None
    for number, key in enumerate(keys):
        text = text.replace(key, f'"key {number}"')
    head, _, rest = text.partition('"messages":[')
    changed = json.loads(head[:-1] + "}")["session"]
    for name in ("owner", "parent", "branched_from"):
        head = head.replace(f'"{name}":{json.dumps(changed[name], ensure_ascii=False)}', f'"{name}":0')
    return head + rest


def marked(value: Any, part: dict[str, Any]) -> list[tuple[str, Any]]:
    """Values whose schema says that an import changes them, and how, in their order."""
    whole = schema()
    found: list[tuple[str, Any]] = []
    if how := part.get("x-on-import"):
        return [(how, value)]
    if "$ref" in part:
        found += marked(value, whole["$defs"][part["$ref"].rpartition("/")[2]])
    for each in part.get("anyOf", []):
        if value is not None and "$ref" in each:
            found += marked(value, each)
    for each in part.get("allOf", []):
        if each["if"]["properties"]["kind"]["const"] == value.get("kind"):
            found += marked(value, each["then"])
    if isinstance(value, dict):
        for name, below in part.get("properties", {}).items():
            found += marked(value[name], below) if name in value else []
    elif isinstance(value, list) and "items" in part:
        for each in value:
            found += marked(each, part["items"])
    return found
