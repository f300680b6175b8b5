"""What was asked about a creator's videos, added up by day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models

ALL = UUID(int=0)


class CreatorDay(models.Model):
    """One day in UTC of one video, or of all videos of a creator together (`video` is ALL): pages of figures read it instead
    of the day's rows, and it stays when sessions, messages and videos are gone for good. A day without its row of ALL is
    not added up. What the columns hold is known to `analytics_app.videos.facts` alone; `edition` is that of its form.
    """

    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    video = models.UUIDField(default=ALL, help_text="Its key, which stays; zeros: all of them together.")
    day = models.DateField()
    edition = models.PositiveSmallIntegerField(default=1)
    brief: models.JSONField[Any, Any] = models.JSONField(default=list)
    askers: models.JSONField[Any, Any] = models.JSONField(default=dict)
    sessions: models.JSONField[Any, Any] = models.JSONField(default=dict)
    quarters: models.JSONField[Any, Any] = models.JSONField(default=dict)
    moments: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("creator", "video", "day"), name="creator_day_once"),)
        indexes = (models.Index(fields=("creator", "day"), name="creator_days"),)

    def __str__(self) -> str:
        return f"{self.creator} {self.day}"
