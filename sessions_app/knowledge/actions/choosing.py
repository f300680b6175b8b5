"""Which videos a session is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sessions_app.actions.errors import Refused
from sessions_app.actions.sessions import change_settings
from sessions_app.knowledge.models import Video
from sessions_app.models import ChatSession
from sessions_app.transactions import write


class NoSuchVideo(Refused):
    kind = "no_such_video"
    status = 404
    sentence = "One of these videos is not there, or is not for you to see."


def choose_videos(*, chat: ChatSession, person: Any, videos: Sequence[UUID | str]) -> list[str]:
    """Those this person may see can be added; what others chose and they may not see stays."""
    wanted = list(dict.fromkeys(map(str, videos)))
    seen = {
        str(key) for key in Video.objects.for_user(person).filter(pk__in=wanted).values_list("pk", flat=True)
    }
    before = [str(key) for key in chat.settings.get("videos", [])]
    if [key for key in wanted if key not in seen and key not in before]:
        raise NoSuchVideo
    shown = {
        str(key) for key in Video.objects.for_user(person).filter(pk__in=before).values_list("pk", flat=True)
    }
    kept = [key for key in before if key not in shown and key not in wanted]
    with write():
        change_settings(chat=chat, values={"videos": [*wanted, *kept] or None}, person=person)
    return [*wanted, *kept]
