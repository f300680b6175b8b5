"""What staff do with accounts: their plan, and the ways in that programs have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from sessions_app.models import ApiToken, User
from sessions_app.realtime import feed
from sessions_app.transactions import write

from . import audit
from .tokens import end_tokens


@write()
def set_plan(*, people: Iterable[User], plan: str, actor: Any) -> int:
    """Put these people on a plan. Returns how many were on another; each of them is in the audit log."""
    changed = 0
    for person in people:
        if person.plan == plan:
            continue
        told = audit.changes({"plan": person.plan}, {"plan": plan})
        audit.record(actor=actor, action="changed plan", subject=person, detail=told)
        person.plan = plan
        person.save(update_fields=["plan"])
        changed += 1
    return changed


@write()
def revoke_all_tokens(*, people: Iterable[User], actor: Any) -> int:
    """From here on no program gets in with a token of these people, and what they asked for with one is stopped; their
    open sockets look whether they may stay. Returns how many tokens there were."""
    revoked = 0
    for person in people:
        tokens = list(ApiToken.objects.filter(user=person))
        names = audit.in_words([token.name for token in tokens])
        count = end_tokens(tokens)
        if count:
            audit.record(actor=actor, action="revoked tokens", subject=person, detail=f"{count}: {names}")
            _look_again(person.pk)
        revoked += count
    return revoked


def _look_again(person: int) -> None:
    transaction.on_commit(lambda: feed.person_changed(person))
