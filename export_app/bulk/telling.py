"""A job in words and figures, for its row on the page of exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from export_app.models import ExportJob
from sessions_app.agent.labels.words import moment_words, size_words

LISTED = 20  # sentences of what is left out, in the row
STATES = {
    ExportJob.Status.QUEUED: ("clock", _lazy("Waiting")),
    ExportJob.Status.RUNNING: ("arrow-path", _lazy("Running")),
    ExportJob.Status.DONE: ("check-circle", _lazy("Done")),
    ExportJob.Status.FAILED: ("exclamation-triangle", _lazy("Failed")),
    ExportJob.Status.CANCELLED: ("no-symbol", _lazy("Cancelled")),
    ExportJob.Status.EXPIRED: ("clock", _lazy("Expired")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the row shows. `words` say where it is; `percent` only of one that runs."""

    job: ExportJob
    icon: str
    state: Any
    words: str
    begun: str
    percent: int | None
    left_out: list[str]
    more: int

    @property
    def unfinished(self) -> bool:
        return self.job.unfinished

    @property
    def there(self) -> bool:
        """Whether it has a file."""
        return self.job.status == ExportJob.Status.DONE


def row_of(job: ExportJob, zone: Any = None) -> Row:
    icon, state = STATES[ExportJob.Status(job.status)]
    running = job.status == ExportJob.Status.RUNNING
    percent = min(100, job.done * 100 // max(1, job.total)) if running else None
    told = [] if job.unfinished else list(job.left_out)
    begun = when(job.created_at, zone)
    return Row(
        job, icon, state, words_of(job, zone), begun, percent, told[:LISTED], max(0, len(told) - LISTED)
    )


def when(at: datetime, zone: Any = None) -> str:
    local = timezone.localtime(at, zone)
    return moment_words(local, timezone.localtime(timezone.now(), zone).date())


def words_of(job: ExportJob, zone: Any = None) -> str:
    match job.status:
        case ExportJob.Status.QUEUED:
            return _("It begins when the exports before it are done.")
        case ExportJob.Status.RUNNING if job.cancel_requested_at:
            return _("Ending.")
        case ExportJob.Status.RUNNING:
            done = _("%(done)s of %(total)s messages") % {
                "done": f"{min(job.done, job.total):,}",
                "total": f"{job.total:,}",
            }
            return f"{done}. {job.doing}" if job.doing else done
        case ExportJob.Status.DONE:
            assert job.expires_at is not None
            return _("%(size)s, kept until %(day)s") % {
                "size": size_words(job.size),
                "day": day(timezone.localtime(job.expires_at, zone)),
            }
        case ExportJob.Status.FAILED:
            return job.error or _("It could not be made.")
        case ExportJob.Status.CANCELLED:
            return _("Nothing of it is kept.")
        case _:
            words = ngettext(
                "The file was kept for %(days)d day.", "The file was kept for %(days)d days.", job.days
            )
            return words % {"days": job.days}


def day(at: datetime) -> str:
    return f"{at.day} {at:%B}, {at:%H:%M}"
