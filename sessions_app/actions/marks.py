"""Marking messages: ratings, reactions and notes. Everyone who reads a message sees its marks; each belongs to who
made it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sessions_app.models import ChatSession, Mark, Message, Reply
from sessions_app.rendering import clean_text
from sessions_app.rendering.emoji import single_emoji
from sessions_app.transactions import write

from .errors import NotNow, Refused
from .paths import locked, raise_version, tell_pages

COMMENT_LIMIT = 1000
QUOTE_LIMIT = 1000
MOST_REACTIONS = 20
MOST_NOTES = 100  # of a person on a message
LAST_PLACE = 2**31 - 1


class NoSuchMessage(Refused):
    kind = "not_found"
    status = 404
    sentence = "There is no such message."


class NoSuchMark(Refused):
    kind = "not_found"
    status = 404
    sentence = "There is no such mark of yours."


class BadRating(Refused):
    kind = "bad_rating"
    sentence = (
        "An answer is rated 1 (good) or -1 (bad), with 1 to 5 stars; people's own messages are not rated."
    )


class BadEmoji(Refused):
    kind = "bad_emoji"
    sentence = "A reaction is one emoji."


class TooManyReactions(Refused):
    kind = "too_many_reactions"
    sentence = f"{MOST_REACTIONS} reactions to one message are enough. Take one back first."


class TooManyNotes(Refused):
    kind = "too_many_notes"
    sentence = (
        f"{MOST_NOTES} notes of yours are on this message. Your text is kept; take one of them away first."
    )


class EmptyNote(Refused):
    kind = "empty_note"
    sentence = "The note is empty."


class NoteTooLong(Refused):
    kind = "note_too_long"
    sentence = f"A note holds {COMMENT_LIMIT:,} characters. Your text is kept; shorten it."


@write()
def rate_message(
    *, message: Message, user: Any, value: int, comment: str = "", stars: int | None = None
) -> Mark:
    """Rate an answer in a chat this person owns or is a member of. A second rating replaces the first, which keeps
    its time."""
    chat = _readable(message, user)
    if value not in (-1, 1) or message.role != Message.Role.ASSISTANT or stars not in (None, 1, 2, 3, 4, 5):
        raise BadRating
    _change(chat, message)
    values = {"value": value, "stars": stars, "comment": clean_text(comment).strip()[:COMMENT_LIMIT]}
    mark, _ = Mark.objects.update_or_create(
        message=message, user=user, kind=Mark.Kind.RATING, defaults=values
    )
    return mark


@write()
def unrate_message(*, message: Message, user: Any) -> bool:
    """Take one's rating back. True if there was one."""
    chat = _readable(message, user)
    mark = Mark.objects.ratings().filter(message=message, user=user).first()
    if mark is not None:
        _change(chat, message)
        mark.delete()
    return mark is not None


@write()
def react(*, message: Message, user: Any, emoji: str, wanted: bool | None = None) -> bool:
    """Put a reaction on a message, or take it back where it is there already. `wanted` says which of both is meant,
    and where that is so already nothing changes. True if it stands now."""
    chat, emoji = _readable(message, user), single_emoji(clean_text(emoji))
    if not emoji:
        raise BadEmoji
    own = Mark.objects.filter(message=message, user=user, kind=Mark.Kind.REACTION)
    same = own.filter(emoji=emoji).first()
    if wanted is not None and wanted == (same is not None):
        return wanted
    _change(chat, message)
    if same is not None:
        same.delete()
        return False
    if own.count() >= MOST_REACTIONS:
        raise TooManyReactions
    Mark.objects.create(message=message, user=user, kind=Mark.Kind.REACTION, emoji=emoji)
    return True


@write()
def annotate(
    *, message: Message, user: Any, comment: str, quote: str = "", quote_at: int | None = None
) -> Mark:
    """A note on a message, or on the words `quote` that begin `quote_at` characters into its shown text."""
    chat, text = _readable(message, user), _note(comment)
    quote = clean_text(quote).strip()[:QUOTE_LIMIT]
    known = bool(quote) and quote_at is not None and 0 <= quote_at <= LAST_PLACE
    own = Mark.objects.filter(message=message, user=user, kind=Mark.Kind.ANNOTATION)
    if own.count() >= MOST_NOTES:
        raise TooManyNotes
    _change(chat, message)
    return Mark.objects.create(
        message=message,
        user=user,
        kind=Mark.Kind.ANNOTATION,
        comment=text,
        quote=quote,
        quote_at=quote_at if known else None,
    )


@write()
def edit_note(*, message: Message, user: Any, mark: UUID, comment: str) -> Mark:
    """Other words for one's own note."""
    chat, text = _readable(message, user), _note(comment)
    note = _own(message, user, mark, Mark.Kind.ANNOTATION)
    _change(chat, message)
    note.comment = text
    note.save(update_fields=["comment"])
    return note


@write()
def remove_mark(*, message: Message, user: Any, mark: UUID) -> None:
    """Take one's own mark away, of whatever kind."""
    chat = _readable(message, user)
    own = _own(message, user, mark, *Mark.Kind.values)
    _change(chat, message)
    own.delete()


def _readable(message: Message, user: Any) -> ChatSession:
    """The chat of a message that may be marked: one this person reads, whose answer has ended."""
    chat = ChatSession.objects.for_user(user).filter(pk=message.session_id).first()
    if chat is None or message.deleted_at is not None:
        raise NoSuchMessage
    chat = locked(chat.pk)
    if Reply.objects.filter(pk=message.pk).unfinished().exists():
        raise NotNow("This answer is not finished yet. Mark it when it is.")
    return chat


def _own(message: Message, user: Any, mark: UUID, *kinds: str) -> Mark:
    found = Mark.objects.filter(pk=mark, message=message, user=user, kind__in=kinds).first()
    if found is None:
        raise NoSuchMark
    return found


def _note(comment: str) -> str:
    text = clean_text(comment).strip()
    if not text:
        raise EmptyNote
    if len(text) > COMMENT_LIMIT:
        raise NoteTooLong
    return text


def _change(chat: ChatSession, message: Message) -> None:
    """The message changes for everyone who has it open; the chat's row is locked from here to the commit."""
    version = raise_version(chat.pk, active=False)
    Message.objects.filter(pk=message.pk).update(version=version)
    tell_pages(chat)
