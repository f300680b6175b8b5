"""Finding earlier messages."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field

from analytics_app.queries.periods import Period, TimeRange
from sessions_app.actions.searching import search_everyone
from sessions_app.agent.tools import ToolContext, ToolProblem, ToolRefused, tool
from sessions_app.models import Message, User
from sessions_app.reading import consult
from sessions_app.search import Filters, Hit, parse, search_messages

from .asking import Asker, RangeArgument, Scope, ScopeArgument, period_fields

NO_WORD = "A search needs at least one word, or a period whose newest messages to show."
NOT_OTHERS = "Only staff with the permission to view messages may search those of others. One's own are there without it."
COUNTED = (
    "Counted are the messages {whose} that are shown in their session and hold all the words, in their text or in "
    "what tools returned; of very many, the newest 1,000."
)
COUNTED_NEWEST = (
    "Counted are the messages {whose} that are shown in their session; of very many, the newest 1,000."
)


@tool(view="table")
async def search_session_messages(
    context: ToolContext,
    *,
    query: Annotated[
        str,
        Field(
            description='words that must all be there; "a phrase" in quotes, -word to leave out, begin* for beginnings; '
            "empty: the newest messages of the time range, which is not all then",
            max_length=500,
        ),
    ] = "",
    time_range: RangeArgument = "all",
    limit: Annotated[int, Field(description="how many to return, the best first", ge=1, le=50)] = 10,
    scope: ScopeArgument = "own",
) -> dict[str, Any]:
    """Find earlier messages of the person's sessions, and what tools returned in them, by the words they hold. Returns
    session title, time, who wrote it, a snippet and a link, the most relevant first. Use it for "what did we say
    about" and "find the message where"."""
    if not parse(query) and (query.strip() or time_range == "all"):
        raise ToolProblem(NO_WORD)
    return await consult(_search, context, query, time_range, limit, scope)


def _search(
    context: ToolContext, query: str, time_range: TimeRange, limit: int, scope: Scope
) -> dict[str, Any]:
    asker = Asker.of(context, scope)
    if asker.everyone and not asker.reads_texts:
        raise ToolRefused(NOT_OTHERS)
    span = asker.period(time_range)
    asking = _asking_message(asker.user, context.chat_id)
    filters = Filters(since=span.start, until=span.end, leave_out=asking)
    search = search_everyone if asker.everyone else search_messages
    found = search(asker.user, query, filters, limit=limit)
    return {
        **period_fields(asker, span),
        "query": query,
        "total_found": found.total,
        "more_found": found.more,
        "messages": [_message(hit, asker) for hit in found.hits],
        "counted": (COUNTED if query.strip() else COUNTED_NEWEST).format(
            whose="of everyone" if asker.everyone else "you may read"
        ),
        "link": _link(query, span, everyone=asker.everyone),
    }


def _message(hit: Hit, asker: Asker) -> dict[str, Any]:
    return {
        "session": hit.title,
        "session_id": str(hit.session_id),
        "message_id": str(hit.message_id),
        "when": f"{hit.at.astimezone(asker.zone):%Y-%m-%d %H:%M}",
        "by": _by(hit, asker.user),
        "in": hit.found_in,
        "snippet": hit.snippet,
        "highlights": [list(place) for place in hit.highlights],
        "score": hit.score,
        "link": hit.link,
    }


def _by(hit: Hit, user: User) -> str:
    if hit.role == Message.Role.ASSISTANT:
        return "assistant"
    return "you" if hit.author == user.username else hit.author or "someone"


def _link(query: str, span: Period, *, everyone: bool) -> str:
    """The page that shows the same rows. Its days are those of the asker's zone, as the period's."""
    given = {"q": query}
    if span.start is not None:
        given["from"] = f"{span.start:%Y-%m-%d}"
    if everyone:
        given["everyone"] = "1"
    return f"/search/?{urlencode(given)}"


def _asking_message(user: User, chat_id: UUID | str) -> UUID | None:
    if not chat_id:
        return None
    asked = Message.objects.for_user(user).filter(
        session=UUID(str(chat_id)), role=Message.Role.USER, active=True
    )
    return asked.order_by("-position").values_list("pk", flat=True).first()
