"""The tree of a chat: rewriting messages, asking them again, choosing versions, deleting and bringing back.

Nothing is overwritten: a rewritten message keeps its former texts, another question or answer is a sibling, what is
deleted can be brought back.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.utils import timezone

from sessions_app import gates, offering
from sessions_app.agent.cards import posted
from sessions_app.models import ApiToken, ChatSession, Message
from sessions_app.realtime import feed
from sessions_app.rendering import RENDERER_VERSION, render_person
from sessions_app.transactions import write

from .attachments import again, names_in
from .changes import messages_changed
from .errors import NotNow, NotPossible, ShuttingDown
from .length import refuse_too_long
from .messages import Sent, checked_content, reply_runs, sent_before, standing, start_reply
from .paths import (
    HIDDEN,
    Place,
    Tree,
    batches,
    choose_newest,
    cut_after,
    locked,
    raise_version,
    show_below,
    tell_pages,
)
from .running import with_text

GONE = "This message was deleted meanwhile. Your text is kept."
NOT_YOURS = "Only a person's message can be edited."
POSTED = "A notification stays as it was posted. Answer it, or delete it."
TOP = Place(UUID(int=0), 0)


def anyhow() -> None:
    """What a change asks where nobody said which state of its message it is meant for. Others raise within the
    transaction, and nothing is changed."""


def edit_message(
    *,
    message: Message,
    person: Any,
    content: str,
    revision: int | None = None,
    still: Callable[[], None] = anyhow,
) -> bool:
    """Save: other words in the same place. The former ones go to `revisions`; files and what follows stay. `revision`
    is how many there were when the editing began: false where others were saved meanwhile, which are now among them.
    `still` raises where the message is not the one that was meant any more."""
    content = checked_content(content, alone=not names_in(message.parts))
    html = render_person(content)
    with write():
        chat = locked(message.session_id)
        row = current(message)
        still()
        must_be_written(row)
        if row.content == content:
            return True
        others = [part for part in row.parts if part["kind"] != "text"]
        parts = [*others, {"kind": "text", "turn": 0, "text": content}] if content else others
        former = {
            "parts": row.parts,
            "content": row.content,
            "at": timezone.now().isoformat(),
            "by": person.pk,
        }
        Message.objects.filter(pk=row.pk).update(
            **with_text(parts),
            html=html,
            renderer_version=RENDERER_VERSION,
            revisions=[*row.revisions, former],
            version=raise_version(chat.pk, active=False, known=chat.version),
        )
        messages_changed(messages=[row.pk], rewritten=True)
        tell_pages(chat)
        return revision is None or revision == len(row.revisions)


def send_again(
    *,
    message: Message,
    author: Any,
    content: str,
    client_id: str = "",
    model: str = "",
    attachments: Sequence[UUID] | None = None,
    still: Callable[[], None] = anyhow,
    token: ApiToken | None = None,
) -> Sent:
    """Another question in place of this one, with its own answer; the former one stays as a version. Its files go
    along, or those that `attachments` names: of this message, or the author's unsent ones. `still` as of `edit_message`."""
    if feed.closing:
        raise ShuttingDown
    content = checked_content(
        content, alone=not (names_in(message.parts) if attachments is None else attachments)
    )
    client_id = client_id.strip()[:64] or uuid.uuid4().hex
    html = render_person(content)
    with_token = token.public_id if token else None
    with write():
        chat, now = standing(message.session_id, client_id)
        if now.known:
            return sent_before(chat, client_id, content)
        if now.runs:
            raise NotNow
        row = current(message)
        still()
        must_be_written(row)
        info = offering.choose(model, chat.model, author)
        gates.check(gates.Ask(author, chat, info, token=with_token))
        if not row.active:
            bring_up(chat, row.pk)
        above = Place.of(row.parent) if row.parent else None
        cut_after(chat, above or TOP)
        choose_newest(row.parent_id)
        files = again(message=row, author=author, keys=attachments, info=info)
        cards = [part for part in row.parts if part["kind"] == "card"]
        refuse_too_long(content=content, files=files, chat=chat, info=info, person=author, cards=cards)
        asked = (chat, author, content, html, client_id, info, above)
        return start_reply(*asked, cut=True, files=files, cards=cards, token=with_token)


def switch_version(*, message: Message) -> None:
    """Show the path through this message, and remember the choice above it."""
    with write():
        chat = quiet(message)
        row = current(message)
        if not row.active:
            show_message(chat, row.pk)


