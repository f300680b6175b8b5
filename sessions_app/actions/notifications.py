"""Notifications: what a program says in a session. It stands in the conversation as a card of its own, and the model is
told it as data; where its sender wants that, it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from sessions_app.agent.cards import Card, web_link
from sessions_app.models import ApiToken, ChatSession
from sessions_app.rendering import clean_text
from sessions_app.rendering.clean import single_line

from .cards import post_card
from .errors import EmptyMessage, NotPossible, Refused
from .messages import Sent, send_message

DELETED = "This notification was posted before, and deleted since."


class BadLink(Refused):
    kind = "bad_link"
    sentence = "A link begins with http:// or https:// and names a host. Nothing was posted."


@dataclass(frozen=True, slots=True)
class Notification:
    """What is said, and who says it: `source` is a name for people, `topic` a word of the sender's own."""

    source: str
    topic: str
    title: str
    text: str = ""
    link: str = ""
    severity: str = "info"

    def card(self) -> Card:
        """As it is kept. Refuses one without a title, and a link that leads nowhere."""
        title = single_line(self.title)
        link = web_link(self.link.strip())
        if not title:
            raise EmptyMessage
        if self.link.strip() and not link:
            raise BadLink
        return Card(
            "notification",
            single_line(self.source),
            title,
            clean_text(self.text).strip("\n"),
            self.severity,
            link,
            at=int(timezone.now().timestamp() * 1000),
            topic=single_line(self.topic),
        )


def notify(
    *,
    chat: ChatSession,
    author: Any,
    notification: Notification,
    client_id: str = "",
    answer: bool = False,
    token: ApiToken | None = None,
) -> Sent:
    """Post it at the end of the shown path, at once, whatever runs there. With `answer` it is a question of `author`,
    whose budgets and plan decide, and waits while another reply runs. The same client id twice is one notification."""
    card = notification.card()
    if answer:
        return send_message(
            chat=chat, author=author, content="", client_id=client_id, cards=[card], token=token
        )
    who = {"author": author, "written_by": card.source}
    message, made = post_card(chat=chat, card=card, client_id=client_id, **who)
    if message.deleted_at is not None:
        raise NotPossible(DELETED)
    return Sent(message, repeated=not made)
