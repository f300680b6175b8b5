"""Events in conversations: one as the beginning of a session, a digest of many as a message of one."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from sessions_app.activity.digests import Digest, Seen, card_of, whole
from sessions_app.agent.cards import Card
from sessions_app.models import ActivityEvent, ChatSession, Message
from sessions_app.transactions import write

from .cards import post_card
from .sessions import create_session


@write()
def start_session(*, event: ActivityEvent, person: Any) -> ChatSession:
    """A new session of this person, named by the event, whose first message carries it."""
    chat = create_session(owner=person, title=event.title)
    post_card(chat=chat, card=card_about(event), author=person)
    return chat


@write()
def start_with(*, card: Card, person: Any) -> ChatSession:
    """A new session of this person whose first message is this card."""
    chat = create_session(owner=person, title=card.title)
    post_card(chat=chat, card=card, author=person)
    return chat


def add_event(*, event: ActivityEvent, chat: ChatSession, person: Any) -> Message:
    """A message at the end of a chat that carries the event; it asks for no answer."""
    return post_card(chat=chat, card=card_about(event), author=person)[0]


def card_about(event: ActivityEvent) -> Card:
    seen = Seen(
        str(event.pk),
        event.source,
        event.kind,
        event.severity,
        event.title,
        event.body,
        event.count,
        event.at,
    )
    text, group = whole(seen, event.data, event.link)
    return card_of(Digest(text, (group,)), title=event.title, source=event.source, now=timezone.now())
