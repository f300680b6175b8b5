"""What goes with time: files of exports, rows of old ones, and folders nobody knows any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from export_app.bulk import keeping
from export_app.models import ExportJob, ImportedSession, ImportItem, ImportJob, reads_texts
from sessions_app.models import User
from sessions_app.transactions import write

from .adding import left_in
from .planting import take_out

LISTED = timedelta(days=30)  # how long an export without a file, or an import, stays in its person's list
LOT = 200
ITEMS = 500  # of an import, in one transaction
WAITING = (*ImportJob.BUSY, ImportJob.Status.READY)
ENDED = (ExportJob.Status.FAILED, ExportJob.Status.CANCELLED, ExportJob.Status.EXPIRED)


def sweep() -> bool:
    """A job of housekeeping: expired files go, then their rows, then what no row names. Whether there is more to do."""
    for person in User.objects.filter(pk__in=ExportJob.objects.with_texts_of_others().values("owner")):
        take_back(owner=person)
    more = any([expire(), forget_imports(), take_out_left()])
    with write():
        old = ExportJob.objects.filter(status__in=ENDED, created_at__lt=timezone.now() - LISTED)
        old.filter(pk__in=list(old.values_list("pk", flat=True)[:LOT])).delete()
    for key in left_over()[:LOT]:
        keeping.forget(key)
    keeping.forget_left_over()
    return more


def expire() -> bool:
    """The row first: nobody is offered a file that is being deleted."""
    due = ExportJob.objects.filter(status=ExportJob.Status.DONE, expires_at__lt=timezone.now())
    keys = list(due.values_list("pk", flat=True)[:LOT])
    _expire(keys)
    return len(keys) == LOT


def take_back(*, owner: User) -> None:
    """Files with texts of others go with the right to read those."""
    if not reads_texts(owner):
        _expire(ExportJob.objects.with_texts_of_others().filter(owner=owner.pk).values_list("pk", flat=True))


def _expire(found: Iterable[UUID]) -> None:
    keys = list(found)
    if not keys:
        return
    with write():
        done = ExportJob.objects.filter(pk__in=keys, status=ExportJob.Status.DONE)
        done.update(status=ExportJob.Status.EXPIRED, stored="", size=0)
    for key in keys:
        keeping.forget(key)


def left_over() -> list[UUID]:
    """Folders of jobs that are gone, or ended without a file."""
    keys = list(keeping.folders())
    kept: set[UUID] = set()
    for at in range(0, len(keys), LOT):
        rows = ExportJob.objects.filter(pk__in=keys[at : at + LOT]).exclude(status__in=ENDED)
        kept |= set(rows.values_list("pk", flat=True))
    return [key for key in keys if key not in kept]


# ---------------------------------------------------------------- imports


def forget_imports() -> bool:
    """Old imports that ended: what their files held first, some at a time. The sessions stay."""
    before = timezone.now() - LISTED
    ended = ImportJob.objects.filter(created_at__lt=before).exclude(status__in=WAITING).order_by("created_at")
    key = ended.values_list("pk", flat=True).first()
    if key is None:
        return False
    with write():
        items = ImportItem.objects.filter(job=key).order_by()
        keys = list(items.values_list("pk", flat=True)[:ITEMS])
        items.filter(pk__in=keys).delete()
        if len(keys) < ITEMS:
            ended.filter(pk=key, stored="").delete()
    return True


def take_out_left() -> bool:
    """Messages that an import was adding to a session when the server died, where nobody goes on with it: hidden ones,
    which would stay for ever."""
    busy = ImportJob.objects.filter(status=ImportJob.Status.IMPORTING)
    left = ImportedSession.objects.filter(adding_since__isnull=False).exclude(owner__in=busy.values("owner"))
    found = left.order_by("adding_since").first()
    if found is None:
        return False
    take_out(found.session_id, left_in(found.session_id))
    with write():
        left.filter(pk=found.pk, adding_since=found.adding_since).update(adding_since=None)
    return True
