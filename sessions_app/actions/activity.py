"""Events of activity are taken in, counted where they are the same again, and forgotten after a while."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.utils import timezone

from sessions_app.activity.values import Event, cleaned, fingerprint
from sessions_app.models import ActivityEvent, CarriedEvent, EventReceipt, User
from sessions_app.prepared import Update, given
from sessions_app.transactions import write

TOGETHER = timedelta(hours=1)  # the same again within it is counted, not added
RECEIPTS_KEPT = timedelta(hours=24)
MOST = 100_000  # events of a person
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
LOT = 500

Way = Literal["new", "counted", "known"]
Alike = tuple[str, str, str, str]

_again = Update(
    lambda: ActivityEvent.objects.filter(pk=given("event")),
    *("severity", "title", "body", "data", "link", "at", "first_at", "received_at"),
    count=F("count") + given("more", ActivityEvent._meta.get_field("count")),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event: a row of its own, one more of a row there was, or nothing, as it had come before."""

    event: UUID
    way: Way


@write()
def take_events(*, owner: Any, events: Sequence[Event]) -> list[Taken]:
    """Keep events of this person (None: of the workspace itself), each as it is `cleaned`; what became of each, in their
    order. One with a fingerprint is counted to the last one of its owner, audience, source and kind with the same, where
    that was within an hour; the newer words stay, and the graver severity. One that its
    source told under the same name before is taken for that."""
    now = timezone.now()
    if owner is not None:  # two batches of one person: the second sees what the first has written
        User.objects.select_for_update(no_key=True).filter(pk=owner.pk).first()
    batch = [cleaned(event) for event in events]
    book = Book(owner, now, _known(owner, batch), _last_alike(owner, batch, now))
    taken = [book.take(event) for event in batch]
    book.write()
    return taken


def _known(owner: Any, batch: Iterable[Event]) -> dict[str, UUID]:
    """Events that came before, by the names their reporter gave them."""
    names = {receipt_of(event) for event in batch if event.name}
    if owner is None or not names:
        return {}
    rows = EventReceipt.objects.filter(owner=owner.pk, name__in=names)
    return dict(rows.values_list("name", "event_key"))


def receipt_of(event: Event) -> str:
    """What its name is kept as: reporters of one person do not know each other's, and many count from 1."""
    return fingerprint(event.source, event.name)


def _last_alike(owner: Any, batch: Sequence[Event], now: datetime) -> dict[Alike, list[ActivityEvent]]:
    """The rows that events of the batch may be counted to, the newest first."""
    prints = {event.fingerprint for event in batch if event.fingerprint}
    if not prints:
        return {}
    moments = [moment_of(event, now) for event in batch if event.fingerprint]
    rows = ActivityEvent.objects.filter(fingerprint__in=prints, owner=None if owner is None else owner.pk)
    near = rows.filter(at__gte=min(moments) - TOGETHER, first_at__lte=max(moments) + TOGETHER)
    found: dict[Alike, list[ActivityEvent]] = {}
    for row in near.order_by("-at", "-pk"):
        found.setdefault(alike(row), []).append(row)
    return found


def alike(event: Event | ActivityEvent) -> Alike:
    """What the same thing again has in common. A build that passes is no more of the builds that failed."""
    return event.audience, event.source, event.kind, event.fingerprint


def moment_of(event: Event, now: datetime) -> datetime:
    """When it happened; nothing happens later than it is told, or where a zone leads out of the calendar: clocks go
    wrong."""
    return max(BEGINNING, min(event.at or now, now))


