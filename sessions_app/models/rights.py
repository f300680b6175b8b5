"""What a person has allowed tools to do, and how often they used what their plan gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from .people import User


class ToolConsentQuerySet(models.QuerySet["ToolConsent"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(user=user.pk)


class ToolConsent(models.Model):
    """A tool that need not ask this person again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tool_consents")
    tool_name = models.CharField(max_length=120)
    since = models.DateTimeField(auto_now_add=True)

    objects = ToolConsentQuerySet.as_manager()

    class Meta:
        ordering = ("tool_name",)
        constraints = [models.UniqueConstraint(fields=["user", "tool_name"], name="one_consent_a_tool")]

    def __str__(self) -> str:
        return f"{self.user} allows {self.tool_name}"


class PremiumUse(models.Model):
    """How often a person ran a tool of the premium plan in a month (`month` is its first day, UTC)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="premium_use")
    month = models.DateField()
    tool_name = models.CharField(max_length=120)
    runs = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-month", "tool_name")
        verbose_name_plural = "premium use"
        constraints = [
            models.UniqueConstraint(fields=["user", "month", "tool_name"], name="one_count_a_month_and_tool")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.tool_name} {self.month:%Y-%m}: {self.runs}"
