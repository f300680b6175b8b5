"""Addresses by which other programs post into a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models

from .fields import uuid7
from .sessions import ChatSession, readable_by

if TYPE_CHECKING:
    from .people import User


class WebhookQuerySet(models.QuerySet["SessionWebhook"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(readable_by(user))


class SessionWebhook(models.Model):
    """An incoming address of one session. What comes is signed with its secret, and written in the name of `maker`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="webhooks")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=60)
    secret_sealed = models.TextField(editable=False)
    answers = models.BooleanField(default=False, help_text="What comes may ask for an answer.")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name
