"""What may be used and how much of it is used, for programs; and the limit an owner sets for a session."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from analytics_app.actions.budgets import limit_session
from analytics_app.models import Budget, BudgetSpan
from analytics_app.queries.budgets import Standing, standing_of, standings, used_in
from analytics_app.refusals import name, nameless
from analytics_app.spans import EVER
from analytics_app.tools.asking import plain
from analytics_app.views.plan import sum_of
from sessions_app.api.answers import ApiView
from sessions_app.api.authentication import key_of, must_be_browser, person_of
from sessions_app.api.given import Asked, Given, asked, given
from sessions_app.api.operations import Gives, operation
from sessions_app.api.session_changes import chat_of
from sessions_app.api.shapes import Money
from sessions_app.models import ChatSession, User
from sessions_app.transactions import write

from . import examples

WORKSPACE, MONEY = Budget.Audience.WORKSPACE, Budget.Measure.MONEY
SESSIONS_TOLD = 100
NOT_RAISED = (
    "This takes a browser's session: with a token a session's limit can be set or lowered, not raised."
)
NOT_LIFTED = (
    "This takes a browser's session: with a token a session's limit can be set or lowered, not lifted."
)
Amount = Annotated[
    str | int | None,
    Field(
        description="USD as a text, else a number; null where it is everyone's, or of another's session, and you "
        "are no staff."
    ),
]


Whose = Literal["person", "plan", "workspace", "session"]


class LimitedSessionShape(TypedDict):
    id: UUID
    title: str


class LimitShape(TypedDict):
    """One limit in its present span."""

    id: UUID
    name: Annotated[str, Field(description="In words.")]
    of: Annotated[
        Whose,
        Field(description="Whose use it counts: of the workspace and of a session that of others too."),
    ]
    session: LimitedSessionShape | None
    by_owner: Annotated[bool, Field(description="Set by the session's owner; others are set by staff.")]
    measure: Literal["money", "tokens", "requests"]
    period: Literal["minute", "day", "month", "ever"]
    limit: Amount
    used: Amount
    reserved: Annotated[Amount, Field(description="The most that running replies may add.")]
    share: Annotated[float, Field(description="What is used of the limit: 0.8 at 80 %; may be above 1.")]
    used_up: bool
    unpriced_calls: Annotated[int | None, Field(description="Of money: calls of unknown price, in no sum.")]
    began_at: Annotated[datetime | None, Field(description="null where it counts from the beginning.")]
    resets_at: Annotated[datetime | None, Field(description="When it begins anew; null: never.")]


class ReplyLimitsShape(TypedDict):
    """The most that one reply may take, whoever asks."""

    cost: Money
    turns: int
    tool_calls: int


class LimitsShape(TypedDict):
    plan: Literal["free", "premium"]
    limits: Annotated[list[LimitShape], Field(description="What counts your use, the fullest first.")]
    sessions: Annotated[list[LimitShape], Field(description="Limits of your own sessions, the newest 100.")]
    reply: ReplyLimitsShape


class SessionLimitShape(TypedDict):
    money: Annotated[
        Money | None, Field(description="What its owner lets it cost in all; null: no such limit.")
    ]
    staff: Annotated[Money | None, Field(description="What staff let it cost in all; the lower holds.")]
    used: Money


class About(Asked):
    session: Annotated[UUID | None, Field(description="With the limits of this session.")] = None


class NewSessionLimit(Given):
    money: Annotated[
        str,
        Field(
            pattern=r"^[0-9]{1,12}(\.[0-9]{1,10})?$",
            description="USD in plain notation, from 0.0001 to 10,000,000.",
        ),
    ]


def limit_shape(standing: Standing, person: User, *, everyones: bool) -> LimitShape:
    """How much everyone together uses is told only to whom may see `everyones`, of a session to its owner too; its
    share to all whom it stops."""
    budget: Any = standing.budget  # its choices are texts to the type checker
    chat = budget.session
    shared = budget.audience == WORKSPACE or (chat is not None and chat.owner_id != person.pk)
    hidden = shared and not everyones
    ever = budget.period == Budget.Period.EVER
    return {
        "id": budget.pk,
        "name": nameless(budget) if hidden else name(budget),
        "of": whose(budget),
        "session": {"id": chat.pk, "title": str(chat)} if chat else None,
        "by_owner": budget.by_owner,
        "measure": budget.measure,
        "period": budget.period,
        "limit": None if hidden else amount(standing.limit),
        "used": None if hidden else amount(standing.spent),
        "reserved": None if hidden else amount(standing.reserved),
        "share": standing.share,
        "used_up": standing.used_up,
        "unpriced_calls": standing.unpriced if budget.measure == MONEY and not hidden else None,
        "began_at": None if ever else standing.begins,
        "resets_at": None if ever else standing.ends,
    }


def whose(budget: Budget) -> Whose:
    if budget.session_id:
        return "session"
    if budget.user_id:
        return "person"
    return "workspace" if budget.audience == WORKSPACE else "plan"


def amount(value: Decimal | int) -> str | int:
    return (plain(value) or "0") if isinstance(value, Decimal) else value


def limits_shape(person: User, chat: ChatSession | None, *, everyones: bool) -> LimitsShape:
    now = timezone.now()
    rows = own_sessions(person).select_related("session").order_by("-id")[:SESSIONS_TOLD]
    beside = sorted(standing_of(rows, person.pk, now), key=lambda each: -each.share)
    return {
        "plan": person.plan,  # type: ignore[typeddict-item]  # choices of the model
        "limits": [limit_shape(each, person, everyones=everyones) for each in standings(person, chat, now)],
        "sessions": [limit_shape(each, person, everyones=everyones) for each in beside],
        "reply": {
            "cost": plain(settings.MAX_REPLY_COST) or "0",
            "turns": settings.MAX_TURNS,
            "tool_calls": settings.MAX_TOOL_CALLS,
        },
    }


def own_sessions(person: User) -> QuerySet[Budget]:
    return Budget.objects.filter(session__owner=person, session__deleted_at__isnull=True)


class Limits(ApiView):
    @operation(
        "list_limits", "What may be used, and what is", tag="Workspace", scope="read", query=About,
        gives={200: Gives(LimitsShape, "As they stand now.", examples.LIMITS)}, refuses=["not_found"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Of a session that is named its own limits are among them."""
        wanted = asked(request, About)
        chat = chat_of(request, wanted.session) if wanted.session else None
        return Response(limits_shape(person_of(request), chat, everyones=person_of(request).is_staff))


