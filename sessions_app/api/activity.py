"""Events of activity, for the programs that report them and for those that look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.shortcuts import get_object_or_404
from pydantic import AfterValidator, Discriminator, Field, RootModel, Tag
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.about_events import start_session
from sessions_app.actions.activity import Taken, take_events
from sessions_app.activity import finding
from sessions_app.activity.values import BODY, DATA, LINK, NUMBERS, WEB, WORDS, Event, size_of
from sessions_app.models import ActivityEvent

from . import examples
from .answers import ApiView
from .authentication import must_administer
from .given import NOTHING_HIDDEN, Asked, Given, Moment, Nothing, Paged, Storable, Text, Words, asked, given
from .idempotency import once
from .operations import Gives, Listed, operation
from .shapes import SessionShape, Values, session_shape
from .walks import merged_page

EVENT_ID = "01938f2e-a001-7b10-8c21-3d4e5f607182"
EVENT: dict[str, Any] = {
    "id": EVENT_ID,
    "source": "nightly-build",
    "kind": "build_failed",
    "severity": "error",
    "title": "The build of main failed",
    "body": "tests/test_parser.py: 2 failed",
    "data": {"branch": "main", "failed": 2},
    "link": "https://ci.example.org/builds/812",
    "fingerprint": "main",
    "count": 3,
    "audience": "owner",
    "first_at": "2026-11-30T08:40:00Z",
    "at": "2026-11-30T09:12:00Z",
    "received_at": "2026-11-30T09:12:01.204000Z",
}
NEW = {
    name: EVENT[name]
    for name in ("source", "kind", "severity", "title", "body", "data", "link", "fingerprint")
}
SOURCE: dict[str, Any] = {
    "name": "nightly-build",
    "kinds": ["build_failed", "build_passed"],
    "severity": "error",
    "events": 14,
    "count": 31,
    "first_at": "2026-11-02T01:10:00Z",
    "last_at": "2026-11-30T09:12:00Z",
}
BATCH = 100
Severity = Literal["debug", "info", "warning", "error", "critical"]


def small(value: dict[str, Any]) -> dict[str, Any]:
    size = size_of(value)
    if size is None or size > DATA:
        raise ValueError(f"At most {DATA:,} bytes of JSON, 20 levels deep, with finite numbers.")
    return value


Line = Annotated[
    str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"), Storable()
]


class NewEvent(Given):
    """Something that happened. Its words are shown to people and told to models as data, never as instructions."""

    source: Annotated[Line, Field(max_length=60, description="What reports it.")]
    kind: Annotated[
        str,
        Field(
            min_length=1,
            max_length=40,
            pattern="^[a-z0-9][a-z0-9_.-]*$",
            description="What sort of thing it is.",
        ),
    ]
    title: Annotated[Line, Field(max_length=200)]
    severity: Severity = "info"
    body: Annotated[Text, Field(max_length=BODY)] = ""
    data: Annotated[
        Values,
        Field(description=f"{DATA:,} bytes of JSON at the most, nested 20 levels at the deepest."),
        AfterValidator(small),
    ] = {}
    link: Annotated[
        str, Field(max_length=LINK, pattern=f"^({WEB})?$", description="Where there is more: http or https.")
    ] = ""
    at: Annotated[Moment | None, Field(description="When it happened; else now.")] = None
    fingerprint: Annotated[
        str,
        Field(
            max_length=64,
            pattern=NOTHING_HIDDEN,
            description="Names the same thing again: within an hour it is counted, not added.",
        ),
        Storable(),
    ] = ""
    id: Annotated[
        str,
        Field(
            max_length=64,
            pattern=NOTHING_HIDDEN,
            description="One's own name for this event: twice within a day from one source is once.",
        ),
        Storable(),
    ] = ""
    audience: Annotated[
        Literal["owner", "everyone", "staff"],
        Field(description="Who sees it; other than oneself only staff may say so, with the scope admin."),
    ] = "owner"

    @property
    def event(self) -> Event:
        return Event(
            self.source, self.kind, self.title, NUMBERS[self.severity], self.body, self.data, self.link,
            self.fingerprint, self.audience, self.at, name=self.id,
        )  # fmt: skip


class NewEvents(Given):
    events: Annotated[list[NewEvent], Field(min_length=1, max_length=BATCH)]


def form_of(value: Any) -> str:
    return (
        "batch" if isinstance(value, NewEvents) or (isinstance(value, dict) and "events" in value) else "one"
    )


class Report(
    RootModel[
        Annotated[
            Annotated[NewEvent, Tag("one")] | Annotated[NewEvents, Tag("batch")], Discriminator(form_of)
        ]
    ]
):
    """One event, or up to 100 of them."""

    @property
    def events(self) -> list[NewEvent]:
        return self.root.events if isinstance(self.root, NewEvents) else [self.root]


class ActivityEventShape(TypedDict):
    id: UUID
    source: str
    kind: str
    severity: Severity
    title: str
    body: str
    data: Values
    link: str
    fingerprint: str
    count: Annotated[int, Field(description="How often it happened since `first_at`.")]
    audience: Annotated[Literal["owner", "everyone", "staff"], Field(description="Who sees it.")]
    first_at: datetime
    at: Annotated[datetime, Field(description="When it last happened.")]
    received_at: datetime


class EventTakenShape(TypedDict):
    id: UUID
    outcome: Annotated[
        Literal["new", "counted", "known"],
        Field(
            description="counted: to an event there was; known: it had come before under its `id`, and was not counted again."
        ),
    ]


class EventsReportedShape(TypedDict):
    """What became of the events, in their order."""

    taken: Annotated[int, Field(description="That are new.")]
    counted: Annotated[int, Field(description="That were counted to others.")]
    known: Annotated[int, Field(description="That had come before.")]
    events: list[EventTakenShape]


class EventSourceShape(TypedDict):
    name: str
    kinds: list[str]
    severity: Annotated[Severity, Field(description="The gravest there was.")]
    events: Annotated[int, Field(description="Rows that are kept.")]
    count: Annotated[int, Field(description="How often something happened.")]
    first_at: datetime
    last_at: datetime


def event_shapes(rows: Sequence[ActivityEvent]) -> list[ActivityEventShape]:
    return [event_shape(row) for row in rows]


def event_shape(row: ActivityEvent) -> ActivityEventShape:
    severity: Any = WORDS.get(row.severity, "info")
    audience: Any = row.audience
    return {
        "id": row.pk,
        "source": row.source,
        "kind": row.kind,
        "severity": severity,
        "title": row.title,
        "body": row.body,
        "data": row.data,
        "link": row.link,
        "fingerprint": row.fingerprint,
        "count": row.count,
        "audience": audience,
        "first_at": row.first_at,
        "at": row.at,
        "received_at": row.received_at,
    }


def reported_shape(taken: Sequence[Taken]) -> EventsReportedShape:
    ways = [each.way for each in taken]
    return {
        "taken": ways.count("new"),
        "counted": ways.count("counted"),
        "known": ways.count("known"),
        "events": [{"id": each.event, "outcome": each.way} for each in taken],
    }


class ListedEvents(Paged):
    source: Annotated[Words | None, Field(max_length=60)] = None
    kind: Annotated[Words | None, Field(max_length=40)] = None
    severity: Annotated[Severity | None, Field(description="This one or a graver one.")] = None
    since: Annotated[Moment | None, Field(description="From this moment on.")] = None
    until: Annotated[Moment | None, Field(description="Before this moment.")] = None
    q: Annotated[
        Words | None, Field(max_length=200, description="Words of the title or the body, all of them.")
    ] = None

    @property
    def filters(self) -> finding.Filters:
        least = NUMBERS[self.severity] if self.severity else 0
        return finding.Filters(
            self.source or "", self.kind or "", least, self.since, self.until, self.q or ""
        )


class Events(ApiView):
    @operation(
        "list_events", "List events", tag="Activity", scope="read", query=ListedEvents,
        gives={200: Gives(Listed[ActivityEventShape], "The newest first.", examples.listed(EVENT))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """One's own and those for everyone; for staff with the scope `admin` those for staff as well."""
        wanted = asked(request, ListedEvents)
        return merged_page(request, wanted, finding.walks(request.user, wanted.filters), "at", event_shapes)

    @operation(
        "report_events", "Report events", tag="Activity", scope="activity", takes=Report, example=NEW,
        headers=["Idempotency-Key"],
        gives={
            201: Gives(
                EventsReportedShape, "They are kept.",
                {"taken": 1, "counted": 0, "known": 0, "events": [{"id": EVENT_ID, "outcome": "new"}]},
            )
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """One, or up to 100 as `events`: all are taken or, where one of them is not as it must be, none; `fields` says by
        its place which. One with a `fingerprint` is counted to the last one of its source and kind with the same, where
        that was within an hour."""
        events = report_of(request).events
        if any(event.audience != "owner" for event in events):
            must_administer(request)

        def take() -> Response:
            taken = take_events(owner=request.user, events=[event.event for event in events])
            return Response(reported_shape(taken), status=201)

        return once(request, "report_events", [event.model_dump() for event in events], take)


def report_of(request: Request) -> Report:
    """The body; what is wrong is named as it stands there, without which of the two forms it was taken for."""
    try:
        return given(request, Report)
    except ValidationError as refusal:
        fields: Any = refusal.detail
        raise ValidationError(
            {re.sub(r"^(one|batch)\.", "", str(name)): words for name, words in fields.items()}
        ) from None


def event_of(request: Request, pk: UUID) -> ActivityEvent:
    return get_object_or_404(ActivityEvent.objects.for_user(request.user), pk=pk)


class OneEvent(ApiView):
    @operation(
        "get_event", "Read an event", tag="Activity", scope="read", headers=["If-None-Match"],
        gives={200: Gives(ActivityEventShape, "The event.", EVENT)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(event_shape(event_of(request, pk)))


class StartSession(ApiView):
    @operation(
        "start_session_from_event", "Start a session from an event", tag="Activity", scope="write", takes=Nothing,
        example={}, headers=["Idempotency-Key"],
        gives={201: Gives(SessionShape, "The session; its first message carries the event.", examples.NEW_SESSION)},
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Nothing is answered until somebody asks."""
        event = event_of(request, pk)
        given(request, Nothing)

        def start() -> Response:
            return Response(session_shape(start_session(event=event, person=request.user)), status=201)

        return once(request, "start_session_from_event", {"of": pk}, start)


class Sources(ApiView):
    @operation(
        "list_event_sources", "List the sources of events", tag="Activity", scope="read", query=Asked,
        gives={200: Gives(Listed[EventSourceShape], "By their names.", examples.listed(SOURCE))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked(request, Asked)
        found = [source_shape(each) for each in finding.sources(request.user)]
        return Response({"results": found, "next": None, "previous": None})


def source_shape(source: finding.Source) -> EventSourceShape:
    severity: Any = WORDS.get(source.severity, "info")
    return {
        "name": source.name,
        "kinds": list(source.kinds),
        "severity": severity,
        "events": source.events,
        "count": source.count,
        "first_at": source.first,
        "last_at": source.last,
    }
