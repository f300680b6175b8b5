"""Imports: a file that is looked through first, and taken in once its person says what of it."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from sessions_app.models import ChatSession, uuid7


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def for_user(self, user: Any) -> Self:
        return self.filter(owner=user.pk)

    def with_news(self) -> Self:
        """`news`: whether it waits for a choice, and something of its file is not here yet."""
        new = ImportItem.objects.filter(job=OuterRef("pk"), state__in=ImportItem.NEWS)
        return self.annotate(news=Q(Q(status=ImportJob.Status.READY), Exists(new)))

    def unfinished(self) -> Self:
        return self.filter(status__in=ImportJob.BUSY)


class ImportJob(models.Model):
    """One file. It comes (`receiving`), is read (`reading`), shown (`ready`), and what was chosen is taken in (`importing`).

    `size` is in bytes, what came of it stands in the file. `notes` say what of the file as a whole is left out. `source` says whose format it is, empty while that is not known. `error` is a sentence, `line` (from 1) and
    `place` where in the file it went wrong. `done` of `total` counts sessions.
    """

    class Status(models.TextChoices):
        RECEIVING = "receiving", "Receiving"
        READING = "reading", "Reading"
        READY = "ready", "Ready"
        IMPORTING = "importing", "Importing"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    class Source(models.TextChoices):
        WORKSPACE = "workspace", "This app"
        CHATGPT = "chatgpt", "ChatGPT"
        CLAUDE = "claude", "Claude"

    news: bool  # of `with_news`
    BUSY = (Status.RECEIVING, Status.READING, Status.IMPORTING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.READING)
    source = models.CharField(max_length=10, choices=Source.choices, blank=True)
    name = models.CharField(max_length=200)
    stored = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    within = models.PositiveIntegerField(
        default=0, help_text="Messages that are stored of the session it is at; none of a short one."
    )
    notes: models.JSONField[Any, Any] = models.JSONField(default=list)
    error = models.CharField(max_length=400, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    place = models.CharField(max_length=200, blank=True)
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="Whoever works on it knows this number; with another one somebody else does."
    )
    created_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When its person was told that it ended.")

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="import_of_owner"),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["reading", "importing"]),
                name="import_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk} {self.status}"

    @property
    def busy(self) -> bool:
        return self.status in self.BUSY


class ImportItem(models.Model):
    """One session of a file that is being imported. `key` and `digest` are its own in its source; `member` names the file
    of a ZIP, `begins` and `ends` are bytes in it. `problem` says why it cannot be taken. `session` is the one that is here
    already, and what it became once it was taken in."""

    class State(models.TextChoices):
        NEW = "new", "New"
        CHANGED = "changed", "Changed"
        HERE = "here", "Already here"
        BROKEN = "broken", "Cannot be read"

    NEWS = (State.NEW, State.CHANGED)

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=200, blank=True)
    messages = models.PositiveIntegerField(default=0)
    fresh = models.PositiveIntegerField(default=0, help_text="Messages that are not here yet.")
    at = models.DateTimeField(null=True, blank=True, help_text="When it was last written in.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    chosen = models.BooleanField(default=True)
    notes: models.JSONField[Any, Any] = models.JSONField(default=list, help_text="What of it is left out.")
    problem = models.CharField(max_length=400, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    member = models.CharField(max_length=300, blank=True)
    begins = models.PositiveBigIntegerField(default=0)
    ends = models.PositiveBigIntegerField(default=0)
    session = models.ForeignKey(
        ChatSession, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was taken in, or found that it cannot be."
    )

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="one_item_a_position")]

    def __str__(self) -> str:
        return f"{self.title} {self.state}"


class ImportedSession(models.Model):
    """Where a session came from, so that the same file again adds only what is new."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    source = models.CharField(max_length=10, choices=ImportJob.Source.choices)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, blank=True)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="imported_from")
    at = models.DateTimeField(default=timezone.now)
    adding_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Something is being added that nobody sees yet, or an end left it behind.",
    )

    class Meta:
        ordering = ("-at",)
        indexes = [
            models.Index(fields=["owner", "source", "key"], name="imported_key"),
            models.Index(
                fields=["adding_since"], condition=Q(adding_since__isnull=False), name="imported_adding"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
