"""A document from anyone, put right: what databases, pages and models' APIs take, and nothing else. Pure.

A document that this app wrote is right already and stays as it is, byte for byte.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from export_app.document import Answered, Call, Entry, Head, Part, Remark, Revision, Spent
from export_app.referring import TOOL
from sessions_app.actions.errors import Refused
from sessions_app.actions.marks import COMMENT_LIMIT, LAST_PLACE, QUOTE_LIMIT
from sessions_app.actions.organising import TAGS_A_SESSION, checked_tag
from sessions_app.actions.running import ENDED_TOOL
from sessions_app.agent.cards import is_card, read
from sessions_app.agent.parts import text_of
from sessions_app.agent.references import read as reference
from sessions_app.files import shown_name
from sessions_app.models import ChatSession, Mark, Message, Reply, ToolCall
from sessions_app.rendering import clean_text
from sessions_app.rendering.emoji import single_emoji

DEPTH = 60  # of values within values
SMALL, WHOLE, BIG = 32_767, 2_147_483_647, 2**63 - 1  # what columns hold
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # clocks of other machines
MOST_USD = Decimal(100_000_000)
MOST_CITED = 1_000  # pages and passages that one text cites
_USE_ID = re.compile(r"[a-zA-Z0-9_-]{1,120}")
_NOT_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")


def text(value: Any, most: int | None = None) -> str:
    return clean_text(str(value or ""))[:most]


def line(value: Any, most: int) -> str:
    return " ".join(text(value).split())[:most]


def number(value: Any, most: int = SMALL, least: int = 0) -> int:
    """Within what its column holds; `least` where it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return least
    return max(least, min(most, int(value)))


def known(value: Any, most: int = WHOLE) -> int | None:
    return None if value is None else number(value, most)


def moment(value: datetime) -> datetime:
    """Neither before computers nor after tomorrow: such times break calendars, or stand on top of lists for ever."""
    if timezone.is_naive(value):
        value = value.replace(tzinfo=UTC)
    return max(EARLIEST, min(value, timezone.now() + AHEAD))


def instant(value: datetime | None) -> datetime | None:
    return None if value is None else moment(value)


def stored(value: Any, depth: int = DEPTH) -> Any:
    """A JSON value as both databases keep it, and as terminals may show it: texts as all that enter, no number that JSON
    has not."""
    match value:
        case str():
            return clean_text(value)
        case bool() | int() | None:
            return value
        case float():
            return value if math.isfinite(value) else None
        case _ if not depth:
            return None
        case Mapping():
            return {stored(str(key)): stored(each, depth - 1) for key, each in value.items()}
        case list() | tuple():
            return [stored(each, depth - 1) for each in value]
    return str(value)


# ---------------------------------------------------------------- the session


def head_of(head: Head) -> Head:
    tags: dict[str, None] = {}
    for name in head.tags:
        try:
            tags[checked_tag(str(name))] = None
        except Refused:
            continue
    title = line(head.title, 120)
    source = head.title_source if head.title_source in ChatSession.TitleSource.values else "person"
    return replace(
        head,
        title=title,
        title_source=source if title or source == "none" else "none",
        provider=text(head.provider, 40),
        model=text(head.model, 120),
        tags=tuple(tags)[:TAGS_A_SESSION],
        starred=bool(head.starred),
        created_at=moment(head.created_at),
        last_activity_at=moment(head.last_activity_at),
        archived_at=instant(head.archived_at),
        calls=tuple(map(spent, head.calls)),
    )


def spent(call: Spent) -> Spent:
    cost = call.cost
    if cost is not None and not (cost.is_finite() and 0 <= cost <= MOST_USD):
        cost = None
    tokens = {name: number(getattr(call, name), BIG) for name in ("input", "cache_read", "cache_write_5m")}
    return replace(
        call,
        **tokens,
        cache_write_1h=number(call.cache_write_1h, BIG),
        output=number(call.output, BIG),
        purpose=text(call.purpose, 12),
        provider=text(call.provider, 40),
        model=text(call.model, 120),
        turn=number(call.turn),
        attempt=number(call.attempt),
        cost=cost,
        price_source=text(call.price_source, 40),
        counts_source=text(call.counts_source, 10),
        duration_ms=known(call.duration_ms),
        first_token_ms=known(call.first_token_ms),
        ok=bool(call.ok),
        error_type=text(call.error_type, 40),
        status_code=known(call.status_code, SMALL),
        at=moment(call.at),
    )


# ---------------------------------------------------------------- a message