class Book:
    """The rows a batch makes and changes, until they are written."""

    def __init__(
        self, owner: Any, now: datetime, known: dict[str, UUID], alike: dict[Alike, list[ActivityEvent]]
    ) -> None:
        self._owner, self._now, self._known, self._alike = owner, now, known, alike
        self._new: list[ActivityEvent] = []
        self._changed: dict[UUID, tuple[ActivityEvent, int]] = {}
        self._receipts: list[EventReceipt] = []

    def take(self, event: Event) -> Taken:
        name = receipt_of(event) if event.name else ""
        before = self._known.get(name)
        if before is not None:
            return Taken(before, "known")
        at = moment_of(event, self._now)
        row = self._near(event, at)
        taken = (
            Taken(self._add(event, at), "new")
            if row is None
            else Taken(self._count(row, event, at), "counted")
        )
        if name and self._owner is not None:
            self._known[name] = taken.event
            self._receipts.append(
                EventReceipt(owner_id=self._owner.pk, name=name, event_key=taken.event, at=self._now)
            )
        return taken

    def _near(self, event: Event, at: datetime) -> ActivityEvent | None:
        rows = self._alike.get(alike(event), []) if event.fingerprint else []
        return next((row for row in rows if row.first_at - TOGETHER <= at <= row.at + TOGETHER), None)

    def _add(self, event: Event, at: datetime) -> UUID:
        row = ActivityEvent(
            owner_id=None if self._owner is None else self._owner.pk,
            audience=event.audience,
            source=event.source,
            kind=event.kind,
            severity=event.severity,
            title=event.title,
            body=event.body,
            data=dict(event.data),
            link=event.link,
            fingerprint=event.fingerprint,
            count=event.count,
            first_at=at,
            at=at,
            received_at=self._now,
        )
        self._new.append(row)
        if event.fingerprint:
            self._alike.setdefault(alike(row), []).insert(0, row)
        return row.pk

    def _count(self, row: ActivityEvent, event: Event, at: datetime) -> UUID:
        if at >= row.at:
            row.title, row.body, row.data, row.link = event.title, event.body, dict(event.data), event.link
        row.severity = max(row.severity, event.severity)
        row.at, row.first_at, row.received_at = max(row.at, at), min(row.first_at, at), self._now
        if row._state.adding:
            row.count += event.count
        else:
            more = self._changed.get(row.pk, (row, 0))[1]
            self._changed[row.pk] = (row, more + event.count)
        return row.pk

    def write(self) -> None:
        ActivityEvent.objects.bulk_create(self._new)
        EventReceipt.objects.bulk_create(self._receipts)
        # In one order: two batches of the workspace that change the same rows would wait for each other.
        for row, more in sorted(self._changed.values(), key=lambda changed: changed[0].pk):
            _again(
                event=row.pk, severity=row.severity, title=row.title, body=row.body, data=row.data, link=row.link,
                at=row.at, first_at=row.first_at, received_at=row.received_at, more=more,
            )  # fmt: skip


# ---------------------------------------------------------------- forgetting


def sweep() -> bool:
    """A job of housekeeping: events go ACTIVITY_DAYS after they came in, and of somebody who has too many the oldest; not
    those that messages carry. Whether there is more to do."""
    now = timezone.now()
    keys = old_events(now) or _beyond()
    receipts = EventReceipt.objects.filter(at__lt=now - RECEIPTS_KEPT).order_by("pk")
    names = list(receipts.values_list("pk", flat=True)[:LOT])
    if keys or names:
        with write():
            ActivityEvent.objects.filter(pk__in=keys).delete()
            EventReceipt.objects.filter(pk__in=names).delete()
    return len(keys) == LOT or len(names) == LOT


def old_events(now: datetime) -> list[UUID]:
    old = ActivityEvent.objects.filter(received_at__lt=now - timedelta(days=settings.ACTIVITY_DAYS))
    return list(not_carried(old).order_by("received_at").values_list("pk", flat=True)[:LOT])


def not_carried(rows: QuerySet[ActivityEvent]) -> QuerySet[ActivityEvent]:
    return rows.exclude(Exists(CarriedEvent.objects.filter(event=OuterRef("pk"))))


def _beyond() -> list[UUID]:
    """Some events of one who has too many."""
    people = ActivityEvent.objects.order_by("owner").values("owner").annotate(count=Count("pk"))
    for each in people.filter(count__gt=MOST):
        rows = ActivityEvent.objects.filter(owner=each["owner"]).order_by("at", "pk")
        keys = list(not_carried(rows).values_list("pk", flat=True)[: min(LOT, each["count"] - MOST)])
        if keys:
            return keys
    return []
