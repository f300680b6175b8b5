"""What the server does beside everything else, and how it went when it last was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from sessions_app.agent.labels.words import counted, span
from sessions_app.models import Chore

from .parts import Component, Status

LATE = timedelta(minutes=20)  # it is due every five
OFTEN = 3  # failures in a row
NAMES = {
    "sessions_app.actions.purging.purge_deleted": "Deleting for good",
    "sessions_app.actions.attachments.sweep": "Sweeping files",
    "analytics_app.actions.rollups.catch_up": "Adding up costs",
    "analytics_app.actions.activity.catch_up": "Adding up activity",
    "export_app.jobs.take_up": "Taking up exports and imports",
    "export_app.actions.sweeping.sweep": "Deleting expired exports",
    "export_app.actions.uploading.sweep": "Deleting unfinished uploads",
    "export_app.actions.sharing.sweep": "Deleting what expired links kept",
    "analytics_app.actions.budgets.sweep": "Tidying budgets",
    "sessions_app.actions.pending.send_held_back": "Sending what waited for a budget",
    "sessions_app.actions.idempotency.sweep": "Forgetting keys of answered requests",
    "sessions_app.actions.tokens.sweep": "Deleting expired tokens",
    "sessions_app.actions.activity.sweep": "Deleting old activity",
    "sessions_app.knowledge.actions.housekeeping.sweep": "Tidying videos and transcripts",
    "sessions_app.knowledge.actions.videos.sweep": "Sweeping files of videos",
    "sessions_app.knowledge.embedding_run.look": "Embedding passages",
    "analytics_app.actions.video_days.catch_up": "Adding up figures of videos",
}


def background(now: datetime, serving_since: datetime | None) -> Component:
    """The jobs of HOUSEKEEPING; `serving_since` is when the oldest living server process began, None where none lives."""
    rows = list(Chore.objects.filter(name__in=settings.HOUSEKEEPING))
    if serving_since is None:
        return Component(
            "Background jobs", "off", "No server process runs that would do them.", unit="jobs", key="jobs"
        )
    failing = [row for row in rows if row.error]
    late = [row for row in rows if row.ended_at < now - LATE and serving_since < now - LATE]
    missing = len(settings.HOUSEKEEPING) - len(rows) if serving_since < now - LATE else 0
    status: Status = "degraded" if failing or late or missing else "ok"
    if any(row.failures >= OFTEN for row in failing) or missing == len(settings.HOUSEKEEPING) > 0:
        status = "down"
    return Component(
        "Background jobs",
        status,
        sentence(rows, failing, len(late) + missing),
        len(failing) + len(late) + missing,
        "jobs",
        key="jobs",
        at=max((row.ended_at for row in rows), default=None),
        figures=tuple((title(row.name), words(row)) for row in rows),
    )


def sentence(rows: Sequence[Chore], failing: Sequence[Chore], late: int) -> str:
    if not rows and not late:
        return "They have not run yet: the first time is some seconds after the start."
    if not failing and not late:
        return f"{counted(len(rows), 'job')} went well when they last ran."
    parts = [f"{title(row.name)} failed {counted(row.failures, 'time')} in a row" for row in failing]
    parts += [f"{counted(late, 'job')} did not run for 20 minutes"] if late else []
    return f"{'; '.join(parts)}. The server's log says more."


def title(name: str) -> str:
    return NAMES.get(name, name.rpartition(".")[2].replace("_", " ").capitalize())


def words(row: Chore) -> str:
    return f"failed ({row.error})" if row.error else f"{span(row.ms)}, well"
