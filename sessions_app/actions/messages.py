"""Sending: one transaction makes the message, its empty answer and the queued reply. It starts nothing itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, Max, OuterRef, Subquery

from sessions_app import gates, offering
from sessions_app.agent.cards import Card, cards_in, posted
from sessions_app.agent.whole import Choice, max_tokens_of, window_for
from sessions_app.models import ApiToken, Attachment, ChatSession, Message, PendingMessage, Reply
from sessions_app.prepared import Insert, Rows, Select, given
from sessions_app.providers.base import ModelInfo
from sessions_app.realtime import feed
from sessions_app.rendering import RENDERER_VERSION, clean_text, one_line, render_person
from sessions_app.transactions import write

from .attachments import chosen, hang, names_in, parts_of
from .carrying import carry, events_in, other_card
from .drafts import drop_draft
from .errors import (
    MOST_PENDING,
    AuthorGone,
    ClientIdReused,
    EmptyMessage,
    MessageTooLong,
    NotPossible,
    PathChanged,
    Refused,
    SessionDeleted,
    ShuttingDown,
    TokenDead,
    TooManyPending,
)
from .length import refuse_too_long
from .paths import Place, add_pair, choose_newest, cut_after, locked, raise_version, tell_pages
from .searching import note_question

UNANSWERED = "This message was sent before, and its answer is gone. Ask for another one."

_here = {"session": OuterRef("pk")}
_end = Message.objects.filter(**_here).shown().reverse()
_standing = Select(
    lambda: ChatSession.objects.filter(pk=given("chat")).annotate(
        sent=Exists(Message.objects.filter(**_here, client_id=given("client_id"))),
        waits=Exists(PendingMessage.objects.filter(**_here, client_id=given("client_id"))),
        runs=Exists(Reply.objects.filter(**_here).unfinished()),
        end_key=Subquery(_end.values("pk")[:1]),
        end_position=Subquery(_end.values("position")[:1]),
    )
)
_any_waiting = Rows(
    lambda: (
        PendingMessage.objects.filter(session=given("chat"), session__deleted_at__isnull=True)
        .order_by()
        .values_list("pk")[:1]
    )
)
_unfinished = Rows(lambda: Reply.objects.filter(session=given("chat")).unfinished().values_list("pk")[:1])
_insert_reply = Insert(Reply)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a send must know of a chat, in one look: whether this client id came before, whether a reply runs, and
    where the shown path ends."""

    known: bool
    runs: bool
    end: Place | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a send brought: a message with its reply, or a pending message while another reply runs.

    `repeated` is true where the same client id had come before: nothing was made this time.
    """

    message: Message | None = None
    reply: Reply | None = None
    pending: PendingMessage | None = None
    repeated: bool = False


def send_message(
    *,
    chat: ChatSession,
    author: Any,
    content: str,
    client_id: str = "",
    model: str = "",
    parent: UUID | None = None,
    seen: UUID | None = None,
    attachments: Sequence[UUID] = (),
    cards: Sequence[Card] = (),
    drops_draft: bool = False,
    token: ApiToken | None = None,
) -> Sent:
    """Send `content` with the author's unsent `attachments`; the same client id twice is one message and one reply.
    Refuses what cannot be sent. It goes below `parent`, without one to the end of the shown path. `seen` is the last
    message its writer was shown: where that is not on the path any more, the message would answer something else and
    is refused. `drops_draft` says that this was the author's draft in the chat: it goes with the
    message, or stays with its refusal. `cards` stand above its words, or alone. `token` is the one it is sent with, whose
    limit counts it too."""
    if feed.closing:
        raise ShuttingDown
    content = checked_content(content, alone=not (attachments or cards))
    client_id = client_id.strip()[:64] or uuid.uuid4().hex
    html = render_person(content)  # before the transaction: it may be long
    with_token = token.public_id if token else None
    with write():
        chat, now = standing(chat.pk, client_id)
        if drops_draft:
            drop_draft(user=author, chat=chat)
        if now.known:
            return sent_before(chat, client_id, content, attachments, cards)
        if seen is not None and not is_shown(chat, seen, now.end):
            raise PathChanged
        info = offering.choose(model, chat.model, author)
        gates.check(gates.Ask(author, chat, info, waits=now.runs, token=with_token))
        files = chosen(author=author, keys=attachments, info=info) if attachments else ()
        parts = [card.part for card in cards]
        refuse_too_long(content=content, files=files, chat=chat, info=info, person=author, cards=parts)
        if now.runs:
            return queue_pending(chat, author, content, client_id, model, files, with_token, cards)
        above = now.end if parent is None else shown_message(chat, parent)
        cut = above is not None and above != now.end and cut_after(chat, above)
        if cut and above is not None:
            choose_newest(above.key)
        asked = (chat, author, content, html, client_id, info, above)
        return start_reply(*asked, cut=cut, files=files, cards=parts, token=with_token)


def reply_runs(chat: ChatSession) -> bool:
    return _unfinished.any(chat=chat.pk)


def checked_content(content: str, *, alone: bool = True) -> str:
    """Text as it may be stored; refuses one beyond the limit, and an empty one that stands `alone`, without files."""
    content = clean_text(content).strip("\n")
    if not content.strip():
        if alone:
            raise EmptyMessage
        return ""
    if len(content.encode()) > settings.MAX_MESSAGE_BYTES:
        raise MessageTooLong
    return content


def standing(key: UUID, client_id: str = "") -> tuple[ChatSession, Standing]:
    """The chat, locked, and how it stands. Refuses one that was deleted meanwhile.

    Locked by a statement of its own: one that waits for a row sees everything else as it was before it waited.
    SQLite has no row locks; there the transaction itself was waited for.
    """
    if connection.features.has_select_for_update:
        locked(key)
    chat: Any = _standing.first(chat=key, client_id=client_id)
    if chat is None:
        raise ChatSession.DoesNotExist
    if chat.deleted_at is not None:
        raise SessionDeleted
    end = Place(chat.end_key, chat.end_position) if chat.end_key else None
    return chat, Standing(chat.sent or chat.waits, chat.runs, end)


def sent_before(
    chat: ChatSession,
    client_id: str,
    content: str,
    attachments: Sequence[UUID] = (),
    cards: Sequence[Card] = (),
) -> Sent:
    """What came under this client id earlier; refuses another content under it, and what was deleted since."""
    asked = Message.objects.filter(session=chat, client_id=client_id).order_by().first()
    pending = None if asked else PendingMessage.objects.get(session=chat, client_id=client_id)
    found = asked or pending
    if found is None or found.content != content or other_card(found, cards):
        raise ClientIdReused
    if attachments and set(found.attachments.values_list("pk", flat=True)) != set(attachments):
        raise ClientIdReused
    if asked is not None and asked.deleted_at is not None:
        raise NotPossible(UNANSWERED)
    answers = Reply.objects.filter(message__parent=asked, message__deleted_at__isnull=True)
    reply = answers.order_by("created_at").first() if asked else None
    return Sent(asked, reply, pending, repeated=True)


def queue_pending(
    chat: ChatSession,
    author: Any,
    content: str,
    client_id: str,
    model: str,
    files: Sequence[Attachment] = (),
    token: UUID | None = None,
    cards: Sequence[Card] = (),
) -> Sent:
    count, last = chat.pending.aggregate(count=Count("pk"), last=Max("position")).values()
    if count >= MOST_PENDING:
        raise TooManyPending
    pending = PendingMessage.objects.create(
        session=chat, author=author, client_id=client_id, content=content, model=model, position=(last or 0) + 1,
        api_token=token, cards=[card.part for card in cards],
    )  # fmt: skip
    hang(rows=files, chat=chat, pending=pending)
    raise_version(chat.pk, active=False, **listed_again(chat))
    tell_pages(chat)
    return Sent(pending=pending)


def start_reply(
    chat: ChatSession,
    author: Any,
    content: str,
    html: str,
    client_id: str,
    info: ModelInfo,
    above: Place | None,
    *,
    cut: bool = False,
    files: Sequence[Attachment] = (),
    cards: Sequence[dict[str, Any]] = (),
    token: UUID | None = None,
    **config: Any,
) -> Sent:
    """The message below `above`, its empty answer and the queued reply, within the caller's transaction. `cut` says
    that others were taken off the path for it; `cards` stand above its words, `config` goes into the reply's."""
    parts = [*cards, *parts_of(files)] + ([{"kind": "text", "turn": 0, "text": content}] if content else [])
    changes: dict[str, Any] = {} if chat.title else {"title": first_title(content, parts)}
    changes |= listed_again(chat)
    shown = (above.position if above else 0) + 2  # positions have no gap
    version = raise_version(chat.pk, structure=cut, known=chat.version, message_count=shown, **changes)
    asked, answer = add_pair(
        chat=chat,
        author=author,
        content=content,
        parts=parts,
        html=html,
        client_id=client_id,
        parent=above,
        version=version,
        model=info.id,
        renderer_version=RENDERER_VERSION,
        posted=posted(parts) is not None,
    )
    hang(rows=files, chat=chat, message=asked)
    carry(message=asked, events=events_in(cards))
    note_question(message=asked, chat=chat)
    return Sent(asked, queue_reply(chat, answer, info, token=token, **config))


