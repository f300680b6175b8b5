"""MCP servers that staff registered, and the tools they said they have."""

from __future__ import annotations

import json

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from sessions_app.sealing import unseal


class McpServer(models.Model):
    """A server by its https address, or one of the programs the operator's settings name; never a command."""

    name = models.CharField(
        max_length=24,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9-]*$", "Letters, digits and hyphens.")],
        help_text="Short: it is part of the names of its tools.",
    )
    url = models.CharField("address", max_length=500, blank=True, help_text="https://…")
    program = models.CharField(
        max_length=60, blank=True, help_text="Instead of an address: a server of MCP_STDIO_SERVERS."
    )
    headers_sealed = models.TextField(blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    time_limit = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(600)], help_text="Seconds for a call."
    )
    last_seen_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "MCP server"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def headers(self) -> dict[str, str]:
        """Raises `sealing.Sealed` where no present key opens them."""
        found: dict[str, str] = json.loads(unseal(self.headers_sealed)) if self.headers_sealed else {}
        return found

    @property
    def patience(self) -> float:
        """Seconds a call may take; less than the loop gives any tool, so that the connection is closed in order."""
        return min(self.time_limit, max(1, settings.TOOL_TIMEOUT - 3))


class McpTool(models.Model):
    """A tool as its server described it when staff last looked; nothing newer is told to a model."""

    server = models.ForeignKey(McpServer, on_delete=models.CASCADE, related_name="tools")
    name = models.CharField(max_length=128)
    description = models.TextField(blank=True)
    input_schema = models.TextField(help_text="JSON, its keys sorted.")
    enabled = models.BooleanField(default=False)
    needs_approval = models.BooleanField(default=True)
    changed = models.BooleanField(
        default=False, help_text="Its description or input changed since it was on."
    )
    gone = models.BooleanField(default=False, help_text="The server no longer names it.")
    problem = models.CharField(max_length=200, blank=True, help_text="Why it cannot be switched on.")
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "MCP tool"
        ordering = ("server__name", "name")
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="one_tool_of_a_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.server.name})"
