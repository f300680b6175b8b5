"""Dashboards that people put together: kept, changed, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analytics_app.models import Dashboard
from sessions_app.actions.errors import Refused
from sessions_app.models import User
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

NAME, QUERY = 80, 400  # characters
MOST = 30
STANDARD = "Standard"


class BadDashboard(Refused):
    """`field` is what of the entered needs another value."""

    kind = "bad_dashboard"
    sentence = "A dashboard cannot be kept like this."

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class TooManyDashboards(Refused):
    kind = "too_many_dashboards"
    sentence = f"You have {MOST} dashboards. Delete one first."


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is entered: panels by their keys, in their order; `query` is that of the page's address; `first`: shown
    where none is named."""

    name: str
    panels: Sequence[str]
    query: str = ""
    first: bool = False


@write()
def make_dashboard(*, owner: User, arrangement: Arrangement) -> Dashboard:
    """Raises BadDashboard, TooManyDashboards."""
    User.objects.select_for_update().get(pk=owner.pk)  # two of one name wait for each other here
    if Dashboard.objects.for_user(owner).count() >= MOST:
        raise TooManyDashboards
    values = _checked(owner, arrangement)
    return Dashboard.objects.create(owner=owner, **values)


@write()
def change_dashboard(*, dashboard: Dashboard, arrangement: Arrangement) -> None:
    """Raises BadDashboard."""
    User.objects.select_for_update().get(pk=dashboard.owner_id)
    values = _checked(dashboard.owner, arrangement, dashboard)
    for name, value in values.items():
        setattr(dashboard, name, value)
    dashboard.save()


@write()
def delete_dashboard(*, dashboard: Dashboard) -> None:
    dashboard.delete()


def _checked(owner: User, arrangement: Arrangement, dashboard: Dashboard | None = None) -> dict[str, Any]:
    """The values of a row; only one dashboard is the first."""
    name = " ".join(clean_text(arrangement.name).split())
    others = Dashboard.objects.for_user(owner)
    others = others.exclude(pk=dashboard.pk) if dashboard else others
    if not 1 <= len(name) <= NAME:
        raise BadDashboard("name", f"The name must have 1 to {NAME} characters.")
    if name.casefold() == STANDARD.casefold():
        raise BadDashboard("name", f"“{STANDARD}” is the name of the usual dashboard.")
    if others.filter(name=name).exists():
        raise BadDashboard("name", "Another dashboard of yours has this name.")
    if len(arrangement.query) > QUERY:
        raise BadDashboard("query", "Its filters are too long to be saved with it. Take one out first.")
    if not arrangement.panels:
        raise BadDashboard("panels", "Choose at least one panel.")
    if arrangement.first:
        others.filter(first=True).update(first=False)
    return {
        "name": name,
        "panels": list(arrangement.panels),
        "query": arrangement.query,
        "first": arrangement.first,
    }
