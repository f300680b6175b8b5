"""Summaries of the older part of a conversation, which stand for it in requests. The messages stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models

from .fields import uuid7
from .messages import Message
from .sessions import ChatSession, readable_by

if TYPE_CHECKING:
    from .people import User


class SummaryQuerySet(models.QuerySet["Summary"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(readable_by(user))

    def told(self) -> Self:
        """Those that were not forgotten, of messages that were not deleted."""
        return self.exclude(text="").filter(until__deleted_at=None)

    def shown(self) -> Self:
        """Those that end with a message of the shown path, the newest first."""
        return self.filter(until__active=True, until__deleted_at=None).order_by("-position")

    def below(self, line: Any) -> Self:
        """Those that stand for all that is below the line of `/clear` at this position, and for nothing above it."""
        return self.filter(position__gt=line, since__lte=line)


class Summary(models.Model):
    """What stands for the messages of a chat up to `until`, as long as that is on the shown path.

    One without `text` was forgotten: it stands for nothing, and what is above it is not summarised again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="summaries")
    until = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="summaries")
    position = models.PositiveIntegerField(help_text="Of the message it ends with.")
    since = models.PositiveIntegerField(
        default=0, help_text="Of the line that `/clear` had drawn: it stands for nothing above."
    )
    text = models.TextField()
    original = models.TextField(blank=True, help_text="As the model wrote it, where somebody changed it.")
    model = models.CharField(max_length=120, blank=True)
    tokens = models.PositiveIntegerField(default=0, help_text="How long it is, by rule of thumb.")
    replaces = models.PositiveIntegerField(
        default=0, help_text="Tokens of what it stands for, by rule of thumb."
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SummaryQuerySet.as_manager()

    class Meta:
        ordering = ("session", "-position", "-created_at")
        verbose_name_plural = "summaries"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "until", "since"], name="one_summary_of_these_messages"
            )
        ]

    def __str__(self) -> str:
        return f"summary up to {self.position} of {self.session_id}"
