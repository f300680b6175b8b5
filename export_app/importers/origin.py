"""What an imported session says of itself."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from export_app.models import ImportedSession, ImportJob
from sessions_app.models import ChatSession


def told(*, chat: ChatSession) -> str:
    """From where and when it was imported; "" for one that was not."""
    row = ImportedSession.objects.filter(session=chat, owner=chat.owner_id).first()
    if row is None:
        return ""
    day = date_format(timezone.localtime(row.at), "j F Y")
    if row.source == ImportJob.Source.WORKSPACE:
        return _("From a file of this app, %(day)s. What it cost before is not counted here.") % {"day": day}
    return _("From %(source)s, %(day)s. What it cost there is not counted here.") % {
        "source": row.get_source_display(),
        "day": day,
    }
