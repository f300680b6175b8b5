"""Plugins: what staff switched on, how they are set, and what each person wants of them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class PluginState(models.Model):
    """An installed plugin in this workspace. Without a row it is off. How it went is for staff to see."""

    name = models.CharField(max_length=40, primary_key=True)
    version = models.CharField(max_length=40, blank=True)
    enabled = models.BooleanField(default=False)
    values: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    secrets_sealed = models.TextField(blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, help_text="Since it was last switched on.")
    last_error = models.CharField(max_length=300, blank=True)
    last_failed_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(
        null=True, blank=True, help_text="Left out until then: it failed too often."
    )
    asked: models.JSONField[Any, Any] = models.JSONField(
        default=dict, blank=True, editable=False, help_text="When its sources of activity were, and answered."
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "plugin"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PluginChoice(models.Model):
    """Whether a person uses a plugin that is on, and how they set it for themselves."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="plugin_choices"
    )
    plugin = models.CharField(max_length=40)
    enabled = models.BooleanField(default=True)
    values: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    secrets_sealed = models.TextField(blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "plugin"], name="one_choice_a_plugin")]

    def __str__(self) -> str:
        return f"{self.plugin} of {self.user_id}"
