"""Finding messages by their words, for programs: what the search page finds, each hit for itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.search import FOUND_AT_MOST, Filters, Hit, Hits, parse, search_messages, split_tags

from . import examples
from .answers import ApiView
from .authentication import person_of
from .given import Asked, Flag, Words, asked, number
from .operations import Gives, operation

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
TAG_LENGTH = 40
NO_WORD = (
    "There is no word to look for yet. A search needs at least one word that is not left out by a minus."
)
NO_DAYS = "The first day is after the last one: no message lies between them."
NO_DAY = "This is no day. Write it as 2026-11-30."


def day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            if value != date.fromisoformat(value).isoformat():
                raise ValueError
        except ValueError:
            raise ValueError(NO_DAY) from None
    return value


def near(value: date) -> date:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError("A day from 2000 to 2199.")
    return value


Day = Annotated[date, BeforeValidator(day, json_schema_input_type=date), AfterValidator(near)]


class Looking(Asked):
    q: Annotated[
        Words,
        Field(
            min_length=1,
            max_length=1000,
            description='Words (all must be there), "a phrase", -without, begin*, tag:name.',
        ),
    ]
    role: Annotated[
        Literal["user", "assistant", "tool"] | None, Field(description="tool: only what tools returned.")
    ] = None
    model: Annotated[Words, Field(max_length=120, description="Only answers of this model.")] = ""
    session: Annotated[UUID | None, Field(description="Only in this session.")] = None
    tags: Annotated[
        Words, Field(max_length=400, description="Only in sessions with all these tags, commas between them.")
    ] = ""
    starred: Annotated[
        Flag | None, Field(description="Only in sessions that are starred, or that are not.")
    ] = None
    archived: Annotated[
        Flag | None, Field(description="Only in sessions that are archived, or that are not.")
    ] = None
    first: Annotated[
        Day | None, Field(alias="from", description="The first day, in your time zone, from 2000 on.")
    ] = None
    last: Annotated[Day | None, Field(alias="to", description="The last day, which counts too.")] = None
    versions: Annotated[Flag, Field(description="true: versions too that no page shows now.")] = False
    order: Annotated[Literal["relevance", "newest"], Field(description="The best first, or the newest.")] = (
        "relevance"
    )
    limit: Annotated[int, Field(ge=1, le=100, description="Hits of a page."), BeforeValidator(number)] = 20
    offset: Annotated[
        int, Field(ge=0, le=FOUND_AT_MOST, description="Hits before this page."), BeforeValidator(number)
    ] = 0


class FoundInShape(TypedDict):
    """The session of a hit."""

    id: UUID
    title: str
    starred: bool
    archived: bool


class HitShape(TypedDict):
    session: FoundInShape
    message: UUID
    role: str
    author: Annotated[str, Field(description="The username of who wrote it; empty for an answer.")]
    model: str
    at: datetime
    shown: Annotated[bool, Field(description="Whether the conversation shows this version now.")]
    found_in: Annotated[Literal["message", "tool result"], Field(description="Where the snippet is from.")]
    snippet: Annotated[str, Field(description="A piece of the text on one line. Plain text, never HTML.")]
    highlights: Annotated[
        list[Annotated[list[int], Field(min_length=2, max_length=2)]],
        Field(description="What matched: from and before which Unicode character of the snippet."),
    ]
    score: Annotated[float, Field(description="Higher is better; 0 where the newest were asked for.")]


class HitsShape(TypedDict):
    """A page of hits."""

    results: list[HitShape]
    next: str | None
    previous: str | None
    total: Annotated[int, Field(description="How many there are, counted to 1,000.")]
    more: Annotated[bool, Field(description="There are others, older than those counted.")]


EXAMPLE: dict[str, Any] = {
    "results": [
        {
            "session": {
                "id": examples.SESSION_ID, "title": "Weekly cost review", "starred": False, "archived": False,
            },
            "message": examples.ASKED_ID,
            "role": "user",
            "author": "alice",
            "model": "",
            "at": "2026-11-30T09:12:42.010000Z",
            "shown": True,
            "found_in": "message",
            "snippet": "What did this week cost?",
            "highlights": [[19, 23]],
            "score": 2.2,
        }
    ],
    "next": None,
    "previous": None,
    "total": 1,
    "more": False,
}  # fmt: skip


class Search(ApiView):
    @operation(
        "search", "Find messages", tag="Messages", scope="read", query=Looking,
        gives={200: Gives(HitsShape, "What holds all that was asked for.", EXAMPLE)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """By their words, in every session you may read. The newest 1,000 that hold them are ranked."""
        wanted = asked(request, Looking)
        words = split_tags(wanted.q)[0]
        if not parse(words):
            raise ValidationError({"q": [NO_WORD]})
        if wanted.first and wanted.last and wanted.first > wanted.last:
            raise ValidationError({"from": [NO_DAYS]})
        found = search_messages(
            request.user, words, filters_of(wanted, person_of(request).zone),
            order=wanted.order, limit=wanted.limit, offset=wanted.offset,
        )  # fmt: skip
        return Response(hits_shape(request, wanted, found))


def filters_of(wanted: Looking, zone: tzinfo) -> Filters:
    tags = (_tag(name) for name in (*wanted.tags.split(","), *split_tags(wanted.q)[1]))
    return Filters(
        since=midnight(wanted.first, zone) if wanted.first else None,
        until=midnight(wanted.last + timedelta(days=1), zone) if wanted.last else None,
        session=wanted.session,
        model=wanted.model,
        role=wanted.role or "",
        starred=wanted.starred,
        archived=wanted.archived,
        tags=tuple(dict.fromkeys(name for name in tags if name)),
        versions=wanted.versions,
    )


def hits_shape(request: Request, wanted: Looking, found: Hits) -> HitsShape:
    after, before = wanted.offset + wanted.limit, max(0, wanted.offset - wanted.limit)
    return {
        "results": [hit_shape(hit) for hit in found.hits],
        "next": page(request, after) if after < found.total else None,
        "previous": page(request, before) if wanted.offset else None,
        "total": found.total,
        "more": found.more,
    }


def hit_shape(hit: Hit) -> HitShape:
    return {
        "session": {
            "id": hit.session_id,
            "title": hit.title,
            "starred": hit.starred,
            "archived": hit.archived,
        },
        "message": hit.message_id,
        "role": hit.role,
        "author": hit.author,
        "model": hit.model,
        "at": hit.at,
        "shown": hit.shown,
        "found_in": hit.found_in,
        "snippet": hit.snippet,
        "highlights": [list(each) for each in hit.highlights],
        "score": hit.score,
    }


def page(request: Request, offset: int) -> str:
    """The address of another page of the same."""
    query = request.query_params.dict() | {"offset": str(offset)}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")


def midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock.min, zone)


def _tag(name: str) -> str:
    """As tags are kept."""
    return " ".join(name.split()).lower()[:TAG_LENGTH]
