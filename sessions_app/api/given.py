"""What programs send: JSON objects and queries whose fields are all known and of the right type.

A body is read as a `Given`, a query as an `Asked`. Both stand in the description of the API by themselves, with the
`description` of their fields.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeVar
from uuid import UUID

from django.conf import settings
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function
from rest_framework import exceptions
from rest_framework.request import Request

from .problems import TooLarge

NOTHING_HIDDEN = r"^[^\x00-\x1f\x7f]*$"
NO_NUL = r"^[^\x00]*$"
RFC_3339 = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:([0-9]{2})(?:\.[0-9]{1,12})?(?:Z|[+-][0-9]{2}:[0-9]{2})\Z",
    re.IGNORECASE,
)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MISTAKES = 50  # told one by one
DIGITS = re.compile(r"-?[0-9]{1,18}\Z")


def flag(value: Any) -> Any:
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("true or false.")
    return value == "true" if isinstance(value, str) else value


def number(value: Any) -> Any:
    if isinstance(value, str) and not DIGITS.match(value):
        raise ValueError("A whole number.")
    return value


def moment(value: Any) -> Any:
    """A point in time as RFC 3339 has it, in UTC. What no calendar of ours reaches is its first or last moment."""
    found = RFC_3339.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("A moment with its zone, such as 2026-11-30T09:12:41Z.")
    if found[1] == "0000":
        return FIRST
    if found[2] == "60":  # a leap second
        value = f"{value[: found.start(2)]}59{value[found.end(2) :]}"
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        return FIRST if found[1] == "0001" else LAST


def storable(value: str) -> str:
    """A text that a database takes: NUL and halves of surrogate pairs are in none."""
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("A text without NUL and unpaired surrogates.")
    return value


def whole(value: Any) -> Any:
    """To JSON 5.0 is a whole number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Storable:
    """Of a text that goes to the database; the description says of it what a pattern can."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(storable, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"pattern": NO_NUL, **handler(schema)}


Title = Annotated[str, Field(min_length=1, max_length=120), Storable()]
ModelName = Annotated[str, Field(max_length=120), Storable()]
ClientId = Annotated[str, Field(max_length=64, pattern=NOTHING_HIDDEN), Storable()]
Text = Annotated[str, Storable()]
# A range stands before the validator: see `Paged.limit`.
Whole = BeforeValidator(whole)
# Of queries, where everything is a text.
Words = Annotated[str, Field(pattern=NOTHING_HIDDEN)]
Flag = Annotated[bool, BeforeValidator(flag)]
Count = Annotated[int, BeforeValidator(number)]  # a range stands before the validator: see `Paged.limit`
Moment = Annotated[datetime, BeforeValidator(moment)]


class Given(BaseModel):
    """Strict: an unknown field is an error, and nothing is turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Given):
    """A request that takes no fields."""


class Asked(BaseModel):
    """Of an address, what stands behind its question mark: each name once, none that is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paged(Asked):
    limit: Annotated[int, Field(ge=1, le=200, description="Rows of a page."), BeforeValidator(number)] = 50
    cursor: (
        Annotated[
            str, Field(min_length=1, max_length=400, description="From `next` or `previous` of another page.")
        ]
        | None
    ) = None


class NewMessage(Given):
    content: Text
    client_id: Annotated[
        ClientId | None, Field(description="One's own name for it: twice is one message.")
    ] = None
    model: Annotated[ModelName | None, Field(description="Of this answer; else the session's.")] = None
    parent: Annotated[UUID | None, Field(description="What it answers; else the last shown message.")] = None
    seen: Annotated[UUID | None, Field(description="The last message that its writer was shown.")] = None
    attachments: Annotated[list[UUID], Field(max_length=100, description="Keys of unsent files.")] = []


class Edit(Given):
    """Other words for a message. `client_id`, `model` and `attachments` are of one that is sent again."""

    content: Text
    send: Annotated[
        bool, Field(description="true: send it again, with an answer of its own. false: only save it.")
    ] = False
    client_id: ClientId | None = None
    model: ModelName | None = None
    attachments: Annotated[
        list[UUID] | None,
        Field(
            max_length=100,
            description="Files of the message to keep, and unsent ones; without it all it has.",
        ),
    ] = None

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"send": {"const": True}}, "required": ["send"]},
            "else": {
                "properties": {name: {"type": "null"} for name in ("client_id", "model", "attachments")}
            },
        }
    )

    @model_validator(mode="after")
    def only_sent(self) -> Self:
        if not self.send and (self.client_id, self.model, self.attachments) != (None, None, None):
            raise ValueError("client_id, model and attachments go with send=true.")
        return self


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


def given(request: Request, shape: type[B], *, most: int = 0) -> B:
    """The body of a request as `shape`; an empty body is an empty object. Raises 400, 413 or 415. It may have `most`
    bytes where that is more than any body may have."""
    limit = max(most, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    raw = request.read(limit + 1)
    if len(raw) > limit:
        raise TooLarge
    kind = (request.content_type or "").lower()
    if (raw or kind.startswith("multipart/")) and not is_json(
        kind
    ):  # the check for CSRF may have read a form
        raise exceptions.UnsupportedMediaType(kind, "The body must be application/json.")
    try:
        return shape.model_validate_json(raw or b"{}")
    except ValidationError as problem:
        raise refusal(problem) from None


def is_json(content_type: str) -> bool:
    """Whether a body says so of itself; one that says nothing is taken for it, and so is what curl says of any."""
    kind = content_type.partition(";")[0].strip()
    return kind in ("", "application/json", "application/x-www-form-urlencoded") or (
        kind.startswith("application/") and kind.endswith("+json")
    )


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
    return re.fullmatch(NOTHING_HIDDEN, value) is not None and not re.search("[\ud800-\udfff]", value)


def refusal(problem: ValidationError, unknown: str = "There is no such field.") -> exceptions.APIException:
    if problem.error_count() > MISTAKES:
        return exceptions.ValidationError({"body": [f"More than {MISTAKES} mistakes."]})
    errors = problem.errors(include_url=False, include_context=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return exceptions.ParseError("The body is not valid JSON.")
    fields: dict[str, list[str]] = {}
    for error in errors:
        words = unknown if error["type"] == "extra_forbidden" else error["msg"].removeprefix("Value error, ")
        fields.setdefault(".".join(map(str, error["loc"])) or "body", []).append(words)
    return exceptions.ValidationError(fields)
