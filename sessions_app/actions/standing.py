"""What calls found out about their providers, written on changes only."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sessions_app.models import ProviderState
from sessions_app.realtime import feed
from sessions_app.standing import CONCERNS, Standing, out_until
from sessions_app.transactions import write


@write()
def note_failure(*, provider: str, kind: str, retry_after: float | None = None) -> None:
    """A reply gave up on this provider. Failures that tell nothing of it as a whole leave it as it is."""
    now = timezone.now()
    if kind not in CONCERNS and not (kind == "rate_limit" and retry_after):
        return
    row, _made = ProviderState.objects.select_for_update().get_or_create(provider=provider)
    was_out = row.open_until is not None
    row.failures += kind in CONCERNS
    row.last_failed_at, row.last_error = now, kind[:40]
    until = out_until(row.failures, kind, retry_after, now)
    if until is not None:
        row.open_until = max(until, row.open_until or until)
        row.opened_at = row.opened_at or now
    row.save()
    if row.open_until is not None and not was_out:
        transaction.on_commit(feed.providers_changed)


@write()
def note_success(*, provider: str) -> None:
    """It answers again. Where nothing was wrong, nothing is written."""
    troubled = ProviderState.objects.filter(provider=provider).exclude(failures=0, open_until=None)
    if troubled.update(failures=0, opened_at=None, open_until=None, last_worked_at=timezone.now()):
        transaction.on_commit(feed.providers_changed)


@write()
def claim_trial(*, standing: Standing) -> bool:
    """Whether this reply is the one that tries the provider again; for the others it stays left out meanwhile."""
    until = timezone.now() + timedelta(seconds=settings.FALLBACK_SECONDS)
    rows = ProviderState.objects.filter(provider=standing.provider, open_until=standing.open_until)
    return rows.update(open_until=until) == 1
