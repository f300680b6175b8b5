"""Words of passages, for who may see their videos at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

from sessions_app.agent.passages import key_of, number_of

from .models import Passage, Video


def texts_of(keys: Iterable[str], user_id: int) -> dict[str, str]:
    """The words of these passages by their keys, without those of videos this person may not see (any more). One query."""
    numbers = {number for key in keys if (number := number_of(key)) is not None}
    if not numbers:
        return {}
    seen = Video.objects.for_user(SimpleNamespace(pk=user_id)).values("pk")
    rows = Passage.objects.filter(pk__in=numbers, video__in=seen).order_by().values_list("pk", "text")
    return {key_of(number): text for number, text in rows}
