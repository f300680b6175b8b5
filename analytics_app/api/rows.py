"""The rows behind figures, for programs: model calls, sessions, messages, replies, tool calls."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BeforeValidator, Field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from analytics_app.queries.places import place
from analytics_app.rows import KINDS
from analytics_app.rows.kind import CellKind, Column, Kind, Row, Value
from analytics_app.rows.names import Name, look_for, names, opened
from analytics_app.rows.paging import Piece, piece
from analytics_app.rows.wish import Wish
from analytics_app.tools.asking import plain
from sessions_app.api.answers import ApiView
from sessions_app.api.given import Flag, Words, asked, number
from sessions_app.api.operations import Gives, operation
from sessions_app.models import TokenUsage

from . import examples
from .asking import Figuring, named, question_of
from .figures import Cell

NOT_HERE = "These rows cannot be narrowed by that."
BESIDE = ("session", "message")  # columns that every row has a field of its own for


class RowsAsked(Figuring):
    kind: Literal["calls", "sessions", "messages", "replies", "tools"] = "calls"
    purpose: Annotated[
        Words,
        named("There are no calls for that.", "", *TokenUsage.Purpose.values),
        Field(description=f"Of calls: {', '.join(TokenUsage.Purpose.values)}."),
    ] = ""
    error: Annotated[
        Words, Field(max_length=120, description="Of calls, replies and tools: a type of error, or any.")
    ] = ""
    tool: Annotated[Words, Field(max_length=120, description="Of tools: a tool's name.")] = ""
    unpriced: Annotated[Flag, Field(description="Of calls and sessions: of unknown price only.")] = False
    session: Annotated[UUID | None, Field(description="Only of this session.")] = None
    sort: Annotated[
        Literal["at", "cost", "duration", "length", "first_token"],
        Field(description="The largest first. Each kind has its own; at (the newest first) all have."),
    ] = "at"
    limit: Annotated[int, Field(ge=1, le=200, description="Rows of a page."), BeforeValidator(number)] = 50
    cursor: Annotated[Words, Field(max_length=400, description="From `next` of another page.")] = ""


class RowColumnShape(TypedDict):
    key: str
    name: str
    kind: CellKind


class RowSessionShape(TypedDict):
    id: Annotated[UUID | None, Field(description="Null for a call that was made for no session.")]
    name: Annotated[str, Field(description="Its title where you may read it, else its key.")]


class RowShape(TypedDict):
    session: RowSessionShape
    message: Annotated[UUID | None, Field(description="Of messages: its key, where it is still there.")]
    model: Annotated[str | None, Field(description="The model's id; the column has its name.")]
    values: Annotated[dict[str, Cell], Field(description="By the keys of columns.")]


class RowsShape(TypedDict):
    """A page of rows of one kind."""

    kind: str
    about: str
    columns: list[RowColumnShape]
    results: list[RowShape]
    next: str | None
    previous: Annotated[str | None, Field(description="Always null: pages lead one way.")]
    total: Annotated[list[str], Field(description="What all rows come to, in words.")]
    bounded: Annotated[
        int | None, Field(description="How many of the newest were put in order, where there are more.")
    ]


class Rows(ApiView):
    @operation(
        "list_rows", "The rows behind figures", tag="Figures", scope="read", query=RowsAsked,
        gives={200: Gives(RowsShape, "A page of them.", examples.ROWS)}, refuses=["not_found"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """The same question as `/api/chat/analytics`: each figure is what these rows come to. No text of messages."""
        wanted = asked(request, RowsAsked)
        kind = KINDS[wanted.kind]
        refuse_others(kind, wanted)
        wish = Wish(
            question_of(request, wanted), purpose=wanted.purpose, error=wanted.error, tool=wanted.tool,
            unpriced=wanted.unpriced, session=wanted.session, sort=wanted.sort,
        )  # fmt: skip
        look_for(wish)
        return Response(rows_shape(request, kind, wish, piece(kind, wish, wanted.cursor, wanted.limit)))


def refuse_others(kind: Kind, wanted: RowsAsked) -> None:
    """What the kind has not: another filter, another order, a place that is none."""
    filters = ("purpose", "error", "tool", "unpriced", "session")
    problems = {name: NOT_HERE for name in filters if getattr(wanted, name) and name not in kind.filters}
    if wanted.sort not in kind.sorts:
        problems["sort"] = f"One of {', '.join(kind.sorts)}."
    elif wanted.cursor and place(wanted.cursor, kind.sorts[wanted.sort].read) is None:
        problems["cursor"] = "This is no cursor of this list."
    if problems:
        raise ValidationError({name: [words] for name, words in problems.items()})


def rows_shape(request: Request, kind: Kind, wish: Wish, found: Piece) -> RowsShape:
    columns = [column for column in kind.columns if wish.question.everyone or not column.staff]
    told = [column for column in columns if column.key not in BESIDE]
    called = names(wish, {row.session for row in found.rows})
    return {
        "kind": kind.key,
        "about": kind.about,
        "columns": [{"key": each.key, "name": each.name, "kind": each.kind} for each in told],
        "results": [row_shape(row, told, called[row.session]) for row in opened(wish, told, found.rows)],
        "next": page(request, found.after) if found.after else None,
        "previous": None,
        "total": list(kind.total(wish)),
        "bounded": found.bounded,
    }


def row_shape(row: Row, columns: list[Column], name: Name) -> RowShape:
    return {
        "session": {"id": row.session, "name": name.words},
        "message": row.message,
        "model": row.titles.get("model") or None,
        "values": {column.key: value_of(row.values[column.key]) for column in columns},
    }


def value_of(value: Value) -> Any:
    """Money with all its digits, as a text; moments in UTC; None is what is not known."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return plain(value) if isinstance(value, Decimal) else value


def page(request: Request, cursor: str) -> str:
    query = request.query_params.dict() | {"cursor": cursor}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
