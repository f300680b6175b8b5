"""Sessions: what goes on now, and which cost most."""

from __future__ import annotations

from analytics_app.dashboard.panel import Column, Contents, Sheet, Value
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.queries import active
from analytics_app.queries.chats import dearest
from sessions_app.agent.labels.views import Figure
from sessions_app.agent.labels.words import counted
from sessions_app.models import ChatSession, Reply

from .sheets import COST, MESSAGES, SESSION_KEY, not_by_model, nothing, rows_address
from .titles import Titles

LATEST, DEAREST = 10, 6
NOW = (
    Column("session", "Session"),
    Column("owner", "Owner"),
    Column("state", "State"),
    Column("last_active", "Last active", "moment"),
    MESSAGES,
    SESSION_KEY,
)
DEAR = (Column("session", "Session"), MESSAGES, COST, SESSION_KEY)


def active_now(question: Question, reads: Reads) -> Contents:
    """Of the last 24 hours, whatever period was chosen."""
    if question.narrowed:
        return not_by_model(NOW, "Sessions")
    since = question.now - active.LAST_DAY
    used = active.used(reads.chats)
    chats = active.newest(used, since, LATEST)
    at_work = {state: set(_working(reads, state)) for state in (Reply.Status.RUNNING, Reply.Status.QUEUED)}
    online = active.online()
    people = len(online) if reads.owner is None else int(reads.owner in online)
    running, queued = (len(found) for found in at_work.values())
    figures = (
        Figure("Sessions", f"{used.filter(last_activity_at__gte=since).count():,}"),
        Figure("Running", f"{running:,}"),
        Figure("Queued", f"{queued:,}"),
        Figure("People online", f"{people:,}"),
    )
    titles = Titles.of(reads, [chat.pk for chat in chats])
    rows: list[tuple[Value, ...]] = []
    for chat in chats:
        state = next((str(state.label) for state, found in at_work.items() if chat.pk in found), "")
        when = chat.last_activity_at.astimezone(question.zone)
        owner, key = chat.owner.get_username(), str(chat.pk)
        rows.append((titles.name(chat.pk), owner, state, when, chat.message_count, key))
    return Contents(
        Sheet(NOW, tuple(rows), _links(titles, chats)),
        figures=figures,
        total=f"{people:,} online",
        said=() if rows else ("No session was used in the last 24 hours.",),
        href=rows_address("sessions", question),
    )


def _working(reads: Reads, status: Reply.Status) -> list[object]:
    return list(active.replies(reads.owner, status).values_list("session", flat=True))


def sessions_by_cost(question: Question, reads: Reads) -> Contents:
    """The sessions that are there and were dearest in the period."""
    if not reads.rows:
        return nothing(DEAR, "No model was called in this period.")
    person = question.person
    # A person's calls may be in sessions they are a member of.
    chats = reads.chats if person is None else ChatSession.objects.for_user(person)
    found = dearest(chats, reads.ledger, question.span, DEAREST)
    if not found:
        return nothing(DEAR, "No session of this period is there any more.")
    titles = Titles.of(reads, [each.chat.pk for each in found])
    rows = tuple(
        (titles.name(each.chat.pk), each.chat.message_count, each.sums.known_cost, str(each.chat.pk))
        for each in found
    )
    return Contents(
        Sheet(DEAR, rows, _links(titles, [each.chat for each in found])),
        total=f"The first {DEAREST}" if len(found) == DEAREST else counted(len(found), "session"),
        said=("Deleted sessions are not listed.",),
        href=rows_address("sessions", question, sort="cost"),
    )


def _links(titles: Titles, chats: list[ChatSession]) -> dict[int, str]:
    return {at: link for at, chat in enumerate(chats) if (link := titles.link(chat.pk))}
