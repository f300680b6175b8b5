"""What is checked of exports."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from sessions_app.doctor import Finding, Findings, FurtherCheck, name

from .models import ExportJob

PATIENCE = timedelta(minutes=7)  # housekeeping takes up what nobody works on, and runs every five
BEATS = "no running export without a beat"


def beats(chat: UUID | None) -> Findings:
    """Of the whole workspace: an export is of many sessions."""
    if chat is not None:
        return
    before = timezone.now() - PATIENCE
    for row in ExportJob.objects.filter(status=ExportJob.Status.RUNNING, beat_at__lt=before).only("beat_at"):
        yield Finding(BEATS, name(row), f"runs, but its last beat was at {row.beat_at:%Y-%m-%d %H:%M:%S}")


JOBS = FurtherCheck(BEATS, beats)