def listed_again(chat: ChatSession) -> dict[str, Any]:
    """What takes a chat out of the archive, where it is there: one in which somebody answers is in the list, on its own."""
    return {"archived_at": None, "merged_into_id": None} if chat.archived_at is not None else {}


def first_title(content: str, parts: Sequence[dict[str, Any]]) -> str:
    """What a session is called until its model has named it: by its first words, else its files, else its cards."""
    return one_line(
        content or ", ".join(names_in(parts)) or ", ".join(card.title for card in cards_in(parts)), 60
    )


def is_shown(chat: ChatSession, key: UUID, end: Place | None) -> bool:
    """Whether a message is on the shown path; where it is its `end`, nothing is asked."""
    if end is not None and end.key == key:
        return True
    return Message.objects.filter(session=chat, pk=key).shown().exists()


def shown_message(chat: ChatSession, key: UUID) -> Place:
    found = Message.objects.filter(session=chat, pk=key).shown().first()
    if found is None:
        raise NotPossible("The message this answers is not in this session.")
    return Place.of(found)


def queue_reply(
    chat: ChatSession,
    answer: Message,
    info: ModelInfo,
    *,
    token: UUID | None = None,
    again: bool = False,
    **config: Any,
) -> Reply:
    """A queued reply; whoever has a runner claims it after commit. `again`: its question had others."""
    found = window_for(chat, info, answer, max_tokens_of(chat, info), again=again)
    model_config = {**asked_of(chat, info, found), **config}
    if found.edges:
        Message.objects.filter(session=chat, position__in=found.edges).shown().update(version=answer.version)
    reply = Reply(message=answer, session=chat, model_config=model_config, api_token=token)
    _insert_reply(reply)
    transaction.on_commit(lambda: feed.reply_queued(chat.pk, chat.owner_id))
    return reply


