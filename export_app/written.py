"""The document written down as plain data, and read again: what the JSON format is (`schema/session-1.json`). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sessions_app.rendering.clean import clean_text

from .document import Answered, Call, Entry, File, Head, Remark, Revision, Spent

FORMAT = "workspace-session"
VERSION = 1
WHOLE = 1e16  # from here on PostgreSQL keeps a whole number as an integer

IDS = ("id", "parent", "chosen", "context_from", "branched_from")
"""Names of fields that hold keys: another workspace, or another import, gives its own."""


def moment(value: datetime | None) -> str | None:
    """ISO 8601 in UTC with microseconds: "2026-11-20T09:12:04.120000Z"."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if value else None


def money(value: Decimal | None) -> str | None:
    """USD with all its digits, none of them in a power of ten."""
    return None if value is None else format(value.normalize() + 0, "f")


def ordered(value: Any) -> Any:
    """A free value as every database gives it back: its keys in alphabetical order, no zero below zero, and large whole
    numbers without a power of ten. Its texts are as all that enter: what a tool gave may hold controls of terminals."""
    match value:
        case str():
            return clean_text(value)
        case Mapping():
            told = {clean_text(key): each for key, each in value.items()}
            return {key: ordered(told[key]) for key in sorted(told)}
        case list() | tuple():
            return [ordered(each) for each in value]
        case float() if value.is_integer() and (abs(value) >= WHOLE or not value):
            return int(value) if value else 0.0
    return value


def head_data(head: Head) -> dict[str, Any]:
    return {
        "id": head.id,
        "title": head.title,
        "title_source": head.title_source,
        "kind": head.kind,
        "owner": head.owner,
        "provider": head.provider,
        "model": head.model,
        "settings": ordered(head.settings),
        "tags": list(head.tags),
        "starred": head.starred,
        "created_at": moment(head.created_at),
        "last_activity_at": moment(head.last_activity_at),
        "archived_at": moment(head.archived_at),
        "parent": head.parent,
        "branched_from": head.branched_from,
        "context_from": head.context_from,
        "calls": [spent_data(each) for each in head.calls],
    }


def spent_data(spent: Spent) -> dict[str, Any]:
    return {
        **{name: getattr(spent, name) for name in Spent.__slots__},
        "cost": money(spent.cost),
        "at": moment(spent.at),
    }


def entry_data(entry: Entry) -> dict[str, Any]:
    """Without the files' contents: the renderer writes those a piece at a time."""
    return {
        "id": entry.id,
        "parent": entry.parent,
        "role": entry.role,
        "author": entry.author,
        "model": entry.model,
        "created_at": moment(entry.created_at),
        "shown": entry.shown,
        "chosen": entry.chosen,
        "content": entry.content,
        "parts": ordered(entry.parts),
        "revisions": [
            {
                "parts": ordered(each.parts),
                "content": each.content,
                "at": moment(each.at),
                "by": each.by,
            }
            for each in entry.revisions
        ],
        "reply": None if entry.reply is None else reply_data(entry.reply),
        "tool_calls": [
            {
                **{name: getattr(call, name) for name in Call.__slots__},
                "error": clean_text(call.error),
                "input": ordered(call.input),
                "result": ordered(call.result),
                "created_at": moment(call.created_at),
            }
            for call in entry.tool_calls
        ],
        "files": [
            {
                **{name: getattr(file, name) for name in File.__slots__ if name != "read"},
                "text": clean_text(file.text),
            }
            for file in entry.files
        ],
        "calls": [spent_data(each) for each in entry.calls],
        "marks": [
            {
                **{name: getattr(mark, name) for name in Remark.__slots__},
                "created_at": moment(mark.created_at),
            }
            for mark in entry.marks
        ],
    }


def reply_data(reply: Answered) -> dict[str, Any]:
    times = ("started_at", "first_token_at", "finished_at")
    plain = {name: getattr(reply, name) for name in Answered.__slots__}
    plain["error_message"] = clean_text(reply.error_message)
    plain["model_config"] = ordered(reply.model_config)
    return {**plain, **{name: moment(getattr(reply, name)) for name in times}}


# ---------------------------------------------------------------- from data (already checked against the schema)


def instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value)


def head_from(data: Mapping[str, Any]) -> Head:
    return Head(
        **{
            name: data[name]
            for name in ("id", "title", "title_source", "kind", "owner", "provider", "model", "settings")
        },
        tags=tuple(data["tags"]),
        starred=data["starred"],
        created_at=_at(data["created_at"]),
        last_activity_at=_at(data["last_activity_at"]),
        archived_at=instant(data["archived_at"]),
        parent=data["parent"],
        branched_from=data["branched_from"],
        context_from=data["context_from"],
        calls=tuple(spent_from(each) for each in data["calls"]),
    )


def spent_from(data: Mapping[str, Any]) -> Spent:
    cost = data["cost"]
    known = {name: data[name] for name in Spent.__slots__}
    return Spent(**{**known, "cost": None if cost is None else Decimal(cost), "at": _at(data["at"])})


def entry_from(data: Mapping[str, Any]) -> Entry:
    """Files come without `read`: whoever reads the document adds it."""
    return Entry(
        **{
            name: data[name]
            for name in ("id", "parent", "role", "author", "model", "shown", "chosen", "content")
        },
        created_at=_at(data["created_at"]),
        parts=tuple(data["parts"]),
        revisions=tuple(
            Revision(tuple(each["parts"]), each["content"], instant(each["at"]), each["by"])
            for each in data["revisions"]
        ),
        reply=None if data["reply"] is None else reply_from(data["reply"]),
        tool_calls=tuple(
            Call(**{**{name: each[name] for name in Call.__slots__}, "created_at": _at(each["created_at"])})
            for each in data["tool_calls"]
        ),
        files=tuple(
            File(**{name: each[name] for name in File.__slots__ if name != "read"}) for each in data["files"]
        ),
        calls=tuple(spent_from(each) for each in data["calls"]),
        marks=tuple(
            Remark(
                **{**{name: each[name] for name in Remark.__slots__}, "created_at": _at(each["created_at"])}
            )
            for each in data["marks"]
        ),
    )


def reply_from(data: Mapping[str, Any]) -> Answered:
    times = ("started_at", "first_token_at", "finished_at")
    known = {name: data[name] for name in Answered.__slots__}
    return Answered(**{**known, **{name: instant(data[name]) for name in times}})
