"""What narrows rows that hang on a session alike: whose they are, of which model, provider and session."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from analytics_app.queries.periods import DAY

from .wish import Wish

Rows = TypeVar("Rows", bound=Model)


def narrowed(rows: QuerySet[Rows], asked: Wish, *, session: str, model: str, provider: str) -> QuerySet[Rows]:
    """`session`, `model` and `provider` are the lookups that lead from a row to each."""
    question, found = asked.question, rows
    if question.person is not None:
        found = found.filter(**{f"{session}__owner": question.person})
        if question.span.start is not None:
            # Only sessions that were active since then are looked into; a day for moments written a little apart.
            found = found.filter(**{f"{session}__last_activity_at__gte": question.span.start - DAY})
    if question.model:
        found = found.filter(**{model: question.model})
    if question.provider:
        found = found.filter(**{provider: question.provider})
    return found.filter(**{session: asked.session}) if asked.session else found
