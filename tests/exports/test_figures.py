"""What another workspace paid for is in no figure of this one, whoever asks."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

import pytest
from django.utils import timezone

from analytics_app.queries.budgets import spent_in
from analytics_app.queries.engagement import satisfaction
from analytics_app.queries.periods import period
from analytics_app.queries.session import figures
from analytics_app.spans import EVER
from export_app.document import Remark
from sessions_app.models import ChatSession, ForeignUsage, Message, User
from tests.analytics.test_one_total import agree
from tests.exports.test_building import AT, SPENT, built, entry

pytestmark = pytest.mark.django_db(transaction=True)  # tools read on another thread, which sees only commits


def test_an_import_is_in_no_total(alice: User) -> None:
    before = agree(alice, "own", {"time_range": "all"})
    rated = Remark("rating", "alice", 1, None, "", "", "", None, AT)
    chat = built(alice, entry("a"), entry("b", "a", "assistant", calls=(SPENT, SPENT), marks=(rated,)))
    assert ForeignUsage.objects.count() == 2
    assert agree(alice, "own", {"time_range": "all"}) == before == (0, Decimal(0), 0, 0)
    chat = ChatSession.objects.get(pk=chat.pk)
    assert (chat.total_tokens, chat.cost, chat.unpriced_calls) == (0, 0, 0)
    of_chat = figures(chat)
    assert (of_chat.sums.calls, of_chat.replies, of_chat.copied, of_chat.tools) == (0, 0, 2, [])
    assert not Message.objects.written().exists()
    assert spent_in(f"session:{chat.pk}", EVER).tokens == 0
    assert satisfaction(period("all", timezone.now(), UTC), alice.pk)["ratings"] == 0