def owned(request: Request, pk: UUID) -> ChatSession:
    """A limit is the owner's to see and to set, as on the page: to members there is nothing here."""
    return get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk, owner=request.user.pk)


def must_not_raise(request: Request, chat: ChatSession, money: Decimal | None) -> None:
    """Refuses a token that would let the session cost more than its owner does, in the caller's transaction."""
    ChatSession.objects.select_for_update().filter(pk=chat.pk).first()  # who sets it at the same time waits
    own = Budget.objects.filter(session=chat, by_owner=True).first()
    if own is not None and own.money is not None and (money is None or money > own.money):
        must_be_browser(request, NOT_RAISED)


def session_limit_shape(chat: ChatSession) -> SessionLimitShape:
    own = Budget.objects.filter(session=chat, by_owner=True).first()
    theirs = Budget.objects.filter(
        session=chat, by_owner=False, measure=MONEY, period=Budget.Period.EVER
    ).first()
    used = used_in(BudgetSpan.Kind.CALLS, f"session:{chat.pk}", "ever", EVER).money
    return {
        "money": plain(own.money) if own else None,
        "staff": plain(theirs.money) if theirs else None,
        "used": plain(used) or "0",
    }


class SessionLimit(ApiView):
    @operation(
        "get_session_limit", "What a session may cost", tag="Sessions", scope="read",
        gives={200: Gives(SessionLimitShape, "Its limits, and what it has cost.", examples.SESSION_LIMIT)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(session_limit_shape(owned(request, pk)))

    @operation(
        "set_session_limit", "Limit what a session may cost", tag="Sessions", scope="write", takes=NewSessionLimit,
        example={"money": "2.50"}, gives={200: Gives(SessionLimitShape, "As it is now.", examples.SESSION_LIMIT)},
        refuses=["bad_sum", "session_needed"],
    )  # fmt: skip
    def put(self, request: Request, pk: UUID) -> Response:
        """In all, from its beginning. Only its owner may; what staff set stays beside it. A token sets or lowers it; to
        raise it takes a browser's session."""
        chat = owned(request, pk)
        money = sum_of(given(request, NewSessionLimit).money)
        with write():
            if key_of(request) is not None:
                must_not_raise(request, chat, money)
            limit_session(person=request.user, chat=chat, money=money)
        return Response(session_limit_shape(chat))

    @operation(
        "remove_session_limit", "Lift the limit of a session", tag="Sessions", scope="write",
        gives={204: Gives(None, "Its owner limits it no more.")}, refuses=["session_needed"],
    )  # fmt: skip
    def delete(self, request: Request, pk: UUID) -> Response:
        """Only with a browser's session."""
        chat = owned(request, pk)
        must_be_browser(request, NOT_LIFTED)
        limit_session(person=request.user, chat=chat, money=None)
        return Response(status=204)