def entry_of(entry: Entry) -> Entry:
    answer = entry.role == Message.Role.ASSISTANT
    parts, calls = tuple(filter(None, (part(each) for each in entry.parts))), entry.tool_calls
    if not parts and entry.content:
        parts = ({"kind": "text", "turn": int(answer), "text": text(entry.content)},)
    parts, calls = with_calls(entry, parts) if answer else (without_answers(parts), ())
    return replace(
        entry,
        role="assistant" if answer else "user",
        author=text(entry.author, 150),
        model=text(entry.model, 120) if answer else "",
        created_at=moment(entry.created_at),
        parts=parts,
        content=text_of(parts),
        revisions=tuple(map(revision, entry.revisions)),
        reply=reply(entry) if answer else None,
        tool_calls=calls,
        calls=tuple(map(spent, entry.calls)) if answer else (),
        marks=tuple(filter(None, (mark(each, answer=answer) for each in entry.marks))),
    )


def part(given: Part) -> dict[str, Any] | None:
    """A part with what its kind has, None where it is of no kind that is known."""
    plain = {"kind": given.get("kind"), "turn": number(given.get("turn"))}
    match given.get("kind"):
        case "text":
            cited = citations(given.get("citations"))
            return plain | {"text": text(given.get("text"))} | ({"citations": cited} if cited else {})
        case "thinking":
            raw = given.get("raw")
            return plain | {"text": text(given.get("text"))} | ({"raw": stored(raw)} if sealed(raw) else {})
        case "tool_call":
            named = {"id": str(given.get("id", "")), "tool_use_id": str(given.get("tool_use_id") or "")}
            return (
                plain | named | {"name": tool_name(given.get("name")), "input": given_to(given.get("input"))}
            )
        case "attachment":
            media = str(given.get("media"))
            name = {"name": shown_name(str(given.get("name") or "")), "media": media}
            return plain | {"id": str(given.get("id", ""))} | name
        case "card" if given.get("card") == "merged" and is_key(given.get("session")):
            session, title = str(given["session"]), line(given.get("title"), 120)
            return plain | {"card": "merged", "session": session, "title": title or "New session"}
        case "card" if is_card(given):
            return card_part(given)
    return None


def citations(given: Any) -> list[dict[str, Any]]:
    """The pages and passages a text cites; what leads nowhere is left out. What of passages is here is seen by `referred`."""
    rows = given[:MOST_CITED] if isinstance(given, list) else []
    return [told for each in rows if (told := citation(each)) is not None]


def citation(given: Any) -> dict[str, Any] | None:
    found = reference(stored(given)) if isinstance(given, Mapping) else None
    if found is None or (found.url and len(found.url) > 1010):
        return None
    carried = {"excerpt": found.excerpt, "link": found.link} if found.passage else {}
    return found.citation | {name: value for name, value in carried.items() if value}


def card_part(given: Part) -> dict[str, Any]:
    """A card as it may be stored; which events it was about is known only where it was made. The passages it is of are
    kept for `referred`."""
    card = read({name: text(value) if isinstance(value, str) else value for name, value in given.items()})
    plain = {name: value for name, value in card.part.items() if name not in ("passages", "videos")}
    rows = given.get("passages")
    passages = [told for row in rows[:MOST_CITED] if (told := passage(row))] if isinstance(rows, list) else []
    more = {"passages": passages, "videos": video_keys(given.get("videos"))} if passages else {}
    return {**plain, "events": [], "turn": number(given.get("turn")), **more}


def video_keys(given: Any) -> list[str]:
    return [each for each in given[:MOST_CITED] if is_key(each)] if isinstance(given, list) else []


def passage(given: Any) -> dict[str, Any] | None:
    """A passage of a card or of what a search found, as it is kept: without its words."""
    named = {**stored(given), "passage": given.get("key")} if isinstance(given, Mapping) else None
    found = reference(named)
    if found is None or not found.passage:
        return None
    kept = {name: value for name, value in found.citation.items() if name not in ("url", "cited", "passage")}
    return {"key": found.passage, **kept, "size": number(given.get("size"), WHOLE)}


def sealed(raw: Any) -> bool:
    """Whether this may be what a provider gave back of its thinking."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("block"), Mapping):
        return False
    plain = all(isinstance(raw.get(name), str) for name in ("provider", "model"))
    return plain and raw["block"].get("type") in ("thinking", "redacted_thinking")


def is_key(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def tool_name(value: Any) -> str:
    return _NOT_A_NAME.sub("_", str(value or ""))[:120] or "tool"


def given_to(value: Any) -> Any:
    """What a tool was given: an object, as the models' APIs want it."""
    return stored(value) if value is None or isinstance(value, Mapping) else {"input": stored(value)}


