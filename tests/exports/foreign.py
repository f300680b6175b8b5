"""Conversations as ChatGPT and Claude write them into data exports, small."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

T0 = 1_700_000_000.25
ROOT = "00000000-0000-4000-8000-000000000000"


def node(
    key: str,
    parent: str | None,
    role: str = "user",
    text: Any = "",
    *,
    at: float | None = None,
    name: str | None = None,
    recipient: str = "all",
    content: Mapping[str, Any] | None = None,
    weight: float = 1.0,
    **metadata: Any,
) -> dict[str, Any]:
    """One node of ChatGPT's tree; `text` a string or the parts."""
    parts = text if isinstance(text, list) else [text]
    return {
        "id": key,
        "parent": parent,
        "children": [],
        "message": {
            "id": key,
            "author": {"role": role, "name": name, "metadata": {}},
            "create_time": at,
            "update_time": None,
            "content": dict(content or {"content_type": "text", "parts": parts}),
            "status": "finished_successfully",
            "end_turn": True,
            "weight": weight,
            "metadata": metadata,
            "recipient": recipient,
        },
    }


def chatgpt(
    *nodes: dict[str, Any], current: str | None = None, key: str = "conv-1", **values: Any
) -> dict[str, Any]:
    """A conversation of these nodes below the empty root they all have."""
    root: dict[str, Any] = {"id": "root", "message": None, "parent": None, "children": []}
    mapping: dict[str, Any] = {"root": root}
    for at, each in enumerate(nodes):
        if each["message"] is not None and each["message"]["create_time"] is None:
            each["message"]["create_time"] = T0 + at
        mapping[each["id"]] = each
    for each in nodes:
        if each["parent"] in mapping:
            mapping[each["parent"]]["children"].append(each["id"])
    return {
        "title": "Trip to Lisbon",
        "create_time": T0,
        "update_time": T0 + 1000,
        "mapping": mapping,
        "moderation_results": [],
        "current_node": current or (nodes[-1]["id"] if nodes else "root"),
        "plugin_ids": None,
        "conversation_id": key,
        "id": key,
        "gizmo_id": None,
        "is_archived": False,
        "default_model_slug": "gpt-4o",
        **values,
    }


def plain_chatgpt(key: str = "conv-1", title: str = "Trip to Lisbon", more: int = 0) -> dict[str, Any]:
    """A question with its answer, and `more` of them."""
    nodes = [node("s", "root", "system", "", weight=0.0)]
    before = "s"
    for at in range(1 + more):
        nodes.append(node(f"{key}-q{at}", before, "user", f"Question {at}?"))
        nodes.append(node(f"{key}-a{at}", f"{key}-q{at}", "assistant", f"Answer {at}.", model_slug="gpt-4o"))
        before = f"{key}-a{at}"
    return chatgpt(*nodes, key=key, title=title)


def claude_message(key: str, sender: str, text: str = "", **values: Any) -> dict[str, Any]:
    return {
        "uuid": key,
        "text": text,
        "content": [{"type": "text", "text": text, "citations": []}] if text else [],
        "sender": sender,
        "created_at": "2025-03-01T09:00:00.123456Z",
        "updated_at": "2025-03-01T09:00:09.123456Z",
        "attachments": [],
        "files": [],
        **values,
    }


def claude(
    *messages: dict[str, Any], key: str = "c-1", name: str = "Sourdough", **values: Any
) -> dict[str, Any]:
    return {
        "uuid": key,
        "name": name,
        "created_at": "2025-03-01T08:59:59.000000Z",
        "updated_at": "2025-03-02T10:00:00.000000Z",
        "account": {"uuid": "account-1"},
        "chat_messages": list(messages),
        **values,
    }


def plain_claude(key: str = "c-1", name: str = "Sourdough") -> dict[str, Any]:
    return claude(
        claude_message(f"{key}-1", "human", "How long does it prove?"),
        claude_message(f"{key}-2", "assistant", "Twelve hours in the cold."),
        key=key,
        name=name,
    )


def zipped(files: Mapping[str, Any], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP; values that are no bytes are written as JSON."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as target:
        for name, value in files.items():
            target.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    return made.getvalue()
