"""Why a message that waits does not go out although nothing runs, for whoever reads the session."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from sessions_app import gates, offering
from sessions_app.actions.errors import BudgetUsedUp, Refused
from sessions_app.actions.messages import must_live
from sessions_app.models import ChatSession, PendingMessage


def why_held(chat: ChatSession, pending: Sequence[PendingMessage], *, running: bool) -> str:
    """A sentence or two; empty where nothing waits, a reply runs, or nothing but a press is missing."""
    if running or not pending:
        return ""
    first = pending[0]
    try:
        must_live(first)
        info = offering.choose("", first.model or chat.model, first.author)
        gates.check(gates.Ask(first.author, chat, info, counted=False, others=True, token=first.api_token))
    except BudgetUsedUp as refused:
        return f"{refused.reason} {_('What waits is sent when there is something left.')}"
    except Refused as refused:
        return refused.sentence
    return ""
