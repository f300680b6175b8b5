"""What plugins give back, made into values of ours: on the plugin's thread, since looking at it may take as long as it
likes. Raises Garbage and Flood."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any, get_args

from pydantic_core import to_json

from sessions_app.agent import cards
from sessions_app.agent.tools import fitted
from sessions_app.commands.base import Outcome, Suggestion
from sessions_app.rendering.clean import clean_text

from .interface import Card, Event, Said, Severity
from .running import Flood, Garbage

CARDS, EVENTS, ROWS, SUGGESTIONS = 5, 100, 50, 50
WORDS, RESULT = 4_000, 1_000_000  # characters of an answer; bytes of a tool's result before it is cut
TITLE, BODY, DATA = 200, 20_000, 10_000


def text(value: Any, most: int) -> str:
    """A clean text of this length; what is none is garbage."""
    if type(value) is not str:
        raise Garbage(f"{type(value).__name__[:40]} where a text belongs.")
    return clean_text(value[:most])


def line(value: Any, most: int) -> str:
    return " ".join(text(value, most * 2).split())[:most]


def link(value: Any) -> str:
    """A path of this site or an https address."""
    found = line(value, 500)
    own = found.startswith("/") and not found.startswith("//") and "\\" not in found
    return found if own or found.startswith("https://") else ""


def several(value: Any, kind: type[Any], most: int) -> tuple[list[Any], bool]:
    """The first of what was given, all of one kind; whether there were more."""
    if value is None:
        return [], False
    if isinstance(value, kind):
        value = [value]
    if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
        raise Garbage(f"{type(value).__name__[:40]} where a list of {kind.__name__} belongs.")
    found = list(islice(iter(value), most + 1))
    if any(type(each) is not kind for each in found):
        raise Garbage(f"something else among its {kind.__name__}s.")
    return found[:most], len(found) > most


def as_cards(value: Any, source: str) -> tuple[list[cards.Card], bool]:
    """At most 5 of 20,000 characters, and whether that was all."""
    found, more = several(value, Card, CARDS)
    return [
        cards.Card(
            "context",
            source,
            line(each.title, TITLE),
            text(each.text, cards.LONGEST_TEXT),
            link=link(each.link),
        )
        for each in found
    ], more or any(len(each.text) > cards.LONGEST_TEXT for each in found)


def as_events(value: Any) -> tuple[list[Event], bool]:
    found, more = several(value, Event, EVENTS)
    return [as_event(each) for each in found], more


def as_event(each: Event) -> Event:
    if each.severity not in get_args(Severity):
        raise Garbage("an event of no known severity.")
    at: Any = each.at
    if at is not None and not (isinstance(at, datetime) and at.tzinfo):
        raise Garbage("an event at no moment with a zone.")
    return Event(
        title=line(each.title, TITLE) or "Event",
        body=text(each.body, BODY),
        kind=line(each.kind, 40) or "event",
        severity=each.severity,
        at=each.at,
        link=link(each.link),
        fingerprint=line(each.fingerprint, 64),
        data=as_data(each.data),
    )


def as_data(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Garbage("data that are no mapping.")
    found: dict[str, Any] = cleaned(json.loads(json_of(value, DATA)))
    return found


def json_of(value: Any, most: int) -> bytes:
    try:
        written = to_json(value, inf_nan_mode="null")
    except (ValueError, TypeError, RecursionError):
        raise Garbage("what is no JSON.") from None
    if len(written) > most:
        raise Flood(f"more than {most:,} bytes.")
    return written


def as_result(value: Any) -> Any:
    """Of a tool, cut as every tool's is."""
    return fitted(cleaned(json.loads(json_of(value, RESULT))))


def cleaned(value: Any) -> Any:
    """JSON whose texts a database takes."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    if isinstance(value, dict):
        return {clean_text(name): cleaned(each) for name, each in value.items()}
    return value


def as_outcome(value: Any) -> Outcome:
    """Of a command: a sentence, or one with rows and a link."""
    said = Said(value) if isinstance(value, str) else value
    if type(said) is not Said:
        raise Garbage(f"{type(said).__name__[:40]} where a sentence belongs.")
    if not isinstance(said.rows, list | tuple) or not isinstance(said.link, list | tuple):
        raise Garbage("rows or a link that are none.")
    rows = [(line(name, 80), line(about, 300)) for name, about in said.rows[:ROWS]]
    address, label = said.link
    return Outcome(
        text(said.text, WORDS), rows=rows, link=(link(address), line(label, 60)) if address else ("", "")
    )


def as_suggestions(value: Any) -> list[Suggestion]:
    if value is None or isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
        raise Garbage("suggestions that are no list.")
    return [Suggestion(line(each, 200)) for each in islice(iter(value), SUGGESTIONS)]
