"""The OpenAPI description of the API, from what its views say of themselves (`operations`): drf-spectacular walks the
addresses and asks `Description` for each method."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from pydantic import TypeAdapter

from . import examples, problems
from .given import NO_NUL, NOTHING_HIDDEN
from .operations import EVENTS, HEADERS, JSON, STREAM, Gives, Operation, Upload, operation_of

REF = "#/components/schemas/{model}"
BEARER = (
    "A token with the scope of the operation; they are made at `/accounts/tokens/` and by `manage.py token`."
)
ABOUT = """Everything the pages do, for programs.

- **Who asks**: `Authorization: Bearer TOKEN`, with a token made at `/accounts/tokens/`. Each operation says which scope
  it needs. What is not yours and what is not there are the same 404.
- **Bodies** are JSON with no fields but those described. Unknown fields and other types are refused, never turned
  into something else. Each address is served with and without a slash at its end.
- **Refusals** are problem details (RFC 9457, `application/problem+json`): decide by `code`, show `detail` to people.
- **Lists** are pages: `results`, and the addresses of the `next` and `previous` one.
- **Once**: `Idempotency-Key`, and the `client_id` of a message, make a repeated request safe.
- **Unchanged**: what is read has an `ETag`; `If-None-Match` answers 304, `If-Match` refuses with 412.
- **Money** is a text of USD with all its digits, **times** are RFC 3339 in UTC, **keys** are UUIDs.
- **Too much** gets 429 with `Retry-After`. Each answer has an `X-Request-ID`, by which the server's log knows it."""
TAGS = {  # in this order
    "Sessions": "Conversations: what they are called, how they are answered, what they cost.",
    "Messages": "What is said in a session: send, read, follow an answer as it grows, ask for another one.",
    "Marks": "Reactions, notes and ratings of messages.",
    "Files": "What goes with a message, and comes back.",
    "Thread": "One conversation a person, for clients that name no session.",
    "Templates": "How sessions may begin.",
    "Videos": "Videos with their transcripts, and the passages that answers refer to.",
    "Figures": "Tokens, costs and times: every figure is a sum over the ledger of model calls.",
    "Export": "Sessions as files: one at once, many in the background.",
    "Import": "Files that become sessions.",
    "Sharing": "Links by which others read a session.",
    "Activity": "What happened: programs report it, people and programs look at it.",
    "Tokens": "What programs ask with.",
    "Workspace": "Who asks, what is offered, what may be found.",
}


def refused(what: Operation, path: str) -> dict[int, list[str]]:
    """The codes an operation may refuse with, by their status."""
    named = ["not_authenticated", "authentication_failed", "scope_missing", "permission_denied", "throttled"]
    named = named if what.scope else ["throttled"]
    if what.takes is not None:
        named += ["parse_error", "invalid", "too_large", "unsupported_media_type"]
    if what.query is not None or "Idempotency-Key" in what.headers:
        named += ["invalid"]
    if any(gives.or_streams or gives.media == STREAM for gives in what.gives.values()):
        named += ["too_many_open", "crowded"]
    if "{" in path:
        named += ["not_found"]
    if "If-Match" in what.headers:
        named += ["changed_meanwhile"]
    if "Idempotency-Key" in what.headers:
        named += ["key_reused"]
    known = problems.every_code()
    found: dict[int, list[str]] = {}
    for name in dict.fromkeys([*named, *what.refuses]):
        for code in known[name]:
            found.setdefault(code.status, []).append(name)
    return found


def meaning(name: str, status: int) -> str:
    """What a code says when it comes with this status."""
    return next(code.meaning for code in problems.every_code()[name] if code.status == status)


