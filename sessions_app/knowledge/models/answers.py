"""What answers drew from videos: facts for figures, written once when an answer ends. Texts stay with the passages."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sessions_app.models import ChatSession, Message

from .videos import Passage, Video


class SessionCreator(models.Model):
    """Whose videos a session is about: begun from a video's page, or all its chosen videos are theirs."""

    session = models.OneToOneField(
        ChatSession, on_delete=models.CASCADE, primary_key=True, related_name="creator"
    )
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.session} of {self.creator}"


class VideoAnswer(models.Model):
    """One answer that had a video at hand: `given` of its passages were told to the model, `cited` of them the answer cites.
    `asker` asked; `best` is how near the nearest passage was (0 to 1)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="videos", db_index=False)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="+")
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="answers", db_index=False)
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    given = models.PositiveIntegerField(default=0)
    cited = models.PositiveIntegerField(default=0)
    best = models.FloatField(default=0.0)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("message", "video"), name="video_answer_once"),)
        indexes = (
            models.Index(fields=("video", "at"), name="video_answers_by_time"),
            # What a period of the whole workspace asks for is in it: no row is looked up.
            models.Index(fields=("at", "video", "cited"), name="video_answers_of_all"),
        )

    def __str__(self) -> str:
        return f"{self.cited} of {self.given} passages"


class Reference(models.Model):
    """A passage that an answer cites, numbered as in the answer."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="references", db_index=False)
    number = models.PositiveIntegerField()
    video = models.ForeignKey(Video, on_delete=models.SET_NULL, null=True, related_name="references")
    passage = models.ForeignKey(Passage, on_delete=models.SET_NULL, null=True, related_name="references")
    title = models.CharField(max_length=200)
    start_ms = models.PositiveBigIntegerField()
    end_ms = models.PositiveBigIntegerField()
    similarity = models.FloatField(default=0.0)
    at = models.DateTimeField()

    class Meta:
        ordering = ("message", "number")
        constraints = (models.UniqueConstraint(fields=("message", "number"), name="reference_number_once"),)
        indexes = (
            models.Index(fields=("video", "start_ms"), name="references_by_moment"),
            models.Index(fields=("video", "at"), name="references_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.title}, {self.start_ms // 1000} s"
