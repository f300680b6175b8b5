"""Answers that were given, for programs that ask again under the same key."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """What a request under this key was answered, written in the transaction that did what it asked. For a day."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    operation = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, help_text="Of the request: another one is refused.")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    session_key = models.UUIDField(
        null=True,
        blank=True,
        help_text="The session the answer tells of: deleted for good, it takes this along.",
    )
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["session_key"],
                condition=models.Q(session_key__isnull=False),
                name="answers_of_session",
            )
        ]
        constraints = [models.UniqueConstraint(fields=["user", "operation", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return f"{self.operation} of {self.user_id}"
