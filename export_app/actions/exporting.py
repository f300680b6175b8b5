"""Exports in the background, as people ask for them: begun, cancelled, removed, asked for again, and told of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from export_app import jobs
from export_app.bulk import keeping
from export_app.bulk.rights import LOT, readable
from export_app.models import ExportJob, ImportJob
from export_app.renderers import Renderer, named
from sessions_app.actions import audit
from sessions_app.actions.errors import Refused
from sessions_app.models import ChatSession, User
from sessions_app.transactions import write

MOST = 10_000  # sessions of one export
AT_ONCE = 3  # unfinished exports of a person
LARGE = 2_000  # messages, in all formats: more takes minutes
Given = Mapping[str, Mapping[str, Any]]


class NotBegun(Refused):
    kind = "export"
    sentence = "The export was not begun."


class TooManyExports(NotBegun):
    kind = "too_many_exports"
    status = 429
    sentence = f"{AT_ONCE} of your exports are not finished yet. Wait until one of them is, or cancel it."


def begin_export(
    *,
    owner: User,
    sessions: Sequence[UUID],
    formats: Iterable[str],
    options: Given | None = None,
    title: str = "",
    for_staff: bool = False,
    reasons: Mapping[UUID, str] | None = None,
) -> ExportJob:
    """Queue the export of `sessions`, in this order, in every one of `formats`; `options` by the name of a format.

    Sessions that this person may not read are left out, and the export says how many. Of staff each session goes on
    record with why it is read, which `reasons` tell by its key. Raises NotBegun, BadOption.
    """
    keys = list(dict.fromkeys(sessions))
    if len(keys) > MOST:
        raise NotBegun(
            _("At most %(most)s sessions go into one export. Choose fewer.") % {"most": f"{MOST:,}"}
        )
    wanted = renderers(formats)
    chosen = {each.name: each.chosen((options or {}).get(each.name, {})) for each in wanted}
    found, messages = _found(readable(owner, for_staff=for_staff), keys)
    if not found:
        raise NotBegun(_("No session is chosen. Choose at least one."))
    if for_staff:
        _ask_reasons(found, reasons or {})
    total = messages * len(wanted)
    job = ExportJob(
        owner=owner,
        title=(title or in_words(found, wanted))[:160],
        sessions=[str(key) for key in found],
        formats=[each.name for each in wanted],
        options=chosen,
        for_staff=for_staff,
        total=total,
        left_out=_missing(len(keys) - len(found)),
    )
    with write():
        User.objects.select_for_update().get(pk=owner.pk)  # two requests of one person do not pass each other
        if ExportJob.objects.for_user(owner).unfinished().count() >= AT_ONCE:
            raise TooManyExports
        if for_staff:
            _record(owner, found, reasons or {})
        job.save()
        jobs.enqueue("export", job.pk, large=total > LARGE)
    return job


def _ask_reasons(keys: list[UUID], reasons: Mapping[UUID, str]) -> None:
    missing = sum(not reasons.get(key) for key in keys) if settings.REVIEW_REASON else 0
    if missing:
        words = ngettext(
            "%(count)s session takes a reason first: open its review.",
            "%(count)s sessions take a reason first: open their reviews.",
            missing,
        )
        raise NotBegun(words % {"count": f"{missing:,}"})


def _record(actor: User, keys: list[UUID], reasons: Mapping[UUID, str]) -> None:
    for at in range(0, len(keys), LOT):
        for chat in ChatSession.objects.filter(pk__in=keys[at : at + LOT]).only("owner"):
            reason = reasons.get(chat.pk, "")
            audit.record(actor=actor, action="exported session", subject=chat, reason=reason)


def renderers(names: Iterable[str]) -> list[Renderer]:
    """The formats of these names, each once. Raises NotBegun."""
    found: dict[str, Renderer] = {}
    for name in names:
        renderer = named(name)
        if renderer is None:
            raise NotBegun(_("There is no format “%(name)s” here.") % {"name": name[:40]})
        found[renderer.name] = renderer
    if not found:
        raise NotBegun(_("No format is chosen. Choose at least one."))
    return list(found.values())


def _found(rows: QuerySet[ChatSession], keys: list[UUID]) -> tuple[list[UUID], int]:
    """Those of `keys` that are among the rows, in their order, and how many messages are in them."""
    known: dict[UUID, int] = {}
    for at in range(0, len(keys), LOT):
        lot = rows.filter(pk__in=keys[at : at + LOT]).order_by()
        known |= dict(lot.values_list("pk", "message_count"))
    return [key for key in keys if key in known], sum(known.values())


def _missing(count: int) -> list[str]:
    if not count:
        return []
    words = ngettext(
        "%(count)d session is left out: it is not there any more, or not yours to read.",
        "%(count)d sessions are left out: they are not there any more, or not yours to read.",
        count,
    )
    return [words % {"count": count}]


def in_words(keys: Sequence[UUID], wanted: Sequence[Renderer]) -> str:
    """ "“Weekly cost review” as PDF", "214 sessions as PDF, Markdown"."""
    labels = ", ".join(each.label for each in wanted)
    if len(keys) == 1:
        title = ChatSession.objects.get(pk=keys[0]).title or _("New session")
        return _("“%(title)s” as %(formats)s") % {"title": title[:100], "formats": labels}
    return _("%(count)s sessions as %(formats)s") % {"count": f"{len(keys):,}", "formats": labels}


def again(*, job: ExportJob) -> ExportJob:
    """The same once more, of the sessions as they are now. Staff say in the admin whose they read, and why: raises
    NotBegun for theirs."""
    if job.for_staff:
        raise NotBegun(_("Export them again from the admin."))
    return begin_export(
        owner=job.owner,
        sessions=[UUID(key) for key in job.sessions],
        formats=job.formats,
        options=job.options,
        title=job.title,
    )


@write()
def cancel_export(*, job: ExportJob) -> None:
    """What has not begun is cancelled at once; what runs sees it within a second. One that ended stays as it is."""
    now = timezone.now()
    rows = ExportJob.objects.filter(pk=job.pk)
    ended = {"status": ExportJob.Status.CANCELLED, "finished_at": now, "told_at": now}
    if not rows.filter(status=ExportJob.Status.QUEUED).update(**ended):
        rows.filter(status=ExportJob.Status.RUNNING, cancel_requested_at=None).update(cancel_requested_at=now)


@write()
def remove_export(*, job: ExportJob) -> None:
    """Forget one that ended, and its file. Raises NotBegun for one that has not."""
    gone, _rows = ExportJob.objects.filter(pk=job.pk).exclude(status__in=UNFINISHED).delete()
    if not gone and ExportJob.objects.filter(pk=job.pk).exists():
        raise NotBegun(_("This export is not finished. Cancel it first."))
    transaction.on_commit(lambda: keeping.forget(job.pk))


UNFINISHED = (ExportJob.Status.QUEUED, ExportJob.Status.RUNNING)


def untold(owner: User) -> tuple[list[ExportJob], list[ImportJob]]:
    """Jobs of this person that ended and were not told of yet."""
    exports = ExportJob.objects.for_user(owner).filter(
        Q(status=ExportJob.Status.DONE) | Q(status=ExportJob.Status.FAILED), told_at=None
    )
    ended = (ImportJob.Status.READY, ImportJob.Status.DONE, ImportJob.Status.FAILED)
    imports = ImportJob.objects.for_user(owner).filter(status__in=ended, told_at=None)
    return list(exports.defer("sessions", "left_out")[:20]), list(imports[:20])


def note_told(*, owner: User, shown: Collection[UUID] | None = None) -> None:
    """Their person has been told of all that ended; of the exports that are `shown`, by the page."""
    exports, imports = untold(owner)
    if shown is not None:
        exports, imports = [job for job in exports if job.pk in shown], []
    if not exports and not imports:
        return
    now = timezone.now()
    with write():
        ExportJob.objects.filter(pk__in=[job.pk for job in exports]).update(told_at=now)
        ImportJob.objects.filter(pk__in=[job.pk for job in imports]).update(told_at=now)