def is_tagged(what: Operation, method: str) -> bool:
    """Whether an operation answers with an `ETag` (`answers.ApiView`): what is read as JSON."""
    gives = what.gives.get(200)
    return method == "GET" and gives is not None and gives.media == JSON


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
        tagged = ["If-None-Match"] if is_tagged(what, method) else []
        headers = _in_headers([*what.headers, *tagged], named="client_id" in fields_of(what))
        if tagged:
            found["responses"]["200"].setdefault("headers", {})["ETag"] = ETAG
            found["responses"]["304"] = {"description": "It is still what `If-None-Match` names."}
            found["responses"] = dict(sorted(found["responses"].items()))
        if parameters := [*_in_path(path, path_regex), *self._in_query(what), *headers]:
            found["parameters"] = parameters
        if what.takes is not None:
            found["requestBody"] = self._body(what)
        return found

    def _body(self, what: Operation) -> dict[str, Any]:
        if isinstance(what.takes, Upload):
            taken = {media: {"schema": schema} for media, schema in what.takes.raw.items()}
            if what.takes.fields:
                required = list(what.takes.required)
                shape = {"type": "object", "properties": dict(what.takes.fields), "required": required}
                taken = {"multipart/form-data": {"schema": shape}, **taken}
            return {"content": taken, "required": bool(what.takes.fields)}
        assert what.takes is not None
        content = {"schema": self._schema(what.takes, "validation")}
        if what.example is not None:
            content["example"] = what.example
        elif not what.takes.model_fields:
            content["example"] = {}
        schema = what.takes.model_json_schema()
        needed = schema.get("required") or "oneOf" in schema
        return {"content": {JSON: content}, "required": bool(needed)}

    def _responses(self, what: Operation, path: str) -> dict[str, Any]:
        found = {str(status): self._answer(gives) for status, gives in what.gives.items()}
        if "If-None-Match" in what.headers:
            found["304"] = {"description": "It is still what `If-None-Match` names: no body."}
        self.registry.register_on_missing(_component("Problem", PROBLEM))
        for status, codes in refused(what, path).items():
            words = "\n".join(f"- `{code}`: {meaning(code, status)}" for code in codes)
            detail = meaning(codes[0], status)
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
            others = {media: {"schema": schema} for media, schema in gives.also.items()}
            main = self._stream() if gives.media == STREAM and gives.shape is EVENTS else content
            found["content"] = {gives.media: main, **others}
        if gives.or_streams:
            found.setdefault("content", {})[STREAM] = self._stream()
        return found

    def _stream(self) -> dict[str, Any]:
        """Server-sent events: described is one of them, any number comes."""
        self._register({"Chunk": CHUNK, "Event": EVENT})
        return {"schema": {"$ref": REF.format(model="Event")}, "example": examples.EVENT}

    def _in_query(self, what: Operation) -> list[dict[str, Any]]:
        if what.query is None:
            return []
        schema, parts = defined(what.query, "validation")
        parts = dict(parts)
        own = parts.pop(schema["$ref"].rpartition("/")[2])
        self._register(parts)
        found = []
        for name, shape in own.get("properties", {}).items():
            shape = _never_null(dict(shape))
            words = shape.pop("description", "")
            if shape.get("pattern") == NO_NUL:
                del shape["pattern"]
            if shape.get("type") == "string" and not shape.keys() & {"pattern", "format", "enum", "const"}:
                shape["pattern"] = NOTHING_HIDDEN  # `given.asked` refuses all else
            place: dict[str, Any] = {"name": name, "in": "query", "description": words, "schema": shape}
            found.append(place | ({"required": True} if name in own.get("required", ()) else {}))
        return found

    def _schema(self, shape: Any, mode: str = "serialization") -> dict[str, Any]:
        schema, parts = defined(shape, mode)
        self._register(parts)
        return schema

    def _register(self, parts: Mapping[str, Any]) -> None:
        for name, schema in parts.items():
            component = _component(name, schema)
            if component in self.registry and self.registry[component].schema != schema:
                raise ValueError(f"Two shapes are called {name}.")
            self.registry.register_on_missing(component)


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


