"""Who may read what is in an export: asked when it begins, for each session when its turn comes, and when it is taken."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from export_app import quoting
from export_app.models import ExportJob, reads_texts
from sessions_app.models import ChatSession, User

from . import keeping

LOT = 500


def readable(owner: User, *, for_staff: bool) -> QuerySet[ChatSession]:
    """What this person may take out now, whatever they might when `owner` was read. Staff gave a reason for each session,
    where the workspace wants one, when they asked."""
    person = User.objects.filter(pk=owner.pk, is_active=True).first()
    if person is None:
        return ChatSession.objects.none()
    if for_staff:
        return ChatSession.objects.all() if reads_texts(person) else ChatSession.objects.none()
    return ChatSession.objects.for_user(person)


def all_readable(job: ExportJob) -> bool:
    """Whether its person may still read every session that is in its file; what they own they may, deleted or not. And
    may still see the videos whose words are in it."""
    videos = keeping.quoted(job.pk)
    if not quoting.seen(videos, job.owner_id) >= videos:
        return False
    if job.for_staff:
        return reads_texts(job.owner)
    absent = set(job.absent)
    keys = [UUID(key) for key in job.sessions if key not in absent]
    may = readable(job.owner, for_staff=False).values("pk")
    rows = ChatSession.objects.filter(Q(pk__in=may) | Q(owner=job.owner))
    lots = (keys[at : at + LOT] for at in range(0, len(keys), LOT))
    return all(rows.filter(pk__in=lot).count() == len(lot) for lot in lots)
