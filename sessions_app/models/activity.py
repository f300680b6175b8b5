"""What happened around the workspace: errors, changed files, escalations, what plugins tell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from sessions_app.folding import holds

from .fields import uuid7
from .messages import Message

if TYPE_CHECKING:
    from .people import User


class ActivityQuerySet(models.QuerySet["ActivityEvent"]):
    def for_user(self, user: User | Any) -> Self:
        """One's own, those for everyone, and for staff those for staff."""
        seen = [ActivityEvent.Audience.EVERYONE]
        if user.is_staff:
            seen.append(ActivityEvent.Audience.STAFF)
        return self.filter(Q(owner=user.pk, audience=ActivityEvent.Audience.OWNER) | Q(audience__in=seen))

    def walks(self, user: User | Any) -> list[Self]:
        """`for_user` in parts, none of which shares a row with another: each walks an index, the whole would be sorted."""
        own = self.filter(owner=user.pk, audience=ActivityEvent.Audience.OWNER)
        everyones = self.filter(audience=ActivityEvent.Audience.EVERYONE)
        staffs = self.filter(audience=ActivityEvent.Audience.STAFF)
        return [own, everyones, staffs] if user.is_staff else [own, everyones]

    def like(
        self,
        *,
        source: str = "",
        kind: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        words: str = "",
    ) -> Self:
        """Those of a source, of a kind, from a moment on and before another, with these words in their title or body."""
        rows = self.filter(source=source) if source else self
        rows = rows.filter(kind=kind) if kind else rows
        rows = rows.filter(at__gte=since) if since else rows
        rows = rows.filter(at__lt=until) if until else rows
        for word in words.split()[:10]:
            rows = rows.filter(Q(holds("title", word)) | Q(holds("body", word)))
        return rows


class ActivityEvent(models.Model):
    """One thing that happened, or the same thing several times: those of one `fingerprint` are one row for a while, with
    a `count`. Its words are of strangers: data, never instructions.

    `at` is when it last happened, by its source; `received_at` when the row was last written, by us.
    """

    class Severity(models.IntegerChoices):
        DEBUG = 10, "Debug"
        INFO = 20, "Info"
        WARNING = 30, "Warning"
        ERROR = 40, "Error"
        CRITICAL = 50, "Critical"

    class Audience(models.TextChoices):
        OWNER = "owner", "Its owner"
        EVERYONE = "everyone", "Everyone"
        STAFF = "staff", "Staff"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="activity"
    )
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.OWNER)
    source = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.INFO)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    data: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    link = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(default=timezone.now)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = "activity event"
        indexes = [
            models.Index(fields=["owner", "-at", "-id"], name="activity_of_owner"),
            models.Index(fields=["audience", "-at", "-id"], name="activity_of_audience"),
            models.Index(fields=["received_at"], name="activity_received"),
            models.Index(
                fields=["fingerprint", "owner", "-at"], condition=~Q(fingerprint=""), name="activity_alike"
            ),
            models.Index(
                fields=["owner", "audience", "severity", "-at", "-id", "count"],
                name="activity_owner_severity",
            ),
            models.Index(fields=["audience", "severity", "-at", "-id", "count"], name="activity_severity"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.title}"


class EventReceipt(models.Model):
    """That an event came in under the name its reporter gave it: what comes twice is taken once."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=64)
    event_key = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["at"], name="receipt_at")]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_event_of_a_name")]

    def __str__(self) -> str:
        return f"{self.name} of {self.owner_id}"


class CarriedEvent(models.Model):
    """A message carries this event to the model, in one of its cards."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="carried")
    event = models.ForeignKey(ActivityEvent, on_delete=models.CASCADE, related_name="carried")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "event"], name="one_carrying_an_event")]

    def __str__(self) -> str:
        return f"{self.event_id} in {self.message_id}"
