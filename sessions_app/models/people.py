"""People, their tokens, and the record of who opened what."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """Someone who may log in. Administrators are made by command only."""

    class Plan(models.TextChoices):
        FREE = "free", "Free"
        PREMIUM = "premium", "Premium"

    plan = models.CharField(max_length=16, choices=Plan.choices, default=Plan.FREE)
    preferences: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)

    @property
    def zone(self) -> tzinfo:
        """Their own time zone (preference `time_zone`, an IANA name), else the site's."""
        try:
            return ZoneInfo(self.preferences["time_zone"])
        except (KeyError, TypeError, ValueError, OSError, ZoneInfoNotFoundError):
            return timezone.get_current_timezone()


class ApiToken(AbstractAuthToken):
    """A program's key: stored hashed, shown once, dead with its person."""

    SCOPES = ("read", "write", "chat")

    name = models.CharField(max_length=80, default="token")
    scopes: models.JSONField[Any, Any] = models.JSONField(default=list)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractAuthToken.Meta):
        abstract = False
        verbose_name = "API token"
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


class AuditEntry(models.Model):
    """Staff opened something that belongs to someone else."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="audit_entries")
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, help_text="Model and key of what was opened.")
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-at",)
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"
