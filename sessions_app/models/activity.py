"""What happened around the workspace: errors, changed files, escalations, what plugins tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

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
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.title}"


class CarriedEvent(models.Model):
    """A message carries this event to the model, in one of its cards."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="carried")
    event = models.ForeignKey(ActivityEvent, on_delete=models.CASCADE, related_name="carried")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "event"], name="one_carrying_an_event")]

    def __str__(self) -> str:
        return f"{self.event_id} in {self.message_id}"