def delete_message(*, message: Message, still: Callable[[], None] = anyhow) -> UUID:
    """Delete a message with what follows it, in all its versions; the shown path goes on with the version beside it, if
    there is one. Returns the key to bring it back with. `still` as of `edit_message`."""
    with write():
        chat = quiet(message)
        row = current(message)
        still()
        top = known_from(row)
        gone = Tree.of(chat.pk, top).subtree(row.pk)
        now = timezone.now()
        for keys in batches(gone):
            Message.objects.filter(pk__in=keys).update(deleted_at=now, deletion=row.pk, active=False)
        more = {}
        if row.active:
            path = Tree.of(chat.pk, top).below(row.parent_id)
            show_below(chat, row.position, path)
            more = {"message_count": row.position - 1 + len(path)}
        raise_version(chat.pk, active=False, structure=True, **more)
        messages_changed(messages=gone)
        tell_pages(chat)
        return row.pk


def with_it(message: Message) -> int:
    """How many messages go when this one is deleted: it and what follows it, in all versions."""
    return len(Tree.of(message.session_id, known_from(message)).subtree(message.pk))


def known_from(row: Message) -> int:
    """The position below which a tree must know the shown path, to know everything below this message."""
    return row.position - 1 if row.active else HIDDEN


def restore_messages(*, chat: ChatSession, deletion: UUID) -> None:
    """Bring back what was deleted together, and show it, unless an answer is being written elsewhere."""
    with write():
        chat = locked(chat.pk)
        rows = Message.objects.filter(session=chat, deletion=deletion)
        back = list(rows.order_by("position").values_list("pk", flat=True))
        first = rows.filter(pk=deletion).select_related("parent").first()
        if first is None:
            raise NotPossible("There is nothing to bring back: it is here already, or gone for good.")
        if first.parent is not None and first.parent.deleted_at is not None:
            raise NotPossible("This was deleted with the message above it. Bring that one back first.")
        rows.update(deleted_at=None, deletion=None)
        if reply_runs(chat):
            raise_version(chat.pk, active=False, structure=True)
        else:
            show_message(chat, deletion)
        messages_changed(messages=back)
        tell_pages(chat)


def clear_context(*, chat: ChatSession) -> bool:
    """Let the context start anew: what is shown so far is not sent to the model any more. False where nothing is."""
    with write():
        chat = locked(chat.pk)
        last = Message.objects.filter(session=chat).shown().last()
        if last is None or last.pk == chat.context_from_id:
            return False
        draw_line(chat, last.pk)
        return True


def restore_context(*, chat: ChatSession) -> None:
    """Send again what is above the line."""
    with write():
        chat = locked(chat.pk)
        if chat.context_from_id is not None:
            draw_line(chat, None)


def draw_line(chat: ChatSession, below: UUID | None) -> None:
    touched = [key for key in (chat.context_from_id, below) if key is not None]
    version = raise_version(chat.pk, active=False, known=chat.version, context_from_id=below)
    Message.objects.filter(pk__in=touched).update(version=version)
    tell_pages(chat)


# ---------------------------------------------------------------- what these share


def current(message: Message) -> Message:
    """The message as it is now; refuses one that was deleted."""
    row = Message.objects.filter(pk=message.pk).kept().select_related("parent").first()
    if row is None:
        raise NotPossible(GONE)
    return row


def must_be_written(row: Message) -> None:
    """Refuses what no person wrote: answers and notifications."""
    if row.role != Message.Role.USER:
        raise NotPossible(NOT_YOURS)
    if posted(row.parts) is not None:
        raise NotPossible(POSTED)


def quiet(message: Message) -> ChatSession:
    """The chat of a message, locked; refuses while a reply runs, which would lose its place."""
    chat = locked(message.session_id)
    if reply_runs(chat):
        raise NotNow
    return chat


def show_message(chat: ChatSession, key: UUID) -> None:
    """Show the path through `key`, which is not shown, and remember the way there."""
    raise_version(chat.pk, active=False, structure=True, message_count=bring_up(chat, key))
    tell_pages(chat)


def bring_up(chat: ChatSession, key: UUID) -> int:
    """Show the path through `key`, which is not shown: it leaves the shown one somewhere above. At each fork the way to
    `key` is the one that is shown from now on. Returns how many messages the path has."""
    tree = Tree.of(chat.pk, HIDDEN)
    above = tree.above(key)
    fork = tree.nodes[above[0]]
    for parent, child in pairwise([fork.parent, *above]):
        if parent is not None and (parent not in tree.nodes or tree.shown_child(parent) != child):
            Message.objects.filter(pk=parent).update(chosen_child=child)
    path = [*above, *tree.below(key)]
    show_below(chat, fork.position, path)
    return fork.position - 1 + len(path)
