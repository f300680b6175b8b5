"""The check of a call's input before it leaves: names and types of its arguments. Pure.

Not the whole of JSON Schema on purpose: the schema comes from outside, and a clever one takes for ever to apply. The
server checks the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def input_problems(schema: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """What is wrong, argument by argument; never a value."""
    known: Mapping[str, Any] = schema.get("properties", {})
    problems = [f"{name}: Field required" for name in schema.get("required", []) if name not in given]
    if schema.get("additionalProperties") is False:
        problems += [f"{name[:60]}: there is no such argument" for name in given if name not in known]
    for name, value in given.items():
        told = known.get(name)
        if isinstance(told, Mapping) and not fits(told.get("type"), value):
            problems.append(f"{name}: should be {told['type']}")
    return problems


def fits(kind: Any, value: Any) -> bool:
    kinds = [kind] if isinstance(kind, str) else kind
    if not isinstance(kinds, list):
        return True
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, TYPES.get(str(each), (object,))) for each in kinds)
