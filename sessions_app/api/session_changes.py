"""What programs make of a session: a new one, its fields as they name them, out of sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NotRequired, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions import organising
from sessions_app.actions.errors import NotTheOwner
from sessions_app.actions.paths import locked
from sessions_app.actions.sessions import change_settings, clear_title, create_session, set_title
from sessions_app.actions.settings import LONGEST_INSTRUCTIONS, MOST_VIDEOS, RANGES
from sessions_app.actions.templates import start_session
from sessions_app.models import ChatSession, SessionTemplate
from sessions_app.offering import default_model
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .answers import must_write
from .given import Given, ModelName, Storable, Text, Title
from .preconditions import must_match, tag_of
from .shapes import SessionShape, session_shape

OF_ITS_KIND: dict[str, Any] = {
    "temperature": {"type": "number", "minimum": 0, "maximum": 1},
    **{name: {"type": "integer", "minimum": low, "maximum": high} for name, (low, high) in RANGES.items()},
    "thinking": {"type": "boolean"},
    "auto_context": {"type": "boolean"},
    "system_prompt": {"type": "string", "maxLength": LONGEST_INSTRUCTIONS},
    "tools": {"type": "array", "items": {"type": "string"}},
    "videos": {"type": "array", "maxItems": MOST_VIDEOS, "items": {"type": "string", "format": "uuid"}},
}
KNOWN: dict[str, Any] = {
    "properties": {name: {"anyOf": [kind, {"type": "null"}]} for name, kind in OF_ITS_KIND.items()}
}
Settings = Annotated[
    dict[str, Any],
    Field(
        description="Others are refused, and what a model does not take. One that is null is as if it were not there.",
        json_schema_extra=KNOWN,
    ),
]
Tags = Annotated[
    list[Text],
    Field(max_length=100, description="At most 20, of 1 to 40 characters each; kept in small letters."),
]
AnyTitle = Annotated[
    str,
    Field(max_length=120, description="An empty one takes the title away: the model may give another."),
    Storable(),
]
Change = Callable[[ChatSession], None]


class NewSession(Given):
    title: Title | None = None
    model: ModelName | None = None
    settings: Settings | None = None
    template: (
        Annotated[UUID, Field(description="What it begins with; what else is given goes before it.")] | None
    ) = None
    tags: Tags = []
    starred: bool = False


class SessionChange(Given):
    """What is left out, or null, stays."""

    title: AnyTitle | None = None
    model: Annotated[str, Field(min_length=1, max_length=120), Storable()] | None = None
    settings: (
        Annotated[
            dict[str, Any],
            Field(
                description="These are set; one that is null goes out, those not named stay.",
                json_schema_extra=KNOWN,
            ),
        ]
        | None
    ) = None
    tags: Annotated[Tags, Field(description="These and no others.")] | None = None
    starred: bool | None = None
    archived: bool | None = None


class WholeSession(Given):
    """What is left out becomes what it is in a new session."""

    title: AnyTitle = ""
    model: Annotated[ModelName, Field(description="Empty: the workspace's default.")] = ""
    settings: Settings = {}
    tags: Tags = []
    starred: bool = False
    archived: bool = False


class MadeSessionShape(SessionShape):
    """`note`: what of a template could not be taken over."""

    note: NotRequired[str]


def chat_of(request: Request, pk: UUID) -> ChatSession:
    """A chat this person may read; the missing and the foreign are the same 404."""
    return get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk)


def own_of(request: Request, pk: UUID) -> ChatSession:
    """One's own chat; members are told that it is its owner's to do."""
    chat = chat_of(request, pk)
    if chat.owner_id != request.user.pk:
        raise NotTheOwner
    return chat


# ---------------------------------------------------------------- a new one


def new_session(user: Any, wanted: NewSession) -> MadeSessionShape:
    """All of it or none."""
    settings = given_ones(wanted.settings or {})
    rows = SessionTemplate.objects.for_user(user)
    template = get_object_or_404(rows, pk=wanted.template) if wanted.template else None
    with write():
        if template is None:
            title, model = wanted.title or "", wanted.model or ""
            chat, note = create_session(owner=user, title=title, model=model, settings=settings), ""
        else:
            started = start_session(template=template, owner=user)
            chat, note = started.chat, started.note
            change_settings(chat=chat, values=settings, model=wanted.model or "", person=user)
            if wanted.title:
                set_title(chat=chat, title=wanted.title, by_model=False)
        if wanted.tags:
            organising.set_tags(chat=chat, names=wanted.tags)
        if wanted.starred:
            organising.star(chats=[chat], on=True)
        shape = cast(MadeSessionShape, session_shape(ChatSession.objects.get(pk=chat.pk)))
    if note:
        shape["note"] = note
    return shape


def given_ones(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


# ---------------------------------------------------------------- changes


def changed(request: Request, chat: ChatSession, change: Change) -> Response:
    """Do all of a change or none of it, and only to what `If-Match` names, where it names anything."""
    with write():
        now = locked(chat.pk)
        must_match(request, session_shape(now))
        change(now)
        shape = session_shape(ChatSession.objects.get(pk=chat.pk))
    return Response(shape, headers={"ETag": tag_of(shape)})


def patched(request: Request, pk: UUID, wanted: SessionChange) -> Response:
    person: Any = request.user
    chat = must_write(request, chat_of(request, pk))
    if (wanted.starred, wanted.archived) != (None, None):
        own_of(request, pk)

    def change(chat: ChatSession) -> None:
        if wanted.model is not None or wanted.settings:
            values, model = wanted.settings or {}, wanted.model or ""
            change_settings(chat=chat, values=values, model=model, person=person)
        if wanted.title is not None:
            name(chat, wanted.title)
        if wanted.tags is not None:
            organising.set_tags(chat=chat, names=wanted.tags)
        put(chat, wanted.starred, wanted.archived)

    return changed(request, chat, change)


def replaced(request: Request, pk: UUID, wanted: WholeSession) -> Response:
    person: Any = request.user

    def change(chat: ChatSession) -> None:
        model = wanted.model or default_model(person).id
        values = dict.fromkeys(chat.settings) | given_ones(wanted.settings)
        change_settings(chat=chat, values=values, model=model, person=person)
        name(chat, wanted.title)
        organising.set_tags(chat=chat, names=wanted.tags)
        put(chat, wanted.starred, wanted.archived)

    return changed(request, own_of(request, pk), change)


def name(chat: ChatSession, title: str) -> None:
    if not clean_text(title).split():
        clear_title(chat=chat)
    elif title != chat.title:
        set_title(chat=chat, title=title, by_model=False)


def put(chat: ChatSession, starred: bool | None, archived: bool | None) -> None:
    """To where it is wanted; what is there already stays as it is."""
    if starred not in (None, chat.starred):
        organising.star(chats=[chat], on=bool(starred))
    if archived not in (None, chat.archived_at is not None):
        organising.archive(chats=[chat], on=bool(archived))


def put_away(request: Request, pk: UUID, *, permanent: bool) -> Response:
    """Archive it, or delete it for 30 days; a second time changes nothing."""
    if not permanent:
        return changed(request, own_of(request, pk), lambda chat: put(chat, None, True))
    if ChatSession.objects.deleted_by(request.user).filter(pk=pk).exists():
        return Response(status=204)
    changed(request, own_of(request, pk), delete)
    return Response(status=204)


def delete(chat: ChatSession) -> None:
    organising.delete_sessions(chats=[chat])
