"""What is done now and then beside everything else, and how it went when it last was."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from sessions_app.models import Chore
from sessions_app.transactions import write


@write()
def note_chore(*, name: str, began: datetime, ms: int, error: str = "") -> None:
    """A job ended; `error` is the kind of its problem, never what it said. Failures are counted in a row."""
    row, _ = Chore.objects.select_for_update().get_or_create(
        name=name[:120], defaults={"began_at": began, "ended_at": began}
    )
    row.began_at, row.ended_at, row.ms, row.error = began, timezone.now(), ms, error[:80]
    row.failures = row.failures + 1 if error else 0
    if not error:
        row.well_at = row.ended_at
    row.save()
