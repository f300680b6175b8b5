"""Where in a conversation stands what is not sent any more: the line that `/clear` drew, the end of what a summary stands
for, the end of what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, F, OuterRef, Subquery, When

from sessions_app.models import ChatSession, Message, Summary
from sessions_app.prepared import Rows, given

_line = Case(
    When(context_from__active=True, context_from__deleted_at=None, then=F("context_from__position")),
    default=0,
)
_newest = Summary.objects.filter(session=OuterRef("pk")).shown().below(OuterRef("line"))
_answers = Message.objects.filter(session=OuterRef("pk"), reply__copied=False).shown().reverse()
_standing = Rows(
    lambda: (
        ChatSession.objects.filter(pk=given("chat"))
        .annotate(line=_line)
        .values_list(
            "context_from",
            "line",
            Subquery(_newest.values("pk")[:1]),
            Subquery(_newest.values("position")[:1]),
            Subquery(_newest.values("tokens")[:1]),
            Subquery(_answers.values("reply__model_config")[:1]),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Fold:
    """What is said below the last of messages that are not sent. `summary` is the key of what stands for `count` of them,
    which saves `saved` tokens; without one they are left out."""

    count: int
    summary: str = ""
    text: str = ""
    saved: int = 0
    edited: bool = False


def folds_of(rows: Sequence[Message]) -> tuple[UUID | None, dict[UUID, Fold]]:
    """Of the chat these shown messages belong to: the last one above the line, and folds by the message they stand
    below."""
    if not rows:
        return None, {}
    chat = rows[0].session_id
    line, cleared, summary, position, tokens, config = _standing.all(chat=chat)[0]
    begins = int((config or {}).get("begins_at", 1))
    by_place = {row.position: row.pk for row in rows if row.active and row.session_id == chat}
    done = cleared
    folds: dict[UUID, Fold] = {}
    if tokens:
        done = position
        row = Summary.objects.filter(pk=summary).first() if position in by_place else None
        if row is not None:
            folds[by_place[position]] = summarised(row, cleared)
    if begins - 1 > done and begins - 1 in by_place:
        folds[by_place[begins - 1]] = Fold(begins - 1 - done)
    return line, folds


def summarised(row: Summary, cleared: int) -> Fold:
    saved = max(0, row.replaces - row.tokens)
    return Fold(row.position - cleared, str(row.pk), row.text, saved, bool(row.edited_at))
