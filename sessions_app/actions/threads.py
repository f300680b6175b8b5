"""The one thread of a person, in which their programs write without naming it: made by its first message, empty again
once it is deleted."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sessions_app.models import ApiToken, ChatSession, User
from sessions_app.transactions import write

from .errors import SessionDeleted
from .messages import Sent, send_message
from .organising import delete_sessions
from .purging import put_out_of_reach
from .sessions import create_session


def send_to_thread(*, owner: Any, content: str, client_id: str = "", token: ApiToken | None = None) -> Sent:
    """As `send_message`. There is no thread afterwards where the first message is refused."""
    chat = ChatSession.objects.thread_of(owner)
    if chat is not None:
        with suppress(SessionDeleted, ChatSession.DoesNotExist):  # meanwhile
            return send_message(chat=chat, author=owner, content=content, client_id=client_id, token=token)
    with write():
        chat = _thread(owner)
        return send_message(chat=chat, author=owner, content=content, client_id=client_id, token=token)


def _thread(owner: Any) -> ChatSession:
    """The thread, made where there is none, and there until the message is sent to it."""
    _alone(owner)
    found = ChatSession.objects.thread_of(owner)
    return found or create_session(owner=owner, kind=ChatSession.Kind.THREAD)


def _alone(owner: Any) -> None:
    """To the end of the transaction: whoever else makes or clears this person's thread waits."""
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)


@write()
def clear_thread(*, owner: Any, permanent: bool = False) -> ChatSession | None:
    """Delete the thread as the page deletes a session, `permanent` without a way back; its rows go then by
    `purging.purge_session` or the housekeeping. Returns what it was, None where there was none: the next message makes
    another. One that is being sent to is deleted with that message."""
    _alone(owner)
    chat = ChatSession.objects.thread_of(owner)
    if chat is None:
        return None
    delete_sessions(chats=[chat])
    if permanent:
        put_out_of_reach(chat=chat)
    return chat
