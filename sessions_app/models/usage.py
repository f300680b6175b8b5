"""The ledger: one row for every model call, and the prices staff set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .fields import MoneyField, uuid7
from .messages import Message
from .sessions import ChatSession

if TYPE_CHECKING:
    from .people import User

TOKEN_KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


class TokenUsageQuerySet(models.QuerySet["TokenUsage"]):
    def for_user(self, user: User | Any) -> Self:
        """The calls this person caused."""
        return self.filter(user=user.pk)

    def all_for_staff(self, user: User | Any) -> Self:
        if not user.is_staff:
            raise PermissionDenied
        return self.all()

    def open(self) -> Self:
        return self.filter(settled_at__isnull=True)


class TokenUsage(models.Model):
    """One model call. Inserted when the request leaves, settled exactly once, never changed after, but for one thing:
    a cost that is unknown may become known once (`analytics_app.actions.pricing`). One that is known never changes.

    Tokens by kind; `input` is without cached ones. `cost` is empty where the price is unknown, never 0 for that.
    """

    class Purpose(models.TextChoices):
        REPLY = "reply", "Reply"
        TITLE = "title", "Title"
        SUMMARY = "summary", "Summary"
        PLUGIN = "plugin", "Plugin"
        EMBEDDING = "embedding", "Embedding"

    class CountsSource(models.TextChoices):
        REPORTED = "reported", "Reported by the provider"
        ESTIMATED = "estimated", "Output estimated"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="usage"
    )
    session = models.ForeignKey(
        ChatSession,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="usage",
        db_constraint=True,
    )
    session_key = models.UUIDField(
        null=True, blank=True, help_text="Stays when the chat is gone; empty for a call of no chat."
    )
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="usage"
    )
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.REPLY)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=120)
    turn = models.PositiveSmallIntegerField(default=1)
    attempt = models.PositiveSmallIntegerField(default=1)
    input = models.PositiveBigIntegerField(default=0)
    cache_read = models.PositiveBigIntegerField(default=0)
    cache_write_5m = models.PositiveBigIntegerField(default=0)
    cache_write_1h = models.PositiveBigIntegerField(default=0)
    output = models.PositiveBigIntegerField(default=0)
    web_searches = models.PositiveIntegerField(default=0, help_text="Made by the provider; part of the cost.")
    cost = MoneyField(null=True, blank=True)
    price_source = models.CharField(max_length=40, blank=True)
    counts_source = models.CharField(
        max_length=10, choices=CountsSource.choices, default=CountsSource.REPORTED
    )
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    ok = models.BooleanField(default=False)
    error_type = models.CharField(max_length=40, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    request_id = models.CharField(max_length=120, blank=True)
    owner = models.UUIDField(null=True, blank=True, help_text="Process that made the call.")
    api_token = models.UUIDField(
        null=True,
        blank=True,
        help_text="`public_id` of the token it was caused with; stays when that is gone.",
    )
    at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = TokenUsageQuerySet.as_manager()

    class Meta:
        ordering = ("-at",)
        verbose_name = "model call"
        indexes = [
            models.Index(fields=["user", "at"], name="usage_user_at"),
            models.Index(fields=["session", "at"], name="usage_session_at"),
            models.Index(fields=["session_key"], name="usage_session_key"),
            models.Index(fields=["at"], name="usage_at"),
            models.Index(
                fields=["api_token", "at"], condition=Q(api_token__isnull=False), name="usage_of_token"
            ),
            models.Index(fields=["owner"], condition=Q(settled_at__isnull=True), name="usage_open"),
            # These hold all that is told of such calls, what their conditions ask for too: none is looked up.
            *(
                models.Index(
                    fields=[*of, "model", "provider", *TOKEN_KINDS, "cost", "settled_at"],
                    condition=Q(cost__isnull=True, settled_at__isnull=False),
                    name=name,
                )
                for name, of in (("usage_unpriced", ["at"]), ("usage_unpriced_of_user", ["user", "at"]))
            ),
            *(
                models.Index(
                    fields=[*of, "error_type", "provider", *TOKEN_KINDS, "cost", "settled_at", "ok"],
                    condition=Q(ok=False, settled_at__isnull=False),
                    name=name,
                )
                for name, of in (("usage_failed", ["at"]), ("usage_failed_of_user", ["user", "at"]))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.purpose} {self.at:%Y-%m-%d %H:%M}"

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h + self.output


class ForeignUsage(models.Model):
    """A model call that another workspace made and paid for: it came with an imported session. Receipts show it, no figure
    counts it.

    `message_key` is the `origin_key` of the answer it made, so that copies of that answer show it too; empty for a
    call of the session itself, as for its title.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(
        ChatSession, on_delete=models.SET_NULL, null=True, blank=True, related_name="foreign_usage"
    )
    message_key = models.UUIDField(null=True, blank=True, db_index=True)
    purpose = models.CharField(max_length=12, default="reply")
    provider = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    turn = models.PositiveSmallIntegerField(default=1)
    attempt = models.PositiveSmallIntegerField(default=1)
    input = models.PositiveBigIntegerField(default=0)
    cache_read = models.PositiveBigIntegerField(default=0)
    cache_write_5m = models.PositiveBigIntegerField(default=0)
    cache_write_1h = models.PositiveBigIntegerField(default=0)
    output = models.PositiveBigIntegerField(default=0)
    cost = MoneyField(null=True, blank=True)
    price_source = models.CharField(max_length=40, blank=True)
    counts_source = models.CharField(max_length=10, default="reported")
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    ok = models.BooleanField(default=True)
    error_type = models.CharField(max_length=40, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("at", "id")
        verbose_name = "foreign model call"

    def __str__(self) -> str:
        return f"{self.model} {self.purpose} elsewhere"

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h + self.output


class ModelPrice(models.Model):
    """A price staff set: USD for a million tokens, from a day on; it wins over the maintained table."""

    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=120)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    input = MoneyField()
    cache_read = MoneyField()
    cache_write_5m = MoneyField()
    cache_write_1h = MoneyField()
    output = MoneyField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("provider", "model", "-valid_from")
        constraints = [
            models.UniqueConstraint(fields=["provider", "model", "valid_from"], name="one_price_a_start"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=models.F("valid_from")),
                name="price_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.model} from {self.valid_from:%Y-%m-%d}"
