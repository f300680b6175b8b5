"""What people have typed and not sent, and what they begin sessions with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from sessions_app.prepared import Select, given

from .fields import uuid7
from .sessions import ChatSession

if TYPE_CHECKING:
    from .people import User


class DraftQuerySet(models.QuerySet["Draft"]):
    def for_user(self, user: User | Any) -> Self:
        """One's own: nobody else's are shown to anyone, in shared chats either."""
        return self.filter(user=user.pk)


class Draft(models.Model):
    """The unsent text of a person in a chat, or for the chat that is not made yet (`session` empty)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts", db_index=False
    )
    session = models.ForeignKey(
        ChatSession, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts"
    )
    content = models.TextField(blank=True)
    client_id = models.CharField(max_length=64, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "session"], name="one_draft_a_session"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(session__isnull=True), name="one_draft_without_session"
            ),
        ]

    def __str__(self) -> str:
        return f"draft of {self.user_id}"

    @classmethod
    def kept_of(cls, person: int, chat: UUID | None) -> Draft | None:
        """What this person has typed there: asked by each opening of a page."""
        return _in_chat.first(user=person, chat=chat) if chat else _without_chat.first(user=person)


_in_chat = Select(lambda: Draft.objects.filter(user=given("user"), session=given("chat")))
_without_chat = Select(lambda: Draft.objects.filter(user=given("user"), session__isnull=True))


class SessionTemplateQuerySet(models.QuerySet["SessionTemplate"]):
    def for_user(self, user: User | Any) -> Self:
        """One's own and those that staff share."""
        return self.filter(Q(owner=user.pk) | Q(shared=True))


class SessionTemplate(models.Model):
    """What a new session begins with. `settings` are those of a chat; `opening` is put into the message box."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="templates")
    shared = models.BooleanField(default=False, help_text="Offered to everyone; only staff may share.")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=120, blank=True)
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    opening = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SessionTemplateQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_template_a_name")]

    def __str__(self) -> str:
        return self.name
