"""Whether the workspace does its work."""

from __future__ import annotations

from typing import Any

from analytics_app.queries import active
from analytics_app.queries.health import calls, layer, replies, storing
from analytics_app.queries.health.parts import Component, worst
from sessions_app.agent.tools import ToolContext, tool
from sessions_app.models import Reply, TokenUsage
from sessions_app.reading import consult

from .asking import Asker
from .counting import whole

KINDS = 10
TOLD = ("name", "status", "detail", "value", "unit")


@tool(view="table")
async def check_system_health(context: ToolContext) -> dict[str, Any]:
    """Whether the workspace works: database, channel layer, model providers (from the real calls of the last hour,
    never probed), journal and replies, each with a status (ok, degraded, down) and a sentence; running and queued
    replies, error rate, journal lag, model calls and failures of the last hour by kind. Use it for "is everything
    working", "system status", "any errors", "why is it slow"."""
    return await consult(_health, context, await layer.channel_layer())


def _health(context: ToolContext, carrier: Component) -> dict[str, Any]:
    """Members see the parts' states and the counts of their own sessions and calls, staff those of all."""
    asker = Asker.of(context)
    asker = Asker(asker.user, asker.zone, asker.now, asker.user.is_staff)
    owner = whole(asker)
    running, queued = active.replies(owner), active.replies(owner, Reply.Status.QUEUED)
    found = calls.calls(TokenUsage.objects.all(), asker.now)
    own = found if asker.everyone else calls.calls(TokenUsage.objects.for_user(asker.user), asker.now)
    lag = replies.journal_lag(running, asker.now)
    components = [
        storing.database(),
        carrier,
        calls.providers(found, counts=asker.everyone),
        replies.journal(lag),
        replies.replies(running, queued, asker.now),
    ]
    return {
        "period": "last hour",
        "time_range": None,
        "from": (asker.now - calls.HOUR).isoformat(),
        "until": asker.now.isoformat(),
        "scope": "everyone" if asker.everyone else "own",
        "status": worst(components),
        "components": [{name: getattr(component, name) for name in TOLD} for component in components],
        "running_replies": running.count(),
        "queued_replies": queued.count(),
        "error_rate": replies.error_rate(owner, asker.now),
        "journal_lag_ms": lag,
        "calls_last_hour": own.calls,
        "failed_last_hour": own.failed,
        "errors": [{"kind": kind, "count": count} for kind, count in own.kinds[:KINDS]],
        "counted": (
            f"Calls and replies of the last hour, in {'all sessions' if asker.everyone else 'your own sessions'}; "
            "whether a component is well is told of the whole workspace."
        ),
        "link": "/dashboard/health/" if asker.everyone else "",
    }
