"""What of a document strangers are shown: built anew from what is chosen, so that nothing else can be in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from export_app.document import Answered, Call, Entry, File, Head, Kept, Part, Spent, unnamed
from export_app.referring import TOOL, result_without_keys, without_keys
from export_app.written import entry_data, entry_from, head_data, head_from, money
from sessions_app.agent.cards import is_card, read
from sessions_app.models import Reply

UNFINISHED = frozenset(str(status) for status in (*Reply.GROWING, Reply.Status.WAITING))


def narrowed(asked: Kept, shown: Kept) -> Kept:
    """What both tell: what a reader asks for never adds to what a link shows."""
    return Kept(**{name: getattr(asked, name) and getattr(shown, name) for name in Kept.__slots__})


def unfinished(entry: Entry) -> bool:
    return entry.reply is not None and entry.reply.status in UNFINISHED


def head_for(head: Head, kept: Kept, *, key: str, title: str, count: int) -> Head:
    """Of the session its title, times and model; tags, settings and where it came from are its owner's."""
    return Head(
        id=key,
        title=title,
        owner=head.owner if kept.names else "",
        kind=head.kind,
        title_source=head.title_source,
        provider=head.provider,
        model=head.model,
        settings={},
        tags=(),
        starred=False,
        created_at=head.created_at,
        last_activity_at=head.last_activity_at,
        calls=tuple(map(spent_for, head.calls)) if kept.costs else (),
        model_label=head.model_label,
        message_count=count,
        total_tokens=head.total_tokens if kept.costs else 0,
        total_cost=head.total_cost if kept.costs else None,
        part=head.part,
    )


def entry_for(entry: Entry, kept: Kept, position: int, *, referring: bool = False) -> Entry:
    """One message, its keys replaced by its place. Of an answer that is being written it is said that it is, no more.
    `referring` keeps the keys of passages that it refers to, for who has an account: their rights are asked when these are
    looked up.

    The session's other versions, former texts, marks, instructions and errors are in no entry."""
    writing = unfinished(entry)
    calls = {call.id: f"{position}-{number}" for number, call in enumerate(entry.tool_calls, 1)}
    files = {file.id: f"{position}-{number}" for number, file in enumerate(entry.files, 1)}
    parts = (part_for(part, kept, calls, files, referring=referring) for part in entry.parts)
    return Entry(
        id=str(position),
        parent=str(position - 1) if position > 1 else None,
        role=entry.role,
        author=entry.author if kept.names else "",
        model=entry.model,
        created_at=entry.created_at,
        shown=True,
        chosen=None,
        content="" if writing else entry.content,
        parts=() if writing else tuple(part for part in parts if part is not None),
        reply=answered_for(entry.reply, kept) if entry.reply else None,
        tool_calls=tuple(call_for(call, calls) for call in entry.tool_calls)
        if kept.tools and not writing
        else (),
        files=tuple(file_for(file, files) for file in entry.files) if kept.files else (),
        calls=tuple(map(spent_for, entry.calls)) if kept.costs and not writing else (),
        speaker=speaker_for(entry, kept),
    )


def speaker_for(entry: Entry, kept: Kept) -> str:
    """A model is named always; a person where names are shown, as others would call them."""
    if not entry.by_person:
        return entry.speaker
    if card := entry.posted:
        return card.heading if kept.names else unnamed(entry)
    return (entry.author if kept.names else "") or "Person"


def part_for(
    part: Part, kept: Kept, calls: Mapping[str, str], files: Mapping[str, str], *, referring: bool = False
) -> dict[str, Any] | None:
    """Of what is cited pages of the web stay as they are, of videos title and times. Of cards notifications alone are shown, without their link: the others are digests of what only their person may
    see, or name other sessions."""
    kind, turn = part.get("kind"), int(part.get("turn") or 0)
    if kind == "text" or (kind == "thinking" and kept.thinking):
        cited = [each if referring else without_keys(each) for each in part.get("citations") or ()]
        told = {"citations": cited} if cited else {}
        return {"kind": kind, "turn": turn, "text": str(part.get("text") or ""), **told}
    if kind == "tool_call" and kept.tools:
        key = str(part.get("id"))
        name = str(part.get("name", ""))
        return {
            "kind": kind,
            "turn": turn,
            "id": calls.get(key, "0"),
            "name": name,
            "input": part.get("input"),
        }
    if kind == "attachment" and kept.files and str(part.get("id")) in files:
        named = {name: str(part.get(name, "")) for name in ("name", "media")}
        return {"kind": kind, "turn": turn, "id": files[str(part.get("id"))], **named}
    if is_card(part) and part["card"] == "notification":
        card = read(part)
        return replace(card, source=card.source if kept.names else "", link="", events=(), at=0).part
    return None


def call_for(call: Call, keys: Mapping[str, str]) -> Call:
    result = result_without_keys(call.result, lambda row: False) if call.name == TOOL else call.result
    return replace(call, id=keys[call.id], use_id="", result=result)


def file_for(file: File, keys: Mapping[str, str]) -> File:
    return replace(file, id=keys[file.id])


def spent_for(spent: Spent) -> Spent:
    """Tokens, cost and time of a call; what went wrong at a provider is the operator's."""
    return replace(spent, error_type="", status_code=None)


def answered_for(reply: Answered, kept: Kept) -> Answered:
    """How it ended. What was asked of the model, instructions among it, and what a failure said are not told."""
    known = kept.costs
    return Answered(
        status=reply.status,
        stop_reason=reply.stop_reason,
        error_type="",
        error_message="",
        turns=reply.turns if known else 1,
        earlier_ms=reply.earlier_ms if known else 0,
        started_at=reply.started_at if known else None,
        first_token_at=reply.first_token_at if known else None,
        finished_at=reply.finished_at if known else None,
        model_config={},
    )


# ---------------------------------------------------------------- as a snapshot keeps it


def kept_data(entry: Entry) -> dict[str, Any]:
    return {**entry_data(entry), "speaker": entry.speaker}


def kept_entry(data: Mapping[str, Any]) -> Entry:
    return replace(entry_from(data), speaker=str(data["speaker"]))


def kept_head(head: Head, *, characters: int) -> dict[str, Any]:
    """What `written.head_data` has, and what is for people only."""
    return {
        **head_data(head),
        "model_label": head.model_label,
        "messages": head.message_count,
        "tokens": head.total_tokens,
        "total_cost": money(head.total_cost),
        "characters": characters,
    }


def head_of(data: Mapping[str, Any]) -> Head:
    cost = data["total_cost"]
    return replace(
        head_from(data),
        model_label=str(data["model_label"]),
        message_count=int(data["messages"]),
        total_tokens=int(data["tokens"]),
        total_cost=None if cost is None else Decimal(cost),
    )
