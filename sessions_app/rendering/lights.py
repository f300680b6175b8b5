"""Status lights of the footer: told from real calls, never by asking a model."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from sessions_app import offering
from sessions_app.models import TokenUsage
from sessions_app.prepared import Rows, given

WORDS = {
    "authentication": "key refused",
    "overloaded": "overloaded",
    "rate_limit": "rate limited",
    "billing": "billing problem",
    "connection": "not reached",
    "timeout": "silent",
}
RECENT = timedelta(minutes=15)

_last_call = Rows(
    lambda: (
        TokenUsage.objects.filter(
            provider=given("provider"), settled_at__isnull=False, at__gte=given("since")
        )
        .exclude(purpose=TokenUsage.Purpose.EMBEDDING)  # whose limit is a few seconds
        .order_by("-at")
        .values_list("ok", "error_type")[:1]
    )
)


def lights() -> list[dict[str, str]]:
    """Live (driven by the page's socket), the provider, the database."""
    return [
        {"id": "live", "label": "Live", "state": "waiting"},
        provider_light(),
        {"id": "database", "label": "Database", "state": "well"},
    ]


def provider_light() -> dict[str, str]:
    """How the last call to the default model's provider went, if it is recent."""
    name = offering.default_model().provider
    if name == "offline":
        return {"id": "provider", "label": "Offline assistant", "state": "off"}
    label = offering.provider_label(name)
    ok, kind = _last_call.first(provider=name, since=timezone.now() - RECENT) or (True, "")
    if ok or kind not in WORDS:
        return {"id": "provider", "label": label, "state": "well"}
    return {"id": "provider", "label": f"{label}: {WORDS[kind]}", "state": "failing"}
