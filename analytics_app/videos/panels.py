"""What a page of a creator's figures shows, panel by panel: each is a table, some have a chart. Page, CSV and the API have
the same rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics_app.dashboard.panel import Change, Column, Contents, Headline, Kind, Panel, Sheet, Value
from analytics_app.dashboard.panels.sheets import COST, TOKENS, UNPRICED, nothing, unpriced_said
from analytics_app.queries.engagement import WEEKDAYS
from analytics_app.queries.tokens import TokenSums, change
from analytics_app.queries.videos.scope import Known
from sessions_app.agent.labels import words
from sessions_app.agent.labels.views import Bar, Bars, Heat
from sessions_app.agent.passages import clock, path_to

from .facts import Total
from .figures import Figures
from .wish import SORTS

HOURS = tuple(f"{hour:02}" for hour in range(24))
SESSIONS = Column("sessions", "Sessions", "count")
QUESTIONS = Column("questions", "Questions", "count")
STUDENTS = Column("students", "Students", "count")
REFERENCES = Column("references", "References", "count")
ANSWERED = Column("answered", "Answered", "share")
VIDEO = Column("video", "Video")
VIDEO_KEY = Column("video_id", "Key of the video", programs=True)
SPENT = (TOKENS, COST, UNPRICED)
VIDEOS = (VIDEO, QUESTIONS, SESSIONS, STUDENTS, REFERENCES, ANSWERED, *SPENT, VIDEO_KEY)
START, END = (Column(f"{name}_ms", name, "number", programs=True) for name in ("start", "end"))
MOMENTS = (VIDEO, Column("moment", "Moment"), REFERENCES, START, END, VIDEO_KEY)
STRIP = (Column("moment", "Moment"), REFERENCES, START, END)
COMMON = (Column("question", "For example"), Column("times", "Asked", "count"))
TOPICS = (Column("topic", "Topic"), QUESTIONS)
WHO = Column("student", "Student")
UNANSWERED = (
    Column("question", "Question"),
    Column("why", "Why"),
    Column("best", "Nearest passage", "share"),
    Column("at", "Asked", "moment"),
    Column("videos", "Videos"),
)
HOUR_COLUMNS = (Column("weekday", "Day"), *(Column(f"hour_{hour}", hour, "count") for hour in HOURS))
STUDENTS_COLUMNS = (WHO, QUESTIONS, SESSIONS, REFERENCES, *SPENT)
NO_QUESTIONS = "Nobody asked about these videos in this period."
NO_REFERENCES = "No answer of this period cites a passage."
HIDDEN = (
    "Questions are others' words; seeing them needs the permission to view messages. Where each session takes a reason "
    "nobody sees them."
)
NO_COMMON = "No question was asked more than once, in these or other words."
NO_TOPICS = "Nothing was asked about in more than one question."
ALL_ANSWERED = "Every question that may be read was answered with a passage."
NOT_ALL = "Of people who let creators read what they ask. From the newest 1,000 answers."
MOST_MOMENTS = 500
DELETED, HIDDEN_TITLE = "A deleted video", "A video you may not see"


def headlines(figures: Figures) -> list[Headline]:
    """The strip, each figure against the period before."""
    now, former = figures.total, figures.former

    def one(
        key: str, name: str, kind: Kind, of: Callable[[Total], Any], better: bool | None = None
    ) -> Headline:
        before = of(former) if former else None
        moved = Change(before, change(of(now), before), better) if former else None
        return Headline(
            key, name, kind, of(now), moved, unpriced=now.sums.unpriced_calls if kind == "money" else 0
        )

    return [
        one("sessions", "Sessions", "count", lambda each: each.counts.sessions),
        one("questions", "Questions", "count", lambda each: each.counts.questions),
        one("students", "Students", "count", lambda each: each.counts.students),
        one("references", "References", "count", lambda each: each.counts.references),
        _answered(figures),
        one("tokens", "Tokens", "count", lambda each: each.sums.total),
        one("cost", "Cost", "money", lambda each: each.sums.known_cost, better=False),
    ]


def _answered(figures: Figures) -> Headline:
    now, former = figures.total.counts.answered_share, figures.former
    before = former.counts.answered_share if former else None
    points = None if now is None or before is None else round(now - before, 4)
    return Headline("answered", "Answered", "share", now, Change(before, points, True) if former else None)


# ---------------------------------------------------------------- videos


def videos(figures: Figures) -> Contents:
    """One row for each video that answers had at hand, in the chosen order."""
    found = figures.by_video
    if not found:
        return nothing(VIDEOS, NO_QUESTIONS)
    sort = figures.wish.sort
    names = {key: name_of(figures.videos.get(key)) for key in found}
    keys = sorted(found, key=lambda key: (-_rank(found[key], sort), names[key], str(key)))
    rows = tuple((names[key], *_counted(found[key]), *_spent(found[key].sums), str(key)) for key in keys)
    whole = figures.total
    several = sum(each.counts.questions for each in found.values()) > whole.counts.questions
    return Contents(
        Sheet(
            VIDEOS,
            rows,
            {at: _narrowed(figures, key) for at, key in enumerate(keys) if _there(figures, key)},
            total=("All", *_counted(whole), *_spent(whole.sums), None),
            heads={
                at: "" if column.key == sort else f"?{figures.wish.query(sort=column.key)}"
                for at, column in enumerate(VIDEOS)
                if column.key in SORTS
            },
        ),
        total=words.counted(len(found), "video"),
        said=(
            *(
                (_("An answer about several videos counts for each of them, and once in all."),)
                if several
                else ()
            ),
            *unpriced_said(whole.sums),
            *_indexing(figures),
        ),
    )


def _indexing(figures: Figures) -> tuple[str, ...]:
    sums = figures.indexing
    if not sums.calls or figures.wish.video:
        return ()
    cost = words.PRICE_UNKNOWN if sums.known_cost is None else words.money(sums.cost)
    told = _(
        "Embedding transcripts took %(tokens)s tokens in %(calls)s, %(cost)s; it is in none of these sums."
    )
    return (told % {"tokens": f"{sums.total:,}", "calls": words.counted(sums.calls, "call"), "cost": cost},)


def _there(figures: Figures, key: UUID) -> bool:
    return key in figures.videos and figures.videos[key].there


def _narrowed(figures: Figures, key: UUID) -> str:
    return f"?{figures.wish.query(video=str(key))}"


def _counted(each: Total) -> tuple[Value, ...]:
    counts = each.counts
    return counts.questions, counts.sessions, counts.students, counts.references, counts.answered_share


def _spent(sums: TokenSums) -> tuple[Value, ...]:
    return sums.total, sums.known_cost, sums.unpriced_calls


def _rank(each: Total, sort: str) -> Any:
    match sort:
        case "tokens":
            return each.sums.total
        case "cost":
            return each.sums.cost
        case "answered":
            return each.counts.answered_share or 0
    return getattr(each.counts, sort)


def name_of(video: Known | None) -> str:
    """Its title where that may be shown."""
    if video is None or not video.there:
        return DELETED
    return video.title or HIDDEN_TITLE


# ---------------------------------------------------------------- moments


def moments(figures: Figures) -> Contents:
    """Passages by how often answers cite them; each leads to its second."""
    found = figures.moments[:MOST_MOMENTS]
    if not found:
        return nothing(MOMENTS, NO_REFERENCES)
    rows = tuple(
        (
            name_of(figures.videos.get(each.video)), between(each.start_ms, each.end_ms), each.references, each.start_ms,
            each.end_ms, str(each.video),
        )
        for each in found
    )  # fmt: skip
    ways = {
        at: path_to(str(each.video), each.start_ms)
        for at, each in enumerate(found)
        if figures.videos[each.video].opens
    }
    return Contents(Sheet(MOMENTS, rows, cells={(at, 1): way for at, way in ways.items()}))


def strip(figures: Figures) -> Contents:
    """The chosen video's length in stretches, those with references as rows."""
    found, video = [each for each in figures.stretches if each.references], figures.wish.video
    if not found or video is None:
        return nothing(STRIP, NO_REFERENCES)
    rows = tuple(
        (between(each.start_ms, each.end_ms), each.references, each.start_ms, each.end_ms) for each in found
    )
    opens = figures.videos[video].opens
    ways = {at: path_to(str(video), each.start_ms) for at, each in enumerate(found)} if opens else {}
    return Contents(Sheet(STRIP, rows, ways), said=(_("A passage counts for each stretch that it lies in."),))


