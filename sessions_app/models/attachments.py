"""Files that people put into a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .fields import uuid7
from .messages import Message, PendingMessage
from .sessions import ChatSession, readable_by

if TYPE_CHECKING:
    from .people import User


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def for_user(self, user: User | Any) -> Self:
        """One's own uploads, and what hangs on messages one may see."""
        mine = Q(owner=user.pk, message__isnull=True)
        seen = readable_by(user, "message__session") & Q(message__deleted_at__isnull=True)
        return self.filter(mine | seen)

    def unsent(self) -> Self:
        return self.filter(message__isnull=True, pending__isnull=True)


class Attachment(models.Model):
    """One file, kept under a random name (`stored`); several rows may share it, since copies of messages do.

    `kind` is what it is to the model. `text` is what was read out of it: all of a text, code or log, the words of a
    PDF, empty for a picture. `tokens` is an estimate of what it adds to a request, `note` what its person must know of how it
    was read. Unsent ones belong to the draft of
    their owner in `session` (none: the session that is not made yet).
    """

    class Kind(models.TextChoices):
        PICTURE = "picture", "Picture"
        PDF = "pdf", "PDF"
        TEXT = "text", "Text"
        CODE = "code", "Code"
        LOG = "log", "Log"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attachments")
    session = models.ForeignKey(
        ChatSession, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    pending = models.ForeignKey(
        PendingMessage, on_delete=models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    media_type = models.CharField(max_length=80)
    language = models.CharField(max_length=40, blank=True)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    tokens = models.PositiveIntegerField(default=0)
    text = models.TextField(blank=True)
    note = models.CharField(max_length=120, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of what is stored.")
    stored = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
