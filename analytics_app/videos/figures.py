"""The figures of a creator's videos: each thing is read once, when the first part of a page needs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from analytics_app import topics
from analytics_app.queries.tokens import TokenSums
from analytics_app.queries.videos import questions, spent
from analytics_app.queries.videos.days import Whole, briefly, whole
from analytics_app.queries.videos.folding import QUARTER
from analytics_app.queries.videos.questions import Question
from analytics_app.queries.videos.scope import Known, known
from sessions_app.actions import audit
from sessions_app.models import User

from .alike import Group, groups, stems_of
from .facts import Total
from .strip import Stretch, stretches
from .students import names
from .wish import Wish

NEAR = 0.35  # of a passage that is near enough to answer
TOPICS = 12
READ = "read video questions"


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a video that answers cite, and how often."""

    video: UUID
    start_ms: int
    end_ms: int
    references: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question whose answer cites nothing of the creator's videos, and why, in words."""

    question: Question
    why: str


class Figures:
    """Of one wish. Nothing here is kept beyond the request."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.asked = wish.asked
        self.creator = wish.creator.pk
        self.answers = wish.scope.answers(wish.asked.span)

    # ------------------------------------------------------------ numbers

    @cached_property
    def _whole(self) -> Whole:
        return whole(self.wish.scope, self.asked.span)

    @cached_property
    def total(self) -> Total:
        return self._whole.total.total(self.creator)

    @cached_property
    def former(self) -> Total | None:
        """Of the period before; None for all time."""
        span = self.asked.former
        return briefly(self.wish.scope, span).total(self.creator) if span else None

    @cached_property
    def by_video(self) -> dict[UUID, Total]:
        """Of each of the creator's videos that answers had at hand."""
        videos = self._whole.videos.items()
        return {key: each.total(self.creator) for key, each in videos if each.people}

    @cached_property
    def by_student(self) -> dict[int | None, Total]:
        """By whom it was asked; all deleted accounts are None."""
        whole = self._whole.total
        there = set(User.objects.filter(pk__in=list(whole.askers)).values_list("pk", flat=True))
        found: dict[int | None, Total] = {key: whole.of(key) for key in whole.askers if key in there}
        gone = whole.part(whole.askers.keys() - there)
        return {**found, None: gone.total(self.creator)} if gone.askers else found

    @cached_property
    def student_names(self) -> Mapping[int | None, str]:
        return names(self.creator, self.asked.asker.pk, self.by_student)

    @cached_property
    def hours(self) -> list[list[int]]:
        """Questions by hour in the reader's zone, for each day of the week from Monday."""
        found = [[0] * 24 for _ in range(7)]
        for quarter, count in self._whole.total.quarters.items():
            at = datetime.fromtimestamp(quarter * QUARTER, UTC).astimezone(self.asked.zone)
            found[at.weekday()][at.hour] += count
        return found

    @cached_property
    def indexing(self) -> TokenSums:
        return spent.indexing(self.creator, self.asked.span)

    # ------------------------------------------------------------ videos and their moments

    @cached_property
    def videos(self) -> Mapping[UUID, Known]:
        return known(self.wish.scope, self.asked.asker)

    @cached_property
    def moments(self) -> list[Moment]:
        """Of videos that are there, the most cited ones first."""
        found = [
            Moment(key, *moment, count)
            for key, each in self._whole.videos.items()
            if key in self.videos and self.videos[key].there
            for moment, count in each.moments.items()
        ]
        return sorted(found, key=lambda each: (-each.references, str(each.video), each.start_ms))

    @cached_property
    def stretches(self) -> list[Stretch]:
        """Of the one video that was chosen; none for all."""
        if self.wish.video is None:
            return []
        cited = ((each.start_ms, each.end_ms, each.references) for each in self.moments)
        return stretches(cited, self.videos[self.wish.video].length_ms)

    # ------------------------------------------------------------ words

    @cached_property
    def questions(self) -> list[Question]:
        """What was asked, the newest first. Staff who read it are written down first, for each session."""
        if not self.wish.reads_texts:
            return []
        found = questions.newest(self.answers)
        if not self.wish.own:
            audit.record_read(
                actor=self.asked.asker, action=READ, sessions=(each.session for each in found), look=True
            )
        return found

    @cached_property
    def _terms(self) -> list[list[str]]:
        return [topics.terms_of(each.text) for each in self.questions]

    @cached_property
    def topics(self) -> list[tuple[str, int]]:
        return topics.common(Counter(term for terms in self._terms for term in terms), TOPICS)

    @cached_property
    def common(self) -> list[Group[UUID]]:
        """Questions that ask alike, the most asked first."""
        return groups(
            (each.key, each.text, stems_of(terms, self._language(each)))
            for each, terms in zip(self.questions, self._terms, strict=True)
        )

    @cached_property
    def unanswered(self) -> list[Unanswered]:
        """The newest first; without what says nothing that could be looked for ("Thanks!")."""
        return [
            Unanswered(each, why(each))
            for each, terms in zip(self.questions, self._terms, strict=True)
            if not each.cited and terms
        ]

    def _language(self, question: Question) -> str:
        return next((self.videos[key].language for key in question.videos if key in self.videos), "en")


def why(question: Question) -> str:
    if not question.given:
        return "Nothing was found"
    return "Nothing near was found" if question.best < NEAR else "Found, but not cited"
