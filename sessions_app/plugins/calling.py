"""The calls there are: each brings the plugin its settings, looks at what it gives, and writes down what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.conf import settings

from sessions_app.actions.plugins import note_failure
from sessions_app.reading import Unavailable, consult
from sessions_app.sealing import Sealed

from .fields import Unfit
from .running import Fault, Job, call, call_now, lane
from .state import On

T = TypeVar("T")
Work = Callable[[Job[Any], dict[str, Any]], T]


async def asked(on: On, hook: str, work: Work[T], seconds: float | None = None) -> T:
    """Run `work` with what every call of this plugin brings. Raises Fault, which is written down already."""
    try:
        found: T = await call(on.name, hook, _with_settings(on, work), seconds or settings.PLUGIN_SECONDS)
    except Fault as fault:
        await note(on.name, fault)
        raise
    return found


def asked_now(on: On, hook: str, work: Work[T]) -> T:
    try:
        found: T = call_now(on.name, hook, _with_settings(on, work), settings.PLUGIN_SECONDS)
    except Fault as fault:
        note_now(on.name, fault)
        raise
    return found


def _with_settings(on: On, work: Work[T]) -> Callable[[Job[Any]], T]:
    def run(job: Job[Any]) -> T:
        try:
            given = on.given()
        except Unfit as problem:
            raise Fault(f"Its settings do not fit: {problem}."[:300]) from None
        except Sealed:
            raise Fault("Its secrets cannot be opened with the present key: set them again.") from None
        return work(job, given)

    return run


async def note(name: str, fault: Fault) -> None:
    """For staff to see; that it cannot be written down is no reason to fail."""
    with suppress(*Unavailable):
        await consult(note_failure, name=name, error=fault.sentence, pause=lane(name).failed())


def note_now(name: str, fault: Fault) -> None:
    with suppress(*Unavailable):
        note_failure(name=name, error=fault.sentence, pause=lane(name).failed())