ETAG = {
    "description": "Names what was read, for `If-None-Match` and `If-Match`.",
    "schema": {"type": "string"},
}
BOUNDS = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
}  # as pydantic leaves
# them where a text is read first
KEY = "Idempotency-Key"
CHUNK = {
    "type": "object",
    "description": "A piece of an answer. The texts of `content` joined are its text so far; one with `replace` stands "
    "in place of all before it. The last one is `metadata` with the status complete, stopped, interrupted, failed, or "
    "waiting where a tool call asks a person.",
    "properties": {
        "type": {"enum": ["content", "thinking", "tool_call", "metadata", "error"]},
        "data": {"description": "A text of `content` and `thinking`, else an object."},
        "timestamp": {"type": "integer", "description": "Milliseconds since 1970."},
        "reply": {"type": "string", "format": "uuid"},
        "seq": {"type": "integer", "description": "Rises by one."},
        "replace": {"type": "boolean"},
    },
    "required": ["type", "data", "timestamp", "reply", "seq"],
    "additionalProperties": False,
}
EVENT = {
    "type": "object",
    "description": "One server-sent event; the stream is any number of them, with comments between.",
    "properties": {
        "id": {"type": "string", "description": "For `Last-Event-ID`."},
        "data": {
            "type": "string",
            "contentMediaType": JSON,
            "contentSchema": {"$ref": REF.format(model="Chunk")},
        },
    },
    "required": ["id", "data"],
}


@cache
def defined(shape: Any, mode: Any = "serialization") -> tuple[dict[str, Any], dict[str, Any]]:
    """A shape's JSON schema and the named ones it refers to. What is given back has no field that is not named."""
    schemas, parts = TypeAdapter.json_schemas([("it", mode, TypeAdapter(shape))], ref_template=REF)
    end = "" if mode == "serialization" else "Body"  # what is taken and what is given may be of one name
    found = _renamed(schemas[("it", mode)], end)
    named = {_name(name, end): _renamed(part, end) for name, part in parts.get("$defs", {}).items()}
    if mode == "serialization":
        for part in named.values():
            if "properties" in part:
                part.setdefault("additionalProperties", False)
    return found, named


def _name(name: str, end: str) -> str:
    return re.sub(r"^Listed_(\w+?)(?:Shape)?_$", r"\1List", name).removesuffix("Shape") + end


def _renamed(schema: Any, end: str) -> Any:
    if isinstance(schema, dict):
        prefix = REF.format(model="")
        schema = {
            BOUNDS.get(key, key) if isinstance(value, int) else key: value for key, value in schema.items()
        }
        if "patternProperties" in schema:  # of a mapping: all its names are like that
            schema = {**schema, "additionalProperties": False}
        return {
            key: prefix + _name(value.removeprefix(prefix), end) if key == "$ref" else _renamed(value, end)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    return [_renamed(each, end) for each in schema] if isinstance(schema, list) else schema


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


def fields_of(what: Operation) -> Iterable[str]:
    """The fields of a body of JSON."""
    return what.takes.model_fields if isinstance(what.takes, type) else ()


def _in_headers(headers: Iterable[str], *, named: bool) -> list[dict[str, Any]]:
    """`named`: the key is the `client_id` of a message, too, and as short as that."""
    most = 64 if named else 200
    words = HEADERS | {KEY: f"{HEADERS[KEY]} 1 to {most} visible ASCII characters."}
    forms = {KEY: {"pattern": f"^[!-~]{{1,{most}}}$"}}  # of headers that are refused in another form
    return [
        {
            "name": name,
            "in": "header",
            "description": words[name],
            "schema": {"type": "string"} | forms.get(name, {}),
        }
        for name in dict.fromkeys(headers)
    ]


def one_spelling(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Each address once: with a slash at its end it is the same."""
    return [each for each in endpoints if not each[0].endswith("/")]


def told(result: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What is said of the whole: what all operations share, what their groups are, and how a request says who asks."""
    result["info"]["description"] = ABOUT
    used = {tag for path in result["paths"].values() for each in path.values() for tag in each["tags"]}
    result["tags"] = [
        {"name": name} | ({"description": TAGS[name]} if name in TAGS else {})
        for name in sorted(used, key=lambda name: ([*TAGS, name].index(name), name))
    ]
    result.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": BEARER},
        "browser": {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session of a browser that is logged in. What changes something needs the header "
            "`X-CSRFToken` too.",
        },
    }
    return result
