"""The admin site's first page, as a tag: Django makes that page, and the apps below know no figures."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import mark_safe

from analytics_app.admin.today import overview

register = template.Library()
# Name, address, and the permission it takes where that is not every member of staff's.
WAYS = (
    ("Dashboard", "dashboard", ""),
    ("Health", "health_page", ""),
    ("Prices", "admin:sessions_app_modelprice_changelist", ""),
    ("Budgets", "admin:analytics_app_budget_changelist", ""),
    ("Models", "admin:sessions_app_modeloffer_changelist", "sessions_app.view_modeloffer"),
    ("Plugins", "admin:sessions_app_pluginstate_changelist", "sessions_app.view_pluginstate"),
    ("Audit log", "admin:sessions_app_auditentry_changelist", "sessions_app.view_auditentry"),
)


@register.inclusion_tag("admin/_overview.html", takes_context=True)
def workspace_overview(context: Context) -> dict[str, Any]:
    """Counters, charts and errors; the charts' markup is made of numbers and of our own words."""
    user = context["request"].user
    found = overview(user)
    charts = [mark_safe(chart) for chart in found["charts"]]
    open_to = [way for way in WAYS if not way[2] or user.has_perm(way[2])]
    return {**found, "charts": charts, "ways": [way for way in map(_way, open_to) if way["href"]]}


def _way(named: tuple[str, str, str]) -> dict[str, str]:
    """A page that this installation has."""
    name, address, _ = named
    try:
        return {"name": name, "href": reverse(address)}
    except NoReverseMatch:
        return {"name": name, "href": ""}
