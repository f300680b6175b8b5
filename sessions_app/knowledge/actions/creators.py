"""The role of creators."""

from __future__ import annotations

from typing import Any

from sessions_app.actions.errors import Refused
from sessions_app.knowledge.models import Creator


class NotCreator(Refused):
    kind = "not_creator"
    status = 403
    sentence = "Videos are added by creators. Staff can make you one."


def refuse_others(person: Any) -> None:
    """Raises NotCreator for who may not add videos."""
    if not Creator.objects.filter(user=person.pk, user__is_active=True).exists():
        raise NotCreator
