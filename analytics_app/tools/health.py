"""Whether the workspace does its work."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from analytics_app.queries import active, health
from analytics_app.queries.health import Component
from sessions_app.agent.tools import ToolContext, tool
from sessions_app.models import Reply, TokenUsage
from sessions_app.reading import consult

from .asking import Asker
from .counting import whole

KINDS = 10


@tool(view="table")
async def check_system_health(context: ToolContext) -> dict[str, Any]:
    """Whether the workspace works: database, channel layer, model providers (from the real calls of the last hour,
    never probed), journal and replies, each with a status (ok, degraded, down) and a sentence; running and queued
    replies, error rate, journal lag, model calls and failures of the last hour by kind. Use it for "is everything
    working", "system status", "any errors", "why is it slow"."""
    return await consult(_health, context, await health.channel_layer())


def _health(context: ToolContext, layer: Component) -> dict[str, Any]:
    """Members see the parts' states and the counts of their own sessions and calls, staff those of all."""
    asker = Asker.of(context)
    asker = Asker(asker.user, asker.zone, asker.now, asker.user.is_staff)
    owner = whole(asker)
    running, queued = active.replies(owner), active.replies(owner, Reply.Status.QUEUED)
    found = health.calls(TokenUsage.objects.all(), asker.now)
    own = found if asker.everyone else health.calls(TokenUsage.objects.for_user(asker.user), asker.now)
    lag = health.journal_lag(running, asker.now)
    components = [
        health.database(),
        layer,
        health.providers(found, counts=asker.everyone),
        health.journal(lag),
        health.replies(running, queued, asker.now),
    ]
    return {
        "period": "last hour",
        "time_range": None,
        "from": (asker.now - health.HOUR).isoformat(),
        "until": asker.now.isoformat(),
        "scope": "everyone" if asker.everyone else "own",
        "status": health.worst(components),
        "components": [asdict(component) for component in components],
        "running_replies": running.count(),
        "queued_replies": queued.count(),
        "error_rate": health.error_rate(owner, asker.now),
        "journal_lag_ms": lag,
        "calls_last_hour": own.calls,
        "failed_last_hour": own.failed,
        "errors": [{"kind": kind, "count": count} for kind, count in own.kinds[:KINDS]],
        "counted": (
            f"Calls and replies of the last hour, in {'all sessions' if asker.everyone else 'your own sessions'}; "
            "whether a component is well is told of the whole workspace."
        ),
        "link": "/dashboard/#health",
    }
