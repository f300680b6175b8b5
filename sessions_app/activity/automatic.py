"""Automatic context: errors that are new since the last question of a chat stand above the next one, for chats whose
owner has switched that on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.agent.cards import Card
from sessions_app.models import ActivityEvent, CarriedEvent, Message, Reply, SessionMember
from sessions_app.reading import read

from .digests import Seen, card_of, digest, grouped
from .values import ERROR, WORDS

OLDEST = timedelta(hours=24)
TOKENS = 500
MOST = 50  # events that are looked at


class Recent:
    """A context source (see `realtime.gathering`)."""

    def wanted(self, reply: Reply) -> bool:
        """Of questions that the owner asked: what others read of a chat is not filled with their own events unasked."""
        question, chat = reply.message.parent, reply.session
        return (
            bool(chat.settings.get("auto_context"))
            and question is not None
            and question.author_id == chat.owner_id
        )

    async def gather(self, reply: Reply) -> list[Card]:
        return await read(new_errors, reply)


RECENT = Recent()


def new_errors(reply: Reply) -> list[Card]:
    """One card with the errors that came in since the last question, at most a day old, and that no message of this chat
    carries yet; none where there are none."""
    chat, question, now = reply.session, reply.message.parent, timezone.now()
    assert question is not None
    before = Message.objects.filter(
        session=chat, role=Message.Role.USER, position__lt=question.position
    ).shown()
    asked = before.filter(author=question.author).values_list("created_at", flat=True).last()
    since = max(asked, now - OLDEST) if asked else now - OLDEST
    seen = [each for walk in _walks(chat) for each in _new(walk, chat, since, now)]
    found = digest(grouped(seen), tokens=TOKENS)
    title = _("New errors since the last question") if asked else _("Errors of the last day")
    return [card_of(found, title=title, now=now)] if found.groups else []


def _walks(chat: Any) -> list[Any]:
    """Staff's events stay out of chats that others read."""
    walks = ActivityEvent.objects.walks(chat.owner)
    return walks[:2] if SessionMember.objects.filter(session=chat).exists() else walks


def _new(walk: Any, chat: Any, since: Any, now: Any) -> list[Seen]:
    carried = CarriedEvent.objects.filter(message__session=chat).values("event")
    names = ("pk", "source", "kind", "severity", "title", "body", "count", "at")
    found: list[Seen] = []
    for severity in (each for each in WORDS if each >= ERROR):
        rows = walk.filter(severity=severity, at__gte=now - OLDEST, received_at__gt=since).exclude(
            pk__in=carried
        )
        found += [
            Seen(str(key), *rest) for key, *rest in rows.order_by("-at", "-pk").values_list(*names)[:MOST]
        ]
    return found
