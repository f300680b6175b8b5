"""Videos that answers refer to."""

from __future__ import annotations

from analytics_app.dashboard.panel import Column, Contents, Sheet, Value
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.videos.referenced import of_question
from sessions_app.agent.labels import words

from .sheets import not_by_model, nothing

COLUMNS = (
    Column("video", "Video"),
    Column("references", "References", "count"),
    Column("video_id", "Key of the video", programs=True),
)
NOTHING = "No answer of this period refers to a video."
OTHERS = "Videos you may not see"


def referenced(question: Question, reads: Reads) -> Contents:
    """Titles of those the reader may see; all others together."""
    if question.narrowed:
        return not_by_model(COLUMNS, "References")
    found = of_question(question)
    if not found:
        return nothing(COLUMNS, NOTHING)
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (each.title or OTHERS, each.references, str(each.video) if each.video else None) for each in found
    )
    links = {at: each.path for at, each in enumerate(found) if each.video}
    whole = sum(each.references for each in found)
    return Contents(Sheet(COLUMNS, rows, links), total=words.counted(whole, "reference"))
