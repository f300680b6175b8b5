"""The record of what staff opened or did with what belongs to others."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from sessions_app.models import AuditEntry
from sessions_app.transactions import write


@write()
def record(*, actor: Any, action: str, subject: Model | str, detail: str = "") -> AuditEntry:
    """Write it down before anything is shown: what cannot be recorded is not opened.

    `subject` is a row, kept as its model and key, or such words for one that has no key to show.
    """
    words = subject if isinstance(subject, str) else f"{subject._meta.model_name} {subject.pk}"
    return AuditEntry.objects.create(actor=actor, action=action[:40], subject=words[:80], detail=detail[:200])