def between(start_ms: int, end_ms: int) -> str:
    return f"{clock(start_ms)} – {clock(end_ms)}"


# ---------------------------------------------------------------- words


def common(figures: Figures) -> Contents:
    if not figures.wish.reads_texts:
        return nothing(COMMON, HIDDEN)
    found = figures.common
    if not found:
        return nothing(COMMON, NO_COMMON)
    rows = tuple((one_line(each.example), len(each.keys)) for each in found)
    return Contents(Sheet(COMMON, rows), said=(NOT_ALL,))


def topics(figures: Figures) -> Contents:
    if not figures.wish.reads_texts:
        return nothing(TOPICS, HIDDEN)
    found = figures.topics
    if not found:
        return nothing(TOPICS, NO_TOPICS)
    bars = tuple(Bar(topic, (count,), f"{count:,}") for topic, count in found)
    return Contents(Sheet(TOPICS, tuple(found)), Bars("Topics", ("Questions",), bars, "series"))


def unanswered(figures: Figures) -> Contents:
    """Whoever asked is told only where the workspace shows students' names."""
    named = settings.STUDENT_NAMES
    columns = (UNANSWERED[0], WHO, *UNANSWERED[1:]) if named else UNANSWERED
    if not figures.wish.reads_texts:
        return nothing(columns, HIDDEN)
    found = figures.unanswered
    if not found:
        return nothing(columns, ALL_ANSWERED if figures.questions else NO_QUESTIONS)
    rows: list[tuple[Value, ...]] = []
    for each in found:
        asked = each.question
        titles = ", ".join(name_of(figures.videos.get(key)) for key in asked.videos)
        who = (figures.student_names.get(asked.asker, ""),) if named else ()
        when = asked.at.astimezone(figures.asked.zone)
        rows.append((one_line(asked.text), *who, each.why, asked.best if asked.given else None, when, titles))
    return Contents(Sheet(columns, tuple(rows)), total=words.counted(len(rows), "question"), said=(NOT_ALL,))


