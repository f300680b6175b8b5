"""What bringing a creator's videos took, told apart from what answers about them took."""

from __future__ import annotations

from analytics_app.queries.periods import Period
from analytics_app.queries.tokens import CALLS, TokenSums
from sessions_app.models import TokenUsage


def indexing(creator: int, span: Period) -> TokenSums:
    """Embedding the creator's transcripts: their calls of this purpose that are of no session."""
    calls = TokenUsage.objects.filter(
        user=creator,
        purpose=TokenUsage.Purpose.EMBEDDING,
        session__isnull=True,
        message__isnull=True,
        settled_at__isnull=False,
    )
    return TokenSums.of(span.within(calls, "at").order_by().aggregate(**CALLS))
