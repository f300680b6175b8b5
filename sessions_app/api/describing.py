"""The OpenAPI description of the API, from what its views say of themselves (`operations`): drf-spectacular walks the
addresses and asks `Description` for each method."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from pydantic import TypeAdapter

from . import problems
from .operations import HEADERS, JSON, STREAM, Gives, Operation, Upload, operation_of

REF = "#/components/schemas/{model}"
# What pydantic leaves as it is where a number is checked before it is read.
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def refused(what: Operation, path: str) -> dict[int, list[str]]:
    """The codes an operation may refuse with, by their status."""
    named = ["not_authenticated", "authentication_failed", "scope_missing", "permission_denied", "throttled"]
    named = named if what.scope else ["throttled"]
    if what.takes is not None:
        named += ["parse_error", "invalid", "too_large"]
    if isinstance(what.takes, Upload):
        named += ["unsupported_media_type"]
    if what.query is not None or "Idempotency-Key" in what.headers:
        named += ["invalid"]
    if "{" in path:
        named += ["not_found"]
    if "If-Match" in what.headers:
        named += ["changed_meanwhile"]
    if "Idempotency-Key" in what.headers:
        named += ["key_reused"]
    known = problems.codes()
    found: dict[int, list[str]] = {}
    for code in dict.fromkeys([*named, *what.refuses]):
        found.setdefault(known[code].status, []).append(code)
    return found


class Description(AutoSchema):
    """An operation as OpenAPI has it. Shapes become components, named without what tells them from models."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        self.registry = registry
        what = operation_of(self.view, method)
        if what is None:
            return None
        scope = f"Scope of a token: `{what.scope}`." if what.scope else "Anybody may ask."
        found: dict[str, Any] = {
            "operationId": what.id,
            "summary": what.summary,
            "description": "\n\n".join(filter(None, [what.about, scope])),
            "tags": [what.tag],
            "security": [{"token": []}, {"browser": []}] if what.scope else [{}],
            "responses": self._responses(what, path),
        }
        if parameters := [*_in_path(path, path_regex), *self._in_query(what), *_in_headers(what)]:
            found["parameters"] = parameters
        if what.takes is not None:
            found["requestBody"] = self._body(what)
        return found

    def _body(self, what: Operation) -> dict[str, Any]:
        if isinstance(what.takes, Upload):
            required = list(what.takes.required)
            shape = {"type": "object", "properties": dict(what.takes.fields), "required": required}
            return {"content": {"multipart/form-data": {"schema": shape}}, "required": True}
        assert what.takes is not None
        content = {"schema": self._schema(what.takes, "validation")}
        if what.example is not None:
            content["example"] = what.example
        needed = what.takes.model_json_schema().get("required")
        return {"content": {JSON: content}, "required": bool(needed)}

    def _responses(self, what: Operation, path: str) -> dict[str, Any]:
        found = {str(status): self._answer(gives) for status, gives in what.gives.items()}
        if "If-None-Match" in what.headers:
            found["304"] = {"description": "It is still what `If-None-Match` names: no body."}
        self.registry.register_on_missing(_component("Problem", PROBLEM))
        for status, codes in refused(what, path).items():
            known = problems.codes()
            words = "\n".join(f"- `{code}`: {known[code].meaning}" for code in codes)
            detail = known[codes[0]].meaning or "Why."
            found[str(status)] = {
                "description": words,
                "content": {
                    problems.MEDIA_TYPE: {
                        "schema": {"$ref": REF.format(model="Problem")},
                        "example": problems.body(status, codes[0], detail),
                    }
                },
            }
        return dict(sorted(found.items()))

    def _answer(self, gives: Gives) -> dict[str, Any]:
        found: dict[str, Any] = {"description": gives.when or "Done."}
        if gives.headers:
            found["headers"] = {
                name: {"description": words, "schema": {"type": "string"}}
                for name, words in gives.headers.items()
            }
        if gives.shape is not None:
            schema = gives.shape if isinstance(gives.shape, dict) else self._schema(gives.shape)
            content: dict[str, Any] = {"schema": schema}
            if gives.example is not None:
                content["example"] = gives.example
            found["content"] = {gives.media: content}
        if gives.or_streams:
            found.setdefault("content", {})[STREAM] = {"schema": {"type": "string"}}
        return found

    def _in_query(self, what: Operation) -> list[dict[str, Any]]:
        if what.query is None:
            return []
        schema, parts = defined(what.query, "validation")
        self._register(parts)
        own = parts[schema["$ref"].rpartition("/")[2]]
        found = []
        for name, shape in own.get("properties", {}).items():
            shape = _never_null(dict(shape))
            words = shape.pop("description", "")
            place: dict[str, Any] = {"name": name, "in": "query", "description": words, "schema": shape}
            found.append(place | ({"required": True} if name in own.get("required", ()) else {}))
        return found

    def _schema(self, shape: Any, mode: str = "serialization") -> dict[str, Any]:
        schema, parts = defined(shape, mode)
        self._register(parts)
        return schema

    def _register(self, parts: Mapping[str, Any]) -> None:
        for name, schema in parts.items():
            self.registry.register_on_missing(_component(name, schema))


PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457). Some codes bring more: `fields`, `resets_at`, `limit`, `used`.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "Fit for a person."},
        "code": {"type": "string", "description": "Stable; programs decide by it."},
        "fields": {"description": "Of code `invalid`: what is wrong with which field."},
    },
    "required": ["type", "title", "status", "detail", "code"],
}


@cache
def defined(shape: Any, mode: Any = "serialization") -> tuple[dict[str, Any], dict[str, Any]]:
    """A shape's JSON schema and the named ones it refers to. What is given back has no field that is not named."""
    schemas, parts = TypeAdapter.json_schemas([("it", mode, TypeAdapter(shape))], ref_template=REF)
    found = _renamed(schemas[("it", mode)])
    named = {_name(name): _renamed(part) for name, part in parts.get("$defs", {}).items()}
    if mode == "serialization":
        for part in named.values():
            if "properties" in part:
                part.setdefault("additionalProperties", False)
    return found, named


def _name(name: str) -> str:
    return re.sub(r"^Listed_(\w+?)(?:Shape)?_$", r"\1List", name).removesuffix("Shape")


def _renamed(schema: Any) -> Any:
    if isinstance(schema, dict):
        prefix = REF.format(model="")
        schema = {
            BOUNDS.get(key, key) if isinstance(value, int) else key: value for key, value in schema.items()
        }
        return {
            key: prefix + _name(value.removeprefix(prefix)) if key == "$ref" else _renamed(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    return [_renamed(each) for each in schema] if isinstance(schema, list) else schema


def _never_null(shape: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or not: nothing in an address is null."""
    if "anyOf" in shape:
        left = [each for each in shape.pop("anyOf") if each.get("type") != "null"]
        shape = {**left[0], **shape} if len(left) == 1 else {**shape, "anyOf": left}
    if shape.get("default", ...) is None:
        del shape["default"]
    return shape


def _component(name: str, schema: Any) -> ResolvedComponent:
    return ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema)


def _in_path(path: str, path_regex: str) -> list[dict[str, Any]]:
    kinds = {name: kind for kind, name in re.findall(r"<(\w+):(\w+)>", path_regex)}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"} | ({"format": "uuid"} if kinds.get(name) == "uuid" else {}),
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _in_headers(what: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "description": HEADERS[name], "schema": {"type": "string"}}
        for name in what.headers
    ]


def one_spelling(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Each address once: with a slash at its end it is the same."""
    return [each for each in endpoints if not each[0].endswith("/")]


def with_ways_in(result: dict[str, Any], **more: Any) -> dict[str, Any]:
    """How a request says who asks."""
    result.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of /accounts/tokens/."},
        "browser": {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "With X-CSRFToken.",
        },
    }
    return result
