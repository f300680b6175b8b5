"""Templates of new sessions for programs: one's own, and those that staff share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.templates import (
    Contents,
    change_template,
    delete_template,
    duplicate_template,
    make_template,
    start_session,
)
from sessions_app.models import ChatSession, SessionTemplate, User
from sessions_app.transactions import write

from . import examples
from .answers import ApiView
from .authentication import must_not_hold_back, person_of
from .given import Given, ModelName, Nothing, Paged, Text, asked, given
from .idempotency import once
from .operations import Gives, Listed, operation
from .pagination import page_of
from .preconditions import must_match
from .session_changes import KNOWN
from .shapes import SessionShape, session_shape

REFUSED = ["bad_setting", "may_not_share"]
EXAMPLE: dict[str, Any] = {
    "id": "01938f2e-7010-7aa1-9b2c-3d4e5f607182",
    "name": "Weekly review",
    "description": "What the week cost, and why.",
    "model": "claude-opus-5-5",
    "settings": {"max_turns": 10},
    "opening": "What did this week cost?",
    "shared": False,
    "own": True,
    "created_at": "2026-11-30T09:00:00Z",
    "updated_at": "2026-11-30T09:00:00Z",
}
ENTERED = {name: EXAMPLE[name] for name in ("name", "description", "model", "settings", "opening")}
NOTE = "Claude Opus 5 is not offered any more: Claude Sonnet 5.5 answers instead."


class TemplateShape(TypedDict):
    id: UUID
    name: str
    description: str
    model: Annotated[str, Field(description="Empty: whichever is the default one when a session begins.")]
    settings: dict[str, Any]
    opening: Annotated[str, Field(description="What stands in the message box of a new session.")]
    shared: Annotated[bool, Field(description="Offered to everyone.")]
    own: Annotated[bool, Field(description="Yours: only those can be changed. Others can be duplicated.")]
    created_at: datetime
    updated_at: datetime


def template_shape(row: SessionTemplate, person: Any) -> TemplateShape:
    return {
        "id": row.pk,
        "name": row.name,
        "description": row.description,
        "model": row.model,
        "settings": row.settings,
        "opening": row.opening,
        "shared": row.shared,
        "own": row.owner_id == person.pk,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


class NewTemplate(Given):
    name: Annotated[Text, Field(description="1 to 80 characters; no other template of yours has it.")]
    description: Annotated[Text, Field(description="At most 200 characters.")] = ""
    model: ModelName = ""
    settings: Annotated[
        dict[str, Any],
        Field(description="As those of a session; null takes one out.", json_schema_extra=KNOWN),
    ] = {}
    opening: Annotated[Text, Field(description="At most 20,000 characters.")] = ""
    shared: Annotated[bool, Field(description="Offer it to everyone; for staff.")] = False


class TemplateChange(Given):
    """What is not named stays. Settings that are named take the place of those there are, one by one."""

    name: Text | None = None
    description: Text | None = None
    model: ModelName | None = None
    settings: Annotated[dict[str, Any], Field(json_schema_extra=KNOWN)] | None = None
    opening: Text | None = None
    shared: bool | None = None


class Beginning(Given):
    session: Annotated[
        UUID | None,
        Field(description="An empty session that is to begin with it; without one a new one is made."),
    ] = None


class BegunShape(SessionShape):
    """The session, and in words what of the template could not be taken over (empty where all was)."""

    note: str


def template_of(request: Request, pk: UUID) -> SessionTemplate:
    return get_object_or_404(SessionTemplate.objects.for_user(request.user), pk=pk)


def held(request: Request, pk: UUID) -> SessionTemplate:
    """One's own template as it stays until the end of the transaction, if it is still what `If-Match` names. One that
    is shared is everyone's matter: a token of staff needs the scope `admin` for it."""
    User.objects.select_for_update().get(pk=person_of(request).pk)  # as the actions do: in one order
    own = SessionTemplate.objects.for_user(request.user).filter(owner=request.user.pk).select_for_update()
    template: SessionTemplate = get_object_or_404(own, pk=pk)
    if template.shared:
        must_not_hold_back(request)
    must_match(request, template_shape(template, request.user))
    return template


def contents_of(wanted: NewTemplate) -> Contents:
    return Contents(**wanted.model_dump())


def changed_contents(row: SessionTemplate, wanted: TemplateChange) -> Contents:
    named: Mapping[str, Any] = wanted.model_dump(exclude_none=True)
    kept = {name: getattr(row, name) for name in ("name", "description", "model", "opening", "shared")}
    settings = {**row.settings, **(wanted.settings or {})}
    return Contents(**{**kept, **named, "settings": settings})


