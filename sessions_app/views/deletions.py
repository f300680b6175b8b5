"""The messages of a session that were deleted, by the deletion that took them, and the way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sessions_app.models import ChatSession, Message, opening_words
from sessions_app.rendering.plain import one_line

from .access import own_or_404
from .versions import fragment

SHOWN = 100


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    chat = own_or_404(request, pk)
    return fragment(
        request, chat, "sessions/_deletions.html", _("Deleted messages"), deletions=deletions(chat)
    )


def deletions(chat: ChatSession) -> list[dict[str, Any]]:
    """The newest first: how the message they began with begins, how many went with it in all versions, and when.
    `inside` says that the message above was deleted later: that one comes back first."""
    gone = Message.objects.filter(session=chat, active=False, deleted_at__isnull=False).order_by()
    rows = list(
        gone.values("deletion").annotate(count=Count("pk"), at=Max("deleted_at")).order_by("-at")[:SHOWN]
    )
    tops = Message.objects.filter(session=chat, pk__in=[row["deletion"] for row in rows])
    told = tops.annotate(begin=opening_words(), above=F("parent__deleted_at"))
    found = {key: (begin, above) for key, begin, above in told.values_list("pk", "begin", "above")}
    return [
        {
            "key": row["deletion"],
            "words": one_line(found[row["deletion"]][0], 120) or _("Without words"),
            "count": row["count"],
            "at": row["at"],
            "inside": found[row["deletion"]][1] is not None,
        }
        for row in rows
        if row["deletion"] in found
    ]
