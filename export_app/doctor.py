"""Whether what came from elsewhere cost nothing here; `manage.py doctor` runs it through DOCTOR_CHECKS."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef

from sessions_app.doctor import PAGE, Finding, Findings, FurtherCheck, name, within
from sessions_app.models import ForeignUsage, Message, Reply, TokenUsage

NAME = "imported messages cost nothing here"


def examine(chat: UUID | None) -> Findings:
    """A copy never ran; what another workspace paid for is on the receipt of no message of this one, and no call of the
    ledger is on that of an imported one."""
    copies = Reply.objects.ran().filter(within(chat), message__origin_key__isnull=False)
    for reply in copies.only("pk").iterator(PAGE):
        yield Finding(
            NAME, name(reply), "is of a copied or imported message, but counts as one that ran here"
        )
    here = Exists(Message.objects.filter(pk=OuterRef("message_key")))
    for foreign in ForeignUsage.objects.filter(here, within(chat)).only("pk", "message_key").iterator(PAGE):
        yield Finding(NAME, name(foreign), f"is of message {foreign.message_key}, which was written here")
    imported = Message.objects.filter(within(chat), pk=OuterRef("message"), origin_key__isnull=False)
    calls = TokenUsage.objects.filter(within(chat, "session_key"), Exists(imported))
    for call in calls.only("pk", "message_id").iterator(PAGE):
        yield Finding(NAME, name(call), f"is of message {call.message_id}, which is a copy")


CHECK = FurtherCheck(NAME, examine)
