"""Sessions as no person would write them, with everything a message may hold: for the round trip."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from export_app.document import Answered, Call, Entry, File, Head, Remark, Revision, Spent
from export_app.importers.cleaned import entry_of
from sessions_app.agent.cards import KINDS, SEVERITIES, Card

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PEOPLE = ("alice", "bob", "carol ✿", "")
words = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(list('"\\/</>&\u2028\u202e\u200d👩🏽é\n\t`*#\x1b\x07\r\x7f\x85\x9b')),
    ),
    max_size=30,
)
names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
    | st.sampled_from([-0.0, 1e16, 1.5e20, 1e300, 1e-7])
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
inputs = st.none() | st.dictionaries(words, values, max_size=3)
moments = st.integers(0, 10**12).map(lambda micro: BEGAN + timedelta(microseconds=micro))
maybe = st.none() | moments
counts = st.integers(0, 10**9)


def spent() -> st.SearchStrategy[Spent]:
    return st.builds(
        Spent,
        purpose=st.sampled_from(["reply", "title"]),
        provider=st.sampled_from(["anthropic", "openai", ""]),
        model=st.sampled_from(["claude-haiku-4-5", "unknown-9"]),
        turn=st.integers(0, 40),
        attempt=st.integers(1, 3),
        **dict.fromkeys(("input", "cache_read", "cache_write_5m", "cache_write_1h", "output"), counts),
        cost=st.none() | st.integers(0, 10**15).map(lambda parts: Decimal(parts) / 10**10),
        price_source=st.sampled_from(["table 2026-01", "unknown"]),
        counts_source=st.sampled_from(["reported", "estimated"]),
        duration_ms=st.none() | counts,
        first_token_ms=st.none() | counts,
        ok=st.booleans(),
        error_type=st.sampled_from(["", "overloaded"]),
        status_code=st.sampled_from([None, 200, 529]),
        at=moments,
    )


def remarks(*, answer: bool) -> st.SearchStrategy[Remark]:
    plain = {"by": st.sampled_from(PEOPLE), "created_at": moments, "value": st.none(), "stars": st.none()}
    plain |= dict.fromkeys(("emoji", "comment", "quote"), st.just("")) | {"quote_at": st.none()}
    reaction = plain | {"kind": st.just("reaction"), "emoji": st.sampled_from(["👍", "❤️", "👩🏽‍🚀"])}
    note = plain | {"kind": st.just("annotation"), "comment": words.filter(str.strip), "quote": words}
    note["quote_at"] = st.none() | counts
    rating = plain | {"kind": st.just("rating"), "value": st.sampled_from([1, -1]), "comment": words}
    rating["stars"] = st.sampled_from([None, 1, 5])
    kinds: list[dict[str, Any]] = [reaction, note, rating] if answer else [reaction, note]
    return st.one_of([st.builds(Remark, **kind) for kind in kinds])


def file(key: str) -> st.SearchStrategy[File]:
    return st.builds(
        File,
        id=st.just(key),
        name=st.sampled_from(["notes.txt", "Grüße.md", "run.log", "main.py"]),
        kind=st.just("text"),
        **dict.fromkeys(("media_type", "language", "text", "note", "digest"), st.just("")),
        size=st.just(0),
        **dict.fromkeys(("width", "height", "pages"), st.none()),
        tokens=st.just(0),
        read=words.map(lambda text: lambda: iter([text.encode()])),
    )


merged = st.fixed_dictionaries(
    {"card": st.just("merged"), "title": names, "session": st.uuids(version=4).map(str)}
)
said = st.builds(
    lambda **given: {
        name: value for name, value in Card(**given).part.items() if name not in ("kind", "turn")
    },
    kind=st.sampled_from(KINDS),
    source=names,
    title=words,
    text=words,
    severity=st.sampled_from(SEVERITIES),
    link=st.sampled_from(["", "https://example.org/a?b=1&c=2", "javascript:alert(1)"]),
    at=st.integers(0, 2**53 - 1),
    topic=names,
)


@st.composite
def parts(draw: Any, number: int, *, answer: bool) -> tuple[list[dict[str, Any]], list[Call], list[File]]:
    told: list[dict[str, Any]] = []
    calls: list[Call] = []
    files: list[File] = []
    for place in range(draw(st.integers(0, 4))):
        turn, key = draw(st.integers(1, 3)) if answer else 0, f"{number}-{place}"
        kind = draw(
            st.sampled_from(["text", "thinking", "tool_call"] if answer else ["text", "attachment", "card"])
        )
        part: dict[str, Any] = {"kind": kind, "turn": turn}
        match kind:
            case "text":
                part["text"] = draw(words)
            case "thinking":
                part["text"] = draw(words)
                if draw(st.booleans()):
                    block = {"type": "thinking", "signature": draw(words)}
                    part["raw"] = {"provider": "anthropic", "model": "m", "block": block}
            case "tool_call":
                name, given = draw(names), draw(inputs)
                part |= {"id": key, "tool_use_id": f"use_{key}", "name": name, "input": given}
                status = draw(st.sampled_from(["success", "error", "denied", "cancelled"]))
                ms, error = draw(st.none() | counts), draw(words)
                calls.append(
                    Call(key, turn, name, f"use_{key}", given, draw(values), status, ms, error, draw(moments))
                )
            case "attachment":
                files.append(draw(file(key)))
                part |= {"id": key, "name": files[-1].name, "media": "text"}
            case "card":
                part |= draw(st.one_of(merged, said))
        told.append(part)
    return told, calls, files


@st.composite
def entries(draw: Any) -> list[Entry]:
    """A tree, parents before their children: answers below questions, one path shown."""
    found: list[Entry] = []
    for number in range(draw(st.integers(1, 7))):
        above = draw(st.sampled_from([None, *found]))
        answer = above is not None and above.role == "user" and draw(st.booleans())
        told, calls, files = draw(parts(number, answer=answer))
        reply = st.builds(
            Answered,
            status=st.sampled_from(["complete", "stopped", "interrupted", "failed"]),
            stop_reason=st.sampled_from(["end", "max_tokens", ""]),
            error_type=st.sampled_from(["", "overloaded"]),
            error_message=words,
            turns=st.integers(0, 9),
            earlier_ms=counts,
            **dict.fromkeys(("started_at", "first_token_at", "finished_at"), maybe),
            model_config=st.dictionaries(words, values, max_size=3),
        )
        former = st.builds(
            Revision,
            parts=words.map(lambda text: ({"kind": "text", "turn": 0, "text": text},)),
            content=words,
            at=maybe,
            by=st.sampled_from(PEOPLE),
        )
        found.append(
            Entry(
                id=str(number),
                parent=above.id if above else None,
                role="assistant" if answer else "user",
                author="" if answer else draw(st.sampled_from(PEOPLE)),
                model="gone-model" if answer else "",
                created_at=draw(moments),
                shown=draw(st.booleans()),
                chosen=None,
                content="",
                parts=tuple(told),
                revisions=tuple(draw(st.lists(former, max_size=2))),
                reply=draw(reply) if answer else None,
                tool_calls=tuple(calls),
                files=tuple(files),
                calls=tuple(draw(st.lists(spent(), max_size=2))) if answer else (),
                marks=tuple(draw(st.lists(remarks(answer=answer), max_size=3))),
            )
        )
    below: dict[str | None, list[str]] = {}
    for entry in found:
        below.setdefault(entry.parent, []).append(entry.id)
    chosen = [draw(st.sampled_from([None, *below.get(entry.id, [])])) for entry in found]
    return [replace(entry_of(entry), chosen=key) for entry, key in zip(found, chosen, strict=True)]


@st.composite
def heads(draw: Any) -> Head:
    return Head(
        id="source",
        title=draw(words),
        owner="carol",
        kind="chat",
        title_source=draw(st.sampled_from(["none", "model", "person"])),
        provider=draw(st.sampled_from(["anthropic", "else"])),
        model=draw(st.sampled_from(["claude-haiku-4-5", "gone-model"])),
        settings=draw(
            st.fixed_dictionaries(
                {},
                optional={"temperature": st.floats(0, 1), "system_prompt": words, "thinking": st.booleans()},
            )
        ),
        tags=tuple(draw(st.lists(names, max_size=3, unique=True))),
        starred=draw(st.booleans()),
        created_at=draw(moments),
        last_activity_at=draw(moments),
        archived_at=draw(maybe),
        context_from=draw(st.sampled_from([None, "0", "1"])),
        calls=tuple(draw(st.lists(spent(), max_size=2))),
    )
