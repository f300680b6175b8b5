"""What an operation of the API is: said once beside its view.

`@operation(...)` stands on a method of an `ApiView`. From it come the scope that a token needs (enforced by
`authentication.HasScope`), the OpenAPI description (`describing`) and what the tests hold answers against. A shape is
a TypedDict for what is given back, a pydantic model for what is taken (`given.Given`, `given.Asked`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from typing_extensions import TypedDict

from sessions_app.models import ApiToken

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])
JSON, STREAM = "application/json", "text/event-stream"
SCOPES = ApiToken.SCOPES
EVENTS = {"type": "string"}  # the shape of a stream of chunks
HEADERS = {
    "Idempotency-Key": "The same key brings the same answer for 24 hours: nothing is made twice.",
    "If-Match": "An `ETag` as it was read: 412 where it is something else by now.",
    "If-None-Match": "An `ETag` as it was read: 304 where it is still that.",
    "Last-Event-ID": "Id of the last event that was read: the stream goes on after it.",
    "Range": "`bytes=FIRST-LAST`: a part of the file, as the rest of a download that broke off.",
}


class Listed(TypedDict, Generic[T]):
    """A page of a list. `next` and `previous` are addresses of other pages."""

    results: list[T]
    next: str | None
    previous: str | None


@dataclass(frozen=True)
class Gives:
    """An answer: its shape (None: no body; a mapping: a JSON schema), when it comes, one as it may look. `also` are
    other media types it may have, each with its JSON schema."""

    shape: Any = None
    when: str = ""
    example: Any = None
    media: str = JSON
    also: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    or_streams: bool = False  # as server-sent events, where those are accepted


@dataclass(frozen=True)
class Upload:
    """A body of form fields, none of which must be there but `required`. `raw` are media types of bodies that are the
    file itself, each with its JSON schema."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    id: str
    summary: str
    tag: str
    scope: str  # of SCOPES, or "" where anybody may ask
    gives: Mapping[int, Gives]
    takes: type[BaseModel] | Upload | None = None
    example: Any = None  # of the body
    query: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()  # codes of its own, beside those every operation has
    about: str = ""


def operation(
    id: str,  # as OpenAPI calls it
    summary: str,
    *,
    tag: str,
    scope: str,
    gives: Mapping[int, Gives],
    takes: type[BaseModel] | Upload | None = None,
    example: Any = None,
    query: type[BaseModel] | None = None,
    headers: Sequence[str] = (),
    refuses: Sequence[str] = (),
) -> Callable[[View], View]:
    """Say what a method of a view is. What is told of it to readers beside the summary is the method's docstring."""
    assert scope in ("", *SCOPES), scope
    assert set(headers) <= set(HEADERS), headers

    def said(view: View) -> View:
        view.operation = Operation(  # type: ignore[attr-defined]
            id, summary, tag, scope, gives, takes, example, query, tuple(headers), tuple(refuses),
            cleandoc(view.__doc__ or ""),
        )  # fmt: skip
        return view

    return said


def operation_of(view: Any, method: str) -> Operation | None:
    """What a view says of a method; of HEAD what it says of GET."""
    name = method.lower().replace("head", "get")
    return getattr(getattr(view, name, None), "operation", None)
