"""Replies: rows with a life of their own, journalled as they grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .fields import uuid7
from .messages import Message
from .sessions import ChatSession, readable_by

if TYPE_CHECKING:
    from .people import User


class RunnerProcess(models.Model):
    """A server process that runs replies. One that stops beating is dead, whatever its rows say."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    host = models.CharField(max_length=120, blank=True)
    pid = models.PositiveIntegerField(default=0)
    lock_path = models.CharField(
        max_length=300, blank=True, help_text="File this process keeps locked while it lives."
    )
    started_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    people: models.JSONField[Any, Any] = models.JSONField(
        default=list, blank=True, help_text="Keys of the people who have a page open here."
    )
    figures: models.JSONField[Any, Any] = models.JSONField(
        default=dict, blank=True, help_text="What it measured of itself before its last beat."
    )

    class Meta:
        verbose_name_plural = "runner processes"

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Chore(models.Model):
    """A job of the server that is done now and then, by any process: how it went when it last was."""

    name = models.CharField(max_length=120, primary_key=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    well_at = models.DateTimeField(null=True, blank=True, help_text="When it last went well.")
    ms = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=80, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ReplyQuerySet(models.QuerySet["Reply"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(readable_by(user))

    def unfinished(self) -> Self:
        return self.filter(status__in=Reply.UNFINISHED)

    def ran(self) -> Self:
        """Those that ran here: no copies."""
        return self.filter(copied=False)

    def growing(self) -> Self:
        return self.filter(status__in=Reply.GROWING)

    def owned(self, owner: Any, attempt: int | None = None) -> Self:
        """Running replies of this process: every write of a runner is conditional on it."""
        rows = self.filter(owner=owner, status=Reply.Status.RUNNING)
        return rows if attempt is None else rows.filter(attempt=attempt)


class Reply(models.Model):
    """The making of one assistant message; its key is that message's key."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        WAITING = "waiting", "Waiting for an approval"
        COMPLETE = "complete", "Complete"
        STOPPED = "stopped", "Stopped"
        INTERRUPTED = "interrupted", "Interrupted"
        FAILED = "failed", "Failed"

    UNFINISHED = (Status.QUEUED, Status.RUNNING, Status.WAITING)
    GROWING = (Status.QUEUED, Status.RUNNING)
    CONTINUABLE = (Status.INTERRUPTED, Status.STOPPED)

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="reply")
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="replies")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    owner = models.UUIDField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    parts_seq = models.PositiveIntegerField(default=0)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    turns = models.PositiveSmallIntegerField(default=0)
    model_config: models.JSONField[Any, Any] = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    first_token_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    earlier_ms = models.PositiveIntegerField(default=0, help_text="How long it ran before it last waited.")
    copied = models.BooleanField(default=False, help_text="Of a copied message: it never ran here.")
    api_token = models.UUIDField(
        null=True,
        blank=True,
        help_text="`public_id` of the token it was asked for with; stays when that is gone.",
    )
    stop_reason = models.CharField(max_length=20, blank=True)
    error_type = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        indexes = [
            # Whole, not partial: SQLite cannot prove that a bound parameter fulfils an index's condition.
            models.Index(fields=["status", "created_at"], name="reply_by_status"),
            models.Index(fields=["session", "status"], name="reply_of_session_by_status"),
            models.Index(fields=["session", "-created_at"], name="reply_of_session"),
            models.Index(fields=["finished_at"], name="reply_by_end"),
            models.Index(fields=["session", "finished_at"], name="reply_of_session_by_end"),
            models.Index(
                fields=["api_token", "created_at"],
                condition=Q(api_token__isnull=False),  # which whatever asks for one token fulfils
                name="reply_of_token",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(status__in=["queued", "running", "waiting"]),
                name="one_running_reply_a_session",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(owner__isnull=False), name="running_reply_has_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk} {self.status}"

    @property
    def unfinished(self) -> bool:
        return self.status in self.UNFINISHED

    @property
    def last_leg_ms(self) -> int:
        """How long it ran since it was last claimed, in whole milliseconds; 0 for one that never began."""
        if self.started_at is None or self.finished_at is None:
            return 0
        return max(0, round((self.finished_at - self.started_at).total_seconds() * 1000))

    @property
    def duration_ms(self) -> int:
        """How long it ran in all, without the time it waited for a person."""
        return self.earlier_ms + self.last_leg_ms

    @property
    def can_continue(self) -> bool:
        """Whether asking the model to go on makes sense: cut short, and text was kept."""
        return self.status in self.CONTINUABLE or self.stop_reason in (
            "turn_limit",
            "cost_limit",
            "budget",
            "max_tokens",
        )


class ReplyChunk(models.Model):
    """One journal batch of a reply: chunks `first_seq` to `last_seq`, kept 24 hours after the end."""

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="journal")
    first_seq = models.PositiveIntegerField()
    last_seq = models.PositiveIntegerField()
    chunks: models.JSONField[Any, Any] = models.JSONField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reply", "first_seq"], name="one_batch_a_seq"),
            models.CheckConstraint(condition=Q(last_seq__gte=F("first_seq")), name="batch_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.reply_id} {self.first_seq}-{self.last_seq}"


class ToolCallQuerySet(models.QuerySet["ToolCall"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(readable_by(user, "message__session"))


class ToolCall(models.Model):
    """One run of a tool, or the attempt at one."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        AWAITING = "awaiting_approval", "Awaiting approval"
        SUCCESS = "success", "Done"
        ERROR = "error", "Failed"
        DENIED = "denied", "Refused"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (Status.PENDING, Status.AWAITING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tool_calls")
    turn = models.PositiveSmallIntegerField()
    tool_name = models.CharField(max_length=120)
    tool_use_id = models.CharField(max_length=120)
    input: models.JSONField[Any, Any] = models.JSONField(null=True)
    result: models.JSONField[Any, Any] = models.JSONField(null=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ToolCallQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["message", "turn", "tool_use_id"], name="one_row_a_tool_call"),
        ]
        indexes = [models.Index(fields=["tool_name", "created_at"], name="tool_call_by_name")]

    def __str__(self) -> str:
        return f"{self.tool_name} {self.status}"
