"""Every part of the workspace with its latest measurement, for staff."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asgiref.sync import async_to_sync
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from analytics_app.queries.active import replies as replies_of
from sessions_app.actions.processes import living
from sessions_app.models import Reply, User

from . import calls, chores, layer, prices, replies, storing
from .parts import Component, Status, worst


@dataclass(frozen=True, slots=True)
class Report:
    """The state of the whole, its parts, and when they were asked."""

    status: Status
    components: tuple[Component, ...]
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """status, checked_at, components: key, name, status (ok, degraded, down, off), detail, value, unit,
        measured_at, figures."""
        return {
            "status": self.status,
            "checked_at": self.at.isoformat(),
            "components": [_part(component) for component in self.components],
        }


def report(user: User) -> Report:
    """Raises PermissionDenied for others than staff."""
    if not user.is_staff:
        raise PermissionDenied
    now, alive = timezone.now(), living()
    running, queued = replies_of(None), replies_of(None, Reply.Status.QUEUED)
    lag = replies.journal_lag(running, now)
    found = (
        storing.database(),
        async_to_sync(layer.channel_layer)(),
        replies.replies(running, queued, now),
        replies.load(alive),
        replies.measured_journal(alive, lag),
        *calls.each_provider(now),
        prices.price_table(now),
        storing.storage(),
        chores.background(now, min((process.started_at for process in alive), default=None)),
    )
    told = tuple(component if component.at else _stamped(component, now) for component in found)
    return Report(worst(told), told, now)


def _stamped(component: Component, now: datetime) -> Component:
    """Measured while it was asked, unless there was nothing to measure."""
    return component if component.status == "off" else replace(component, at=now)


def _part(component: Component) -> dict[str, Any]:
    return {
        "key": component.key,
        "name": component.name,
        "status": component.status,
        "detail": component.detail,
        "value": component.value,
        "unit": component.unit if component.value is not None else None,
        "measured_at": component.at.isoformat() if component.at else None,
        "figures": dict(component.figures),
    }
