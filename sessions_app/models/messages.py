"""Messages: what people wrote and what models answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Left, NullIf

from .fields import this_moment, uuid7
from .sessions import ChatSession, readable_by

if TYPE_CHECKING:
    from .people import User
    from .replies import Reply


BEGIN = 1_000  # characters


def opening_words() -> Left:
    """How a message begins: its words, else the title of the card it consists of."""
    return Left(Coalesce(NullIf("content", Value("")), KT("parts__0__title"), Value("")), BEGIN)


class MessageQuerySet(models.QuerySet["Message"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(readable_by(user))

    def shown(self) -> Self:
        """The path the page shows, in its order."""
        return self.filter(active=True, deleted_at__isnull=True).order_by("position")

    def written(self) -> Self:
        """Those a person or model wrote where they stand: no copies, no notifications."""
        return self.filter(origin_key__isnull=True)

    def copies(self) -> Self:
        """Those that were copied or imported."""
        return self.filter(origin_key__isnull=False).exclude(origin_key=F("pk"))

    def kept(self) -> Self:
        """Those that were not deleted, on whatever path."""
        return self.filter(deleted_at__isnull=True)

    def changed_since(self, version: int) -> Self:
        return self.filter(active=True, version__gt=version).order_by("position")


class Message(models.Model):
    """One entry of a chat's tree.

    `parts` is the content: ordered objects `{kind, turn, ...}` of kinds text, thinking, tool_call. `content` is
    the text parts joined, never edited alone. `html` is the finished body, made by renderer `renderer_version`.
    `version` is the chat's version at the last change of this message, `born` the version that brought it.

    `position` is its depth in the tree, from 1. Below a message its `chosen_child` is shown, else its newest child.
    `revisions` are the former contents, oldest first: `{parts, content, at, by}`. A copy (branch, duplicate, merge)
    keeps the time and author of its origin, and whose calls its receipt shows: `origin_key`, which is never a copy's. That
    of an imported message is made of where it came from, and no message here has it. A notification, which a program posted,
    is its own origin: nobody wrote it here, so figures leave it out as they do copies.
    """

    class Role(models.TextChoices):
        USER = "user", "Person"
        ASSISTANT = "assistant", "Assistant"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    parts: models.JSONField[Any, Any] = models.JSONField(default=list)
    content = models.TextField(blank=True)
    html = models.TextField(blank=True)
    renderer_version = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)
    born = models.PositiveBigIntegerField(default=0)
    client_id = models.CharField(max_length=64, null=True, blank=True)
    model = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=this_moment)
    chosen_child = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    revisions: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deletion = models.UUIDField(null=True, blank=True, help_text="Key of the message it was deleted with.")
    origin_key = models.UUIDField(null=True, blank=True, help_text="The message this is a copy of.")

    written_by = models.CharField(
        max_length=150, null=True, blank=True, help_text="Who wrote it elsewhere, for one that was imported."
    )

    objects = MessageQuerySet.as_manager()

    reply: Reply

    class Meta:
        ordering = ("session", "position")
        indexes = [
            models.Index(fields=["session", "position"], condition=Q(active=True), name="message_path"),
            models.Index(fields=["session", "version"], name="message_changes"),
            models.Index(fields=["session"], condition=Q(parent=None), name="message_roots"),
            models.Index(fields=["session", "position"], condition=Q(active=False), name="message_hidden"),
            # Asked by the database itself whenever a message goes for good.
            models.Index(
                fields=["chosen_child"], condition=Q(chosen_child__isnull=False), name="message_chosen"
            ),
            # The chat stands in both: figures of a span count chats, and what is in the index is not looked up.
            # Copies were not written then: figures leave them out.
            models.Index(
                fields=["created_at", "session"], condition=Q(origin_key=None), name="message_written"
            ),
            models.Index(
                fields=["session", "created_at"],
                condition=Q(origin_key=None),
                name="message_written_in_session",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "client_id"], name="one_message_a_client_id"),
            models.UniqueConstraint(
                fields=["session", "position"], condition=Q(active=True), name="one_active_message_a_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

    @property
    def imported(self) -> bool:
        """Whether it came from elsewhere, or is a copy of one that did. `origin_key` is made of a name then (version 5);
        keys of messages that were written here are made of a time."""
        return self.origin_key is not None and self.origin_key.version == 5


class PendingMessage(models.Model):
    """A message sent while a reply runs; it goes out when that reply ends complete or stopped."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="pending")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pending")
    client_id = models.CharField(max_length=64)
    content = models.TextField()
    model = models.CharField(max_length=120, blank=True)
    cards: models.JSONField[Any, Any] = models.JSONField(
        default=list, blank=True, help_text="What stands above its words, as parts of the message it becomes."
    )
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    api_token = models.UUIDField(
        null=True,
        blank=True,
        help_text="`public_id` of the token it is sent with; not sent where that is dead.",
    )

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=["session", "client_id"], name="one_pending_a_client_id")
        ]

    def __str__(self) -> str:
        return f"pending {self.pk}"

    def file_names(self) -> list[str]:
        return list(self.attachments.values_list("name", flat=True))

    @property
    def posted(self) -> bool:
        """Whether it is a notification: nobody wrote words that could be changed."""
        return not self.content and any(part["card"] == "notification" for part in self.cards)

    def card_titles(self) -> list[str]:
        return [part["title"] for part in self.cards]