def one_line(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= 200 else f"{said[:199]}…"


# ---------------------------------------------------------------- when, and who


def hours(figures: Figures) -> Contents:
    found = figures.hours
    if not any(map(any, found)):
        return nothing(HOUR_COLUMNS, NO_QUESTIONS)
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (name, *row) for name, row in zip(WEEKDAYS, found, strict=True)
    )
    values = tuple(tuple(float(count) for count in row) for row in found)
    sums = tuple(map(sum, zip(*found, strict=True)))
    return Contents(
        Sheet(HOUR_COLUMNS, rows, total=("All", *sums)),
        Heat("Questions by hour", WEEKDAYS, HOURS, values, "questions"),
    )


def students(figures: Figures) -> Contents:
    found, names = figures.by_student, figures.student_names
    if not found:
        return nothing(STUDENTS_COLUMNS, NO_QUESTIONS)
    keys = sorted(found, key=lambda key: (-found[key].counts.questions, -found[key].sums.total, names[key]))
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            names[key], found[key].counts.questions, found[key].counts.sessions, found[key].counts.references,
            *_spent(found[key].sums),
        )
        for key in keys
    )  # fmt: skip
    whole = figures.total
    sums = (whole.counts.questions, whole.counts.sessions, whole.counts.references, *_spent(whole.sums))
    hidden = (
        () if settings.STUDENT_NAMES else (_("This workspace does not show creators who its students are."),)
    )
    return Contents(
        Sheet(STUDENTS_COLUMNS, rows, total=("All", *sums)),
        total=words.counted(whole.counts.students, "student"),
        said=hidden,
    )


def _panel(
    key: str, title: str, about: str, read: Callable[[Figures], Contents], *, wide: bool = False
) -> Panel:
    return Panel(key, title, about, lambda _question, figures: read(figures), wide)


_ALL = (
    _panel("videos", "Videos", "What was asked about each video, and what the answers took.", videos, wide=True),
    _panel("strip", "Where answers refer to", "References over the length of the video.", strip, wide=True),
    _panel("moments", "Most referenced moments", "Passages by how often answers cite them.", moments),
    _panel("common", "Common questions", "Questions that share most of their words.", common, wide=True),
    _panel("topics", "Topics", "Words that stand in several questions.", topics),
    _panel("unanswered", "Not answered from transcripts", "Questions whose answers cite no passage.", unanswered,
           wide=True),
    _panel("students", "Students", "Who asked, and what the answers took.", students),
    _panel("hours", "Busy hours", "Questions by weekday and hour, in your time zone.", hours, wide=True),
)  # fmt: skip
PANELS: dict[str, Panel] = {panel.key: panel for panel in _ALL}


def offered(figures: Figures) -> list[str]:
    """The strip is of one video; the table of all videos says nothing of one alone."""
    one = figures.wish.video is not None
    return [key for key in PANELS if key != ("videos" if one else "strip")]


def contents(key: str, figures: Figures) -> Contents:
    """Raises KeyError for an unknown panel."""
    return PANELS[key].read(figures.asked, figures)


def file_address(key: str) -> str:
    return reverse("video_figures_csv", args=[key])
