"""The figures of a creator's videos: each thing is read once, when the first part of a page needs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from analytics_app import topics
from analytics_app.queries.periods import Period
from analytics_app.queries.tokens import TokenSums
from analytics_app.queries.videos import counts, moments, questions, spent
from analytics_app.queries.videos.counts import Counts
from analytics_app.queries.videos.moments import Moment
from analytics_app.queries.videos.questions import Question
from analytics_app.queries.videos.scope import Known, known
from sessions_app.actions import audit

from .alike import Group, groups, stems_of
from .strip import Stretch, stretches
from .students import names
from .wish import Wish

NEAR = 0.35  # of a passage that is near enough to answer
TOPICS = 12
READ = "read video questions"


@dataclass(frozen=True, slots=True)
class Total:
    """Counts with what the ledger has of the same answers."""

    counts: Counts
    sums: TokenSums


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
    def total(self) -> Total:
        sums = sum(self.spent_by_asker.values(), TokenSums())
        return Total(counts.totals(self.answers, self.creator), sums)

    @cached_property
    def former(self) -> Total | None:
        """Of the period before; None for all time."""
        span: Period | None = self.asked.former
        if span is None:
            return None
        answers = self.wish.scope.answers(span)
        return Total(counts.totals(answers, self.creator), spent.total(answers))

    @cached_property
    def spent_by_asker(self) -> dict[int | None, TokenSums]:
        return spent.by_asker(self.answers)

    @cached_property
    def by_video(self) -> dict[UUID, Total]:
        """Of each of the creator's videos that answers had at hand."""
        sums = spent.by_video(self.answers)
        found = counts.by_video(self.answers, self.creator)
        return {key: Total(each, sums.get(key, TokenSums())) for key, each in found.items()}

    @cached_property
    def by_student(self) -> dict[int | None, Total]:
        found = counts.by_asker(self.answers)
        sums = self.spent_by_asker
        return {
            key: Total(found.get(key, Counts()), sums.get(key, TokenSums()))
            for key in {**found, **dict.fromkeys(sums)}
        }

    @cached_property
    def student_names(self) -> Mapping[int | None, str]:
        return names(self.creator, self.asked.asker.pk, self.by_student)

    @cached_property
    def hours(self) -> list[list[int]]:
        """Questions by weekday and hour in the reader's zone."""
        return counts.weekday_hours(counts.quarters(self.answers), self.asked.zone)

    @cached_property
    def indexing(self) -> TokenSums:
        return spent.indexing(self.creator, self.asked.span)

    # ------------------------------------------------------------ videos and their moments

    @cached_property
    def videos(self) -> Mapping[UUID, Known]:
        return known(self.wish.scope, self.asked.asker)

    @cached_property
    def moments(self) -> list[Moment]:
        limit = None if self.wish.video else moments.MOST
        return moments.moments(self.wish.scope, self.asked.span, limit)

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
