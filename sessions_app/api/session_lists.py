"""Which sessions a list for programs has: one's own and those shared with one, or one person's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects
from django.http import Http404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions import audit
from sessions_app.actions.organising import as_tag
from sessions_app.folding import holds
from sessions_app.models import ChatSession, SessionTag, User

from .authentication import must_not_hold_back
from .given import Flag, Moment, Paged, Text
from .shapes import SessionShape, session_shapes
from .walks import merged_page

Chats = QuerySet[ChatSession]


OWNER = (
    "Id or username of the person who owns them. Other people's are for staff who may read them, with a token of scope "
    "`admin` or in a browser: to anybody else there is no such person."
)


class SessionsAsked(Paged):
    archived: (
        Annotated[
            Literal["false", "true", "any"],
            Field(description="What is archived; without it `false`, of deleted ones `any`."),
        ]
        | None
    ) = None
    deleted: Annotated[
        Flag, Field(description="One's own that were deleted in the last 30 days, by when they were deleted.")
    ] = False
    starred: Flag | None = None
    tag: (
        Annotated[Text, Field(min_length=1, max_length=120, description="A tag they have, in whatever case.")]
        | None
    ) = None
    model: Annotated[Text, Field(max_length=120, description="What answers in them.")] | None = None
    title: (
        Annotated[Text, Field(max_length=120, description="Stands in their title, in whatever case.")] | None
    ) = None
    kind: Annotated[
        Literal["chat", "thread"], Field(description="`thread` is the one conversation of /chat.")
    ] = "chat"
    created_after: Annotated[Moment, Field(description="Made then or later.")] | None = None
    created_before: Annotated[Moment, Field(description="Made earlier.")] | None = None
    active_after: Annotated[Moment, Field(description="Last activity then or later.")] | None = None
    active_before: Annotated[Moment, Field(description="Last activity earlier.")] | None = None
    order: Annotated[
        Literal["newest", "oldest"], Field(description="By last activity; of deleted ones by deletion.")
    ] = "newest"
    student_id: Annotated[Text, Field(min_length=1, max_length=150, description=OWNER)] | None = None


def list_of(request: Request, wanted: SessionsAsked) -> Response:
    """A page of them. What staff read of others is on record before it is shown."""
    owner = None if wanted.student_id is None else owner_of(request, wanted.student_id)

    def shapes(rows: list[ChatSession]) -> list[SessionShape]:
        prefetch_related_objects(rows, "tags")
        if owner is not None and owner.pk != request.user.pk:
            keys = [row.pk for row in rows]
            audit.record_read(actor=request.user, action="read session", sessions=keys, look=True)
        return session_shapes(rows)

    order = "deleted_at" if wanted.deleted else "last_activity_at"
    walks = walks_of(request.user, owner, wanted)
    return merged_page(request, wanted, walks, order, shapes, oldest=wanted.order == "oldest")


def owner_of(request: Request, named: str) -> User:
    """The person of this id or username, as far as the asker may read their sessions. What is foreign and what is
    missing are the same 404."""
    user: Any = request.user
    if named in (str(user.pk), user.username):
        return user  # type: ignore[no-any-return]
    must_not_hold_back(request)
    if not getattr(request.user, "reads_others", False):
        raise Http404
    known = named.isascii() and named.isdecimal() and len(named) <= 18
    found = User.objects.filter(pk=int(named)).first() if known else None
    found = found or User.objects.filter(username=named).first()
    if found is None:
        raise Http404
    return found


def walks_of(user: Any, owner: User | None, wanted: SessionsAsked) -> list[Chats]:
    """What is asked for, in parts that walk along an index each."""
    rows = ChatSession.objects.all()
    if owner is not None and owner.pk != user.pk:
        rows = ChatSession.objects.all_for_staff(user)
    person = owner or user
    if wanted.deleted:
        mine = [rows.deleted_by(person)]
        archived = {"false": [False], "true": [True]}.get(wanted.archived or "")
    else:
        mine = [rows.owned_by(person)]
        archived = {"true": [True], "any": [False, True]}.get(wanted.archived or "", [False])
    others = [] if owner or wanted.deleted else [rows.shared_with(user).exclude(owner=user.pk)]
    tags = SessionTag.objects.filter(name=as_tag(wanted.tag or ""))
    if wanted.tag:
        mine = [part.filter(pk__in=tags.filter(owner=person.pk).values("session")) for part in mine]
        others = [part.filter(Exists(tags.filter(session=OuterRef("pk")))) for part in others]
    parts = [narrowed(part, wanted) for part in mine + others]
    if archived is None:
        return parts
    return [part.filter(archived_at__isnull=not on) for part in parts for on in archived]


def narrowed(rows: Chats, wanted: SessionsAsked) -> Chats:
    given = {
        "starred": wanted.starred,
        "model": wanted.model or None,
        "created_at__gte": wanted.created_after,
        "created_at__lt": wanted.created_before,
        "last_activity_at__gte": wanted.active_after,
        "last_activity_at__lt": wanted.active_before,
    }
    rows = rows.filter(
        kind=wanted.kind, **{name: value for name, value in given.items() if value is not None}
    )
    return rows.filter(holds("title", wanted.title)) if wanted.title else rows
