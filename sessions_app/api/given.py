"""What programs send: JSON objects and queries whose fields are all known and of the right type.

A body is read as a `Given`, a query as an `Asked`. Both stand in the description of the API by themselves, with the
`description` of their fields.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from django.conf import settings
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from rest_framework import exceptions
from rest_framework.request import Request

from .problems import TooLarge

NOTHING_HIDDEN = r"^[^\x00-\x1f\x7f]*$"
DIGITS = re.compile(r"-?[0-9]{1,18}\Z")


def flag(value: Any) -> Any:
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("true or false.")
    return value == "true" if isinstance(value, str) else value


def number(value: Any) -> Any:
    if isinstance(value, str) and not DIGITS.match(value):
        raise ValueError("A whole number.")
    return value


def storable(value: str) -> str:
    """A text that a database takes: NUL and halves of surrogate pairs are in none."""
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("A text without NUL and unpaired surrogates.")
    return value


Title = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(storable)]
ModelName = Annotated[str, Field(max_length=120), AfterValidator(storable)]
ClientId = Annotated[str, Field(max_length=64, pattern=NOTHING_HIDDEN), AfterValidator(storable)]
Text = Annotated[str, AfterValidator(storable)]
# Of queries, where everything is a text.
Words = Annotated[str, Field(pattern=NOTHING_HIDDEN)]
Flag = Annotated[bool, BeforeValidator(flag, json_schema_input_type=bool)]
Count = Annotated[int, BeforeValidator(number)]


class Given(BaseModel):
    """Strict: an unknown field is an error, and nothing is turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Given):
    """A request that takes no fields."""


class Asked(BaseModel):
    """Of an address, what stands behind its question mark: each name once, none that is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paged(Asked):
    limit: Annotated[Count, Field(ge=1, le=200, description="Rows of a page.")] = 50
    cursor: (
        Annotated[
            str, Field(min_length=1, max_length=400, description="From `next` or `previous` of another page.")
        ]
        | None
    ) = None


class NewSession(Given):
    title: Title | None = None
    model: ModelName | None = None
    settings: dict[str, Any] | None = None


class SessionChange(Given):
    title: Title | None = None
    model: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(storable)] | None = None


class NewMessage(Given):
    content: Text
    client_id: ClientId | None = None
    model: ModelName | None = None
    parent: UUID | None = None
    attachments: Annotated[list[UUID], Field(max_length=100)] = []


class AnotherAnswer(Given):
    model: ModelName | None = None


class Answer(Given):
    """What a person says to a tool call that asks."""

    tool_call: UUID
    decision: Literal["once", "always", "refuse"]


class AgentMessage(Given):
    message: Text
    agent_id: Text = "default"
    session_id: UUID | None = None


B = TypeVar("B", bound=BaseModel)


def given(request: Request, shape: type[B]) -> B:
    """The body of a request as `shape`; an empty body is an empty object. Raises 400 or 413."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    raw = request.read(limit + 1)
    if len(raw) > limit:
        raise TooLarge
    try:
        return shape.model_validate_json(raw or b"{}")
    except ValidationError as problem:
        raise refusal(problem) from None


def asked(request: Request, shape: type[B]) -> B:
    """The query of a request as `shape`. Raises 400 where a name is unknown, stands twice, or has no such value."""
    query = request.query_params
    twice = {name: ["Stands here more than once."] for name in query if len(query.getlist(name)) > 1}
    hidden = {name: ["A text without control characters."] for name in query if not clean(query[name])}
    if twice or hidden:
        raise exceptions.ValidationError({**twice, **hidden})
    try:
        return shape.model_validate(query.dict())
    except ValidationError as problem:
        raise refusal(problem, unknown="There is no such parameter.") from None


def clean(value: str) -> bool:
    return re.match(NOTHING_HIDDEN, value) is not None and not re.search("[\ud800-\udfff]", value)


def refusal(problem: ValidationError, unknown: str = "There is no such field.") -> exceptions.APIException:
    errors = problem.errors(include_url=False, include_context=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return exceptions.ParseError("The body is not valid JSON.")
    fields: dict[str, list[str]] = {}
    for error in errors:
        words = unknown if error["type"] == "extra_forbidden" else error["msg"].removeprefix("Value error, ")
        fields.setdefault(".".join(map(str, error["loc"])) or "body", []).append(words)
    return exceptions.ValidationError(fields)
