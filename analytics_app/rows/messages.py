"""Messages as the figures count them: written in the period, copies left out, those deleted since then with them.
What stands in them is not read."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Length

from analytics_app.facts import total as added
from analytics_app.queries.places import moment
from sessions_app import offering
from sessions_app.models import Message, TokenUsage

from .kind import Column, Kind, Row, Sort, Value, number
from .narrowing import narrowed
from .wish import Wish

SORTED = 20_000  # the newest messages that are put in another order than that of time
READ = ("created_at", "session_id", "role", "model", "deleted_at", "author__username", "session__deleted_at")


def rows(asked: Wish) -> QuerySet[Message]:
    written = asked.question.span.within(Message.objects.written(), "created_at").order_by()
    return narrowed(
        written, asked, session="session", model="model", provider="reply__model_config__provider"
    )


def total(asked: Wish) -> Sequence[str]:
    """The roll-ups answer where they can."""
    whole, written = _counted(asked)
    if not whole:
        return ["0 messages"]
    answers = whole - written
    return [
        "1 message" if whole == 1 else f"{whole:,} messages",
        f"{written:,} by people",
        "1 answer" if answers == 1 else f"{answers:,} answers",
    ]


def _counted(asked: Wish) -> tuple[int, int]:
    """All, and those that people wrote."""
    question = asked.question
    if not (question.narrowed or asked.session):
        days = question.activity().days(question.span, "messages")
        facts = added(days.values(), "messages")
        return facts.messages, facts.questions
    people = Q(role=Message.Role.USER)
    sums = rows(asked).aggregate(all=Count("pk"), written=Count("pk", filter=people))
    return sums["all"], sums["written"]


def tell(_asked: Wish, found: Sequence[Message]) -> list[Row]:
    output = _output([message.pk for message in found if message.role == Message.Role.ASSISTANT])
    return [_row(message, output.get(message.pk)) for message in found]


def _output(keys: list[UUID]) -> dict[UUID, int]:
    """Tokens that each answer has, of all its calls."""
    calls = TokenUsage.objects.filter(message__in=keys, settled_at__isnull=False).order_by()
    return dict(calls.values("message").annotate(sum=Sum("output")).values_list("message", "sum"))


def _row(message: Message, output: int | None) -> Row:
    values: dict[str, Value] = {
        "at": message.created_at,
        "user": message.author.username if message.author else None,
        "role": str(Message.Role(message.role).label),
        "model": offering.label(message.model) if message.model else None,
        "output": output,
        "length": message.length,  # type: ignore[attr-defined]  # annotated
        "message": str(message.pk),
    }
    gone = message.deleted_at or message.session.deleted_at
    return Row(
        values, message.session_id, message=None if gone else message.pk, titles={"model": message.model}
    )


KIND = Kind(
    key="messages",
    title="Messages",
    about="One row for each message that was written, by people and as answers, deleted ones and replaced versions too. "
    "What stands in them is not shown. Output are the tokens of an answer in all its turns, length its characters.",
    noun="message",
    at="created_at",
    filters=("session",),
    sorts={"at": Sort("created_at", moment), "length": Sort(Length("content"), number, SORTED)},
    columns=(
        Column("at", "When", "moment"),
        Column("user", "Who"),
        Column("role", "Role"),
        Column("model", "Model"),
        Column("output", "Output", "count"),
        Column("length", "Length", "count"),
        Column("message", "Message"),
        Column("session", "Session"),
    ),
    rows=lambda asked: (
        rows(asked).select_related("author", "session").only(*READ).annotate(length=Length("content"))
    ),
    total=total,
    tell=tell,
)
