"""This app's own files: a session as JSON, in the format of `schema/session-1.json`, read as a document.

What is wrong is said with its line and field. Files' contents stay base64 until they are asked for.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match

from export_app.document import Entry
from export_app.written import FORMAT, VERSION, entry_from, head_from

from .base import NOT_UTF8, BadFile, Parsed

SCHEMA = Path(__file__).resolve().parent.parent / "schema" / "session-1.json"
SOURCE = "workspace"
PIECE = 256 * 1024 // 4 * 4  # characters of base64, whole groups
Place = Sequence[str | int]


def read_session(data: bytes, *, first_line: int = 1) -> Parsed:
    """One session: the bytes of one JSON object, which begins in line `first_line` of its file. Raises BadFile."""
    text, found = _decoded(data, first_line)
    told = partial(_wrong, text, first_line)
    if not isinstance(found, Mapping) or found.get("format") != FORMAT:
        raise BadFile("This is not a session of this app.", first_line)
    if not isinstance(found.get("version"), int) or found["version"] > VERSION:
        raise BadFile(
            "This file was made by a newer version of this app. Update this workspace first.",
            line_of(text, ["version"], first_line),
        )
    for error in _checks("").iter_errors({**found, "messages": []}):
        raise told(error, [])
    if not isinstance(found.get("messages"), list):
        raise BadFile("The messages are missing.", first_line)
    entries = []
    for number, message in enumerate(found["messages"]):
        if error := best_match(_checks("#/$defs/message").iter_errors(message)):
            raise told(error, ["messages", number])
        entries.append(_entry(message))
    head = head_from(found["session"])
    _check_tree(entries, partial(line_of, text, first_line=first_line))
    return Parsed(head, entries, head.id)


def _decoded(data: bytes, first_line: int) -> tuple[str, Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = first_line + data[: error.start].count(b"\n")
        raise BadFile(NOT_UTF8, line) from None
    try:
        return text, json.loads(text, parse_constant=_no_number, parse_float=_number)
    except json.JSONDecodeError as error:
        sentence = f"This is not JSON: {error.msg[:1].lower()}{error.msg[1:]}."
        raise BadFile(sentence, first_line + error.lineno - 1, f"column {error.colno}") from None
    except (RecursionError, ValueError) as error:
        deep = isinstance(error, RecursionError)
        raise BadFile(
            "Values stand too deep within each other." if deep else "It holds a number that no JSON has.",
            first_line,
        ) from None


def _no_number(word: str) -> Any:
    raise ValueError(word)


def _number(word: str) -> float:
    found = float(word)
    if found in (float("inf"), float("-inf")):
        raise ValueError(word)
    return found


# ---------------------------------------------------------------- checking


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_bytes())
    return found


@cache
def _checks(part: str) -> Draft202012Validator:
    """The whole schema, or one of its parts."""
    wanted = (
        schema() if not part else {"$schema": schema()["$schema"], "$ref": part, "$defs": schema()["$defs"]}
    )
    return Draft202012Validator(wanted, format_checker=FORMATS)


FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: Any) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


def _wrong(text: str, first_line: int, error: ValidationError, above: Place) -> BadFile:
    path: list[str | int] = [*above, *error.absolute_path]
    return BadFile(_sentence(error), line_of(text, path, first_line), words(path))


def _sentence(error: ValidationError) -> str:
    """What is wrong, without what stands there: it may be long, or private."""
    match error.validator:
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return f"“{missing[0]}” is missing."
        case "additionalProperties":
            known = error.schema.get("properties", {})
            unknown = next((name for name in error.instance if name not in known), "")
            return f"“{str(unknown)[:60]}” is not known here."
        case "type":
            kinds = error.validator_value
            return f"This must be {_either([kinds] if isinstance(kinds, str) else kinds)}."
        case "enum":
            return f"This must be one of: {', '.join(map(str, error.validator_value))}."
        case "const":
            return f"This must be “{error.validator_value}”."
        case "maxLength" | "maxItems":
            return f"This is too long: at most {error.validator_value:,}."
        case "maximum" | "minimum":
            return f"This must be {'at most' if error.validator == 'maximum' else 'at least'} {error.validator_value:,}."
        case "format" | "pattern":
            return (
                f"This is not {_FORMATS.get(error.schema.get('format', ''), 'in the form that is needed')}."
            )
    return "This is not as the format wants it."


_FORMATS = {"date-time": "a time like 2026-11-20T09:12:04.120000Z", "uuid": "a key"}
_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _either(kinds: Sequence[str]) -> str:
    return " or ".join(_TYPES.get(kind, kind) for kind in kinds)


def words(path: Iterable[str | int]) -> str:
    """A place in words: "message 3, parts 1, text"."""
    told = []
    rest = list(path)
    while rest:
        name = str(rest.pop(0))
        number = f" {int(rest.pop(0)) + 1}" if rest and isinstance(rest[0], int) else ""
        told.append(("message" if name == "messages" and number else name) + number)
    return ", ".join(told)[:200]


def _check_tree(entries: Sequence[Entry], line: Any) -> None:
    """Each message once, below one that stands before it."""
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        for wrong, name, sentence in (
            (entry.id in seen, "id", "Another message has this id."),
            (
                entry.parent is not None and entry.parent not in seen,
                "parent",
                "No message before this one has this id.",
            ),
        ):
            if wrong:
                path: list[str | int] = ["messages", number, name]
                raise BadFile(sentence, line(path=path), words(path))
        seen.add(entry.id)


# ---------------------------------------------------------------- where a value stands


def line_of(text: str, path: Place, first_line: int = 1) -> int:
    """The line in which the value at `path` begins; of the last value above it that is there, where it is not."""
    at = _skipped(text, 0)
    for step in path:
        below = _member(text, at, step)
        if below is None:
            break
        at = below
    return first_line + text.count("\n", 0, at)


_BLANK = " \t\n\r"
_decoder = json.JSONDecoder()


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _member(text: str, at: int, step: str | int) -> int | None:
    """Where the member of the object or list at `at` begins; the text is known to be JSON."""
    opened = text[at]
    if opened != ("[" if isinstance(step, int) else "{"):
        return None
    at, number = _skipped(text, at + 1), 0
    while text[at] not in "]}":
        name: str | int = number
        if opened == "{":
            name, at = scanstring(text, at + 1, True)
            at = _skipped(text, _skipped(text, at) + 1)
        if name == step:
            return at
        _, at = _decoder.raw_decode(text, at)
        at = _skipped(text, at)
        at = _skipped(text, at + 1) if text[at] == "," else at
        number += 1
    return None


# ---------------------------------------------------------------- files


@dataclass(frozen=True, slots=True)
class Encoded:
    """Contents as they stand in the file. Called, it gives their bytes in pieces; ValueError where it is no base64."""

    text: str

    def __call__(self) -> Iterator[bytes]:
        for at in range(0, len(self.text), PIECE):
            try:
                yield base64.b64decode(self.text[at : at + PIECE], validate=True)
            except binascii.Error as error:
                raise ValueError(str(error)) from None


def _entry(message: Mapping[str, Any]) -> Entry:
    entry = entry_from(message)
    files = [
        replace(file, read=Encoded(told["content"]) if told["content"] is not None else None)
        for file, told in zip(entry.files, message["files"], strict=True)
    ]
    return replace(entry, files=tuple(files))
