"""What a program says of an import in one step: which sessions of the file, and that they are taken in."""

from __future__ import annotations

from collections.abc import Collection

from export_app.models import ImportJob
from sessions_app.actions.errors import Refused
from sessions_app.transactions import write

from .uploading import LOT, begin_taking, open_items


class NoItem(Refused):
    kind = "no_item"
    sentence = "There is no such session in this file, or it cannot be read. Nothing was chosen."


class NotChosenFrom(Refused):
    kind = "not_chosen_from"
    status = 409
    sentence = "This import does not wait for a choice: it is not read yet, at work, or has ended."


@write()
def decide(*, job: ImportJob, positions: Collection[int] | None, states: Collection[str], take: bool) -> None:
    """These sessions and all of these states, and no others; where `positions` is None what was chosen before. With
    `take` they are taken in. Raises NoItem, NotChosenFrom, StillBusy, Refused: then nothing is chosen anew."""
    waiting = ImportJob.objects.select_for_update().filter(pk=job.pk, status=ImportJob.Status.READY)
    if not waiting.exists():
        raise NotChosenFrom
    if positions is not None:
        _choose_only(job, sorted(set(positions)), states)
    if take:
        begin_taking(job=job)


def _choose_only(job: ImportJob, positions: list[int], states: Collection[str]) -> None:
    rows = open_items(job)
    rows.update(chosen=False)
    rows.filter(state__in=states).update(chosen=True)
    lots = (positions[at : at + LOT] for at in range(0, len(positions), LOT))
    if sum(rows.filter(position__in=lot).update(chosen=True) for lot in lots) != len(positions):
        raise NoItem
