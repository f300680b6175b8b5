"""Sessions made of documents: new ones, and what is new in a document that was taken in before.

A new session is hidden until all of it is there; what is added to one is deleted until one transaction shows it. So
nothing half imported is ever seen, and an import that breaks off (also because `entries` raises) is taken away again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from export_app import quoting
from export_app.document import Entry, Head
from export_app.importers.cleaned import head_of
from export_app.models import ImportedSession
from sessions_app.actions.branching import UNMADE
from sessions_app.actions.organising import as_tag
from sessions_app.actions.paths import batches, raise_version, tell_pages
from sessions_app.actions.purging import purge_step
from sessions_app.actions.settings import BadSetting, checked_settings
from sessions_app.agent.context import offered_tools
from sessions_app.models import ChatSession, ForeignUsage, Message, SessionTag
from sessions_app.transactions import write

from .adding import Adding
from .filing import Filing
from .nodes import choose, end_of, lead_on, origin_of
from .planting import Planting
from .watching import NOBODY, Watch

ORIGINAL = "workspace"  # the source whose keys are those of sessions of this app


class Standing(NamedTuple):
    """How a session of a file stands to those that are here: `new`, `changed`, or `here` with nothing to add.
    `imported` is what it became before, None where it is itself here or new; `fresh` counts messages that are not
    here."""

    state: str
    imported: ImportedSession | None
    fresh: int


def standing(
    *, owner: Any, source: str, key: str, digest: str = "", messages: Iterable[str] = ()
) -> Standing:
    """`messages` are their keys in the source, `digest` tells whether the file is the same as the last time.

    A file of this app may be of a session that is here itself. It is `here` where all of its messages are, else
    `changed`: taking it in makes a second session then, the original is never altered by a file.
    """
    keys = list(messages)
    done = imported_before(owner, source, key)
    if done is None:
        original = original_of(owner, source, key)
        if original is None:
            return Standing("new", None, len(keys))
        there = {
            str(each) for each in Message.objects.filter(session=original).kept().values_list("pk", flat=True)
        }
        fresh = sum(each not in there for each in keys)
        return Standing("changed" if fresh else "here", None, fresh)
    if digest and done.digest == digest:
        return Standing("here", done, 0)
    origins = Message.objects.filter(session=done.session_id, origin_key__isnull=False)
    known = set(origins.values_list("origin_key", flat=True))
    fresh = sum(origin_of(done.session_id, source, each) not in known for each in keys)
    return Standing("changed", done, fresh)


def imported_before(owner: Any, source: str, key: str) -> ImportedSession | None:
    """The newest import of it whose session is not deleted."""
    rows = ImportedSession.objects.filter(owner=owner, source=source, key=key, session__owner=owner)
    return rows.filter(session__deleted_at=None).select_related("session").order_by("-at", "-pk").first()


def original_of(owner: Any, source: str, key: str) -> ChatSession | None:
    try:
        found = UUID(key) if source == ORIGINAL else None
    except ValueError:
        return None
    return ChatSession.objects.owned_by(owner).filter(pk=found).first() if found else None


# ---------------------------------------------------------------- a new one


def build_session(
    *,
    owner: Any,
    source: str,
    head: Head,
    entries: Iterable[Entry],
    key: str,
    digest: str = "",
    notes: list[str] | None = None,
    watch: Watch = NOBODY,
    filing: Filing | None = None,
) -> ChatSession:
    """A new session of `owner` with these messages, which it was imported from. Parents stand before their children.
    `notes` gets a sentence for each thing that was left out; what `watch` raises takes all of it away again; `filing`
    knows the files of the import it belongs to."""
    head, told = head_of(head), [] if notes is None else notes
    with write():
        chat = ChatSession.objects.create(
            owner=owner,
            title=head.title,
            title_source=head.title_source,
            provider=head.provider,
            model=head.model,
            settings=fitting_settings(head.settings, told, owner.pk),
            starred=head.starred,
            version=1,
            deleted_at=timezone.now() - UNMADE,
        )
    planting = Planting(chat, owner, source, watch=watch, filing=filing)
    try:
        for _ in planting.plant_all(entries):
            pass
        told += planting.notes()
        with write():
            finish(planting, head, ImportedSession(owner=owner, source=source, key=key[:120], digest=digest))
            watch.seal(chat, told)
    except BaseException:
        discard(chat)
        raise
    chat.refresh_from_db()
    return chat


def finish(planting: Planting, head: Head, done: ImportedSession) -> None:
    """The session as everyone may see it, within the caller's transaction."""
    chat, nodes = planting.chat, planting.nodes
    path = lead_on(nodes, end_of(nodes))
    shown = sum(node.active for node in nodes.values()) + len(path)
    for keys in batches(path):
        Message.objects.filter(pk__in=keys).update(active=True)
    choose(nodes)
    planting.keep(head.calls)
    names = (as_tag(name) for name in head.tags)
    SessionTag.objects.bulk_create(SessionTag(session=chat, owner=chat.owner, name=name) for name in names)
    line = nodes.get(head.context_from or "")
    raise_version(
        chat.pk,
        active=False,
        structure=True,
        deleted_at=None,
        created_at=min(head.created_at, timezone.now()),
        last_activity_at=min(head.last_activity_at, timezone.now()),
        archived_at=head.archived_at,
        message_count=shown,
        context_from_id=line.key if line and not line.gone else None,
        **came_from(chat.owner, head),
    )
    done.session = chat
    done.save()
    tell_pages(chat)


