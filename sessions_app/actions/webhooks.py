"""Incoming webhooks of a session: made, revoked, and what comes by them. Whoever made one writes by it: it is dead as soon
as they may not write in the session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from sessions_app.agent.cards import cards_in
from sessions_app.models import ChatSession, SessionWebhook
from sessions_app.rendering.clean import single_line
from sessions_app.sealing import Sealed, seal, seal_again, unseal
from sessions_app.signing import Signed, is_genuine, new_secret
from sessions_app.transactions import write

from .cards import post_card
from .errors import BudgetUsedUp, NotYours, PremiumModel, Refused, ShuttingDown, TooManyPending, UnknownModel
from .messages import Sent
from .notifications import Notification, notify
from .paths import locked

MOST = 20  # living ones of a session
NAME_LENGTH = 60
# What keeps an answer from being made, and no notification from being posted.
UNANSWERABLE = (BudgetUsedUp, PremiumModel, UnknownModel, TooManyPending, ShuttingDown)
Answer = Literal["asked", "waits", "refused", "none"]


class NoName(Refused):
    kind = "no_name"
    sentence = "A webhook needs a name: it says who a notification is from."


class TooManyWebhooks(Refused):
    kind = "too_many_webhooks"
    status = 409
    sentence = f"A session has {MOST} incoming webhooks at the most. Revoke one that is not used any more."


class NotTheMaker(NotYours):
    sentence = "A webhook is revoked by who made it, or by the session's owner."


@dataclass(frozen=True, slots=True)
class Delivered:
    sent: Sent
    answer: Answer


@write()
def make_webhook(
    *, chat: ChatSession, maker: Any, name: str, answers: bool = False
) -> tuple[SessionWebhook, str]:
    """A new address of this session, and its secret, which is told this once. With `answers` what comes may be answered,
    on the maker's account."""
    named = single_line(name)[:NAME_LENGTH]
    if not named:
        raise NoName
    row = locked(chat.pk)
    if living(row).count() >= MOST:
        raise TooManyWebhooks
    secret = new_secret()
    made = SessionWebhook.objects.create(
        session=row, maker=maker, name=named, answers=answers, secret_sealed=seal(secret)
    )
    return made, secret


def living(chat: ChatSession) -> Any:
    """Those of a chat that were not revoked, with who made them, newest first."""
    return SessionWebhook.objects.filter(session=chat, revoked_at=None).select_related("maker", "session")


@write()
def revoke_webhook(*, webhook: SessionWebhook, by: Any) -> None:
    """Nothing comes by it any more, and its secret is forgotten. What waits for an answer is posted without one. Twice is
    once."""
    if by.pk not in (webhook.maker_id, webhook.session.owner_id):
        raise NotTheMaker
    rows = SessionWebhook.objects.filter(pk=webhook.pk, revoked_at=None)
    rows.update(revoked_at=timezone.now(), secret_sealed="")
    chat = webhook.session
    waiting = chat.pending.filter(client_id__startswith=_mark(webhook)).select_related("author")
    for pending in list(waiting):
        pending.delete()
        for card in cards_in(pending.cards):
            post_card(
                chat=chat,
                card=card,
                author=pending.author,
                written_by=card.source,
                client_id=pending.client_id,
            )


def genuine(key: UUID, came: Signed) -> SessionWebhook | None:
    """The webhook this came by, if it is alive, this was signed with its secret now, and its maker may still write. All
    that is wrong looks alike."""
    rows = SessionWebhook.objects.filter(pk=key, revoked_at=None, maker__is_active=True)
    found = rows.select_related("maker", "session").first()
    secret = _secret(found) if found is not None else None
    if not is_genuine(secret, came, timezone.now().timestamp()) or found is None:
        return None
    return found if ChatSession.writable_by(found.maker_id, found.session_id) is not None else None


def _secret(webhook: SessionWebhook) -> str | None:
    try:
        return unseal(webhook.secret_sealed)
    except Sealed:
        return None


def deliver(*, webhook: SessionWebhook, message: str, notification: Notification, answer: bool) -> Delivered:
    """Post what came under the sender's id `message`, which twice is one notification. It is posted even where an answer
    is wanted that may not be made."""
    asked: dict[str, Any] = {
        "chat": webhook.session,
        "author": webhook.maker,
        "notification": notification,
        "client_id": client_id_of(webhook, message),
    }
    try:
        sent = notify(**asked, answer=answer and webhook.answers)
    except UNANSWERABLE:
        sent = notify(**asked)
    with write():
        rows = SessionWebhook.objects.filter(pk=webhook.pk)
        rows.update(last_used_at=timezone.now(), uses=F("uses") + 1)
    return Delivered(sent, outcome(sent, wanted=answer))


def outcome(sent: Sent, *, wanted: bool) -> Answer:
    if sent.pending is not None:
        return "waits"
    if sent.reply is not None:
        return "asked"
    return "refused" if wanted else "none"


def client_id_of(webhook: SessionWebhook, message: str) -> str:
    """The id of a message in its session: of other webhooks and of people no one's is the same."""
    return _mark(webhook) + hashlib.sha256(f"{webhook.pk}.{message}".encode()).hexdigest()[:44]


def _mark(webhook: SessionWebhook) -> str:
    """With what the ids of its messages begin."""
    return f"hook-{hashlib.sha256(str(webhook.pk).encode()).hexdigest()[:12]}-"


@write()
def seal_webhooks_again() -> tuple[int, int]:
    """Seal all secrets with the newest key. How many were, and how many no present key opens."""
    done = lost = 0
    for row in SessionWebhook.objects.exclude(secret_sealed=""):
        try:
            SessionWebhook.objects.filter(pk=row.pk).update(secret_sealed=seal_again(row.secret_sealed))
            done += 1
        except Sealed:
            lost += 1
    return done, lost
