"""What full-text search knows of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models

from .messages import Message
from .sessions import ChatSession, readable_by

if TYPE_CHECKING:
    from .people import User


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def for_user(self, user: User | Any) -> Self:
        """Of chats this person owns or is a member of, as `ChatSession.for_user`."""
        return self.filter(readable_by(user))

    def all_for_staff(self, user: User | Any) -> Self:
        """Everyone's, for staff who may see messages."""
        if not user.reads_others:
            raise PermissionDenied
        return self.filter(session__deleted_at__isnull=True)

    def shown(self) -> Self:
        """Of messages on the path their page shows."""
        return self.filter(message__active=True, message__deleted_at__isnull=True)


class SearchEntry(models.Model):
    """A message as it is searched: written with it, by `actions.searching`.

    The key tells the time (`search.index.new_key`), so that the index itself gives the newest first. `text` holds
    what was indexed: the first `told` characters are the message's own, the rest is of its tools' results. Deleting
    rows takes them out of the index (`search.index.forget`).
    """

    # An integer of SQLite's own kind: the key of its rows and of the index's.
    id = models.BigAutoField(primary_key=True)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="search_entry")
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="search_entries")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="search_entries", db_index=False
    )
    role = models.CharField(max_length=10)
    model = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    told = models.PositiveIntegerField()
    text = models.TextField()

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "search entries"

    def __str__(self) -> str:
        return f"search entry of {self.message_id}"
