"""Dashboards that people put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models

from sessions_app.models.fields import uuid7

if TYPE_CHECKING:
    from sessions_app.models import User


class DashboardQuerySet(models.QuerySet["Dashboard"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(owner=user.pk)


class Dashboard(models.Model):
    """Panels in an order, and the question they answer, under a name. `query` is that of the page's address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dashboards")
    name = models.CharField(max_length=80)
    panels: models.JSONField[Any, Any] = models.JSONField(default=list)
    query = models.CharField(max_length=400, blank=True)
    first = models.BooleanField(default=False, help_text="Shown where none is named.")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = DashboardQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_dashboard_a_name"),
            models.UniqueConstraint(
                fields=["owner"], condition=models.Q(first=True), name="one_first_dashboard"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.owner_id}"
