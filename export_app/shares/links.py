"""Links in words, for those who made them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from export_app import words
from export_app.models import ShareLink
from sessions_app.sealing import Sealed, unseal

SWITCHES: tuple[tuple[str, str], ...] = (
    ("tools", "Tool calls and results"),
    ("thinking", "Thinking"),
    ("files", "Files"),
    ("names", "Names of people"),
    ("costs", "Tokens and cost"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A link as its owner sees it. Without an `address` no present key opens it."""

    row: ShareLink
    address: str
    kind: str
    shows: str
    state: str
    tone: str
    ends: str

    @property
    def id(self) -> Any:
        return self.row.pk

    @property
    def title(self) -> str:
        return (
            self.row.title
            or (str(self.row.head.get("title", "")) if self.row.snapshot else "")
            or str(self.row.session)
        )

    @property
    def revoke_words(self) -> str:
        """What is asked before it is revoked, with a title of any direction in it."""
        words = (
            _("Revoke the snapshot of %(at)s of “%(title)s”? Its address shows nothing from now on.")
            if self.row.snapshot
            else _(
                "Revoke the link to the living session “%(title)s”? Its address shows nothing from now on."
            )
        )
        return words % {"at": moment(self.row.created_at), "title": f"\u2068{self.title}\u2069"}


def told(row: ShareLink, host: str) -> Told:
    """`host` is "https://name", before the path."""
    state, tone = state_of(row)
    path = path_of(row)
    return Told(row, host + path if path else "", kind_of(row), shows(row), state, tone, ends(row))


def path_of(row: ShareLink) -> str:
    try:
        return reverse("shared", args=[unseal(row.sealed)])
    except Sealed:
        return ""


def kind_of(row: ShareLink) -> str:
    if not row.snapshot:
        return _("The living session")
    count = int(row.head.get("messages", 0))
    words = _("1 message") if count == 1 else _("%(count)s messages") % {"count": f"{count:,}"}
    return _("Snapshot of %(at)s, %(messages)s") % {"at": moment(row.created_at), "messages": words}


def shows(row: ShareLink) -> str:
    """What readers see, as "Messages, tool calls and results, files"."""
    chosen = [_(label).lower() for name, label in SWITCHES if getattr(row, name)]
    words = ", ".join([_("Messages"), *chosen]) if chosen else _("Messages only")
    return (
        _("%(shown)s; may be downloaded and continued as a copy") % {"shown": words}
        if row.download
        else words
    )


def state_of(row: ShareLink) -> tuple[str, str]:
    if row.revoked_at:
        return _("Revoked"), "off"
    if row.expired:
        return _("Ended"), "off"
    if row.session.deleted_at:
        return _("Closed: the session is deleted"), "off"
    return (_("Working, in the gallery"), "on") if row.listed else (_("Working"), "on")


def ends(row: ShareLink) -> str:
    if row.revoked_at:
        return _("revoked on %(day)s") % {"day": day(row.revoked_at)}
    if row.expires_at is None:
        return _("never ends")
    return (_("ended on %(day)s") if row.expired else _("ends on %(day)s")) % {"day": moment(row.expires_at)}


def day(at: datetime) -> str:
    return words.day_words(timezone.localtime(at))


def moment(at: datetime) -> str:
    return words.moment_words(timezone.localtime(at))
