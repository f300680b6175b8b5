"""Exports that are made in the background."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from sessions_app.models import uuid7

STAFF_DAYS = 1  # a file with sessions of others is kept so long


def reads_texts(user: Any) -> bool:
    """Whether this person may, as staff, read what others wrote."""
    return bool(user.is_active and user.is_staff and user.has_perm("sessions_app.view_message"))


class JobStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    def for_user(self, user: Any) -> Self:
        """One's own. Those of staff are there as long as their person may read what others wrote."""
        rows = self.filter(owner=user.pk)
        return rows if reads_texts(user) else rows.filter(for_staff=False)

    def with_texts_of_others(self) -> Self:
        """Files of staff that are there."""
        return self.filter(for_staff=True, status=JobStatus.DONE)

    def unfinished(self) -> Self:
        return self.filter(status__in=(JobStatus.QUEUED, JobStatus.RUNNING))


class ExportJob(models.Model):
    """Sessions on their way into one file: a ZIP, or what a single session becomes in a single format.

    `sessions` are keys in their order; `formats` names of renderers, `options` what was chosen for each by its name.
    `done` of `total` counts messages. A job that runs beats (`beat_at`); one whose beat is old is taken up again, and
    goes on behind the sessions that are in its folder. The file is at `stored`, under `name` for people, until
    `expires_at`; of `sessions` those that could not be read any more when their turn came (`absent`) are not in it.
    `for_staff`: sessions of others, asked for in the admin; `with_text` whether texts may be in it.
    """

    Status = JobStatus

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports")
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    title = models.CharField(max_length=160, help_text="What it is, in words.")
    sessions: models.JSONField[Any, Any] = models.JSONField(default=list)
    absent: models.JSONField[Any, Any] = models.JSONField(default=list)
    formats: models.JSONField[Any, Any] = models.JSONField(default=list)
    options: models.JSONField[Any, Any] = models.JSONField(default=dict)
    for_staff = models.BooleanField(default=False)
    with_text = models.BooleanField(default=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    doing = models.CharField(max_length=160, blank=True, help_text="What it is at, in words.")
    attempt = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=80, blank=True)
    stored = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    left_out: models.JSONField[Any, Any] = models.JSONField(
        default=list, help_text="What is missing in the file, a sentence each."
    )
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When its person was told that it ended.")

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="export_of_owner"),
            models.Index(
                fields=["created_at"], condition=Q(status__in=["queued", "running"]), name="export_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} {self.status}"

    @property
    def days(self) -> int:
        """How long its file is kept."""
        return STAFF_DAYS if self.for_staff else settings.EXPORT_DAYS

    @property
    def unfinished(self) -> bool:
        return self.status in (JobStatus.QUEUED, JobStatus.RUNNING)
