"""Links by which others read a session: made, changed, revoked, taken out of the gallery, swept."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Q
from django.utils import timezone

from export_app.document import Entry, Kept
from export_app.models import ShareEntry, ShareFile, ShareLink
from export_app.shares import downloads
from export_app.shares.shared import digest_of, shared, shown_of
from export_app.shares.strangers import entry_for, head_for, kept_data, kept_entry, kept_head, unfinished
from export_app.transcript import Transcript
from sessions_app.actions import audit
from sessions_app.actions.errors import NotPossible, Refused
from sessions_app.models import Attachment, ChatSession
from sessions_app.rendering import clean_text
from sessions_app.sealing import Sealed, seal, seal_again
from sessions_app.transactions import write

T = TypeVar("T")
TOKEN_BYTES = 20
LOT = 100
MOST_LINKS = 50  # open ones, a session
MOST_MESSAGES = 10_000  # in a snapshot
UNMADE = timedelta(days=1)
LAST_YEAR = 9999  # it ends with no time zone's last day
TITLE, ABOUT, REASON = 120, 300, 300
SHOWN = ("tools", "thinking", "names", "costs", "files")


class BadTerms(Refused):
    """`field` is what was entered wrongly: title, about or until; else it is of all of them."""

    kind = "bad_terms"
    sentence = "A link cannot be made on these terms."

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Terms:
    """What a link shows and allows; beside the words nothing that was not chosen. `about` is a sentence for the
    gallery."""

    title: str = ""
    about: str = ""
    tools: bool = False
    thinking: bool = False
    names: bool = False
    costs: bool = False
    files: bool = False
    download: bool = False
    listed: bool = False
    expires_at: datetime | None = None

    @property
    def kept(self) -> Kept:
        return Kept(**{name: getattr(self, name) for name in SHOWN}, marks=False)


def share_session(*, chat: ChatSession, owner: Any, snapshot: bool, terms: Terms) -> tuple[ShareLink, str]:
    """A link of the session, for its owner alone to make, and the token of its address. It opens once all it shows is
    there."""
    if chat.owner_id != owner.pk or chat.deleted_at is not None:
        raise NotPossible("Only the owner of a session can share it.")
    if ShareLink.objects.open().filter(session=chat).count() >= MOST_LINKS:
        raise NotPossible(f"A session has at most {MOST_LINKS} links. Revoke one first.")
    link = ShareLink(session=chat, owner=owner, snapshot=snapshot, **checked(chat, terms, snapshot))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link.digest, link.sealed = digest_of(token), seal(token)
    if not snapshot:
        with write():
            link.save(force_insert=True)
        return link, token
    return kept_whole(link, Transcript(chat, kept=terms.kept), terms), token


def checked(chat: ChatSession, terms: Terms, snapshot: bool) -> dict[str, Any]:
    """The terms as fields of a link; the title of a living one is that of its session until it is given another.
    Raises BadTerms."""
    if terms.expires_at is not None and terms.expires_at <= timezone.now():
        raise BadTerms("The day on which the link ends is over. Choose a later one.", "until")
    if terms.expires_at is not None and terms.expires_at.year >= LAST_YEAR:
        raise BadTerms(
            "That is too late. Choose a day on which the link ends, or that it never does.", "until"
        )
    title, about = (" ".join(clean_text(text).split()) for text in (terms.title, terms.about))
    if len(title) > TITLE:
        raise BadTerms(f"A title has at most {TITLE} characters.", "title")
    if len(about) > ABOUT:
        raise BadTerms(f"The sentence has at most {ABOUT} characters.", "about")
    if terms.listed and removed(chat):
        raise BadTerms("Staff removed this session from the gallery. It cannot be listed again.")
    if snapshot:
        title = title or str(chat)[:TITLE]
    elif title == chat.title:
        title = ""
    shown = {name: getattr(terms, name) for name in (*SHOWN, "download")}
    listed_at = timezone.now() if terms.listed else None
    return {"title": title, "about": about, "expires_at": terms.expires_at, "listed_at": listed_at, **shown}


def removed(chat: ChatSession) -> bool:
    return ShareLink.objects.filter(session=chat, removed_at__isnull=False).exists()


# ---------------------------------------------------------------- snapshots


def kept_whole(link: ShareLink, transcript: Transcript, terms: Terms) -> ShareLink:
    """The link with all its messages, written in lots; without an address until the last of them is there."""
    if transcript.count > MOST_MESSAGES:
        raise NotPossible(
            f"A snapshot holds at most {MOST_MESSAGES:,} messages, and this session has {transcript.count:,}. "
            "Share the living session, or a branch of it."
        )
    token_sealed, link.sealed = link.sealed, ""
    with write():
        link.save(force_insert=True)
    try:
        count, characters = keep(link, transcript, terms.kept)
        if not count:
            raise NotPossible("There is nothing to share yet.")
        head = head_for(transcript.head, terms.kept, key=str(link.pk), title=named(link), count=count)
        with write():
            link.head, link.sealed = kept_head(head, characters=characters), token_sealed
            link.save(update_fields=["head", "sealed"])
    except BaseException:
        with write():
            link.delete()
        raise
    return link


def named(link: ShareLink) -> str:
    return link.title or link.session.title


def keep(link: ShareLink, transcript: Transcript, kept: Kept) -> tuple[int, int]:
    """Write what is shown of each message. How many there are, and how long they are together. Answers that are not
    ended are left out."""
    place = characters = 0
    for lot in lots(transcript.entries()):
        ended = [entry for entry in lot if not unfinished(entry)]
        places = list(enumerate(ended, place + 1))
        rows = [
            ShareEntry(link=link, position=at, data=kept_data(entry_for(entry, kept, at, referring=True)))
            for at, entry in places
        ]
        with write():
            ShareEntry.objects.bulk_create(rows)
            ShareFile.objects.bulk_create(files_of(link, places))
        place += len(ended)
        characters += sum(len(entry.content) for entry in ended)
    return place, characters


def lots(rows: Iterable[T]) -> Iterator[list[T]]:
    """A lot at a time."""
    left = iter(rows)
    while lot := list(islice(left, LOT)):
        yield lot


def files_of(link: ShareLink, places: Iterable[tuple[int, Entry]]) -> list[ShareFile]:
    """Files of messages that show them, by what is stored: it is shared with the session."""
    wanted = {
        file.id: (place, number) for place, entry in places for number, file in enumerate(entry.files, 1)
    }
    if not wanted:
        return []
    rows = Attachment.objects.filter(pk__in=list(wanted)).values_list("pk", "stored")
    found = [(*wanted[str(key)], stored) for key, stored in rows]
    return [
        ShareFile(link=link, position=place, number=number, stored=stored) for place, number, stored in found
    ]


# ---------------------------------------------------------------- what becomes of them


def change_share(*, link: ShareLink, terms: Terms) -> ShareLink:
    """Other terms, at once. A snapshot can show less than it was made with, and never more: the rest was not kept."""
    values = checked(link.session, terms, link.snapshot) if not link.ended else {}
    if not values:
        raise NotPossible("This link has ended. Make a new one.")
    added = [name for name in SHOWN if values[name] and not getattr(link, name)]
    if link.snapshot and added:
        raise BadTerms("A snapshot holds what it was made with, and no more. Make a new link to show more.")
    if link.listed_at and values["listed_at"]:
        values["listed_at"] = link.listed_at
    less = link.snapshot and any(getattr(link, name) and not values[name] for name in SHOWN)
    with write():
        ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(**values)
    downloads.forget(link.pk)
    link.refresh_from_db()
    if less:
        forget_hidden(link)
    return link


def forget_hidden(link: ShareLink) -> None:
    """What a snapshot does not show any more is not kept either."""
    kept = shown_of(link)
    head = shared(link).head
    with write():
        link.head = kept_head(head, characters=int(link.head["characters"]))
        link.save(update_fields=["head"])
        if not kept.files:
            ShareFile.objects.filter(link=link).delete()
    for lot in lots(ShareEntry.objects.filter(link=link).iterator(chunk_size=LOT)):
        for row in lot:
            row.data = kept_data(entry_for(kept_entry(row.data), kept, row.position, referring=True))
        with write():
            ShareEntry.objects.bulk_update(lot, ["data"])


def revoke_share(*, link: ShareLink) -> None:
    """The address shows nothing from now on, and what was kept for it is gone."""
    with write():
        ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
        forget_kept([link.pk])
    downloads.forget(link.pk)
    link.refresh_from_db()


def remove_from_gallery(*, link: ShareLink, staff: Any, reason: str) -> None:
    """Staff take it out of the gallery, for all of its session's links and for good; the owner is told why. The address
    itself goes on working."""
    reason = " ".join(clean_text(reason).split())[:REASON]
    if not reason:
        raise BadTerms("Say why: the owner is shown it.")
    with write():
        listed = ShareLink.objects.filter(Q(pk=link.pk) | Q(session=link.session_id), listed_at__isnull=False)
        listed.filter(removed_at=None).update(removed_at=timezone.now(), removed_why=reason)
        audit.record(actor=staff, action="removed from gallery", subject=link, reason=reason)
    link.refresh_from_db()


def files_needed(names: Collection[str]) -> set[str]:
    """Which of these stored files snapshots need."""
    return set(ShareFile.objects.filter(stored__in=names).values_list("stored", flat=True))


def sweep() -> bool:
    """Forget what was kept for links that expired, snapshots that were never whole, and files that were made long ago."""
    downloads.sweep()
    now = timezone.now()
    unmade = Q(sealed="", created_at__lt=now - UNMADE)
    ended = ShareLink.objects.filter(snapshot=True, expires_at__lte=now, entries__isnull=False)
    keys = list(ended.values_list("pk", flat=True).distinct()[:LOT])
    with write():
        ShareLink.objects.filter(unmade).delete()
        forget_kept(keys)
    return len(keys) == LOT


def forget_kept(keys: Iterable[Any]) -> None:
    keys = list(keys)
    if keys:
        for model in (ShareFile, ShareEntry):
            model._default_manager.filter(link__in=keys).delete()


def seal_links_again() -> tuple[int, int]:
    """Seal all addresses with the newest key. How many were, and how many no present key opens."""
    done = lost = 0
    for key, sealed in ShareLink.objects.made().values_list("pk", "sealed").iterator():
        try:
            with write():
                ShareLink.objects.filter(pk=key).update(sealed=seal_again(sealed))
            done += 1
        except Sealed:
            lost += 1
    return done, lost
