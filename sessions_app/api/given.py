"""What programs send: JSON objects whose fields are all known and of the right type."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rest_framework import exceptions
from rest_framework.request import Request

from .errors import TooLarge

Title = Annotated[str, Field(min_length=1, max_length=120)]
ModelName = Annotated[str, Field(max_length=120)]
ClientId = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Given(BaseModel):
    """Strict: an unknown field is an error, and nothing is turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Given):
    """A request that takes no fields."""


class NewSession(Given):
    title: Title | None = None
    model: ModelName | None = None
    settings: dict[str, Any] | None = None


class SessionChange(Given):
    title: Title | None = None
    model: Annotated[str, Field(min_length=1, max_length=120)] | None = None


class NewMessage(Given):
    content: str
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
    message: str
    agent_id: str = "default"
    session_id: UUID | None = None


G = TypeVar("G", bound=Given)


def given(request: Request, shape: type[G]) -> G:
    """The body of a request as `shape`; an empty body is an empty object. Raises 400 or 413."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    raw = request.read(limit + 1)
    if len(raw) > limit:
        raise TooLarge
    try:
        return shape.model_validate_json(raw or b"{}")
    except ValidationError as problem:
        raise refusal(problem) from None


def refusal(problem: ValidationError) -> exceptions.APIException:
    errors = problem.errors(include_url=False, include_context=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return exceptions.ParseError("The body is not valid JSON.")
    fields: dict[str, list[str]] = {}
    for error in errors:
        fields.setdefault(".".join(map(str, error["loc"])) or "body", []).append(error["msg"])
    return exceptions.ValidationError(fields)