def asked_of(chat: ChatSession, info: ModelInfo, found: Choice) -> dict[str, Any]:
    """What is asked of this model for an answer in this chat, as a reply's `model_config` keeps it."""
    return {
        "provider": info.provider,
        "model": info.id,
        "max_tokens": max_tokens_of(chat, info),
        "temperature": chat.settings.get("temperature") if info.sampling else None,
        "thinking": thinks(chat, info),
        "max_turns": chat.settings.get("max_turns", usual_max_turns()),
        **found.config,
    }


def usual_max_turns() -> int:
    return int(settings.MAX_TURNS)


def thinks(chat: ChatSession, info: ModelInfo) -> bool:
    """Whether the model may think: as the chat says, else where it decides for itself how much."""
    if not info.thinking:
        return False
    wanted = chat.settings.get("thinking")
    if wanted is None:
        return info.thinking == "adaptive" and chat.settings.get("temperature") is None
    return bool(wanted)


@write()
def send_next_pending(*, chat: ChatSession) -> Sent | None:
    """Send the first pending message that may be sent, if there is one and no reply runs; none of a chat that is deleted.
    One whose author may use no more, or that came by a token that is dead, goes on waiting and holds up no other."""
    try:
        return hand_on(chat, skips=True)
    except Refused:
        return None


def hand_on(chat: ChatSession, by: Any = None, *, skips: bool = False, mine: str = "") -> Sent | None:
    """Send the first pending message within the caller's transaction, or say why it may not be sent; then nothing was
    written. `by` is who reads that, without its author. With `skips` what may not be sent stays in the row and the next
    goes; where none may, the refusal of the one with the client id `mine` is raised, else that of the first."""
    if not _any_waiting.any(chat=chat.pk):
        return None
    try:
        chat, now = standing(chat.pk)
    except SessionDeleted:
        return None  # while its lock was waited for
    found = None if now.runs else first_that_may(chat, by, skips=skips, mine=mine)
    if found is None:
        return None
    pending, info = found
    files = list(pending.attachments.defer("text"))
    pending.delete()
    html = render_person(pending.content)
    asked = (pending.author, pending.content, html, pending.client_id)
    beside: dict[str, Any] = {"files": files, "cards": pending.cards}
    return start_reply(chat, *asked, info, now.end, **beside, token=pending.api_token, waited=True)


def first_that_may(
    chat: ChatSession, by: Any, *, skips: bool, mine: str
) -> tuple[PendingMessage, ModelInfo] | None:
    """What goes out next, and who answers it; None where nothing waits. As `hand_on` says."""
    why: dict[str, Refused] = {}
    rows = chat.pending.select_related("author")
    for pending in rows if skips else rows[:1]:
        try:
            return pending, must_go(chat, pending, by)
        except Refused as refusal:
            why[pending.client_id] = refusal
    if why:
        raise why.get(mine) or next(iter(why.values()))
    return None


def must_go(chat: ChatSession, pending: PendingMessage, by: Any) -> ModelInfo:
    """Refuses what may not be sent now; who answers it."""
    must_live(pending)
    info = offering.choose("", pending.model or chat.model, pending.author)
    others = by is not None and by.pk != pending.author_id
    gates.check(gates.Ask(pending.author, chat, info, counted=False, others=others, token=pending.api_token))
    return info


@write()
def forget_pending(*, pending: PendingMessage) -> bool:
    """Take a message back that waits in a deleted chat, so that it does not go out should that come back. False where it
    came back already, or the message is gone."""
    rows = PendingMessage.objects.filter(pk=pending.pk, session__deleted_at__isnull=False)
    return bool(rows.delete()[0])


def must_live(pending: PendingMessage) -> None:
    """Refuses a message whose author may not write there any more, or that came by a token which opens nothing any more:
    nothing is sent, and paid for, in their name."""
    author = pending.author
    if not author.is_active or ChatSession.writable_by(author.pk, pending.session_id) is None:
        raise AuthorGone
    key = pending.api_token
    if key is not None and not ApiToken.objects.living().filter(public_id=key).exists():
        raise TokenDead
