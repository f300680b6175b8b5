"""What follows when messages are rewritten, deleted or brought back: the search index, and whoever else keeps what
messages hold (`MESSAGE_WATCHERS`)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from .paths import batches
from .searching import note_messages

AT_ONCE = 100


def messages_changed(*, messages: Sequence[UUID], rewritten: bool = False) -> None:
    """Within the transaction that changed them. `rewritten` says that their words are others now."""
    entries_follow(messages=messages)
    for path in settings.MESSAGE_WATCHERS:
        import_string(path)(messages=messages, rewritten=rewritten)


def entries_follow(*, messages: Sequence[UUID]) -> None:
    """Within the transaction that changed them. Entries of many follow in transactions of their own, so that nobody
    waits for them: search finds no deleted message meanwhile, whatever its entries say. What a crash leaves undone
    `manage.py reindex --missing` does."""
    if len(messages) <= AT_ONCE:
        note_messages(messages=messages)
    else:
        transaction.on_commit(lambda: note_in_lots(messages))


def note_in_lots(messages: Sequence[UUID]) -> None:
    for keys in batches(messages, AT_ONCE):
        note_messages(messages=keys)
