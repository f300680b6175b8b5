"""Counters on the admin site's first page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from sessions_app.actions.processes import DEAD_AFTER
from sessions_app.admin.columns import exact
from sessions_app.models import Reply, RunnerProcess, TokenUsage

register = template.Library()
DAY = timedelta(hours=24)
TOKENS = F("input") + F("cache_read") + F("cache_write_5m") + F("cache_write_1h") + F("output")


@register.inclusion_tag("admin/_counters.html")
def workspace_counters() -> dict[str, Any]:
    """What runs, what failed, what it cost in the last 24 hours. Calls a person stopped have not failed."""
    now = timezone.now()
    rows = TokenUsage.objects.filter(at__gte=now - DAY, settled_at__isnull=False)
    sums = rows.aggregate(
        calls=Count("pk"),
        failed=Count("pk", filter=Q(ok=False) & ~Q(error_type="stopped")),
        tokens=Sum(TOKENS),
        total_cost=Sum("cost"),
        unpriced=Count("pk", filter=Q(cost__isnull=True)),
    )
    return {
        "running": Reply.objects.filter(status=Reply.Status.RUNNING).count(),
        "queued": Reply.objects.filter(status=Reply.Status.QUEUED).count(),
        "calls": sums["calls"],
        "failed": sums["failed"],
        "tokens": sums["tokens"] or 0,
        "cost": exact(sums["total_cost"]) if sums["total_cost"] is not None else "$0.00",
        "unpriced": sums["unpriced"],
        "open": TokenUsage.objects.open().count(),
        "dead": RunnerProcess.objects.filter(ended_at__isnull=True, beat_at__lt=now - DEAD_AFTER).count(),
    }
