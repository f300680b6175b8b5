"""What is checked of exports and imports: that nothing stands still, and that what came from elsewhere cost nothing here."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from sessions_app.doctor import PAGE, Finding, Findings, FurtherCheck, name, within
from sessions_app.models import ForeignUsage, Message, Reply, TokenUsage

from .models import ExportJob, ImportedSession, ImportJob

PATIENCE = timedelta(minutes=7)  # housekeeping takes up what nobody works on, and runs every five
BEATS = "no running export or import without a beat"
LEFT = "nothing half added of an import that ended"
COSTLESS = "imported messages cost nothing here"


def beats(chat: UUID | None) -> Findings:
    """Of the whole workspace: an export or import is of many sessions."""
    if chat is not None:
        return
    before = timezone.now() - PATIENCE
    exports = ExportJob.objects.filter(status=ExportJob.Status.RUNNING, beat_at__lt=before).only("beat_at")
    work = (ImportJob.Status.READING, ImportJob.Status.IMPORTING)
    imports = ImportJob.objects.filter(status__in=work, beat_at__lt=before).only("beat_at")
    for row in [*exports, *imports]:
        yield Finding(BEATS, name(row), f"runs, but its last beat was at {row.beat_at:%Y-%m-%d %H:%M:%S}")


JOBS = FurtherCheck(BEATS, beats)


def left(chat: UUID | None) -> Findings:
    """Housekeeping takes it out once its person has no import at work."""
    before = timezone.now() - PATIENCE
    busy = ImportJob.objects.filter(status=ImportJob.Status.IMPORTING).values("owner")
    rows = ImportedSession.objects.filter(within(chat), adding_since__lt=before).exclude(owner__in=busy)
    for row in rows.only("session_id", "adding_since"):
        since = f"{row.adding_since:%Y-%m-%d %H:%M:%S}"
        yield Finding(LEFT, f"session {row.session_id}", f"is being added to since {since}, by nobody")


ADDED = FurtherCheck(LEFT, left)


def costless(chat: UUID | None) -> Findings:
    """A copy never ran; what another workspace paid for is on the receipt of no message of this one, and no call of the
    ledger is on that of an imported one."""
    copies = Reply.objects.ran().filter(within(chat), message__origin_key__isnull=False)
    for reply in copies.only("pk").iterator(PAGE):
        yield Finding(
            COSTLESS, name(reply), "is of a copied or imported message, but counts as one that ran here"
        )
    here = Exists(Message.objects.filter(pk=OuterRef("message_key")))
    for foreign in ForeignUsage.objects.filter(here, within(chat)).only("pk", "message_key").iterator(PAGE):
        yield Finding(COSTLESS, name(foreign), f"is of message {foreign.message_key}, which was written here")
    imported = Message.objects.filter(within(chat), pk=OuterRef("message"), origin_key__isnull=False)
    calls = TokenUsage.objects.filter(within(chat, "session_key"), Exists(imported))
    for call in calls.only("pk", "message_id").iterator(PAGE):
        yield Finding(COSTLESS, name(call), f"is of message {call.message_id}, which is a copy")


IMPORTED = FurtherCheck(COSTLESS, costless)
