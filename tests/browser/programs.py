"""`python -m tests.browser.programs`: tokens of alice as they come to be in use: one unlimited, two with a limit that is
used in part and up, one that is expired."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import django


def used(token: Any, kind: str, period: str, **sums: Any) -> None:
    from django.utils import timezone

    from analytics_app.models import BudgetSpan
    from analytics_app.spans import span_of

    span = span_of(period, timezone.now())
    BudgetSpan.objects.create(
        kind=kind, scope=f"token:{token.public_id}", period=period, begins=span.begins, ends=span.ends, **sums
    )


def main() -> None:
    django.setup()
    from django.utils import timezone

    from sessions_app.actions.tokens import make_token
    from sessions_app.gates import TokenLimit
    from sessions_app.models import ApiToken, User

    alice, now = User.objects.get(username="alice"), timezone.now()
    over, _ = make_token(user=alice, name="Trial of the new importer", scopes=["read", "write"])
    ApiToken.objects.filter(pk=over.pk).update(
        expiry=now - timedelta(days=2), last_used_at=now - timedelta(days=3)
    )
    make_token(user=alice, name="Backup", scopes=["read", "export"])
    report, _ = make_token(
        user=alice,
        name="Nightly report",
        scopes=["read", "chat"],
        expires=now + timedelta(days=90),
        limit=TokenLimit("money", "month", Decimal(5)),
    )
    ApiToken.objects.filter(pk=report.pk).update(last_used_at=now - timedelta(hours=5))
    used(report, "calls", "month", money=Decimal("1.2034"))
    hook, _ = make_token(
        user=alice, name="Webhook of the help desk", scopes=["chat"], limit=TokenLimit("requests", "day", 100)
    )
    ApiToken.objects.filter(pk=hook.pk).update(last_used_at=now)
    used(hook, "requests", "day", requests=100)


if __name__ == "__main__":
    main()
