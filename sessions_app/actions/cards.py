"""Cards: messages that consist of one, and those that are added to a question before the model is asked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from sessions_app.agent.cards import Card, is_card
from sessions_app.models import ChatSession, Message, Reply
from sessions_app.realtime import feed
from sessions_app.rendering import RENDERER_VERSION
from sessions_app.transactions import write

from .carrying import carry
from .paths import locked, raise_version, tell_pages
from .searching import note_question


@write()
def post_card(
    *,
    chat: ChatSession,
    card: Card,
    author: Any = None,
    written_by: str = "",
    client_id: str = "",
) -> tuple[Message, bool]:
    """A message that is one card, at the end of the shown path, below an answer that still grows too. It asks for no
    answer: whoever wants one asks for it (`replies.answer_question`). The same client id twice is one message; whether
    it was made now. `written_by` is who it is from, for people."""
    row = locked(chat.pk)
    client_id = client_id.strip()[:64] or uuid.uuid4().hex
    before = Message.objects.filter(session=row, client_id=client_id).first()
    if before is not None:
        return before, False
    end = Message.objects.filter(session=row).shown().last()
    position = (end.position if end else 0) + 1
    version = raise_version(row.pk, known=row.version, message_count=position)
    message = Message.objects.create(
        session=row,
        author=author,
        written_by=written_by[:150] or None,
        parent=end,
        role=Message.Role.USER,
        parts=[card.part],
        html="",
        renderer_version=RENDERER_VERSION,
        position=position,
        version=version,
        born=version,
        client_id=client_id,
    )
    if end is not None:
        Message.objects.filter(pk=end.pk, chosen_child__isnull=False).update(chosen_child=None)
    carry(message=message, events=card.events)
    note_question(message=message, chat=row)
    tell_pages(row)
    return message, True


@write()
def attach_cards(*, reply: Reply, cards: Sequence[Card]) -> bool:
    """Add cards above the words of the question of a running reply; False where there is none to add them to."""
    key = reply.message.parent_id
    if not cards or key is None:
        return False
    row = locked(reply.session_id)
    question = Message.objects.filter(pk=key, session=row, role=Message.Role.USER).first()
    if question is None:
        return False
    version = raise_version(row.pk, known=row.version, active=False)
    parts = [*(card.part for card in cards), *question.parts]
    Message.objects.filter(pk=question.pk).update(parts=parts, version=version)
    for card in cards:
        carry(message=question, events=card.events)
    transaction.on_commit(lambda: feed.session_changed(row.pk, row.owner_id))
    return True


def has_cards(message: Message) -> bool:
    """Whether something was added to this question before."""
    return any(is_card(part) for part in message.parts)