class Templates(ApiView):
    @operation(
        "list_templates", "List templates", tag="Templates", scope="read", query=Paged,
        gives={200: Gives(Listed[TemplateShape], "One's own and shared ones, newest first.", examples.listed(EXAMPLE))},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked(request, Paged)
        rows = SessionTemplate.objects.for_user(request.user)
        return page_of(
            request, rows, lambda found: [template_shape(row, request.user) for row in found], "-pk"
        )

    @operation(
        "make_template", "Make a template", tag="Templates", scope="write", takes=NewTemplate, example=ENTERED,
        headers=["Idempotency-Key"], gives={201: Gives(TemplateShape, "The new template.", EXAMPLE)},
        refuses=[*REFUSED, "too_many_templates"],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        wanted = given(request, NewTemplate)

        def make() -> Response:
            row = make_template(owner=person_of(request), contents=contents_of(wanted))
            return Response(template_shape(row, request.user), status=201)

        return once(request, "make_template", wanted.model_dump(), make)


class Template(ApiView):
    @operation(
        "get_template", "Read a template", tag="Templates", scope="read", headers=["If-None-Match"],
        gives={200: Gives(TemplateShape, "The template.", EXAMPLE)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(template_shape(template_of(request, pk), request.user))

    @operation(
        "replace_template", "Replace a template", tag="Templates", scope="write", takes=NewTemplate, example=ENTERED,
        headers=["If-Match"], gives={200: Gives(TemplateShape, "As it is now.", EXAMPLE)}, refuses=REFUSED,
    )  # fmt: skip
    def put(self, request: Request, pk: UUID) -> Response:
        """Of what is not named nothing stays. Sessions that began with it stay as they are."""
        wanted = given(request, NewTemplate)
        with write():
            row = held(request, pk)
            change_template(template=row, person=person_of(request), contents=contents_of(wanted))
        return Response(template_shape(row, request.user))

    @operation(
        "change_template", "Change a template", tag="Templates", scope="write", takes=TemplateChange,
        example={"opening": "What did this month cost?", "settings": {"max_turns": None}}, headers=["If-Match"],
        gives={200: Gives(TemplateShape, "As it is now.", EXAMPLE)}, refuses=REFUSED,
    )  # fmt: skip
    def patch(self, request: Request, pk: UUID) -> Response:
        """What is not named stays; of settings each for itself, and null takes one out."""
        wanted = given(request, TemplateChange)
        with write():
            row = held(request, pk)
            change_template(template=row, person=person_of(request), contents=changed_contents(row, wanted))
        return Response(template_shape(row, request.user))

    @operation(
        "delete_template", "Delete a template", tag="Templates", scope="write", headers=["If-Match"],
        gives={204: Gives(None, "It is gone. Sessions that began with it stay.")},
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        with write():
            delete_template(template=held(request, pk))
        return Response(status=204)


class Duplicate(ApiView):
    @operation(
        "duplicate_template", "Copy a template", tag="Templates", scope="write", takes=Nothing,
        headers=["Idempotency-Key"], gives={201: Gives(TemplateShape, "A copy of one's own, not shared.", EXAMPLE)},
        refuses=["too_many_templates"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        template = template_of(request, pk)
        given(request, Nothing)

        def make() -> Response:
            row = duplicate_template(template=template, owner=person_of(request))
            return Response(template_shape(row, request.user), status=201)

        return once(request, "duplicate_template", {"template": pk}, make)


class Use(ApiView):
    @operation(
        "use_template", "Begin a session with a template", tag="Templates", scope="write", takes=Beginning,
        example={}, headers=["Idempotency-Key"],
        gives={
            200: Gives(BegunShape, "The session that was named.", examples.NEW_SESSION | {"note": NOTE}),
            201: Gives(BegunShape, "A new session.", examples.NEW_SESSION | {"note": ""}),
        },
        refuses=["not_possible", "deleted", "premium_model"],
    )  # fmt: skip
    def post(self, request: Request, pk: UUID) -> Response:
        """Its model and settings become those of the session, its opening the draft."""
        template = template_of(request, pk)
        wanted = given(request, Beginning)

        def make() -> Response:
            chat = ChatSession.writable_by(request.user.pk, wanted.session) if wanted.session else None
            if wanted.session and chat is None:
                raise Http404
            begun = start_session(template=template, owner=person_of(request), chat=chat)
            row = ChatSession.objects.for_user(request.user).get(pk=begun.chat.pk)
            found: BegunShape = {**session_shape(row), "note": begun.note}
            return Response(found, status=201 if chat is None else 200)

        return once(request, "use_template", {"template": pk, **wanted.model_dump()}, make)
