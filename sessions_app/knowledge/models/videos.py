"""Creators, their videos, the transcripts of these, and the passages that transcripts are cut into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from sessions_app.models.fields import uuid7

if TYPE_CHECKING:
    from sessions_app.models import User


class Creator(models.Model):
    """The role: who may bring videos. Staff grant it and take it back; videos stay."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="creator"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.user)


class VideoQuerySet(models.QuerySet["Video"]):
    def for_user(self, user: User | Any) -> Self:
        """Videos this person may see and be told passages of: their own, those of everyone, those they are listed for.
        The only way in for pages, tools, API, search and exports."""
        listed = VideoViewer.objects.filter(user=user.pk).values("video")
        everyones = Q(visibility=Video.Visibility.EVERYONE)
        may = Q(creator=user.pk) | everyones | Q(visibility=Video.Visibility.LISTED, pk__in=listed)
        return self.filter(may, deleted_at__isnull=True)

    def of_creator(self, user: User | Any) -> Self:
        """Those this person brought and may change."""
        return self.filter(creator=user.pk, deleted_at__isnull=True)


class Video(models.Model):
    """One video: a file of ours, or an address elsewhere. `length_ms` is empty until somebody says it."""

    class Visibility(models.TextChoices):
        PRIVATE = "private", "Only me"
        LISTED = "listed", "Listed people"
        EVERYONE = "everyone", "Everyone here"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="videos")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    url = models.CharField(max_length=2000, blank=True)
    file = models.CharField(max_length=80, blank=True, editable=False, help_text="Its name below VIDEOS_DIR.")
    file_name = models.CharField(max_length=200, blank=True)
    file_bytes = models.BigIntegerField(default=0)
    media_type = models.CharField(max_length=60, blank=True)
    thumbnail = models.CharField(
        max_length=80, blank=True, editable=False, help_text="Its name below VIDEOS_DIR."
    )
    length_ms = models.PositiveBigIntegerField(null=True, blank=True)
    language = models.CharField(max_length=20, default="en", help_text="A BCP 47 tag.")
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = VideoQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("creator", "-created_at"), name="videos_by_creator"),
            models.Index(fields=("visibility", "-created_at"), name="videos_by_visibility"),
        )

    def __str__(self) -> str:
        return self.title


class VideoViewer(models.Model):
    """Somebody a listed video is for."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="viewers", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("video", "user"), name="video_viewer_once"),)

    def __str__(self) -> str:
        return f"{self.user} may see {self.video}"


class Transcript(models.Model):
    """One version of what is said in a video. The newest one that is ready is the one in use (`current`).

    `cues`: [[start_ms, end_ms, speaker, text], …] in order of time. `problems`: [[line, reason], …] of what was left out or
    mended, `error` why none of it could be used. `done` of `total` passages are indexed.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        INDEXING = "indexing", "Being indexed"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    class Format(models.TextChoices):
        VTT = "vtt", "WebVTT"
        SRT = "srt", "SRT"
        TEXT = "text", "Text with times"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="transcripts", db_index=False)
    number = models.PositiveIntegerField()
    format = models.CharField(max_length=8, choices=Format.choices)
    source = models.CharField(max_length=200, blank=True, help_text="The file it came from; empty if pasted.")
    text = models.TextField(help_text="As it was brought.")
    cues: models.JSONField[Any, Any] = models.JSONField(default=list)
    problems: models.JSONField[Any, Any] = models.JSONField(default=list)
    error = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    current = models.BooleanField(default=False)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True, blank=True, help_text="When whoever indexes it last wrote.")

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("video", "number"), name="transcript_number_once"),
            models.UniqueConstraint(
                fields=("video",), condition=Q(current=True), name="transcript_current_once"
            ),
        )
        indexes = (
            models.Index(
                fields=("status",),
                name="transcripts_unfinished",
                condition=Q(status__in=("waiting", "indexing")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.video}, version {self.number}"


class Passage(models.Model):
    """A piece of a transcript, the unit that is found, told and cited. Never changed: another version of the transcript has
    passages of its own. Those of former versions that were told to a model stay (`told`), out of the index."""

    id = models.BigAutoField(primary_key=True)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="passages", db_index=False)
    transcript = models.ForeignKey(
        Transcript, on_delete=models.CASCADE, related_name="passages", db_index=False
    )
    number = models.PositiveIntegerField(help_text="Its place in the transcript, from 0.")
    start_ms = models.PositiveBigIntegerField()
    end_ms = models.PositiveBigIntegerField()
    text = models.TextField()
    told = models.BooleanField(default=False)
    current = models.BooleanField(default=True, help_text="Of the version in use: it can be found.")

    class Meta:
        ordering = ("video", "start_ms")
        constraints = (
            models.UniqueConstraint(fields=("transcript", "number"), name="passage_number_once"),
            models.CheckConstraint(condition=Q(end_ms__gte=models.F("start_ms")), name="passage_ends_after"),
        )
        indexes = (models.Index(fields=("video", "current", "start_ms"), name="passages_of_video"),)

    def __str__(self) -> str:
        return f"{self.video}, passage {self.number}"


class PassageVector(models.Model):
    """Where a passage lies by the embedding of `model`: `values` are float32, little-endian, of length 1; `code` has the
    sign of each, a bit set where it is above 0: a thirty-second of the size, by which many are looked through."""

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="vectors", db_index=False)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=120)
    values = models.BinaryField()
    code = models.BinaryField(default=b"")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("passage", "model"), name="passage_vector_once"),)
        # Which passages of a video have one, and their codes, are told without reading the vectors.
        indexes = (models.Index(fields=("model", "video", "passage", "code"), name="vectors_of_video"),)

    def __str__(self) -> str:
        return f"{self.passage} by {self.model}"


class EmbeddingRun(models.Model):
    """How the embedding of passages stands: one row, kept by whichever process is at it (`owner`).

    `ready` is the model that all passages had vectors of when a run last came to its end; questions are embedded by it until
    those of another are there. `stamp` grows whenever vectors are added or dropped. After failures in a row nobody begins
    before `retry_at`; `problem` says why, in a sentence for staff.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    owner = models.UUIDField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    ready = models.CharField(max_length=120, blank=True)
    stamp = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.problem or self.ready or "not begun"
