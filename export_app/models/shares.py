"""Links by which others read a session."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from sessions_app.models import ChatSession, uuid7


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def for_user(self, user: Any) -> Self:
        """Those this person made."""
        return self.made().filter(owner=user.pk)

    def made(self) -> Self:
        """Those that are whole: a snapshot has its address when all of it is there."""
        return self.exclude(sealed="")

    def open(self) -> Self:
        """Those that show something now: neither revoked, nor expired, nor of a session or person that is gone."""
        alive = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        rows = self.made().filter(alive, revoked_at=None)
        return rows.filter(session__deleted_at=None, owner__is_active=True)

    def in_gallery(self) -> Self:
        return self.open().filter(listed_at__isnull=False, removed_at=None)


class ShareLink(models.Model):
    """A read-only page of a session, for whoever has its address.

    The address holds a token of 160 random bits: `digest` (SHA-256) finds it, `sealed` gives it to its owner again. A
    `snapshot` shows what was there when it was made (its entries), else the session as it is. What is shown beside
    the words is chosen, nothing of it by default; `download` allows files of it and copies to go on with. `listed_at` says since when it is in the gallery, `removed_at` when
    staff took it out of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="shares")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares")
    digest = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    snapshot = models.BooleanField(default=True)
    head: models.JSONField[Any, Any] = models.JSONField(default=dict, help_text="Of a snapshot.")
    title = models.CharField(max_length=120, blank=True)
    about = models.CharField(max_length=300, blank=True, help_text="A sentence for the gallery.")
    tools = models.BooleanField(default=False)
    thinking = models.BooleanField(default=False)
    names = models.BooleanField(default=False)
    costs = models.BooleanField(default=False)
    files = models.BooleanField(default=False)
    download = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    listed_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_why = models.CharField(max_length=300, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="share_of_owner"),
            models.Index(
                fields=["-listed_at"],
                condition=Q(listed_at__isnull=False, revoked_at=None, removed_at=None),
                name="share_gallery",
            ),
        ]

    def __str__(self) -> str:
        return f"share {self.pk}"

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def ended(self) -> bool:
        return self.revoked_at is not None or self.expired

    @property
    def listed(self) -> bool:
        return self.listed_at is not None and self.removed_at is None and not self.ended


class ShareEntry(models.Model):
    """One message of a snapshot: `written.entry_data` with what the link shows and nothing else, and its `speaker`."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    data: models.JSONField[Any, Any] = models.JSONField()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=["link", "position"], name="one_share_entry_a_position")
        ]

    def __str__(self) -> str:
        return f"entry {self.position} of {self.link_id}"


class ShareFile(models.Model):
    """A file of a snapshot: the one of this number (from 1) in the message of this position. What is `stored` is shared
    with the session, and kept for the snapshot's sake."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="files_kept")
    position = models.PositiveIntegerField()
    number = models.PositiveSmallIntegerField()
    stored = models.CharField(max_length=64, db_index=True)

    class Meta:
        ordering = ("position", "number")
        constraints = [
            models.UniqueConstraint(fields=["link", "position", "number"], name="one_share_file_a_place")
        ]

    def __str__(self) -> str:
        return f"file {self.number} of entry {self.position} of {self.link_id}"
