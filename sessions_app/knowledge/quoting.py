"""Passages as files quote them, and which of a file's are those that are here."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from sessions_app.agent.passages import key_of, number_of

from .links import at_second
from .models import Passage, Video


class Quote(NamedTuple):
    """`video` is the key of its video, `link` where that is elsewhere at its second; empty for a file of ours."""

    video: str
    text: str
    link: str


def quotes_of(keys: Iterable[str], user_id: int) -> dict[str, Quote]:
    """Those of videos that this person may see now, by their keys. One query."""
    rows = _passages(keys, user_id).values_list("pk", "video", "text", "video__url", "start_ms")
    return {
        key_of(number): Quote(str(video), text, at_second(url, start) if url else "")
        for number, video, text, url, start in rows
    }


def videos_of(keys: Iterable[str], user_id: int) -> dict[str, str]:
    """The key of the video of each of these passages, of those that this person may see now. One query."""
    rows = _passages(keys, user_id).values_list("pk", "video")
    return {key_of(number): str(video) for number, video in rows}


def seen(videos: Iterable[str], user_id: int) -> set[str]:
    """Those of these videos that this person may see now. One query."""
    rows = Video.objects.for_user(SimpleNamespace(pk=user_id)).filter(pk__in=[UUID(each) for each in videos])
    return {str(key) for key in rows.order_by().values_list("pk", flat=True)}


def _passages(keys: Iterable[str], user_id: int) -> QuerySet[Passage]:
    numbers = {number for key in keys if (number := number_of(key)) is not None}
    videos = Video.objects.for_user(SimpleNamespace(pk=user_id)).values("pk")
    return Passage.objects.filter(pk__in=numbers, video__in=videos).order_by()