def came_from(owner: Any, head: Head) -> dict[str, Any]:
    """Where it was branched from, where its owner may read that."""
    try:
        parent, message = (UUID(each) if each else None for each in (head.parent, head.branched_from))
    except ValueError:
        return {}
    if parent is None or not ChatSession.objects.for_user(owner).filter(pk=parent).exists():
        return {}
    there = message is not None and Message.objects.filter(session=parent, pk=message).kept().exists()
    return {"parent_id": parent, "branched_from_id": message if there else None}


def fitting_settings(settings: Mapping[str, Any], notes: list[str], owner: int) -> dict[str, Any]:
    """Those that a session of this person may have here."""
    kept: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "tools" and isinstance(value, list):
            there = offered_tools().tools
            value = [each for each in value if isinstance(each, str) and each in there]
            if len(value) < len(settings[name]):
                notes.append("Tools that this workspace does not offer were left out of its settings.")
        try:
            if name == "videos" and not (
                value := fitting_videos(checked_settings({name: value}), notes, owner)
            ):
                continue
            kept |= checked_settings({name: value})
        except BadSetting:
            notes.append(f"The setting “{str(name)[:40]}” was left out: this workspace does not take it.")
    return kept


def fitting_videos(given: Mapping[str, Any], notes: list[str], owner: int) -> list[str]:
    """Those that this person may see here."""
    seen = quoting.seen(given["videos"], owner)
    kept = [each for each in given["videos"] if each in seen]
    if len(kept) < len(given["videos"]):
        notes.append("Videos that you cannot see here were left out of its settings.")
    return kept


def discard(chat: ChatSession) -> None:
    """A session that was not finished goes for good, in short transactions; nobody has seen it."""
    with write():
        ForeignUsage.objects.filter(session=chat).delete()
    while purge_step(chat=chat.pk):
        pass


# ---------------------------------------------------------------- one that is here


def update_session(
    *,
    imported: ImportedSession,
    head: Head,
    entries: Iterable[Entry],
    digest: str = "",
    notes: list[str] | None = None,
    watch: Watch = NOBODY,
    filing: Filing | None = None,
) -> int:
    """What is new in the source since it was imported, in the same session: messages that it has not had, and what is
    new in others: files, calls and results of tools, and words where nobody edited them here. How many messages came.

    Nothing that was written here is touched: neither title, tags and marks nor what was deleted. The shown path stays,
    unless new messages continue it. A text that was replaced is among the former ones.
    """
    told = [] if notes is None else notes
    adding = Adding(imported, watch, filing)
    try:
        for entry in adding.plant_all(entries):
            adding.compare(entry)
        adding.compare(None)
        with write():
            count = adding.show(last=head_of(head).last_activity_at)
            told += adding.notes()
            whole = digest if not adding.changed_here else ""  # else the same file again has more to bring
            mine = ImportedSession.objects.filter(pk=imported.pk)
            mine.update(digest=whole or F("digest"), adding_since=None)
            watch.seal(imported.session, told)
    except BaseException:
        adding.discard()
        raise
    return count
