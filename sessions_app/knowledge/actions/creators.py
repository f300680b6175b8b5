"""The role of creators: staff grant it and take it back. What a creator brought stays theirs."""

from __future__ import annotations

from typing import Any

from sessions_app.actions import audit
from sessions_app.actions.errors import Refused
from sessions_app.knowledge.models import Creator, Video
from sessions_app.models import User
from sessions_app.transactions import write


class NotCreator(Refused):
    kind = "not_creator"
    status = 403
    sentence = "Videos are added by creators. Staff can make you one."


class FormerCreator(NotCreator):
    sentence = (
        "You are no creator any more: your videos stay, and you can change and delete them, but add none. "
        "Staff can give the role back."
    )


def is_creator(person: User | Any) -> bool:
    return Creator.objects.filter(user=person.pk, user__is_active=True).exists()


def refuse_others(person: User | Any) -> None:
    """Raises NotCreator for who may not add videos."""
    if not is_creator(person):
        raise FormerCreator if Video.objects.of_creator(person).exists() else NotCreator


@write()
def grant_creator(*, person: User, actor: Any) -> bool:
    """Whether this person was none before. `actor` None: whoever runs the server."""
    _, made = Creator.objects.get_or_create(user=person, defaults={"granted_by": actor})
    if made and actor is not None:
        audit.record(actor=actor, action="granted creator role", subject=person)
    return made


@write()
def revoke_creator(*, person: User, actor: Any) -> bool:
    """Whether this person was one. Their videos stay, and so does who may see them."""
    gone, _ = Creator.objects.filter(user=person).delete()
    if gone and actor is not None:
        audit.record(actor=actor, action="took back creator role", subject=person)
    return bool(gone)
