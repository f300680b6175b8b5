"""The figures of a creator's videos for programs: a part of `analytics`, where whose figures is told by `creator_id` and the
workspace has videos. What reads them is loaded then alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from django.conf import settings
from pydantic import Field
from typing_extensions import TypedDict

from analytics_app.dashboard.question import Question
from analytics_app.tools.asking import plain
from sessions_app.api.shapes import Money
from sessions_app.models import User

if TYPE_CHECKING:
    from analytics_app.videos.facts import Total
    from analytics_app.videos.figures import Figures

MOST = 60


class VideoSumsShape(TypedDict):
    """`questions`: answers that had the video at hand, each version counts; `answered`: the part of them that cite it."""

    questions: int
    sessions: int
    students: Annotated[int, Field(description="People who asked, without the creator.")]
    references: int
    answered: float | None
    calls: int
    tokens: int
    cost: Money | None
    unpriced_calls: int


class VideoFiguresOfOneShape(VideoSumsShape):
    """An answer about several videos counts for each of them."""

    video: UUID
    title: Annotated[str, Field(description="Of one that is deleted or may not be seen, that in words.")]


class VideoMomentShape(TypedDict):
    video: UUID
    title: str
    start_ms: int
    end_ms: int
    references: int


class VideoQuestionShape(TypedDict):
    example: str
    times: int


class VideoTopicShape(TypedDict):
    topic: str
    questions: int


class VideoUnansweredShape(TypedDict):
    question: str
    why: str
    nearest: Annotated[float | None, Field(description="Similarity of the nearest passage, 0 to 1.")]
    at: str
    videos: list[UUID]


class VideoStudentShape(TypedDict):
    student: Annotated[
        str, Field(description="A name where the workspace shows them, else a code that stays the same.")
    ]
    questions: int
    sessions: int
    references: int
    tokens: int
    cost: Money | None


class IndexingShape(TypedDict):
    """Embedding the creator's transcripts: in no other sum."""

    calls: int
    tokens: int
    cost: Money | None


class VideoFiguresShape(TypedDict):
    """At most 60 moments, questions and students."""

    creator: str
    total: VideoSumsShape
    before: VideoSumsShape | None
    videos: list[VideoFiguresOfOneShape]
    moments: list[VideoMomentShape]
    common_questions: list[VideoQuestionShape]
    topics: list[VideoTopicShape]
    unanswered: list[VideoUnansweredShape]
    texts_hidden: Annotated[
        bool, Field(description="Whether questions are left out: whoever asks may not read what is others'.")
    ]
    hours: Annotated[
        list[list[int]], Field(description="Questions by hour, for each day of the week from Monday.")
    ]
    students: list[VideoStudentShape]
    indexing: IndexingShape


def of_creator(question: Question, creator: User) -> VideoFiguresShape | None:
    """None where there are no videos in this workspace."""
    if not settings.KNOWLEDGE:
        return None
    from analytics_app.videos.figures import Figures
    from analytics_app.videos.panels import name_of, one_line
    from analytics_app.videos.wish import Wish

    found = Figures(Wish(question, creator))
    names = {key: name_of(each) for key, each in found.videos.items()}
    by_video = sorted(found.by_video.items(), key=lambda each: (-each[1].counts.questions, str(each[0])))
    return {
        "creator": creator.username,
        "total": _total(found.total),
        "before": _total(found.former) if found.former else None,
        "videos": [
            {"video": key, "title": names.get(key, name_of(None)), **_total(each)} for key, each in by_video
        ],
        "moments": [
            {
                "video": each.video,
                "title": names[each.video],
                "start_ms": each.start_ms,
                "end_ms": each.end_ms,
                "references": each.references,
            }
            for each in found.moments[:MOST]
        ],
        "common_questions": [
            {"example": one_line(each.example), "times": len(each.keys)} for each in found.common[:MOST]
        ],
        "topics": [{"topic": topic, "questions": count} for topic, count in found.topics],
        "unanswered": [
            {
                "question": one_line(each.question.text),
                "why": each.why,
                "nearest": each.question.best if each.question.given else None,
                "at": each.question.at.isoformat(),
                "videos": list(each.question.videos),
            }
            for each in found.unanswered[:MOST]
        ],
        "texts_hidden": not found.wish.reads_texts,
        "hours": found.hours,
        "students": _students(found),
        "indexing": {
            "calls": found.indexing.calls,
            "tokens": found.indexing.total,
            "cost": plain(found.indexing.known_cost),
        },
    }


def _total(each: Total) -> VideoSumsShape:
    counts, sums = each.counts, each.sums
    return {
        "questions": counts.questions,
        "sessions": counts.sessions,
        "students": counts.students,
        "references": counts.references,
        "answered": counts.answered_share,
        "calls": sums.calls,
        "tokens": sums.total,
        "cost": plain(sums.known_cost),
        "unpriced_calls": sums.unpriced_calls,
    }


def _students(found: Figures) -> list[VideoStudentShape]:
    rows = sorted(
        found.by_student.items(), key=lambda each: (-each[1].counts.questions, found.student_names[each[0]])
    )
    return [
        {
            "student": found.student_names[key],
            "questions": each.counts.questions,
            "sessions": each.counts.sessions,
            "references": each.counts.references,
            "tokens": each.sums.total,
            "cost": plain(each.sums.known_cost),
        }
        for key, each in rows[:MOST]
    ]
