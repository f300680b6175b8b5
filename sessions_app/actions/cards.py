"""Cards: messages that consist of one, and those that are added to a question before the model is asked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from sessions_app.agent.cards import Card, is_card
from sessions_app.models import ChatSession, Message, PendingMessage, Reply
from sessions_app.realtime import feed
from sessions_app.rendering import RENDERER_VERSION, render_person
from sessions_app.transactions import write

from .carrying import carry, other_card
from .errors import ClientIdReused
from .messages import first_title, listed_again
from .paths import locked, raise_version, tell_pages
from .searching import note_question


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
    html = render_person(card.text)  # before the transaction: it may be long
    client_id = client_id.strip()[:64] or uuid.uuid4().hex
    with write():
        row = locked(chat.pk)
        before = Message.objects.filter(session=row, client_id=client_id).first()
        if before is not None and not other_card(before, [card]):
            return before, False
        if before is not None or PendingMessage.objects.filter(session=row, client_id=client_id).exists():
            raise ClientIdReused
        message = _added(row, card, html, client_id, author=author, written_by=written_by[:150] or None)
        carry(message=message, events=card.events)
        note_question(message=message, chat=row)
        tell_pages(row)
        return message, True


def _added(row: ChatSession, card: Card, html: str, client_id: str, **by: Any) -> Message:
    """Below the end of the shown path of a locked chat, whatever is chosen there."""
    end = Message.objects.filter(session=row).shown().last()
    position = (end.position if end else 0) + 1
    changes = listed_again(row) | ({} if row.title else {"title": first_title("", [card.part])})
    version = raise_version(row.pk, known=row.version, message_count=position, **changes)
    message = Message(
        session=row,
        parent=end,
        role=Message.Role.USER,
        parts=[card.part],
        html=html,
        renderer_version=RENDERER_VERSION,
        position=position,
        version=version,
        born=version,
        client_id=client_id,
        **by,
    )
    message.origin_key = message.pk if card.kind == "notification" else None
    message.save(force_insert=True)
    if end is not None:
        _no_more_the_last(end, version)
    return message


def _no_more_the_last(end: Message, version: int) -> None:
    """What was chosen below it is not shown any more; the button that asks for its answer goes."""
    rows = Message.objects.filter(pk=end.pk)
    rows.filter(chosen_child__isnull=False).update(chosen_child=None)
    if end.role == Message.Role.USER:
        rows.update(version=version)


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