def without_answers(parts: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    return tuple(each for each in parts if each["kind"] in ("text", "attachment", "card"))


def with_calls(
    entry: Entry, parts: Iterable[dict[str, Any]]
) -> tuple[tuple[dict[str, Any], ...], tuple[Call, ...]]:
    """Parts and calls that tell of each other: each call once, in the order of the parts."""
    rows = {call.id: call for call in entry.tool_calls}
    found: dict[str, Call] = {}
    told: list[dict[str, Any]] = []
    uses: set[tuple[int, str]] = set()
    for each in [*parts, *(part_of(call) for call in entry.tool_calls)]:
        if each["kind"] == "tool_call":
            if each["id"] in found:
                continue
            row = rows.get(each["id"])
            use = each["tool_use_id"] or (row.use_id if row else "")
            turn = row.turn if row else each["turn"]
            if not _USE_ID.fullmatch(use) or (number(turn), use) in uses:
                use = "call_" + hashlib.sha256(each["id"].encode("utf-8", "replace")).hexdigest()[:24]
            each = {**each, "tool_use_id": use}
            found[each["id"]] = call_of(row, each, entry)
            uses.add((found[each["id"]].turn, use))
        if each["kind"] != "card":
            told.append(each)
    order = {call.id: place for place, call in enumerate(entry.tool_calls)}
    return tuple(told), tuple(sorted(found.values(), key=lambda call: order.get(call.id, len(order))))


def part_of(call: Call) -> dict[str, Any]:
    made = part(
        {"kind": "tool_call", "turn": call.turn, "id": call.id, "name": call.name, "input": call.input}
    )
    assert made is not None
    return made | {"tool_use_id": call.use_id}


def call_of(row: Call | None, told: Part, entry: Entry) -> Call:
    """The call a part tells of; one that left no row was cancelled."""
    status = row.status if row else ToolCall.Status.CANCELLED
    if status not in ToolCall.Status.values:
        status = ToolCall.Status.ERROR if row and row.error else ToolCall.Status.SUCCESS
    error = text(row.error, 500) if row else ""
    if status in ToolCall.OPEN:
        status, error = ToolCall.Status.CANCELLED, ENDED_TOOL
    return Call(
        id=told["id"],
        turn=number(row.turn if row else told["turn"]),
        name=tool_name(row.name) if row else told["name"],
        use_id=told["tool_use_id"],
        input=given_to(row.input) if row else told["input"],
        result=result_of(row) if row else None,
        status=str(status),
        duration_ms=known(row.duration_ms) if row else None,
        error=error,
        created_at=moment(row.created_at if row else entry.created_at),
    )


def result_of(row: Call) -> Any:
    """What a tool gave. Of passages that a search of transcripts found there are no words, whatever its file has."""
    result = stored(row.result)
    rows = result.get("passages") if isinstance(result, Mapping) and row.name == TOOL else None
    if not isinstance(rows, list):
        return result
    return {**result, "passages": [told for each in rows if (told := passage(each))]}


def revision(former: Revision) -> Revision:
    parts = tuple(filter(None, (part(each) for each in former.parts)))
    content = text(former.content)
    return Revision(parts, content, instant(former.at), text(former.by, 150))


def reply(entry: Entry) -> Answered:
    """How it went; one that had not ended there is cut short, one of which nothing is known is complete."""
    given = entry.reply
    if given is None:
        return Answered("complete", "end", "", "", 1, 0, None, None, moment(entry.created_at), {})
    status = given.status
    if status not in Reply.Status.values or status in Reply.UNFINISHED:
        status = Reply.Status.INTERRUPTED
    return Answered(
        status=str(status),
        stop_reason=text(given.stop_reason, 20),
        error_type=text(given.error_type, 40),
        error_message=text(given.error_message, 500),
        turns=number(given.turns),
        earlier_ms=number(given.earlier_ms, WHOLE),
        started_at=instant(given.started_at),
        first_token_at=instant(given.first_token_at),
        finished_at=instant(given.finished_at),
        model_config=asked(given.model_config),
    )


def asked(config: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked of the model; pages name it by its provider, which is a text."""
    kept: dict[str, Any] = stored(config)
    return {
        name: value
        for name, value in kept.items()
        if isinstance(value, str) or name not in ("provider", "model")
    }


def mark(given: Remark, *, answer: bool) -> Remark | None:
    """A mark as it could have been made here, None where it could not."""
    plain = replace(
        given,
        by=text(given.by, 150),
        comment=text(given.comment, COMMENT_LIMIT),
        quote=text(given.quote, QUOTE_LIMIT),
        quote_at=None if given.quote_at is None else number(given.quote_at, LAST_PLACE),
        created_at=moment(given.created_at),
    )
    match given.kind:
        case Mark.Kind.RATING if answer and given.value in (-1, 1) and given.stars in (None, 1, 2, 3, 4, 5):
            return replace(plain, emoji="", quote="", quote_at=None)
        case Mark.Kind.REACTION if single_emoji(given.emoji):
            emoji = single_emoji(given.emoji)
            return replace(plain, value=None, stars=None, emoji=emoji, comment="", quote="", quote_at=None)
        case Mark.Kind.ANNOTATION if plain.comment.strip():
            return replace(plain, value=None, stars=None, emoji="")
    return None
