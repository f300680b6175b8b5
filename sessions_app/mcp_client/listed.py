"""What a server says its tools are, and whether a model can be told of one. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sessions_app.rendering import clean_text

SCHEMA_LIMIT = 20_000  # characters
DESCRIPTION_LIMIT = 4_000
TOOLS_OF_A_SERVER = 100
# What the providers take; one schema they refuse would fail every request it goes along with.
ARGUMENT = re.compile(r"^[a-zA-Z0-9_.-]{1,64}$")
NOT_AT_THE_TOP = ("oneOf", "anyOf", "allOf")


@dataclass(frozen=True, slots=True)
class Listed:
    """A tool as its server describes it; `problem` says why it cannot be used, if it cannot."""

    name: str
    description: str
    schema: str
    problem: str = ""


def listed(name: str, description: str | None, schema: Mapping[str, Any]) -> Listed:
    words = clean_text(description or "").strip()[:DESCRIPTION_LIMIT]
    try:
        text = json.dumps(dict(schema), sort_keys=True)
        problem = schema_problem(schema, text)
    except (RecursionError, ValueError, TypeError):
        text, problem = "{}", "Its input schema is not understood."
    return Listed(clean_text(name)[:128], words, text if len(text) <= SCHEMA_LIMIT else "{}", problem)


def schema_problem(schema: Mapping[str, Any], text: str) -> str:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if len(text) > SCHEMA_LIMIT:
        return f"Its input schema is larger than {SCHEMA_LIMIT:,} characters."
    if schema.get("type") != "object" or any(key in schema for key in NOT_AT_THE_TOP):
        return "Its input is not described as one object."
    if any(not ref.startswith("#") for ref in references(schema)):
        return "Its input schema refers to another place."
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError:
        return "Its input schema is not valid."
    names = schema.get("properties", {})
    return "" if all(ARGUMENT.match(name) for name in names) else "An argument has a name models cannot use."


def references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("$ref", "$dynamicRef") and isinstance(inner, str):
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def distinct(tools: Iterable[Listed]) -> list[Listed]:
    """The first of each name, so many at most."""
    return list({tool.name: tool for tool in reversed(list(tools)) if tool.name}.values())[::-1][
        :TOOLS_OF_A_SERVER
    ]
