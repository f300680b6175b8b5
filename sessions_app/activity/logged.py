"""Errors in the log become events that staff see: what failed and where, never with what values.

Whoever logs is not kept waiting: a record is noted in memory, and a thread of its own writes it. Loaded with the logging
settings, before the tables are.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from django.apps import apps
from django.conf import settings

OURS = ("sessions_app", "analytics_app", "export_app", "chatproject", "django")
MOST = 200  # different errors between two writings: more are left out
GATHER = 0.5  # seconds in which alike ones come together
FACTS = (
    "request",
    "reply",
    "job",
    "step",
    "status",
    "method",
)  # of structured records: names and numbers, no content
_VALUES = re.compile(r"%(\(\w+\))?[-#0-9 +.]*[a-zA-Z]|\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Noted:
    """An error, as it is told; the same again is counted."""

    logger: str
    critical: bool
    words: str
    exception: str
    place: str
    facts: tuple[tuple[str, str], ...]
    at: float
    count: int = 1

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.logger, self.words, self.exception, self.place


class ActivityHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._noted: dict[tuple[str, str, str, str], Noted] = {}
        self._wake = threading.Event()
        self._writer: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Called with the handler's own lock held. What its writer logs is not noted: that would never end."""
        if (
            not settings.ACTIVITY_LOG
            or not is_ours(record.name)
            or threading.current_thread() is self._writer
        ):
            return
        try:
            self.note(noted(record))
            self._see_to_a_writer()
        except Exception:  # no thread is begun while the process ends: whoever logs hears nothing of it
            self.handleError(record)

    def _see_to_a_writer(self) -> None:
        if self._writer is None or not self._writer.is_alive():
            writer = threading.Thread(target=self._write, name="activity-log", daemon=True)
            writer.start()
            self._writer = writer
        self._wake.set()

    def note(self, error: Noted) -> None:
        before = self._noted.get(error.key)
        if before is not None:
            self._noted[error.key] = replace(error, count=before.count + 1)
        elif len(self._noted) < MOST:
            self._noted[error.key] = error

    def _write(self) -> None:
        while self._wake.wait():
            self._wake.clear()
            time.sleep(GATHER)
            self.drain()

    def drain(self) -> None:
        """Write what was noted. Where the database does not take it, it stands in the log alone."""
        with self.lock or threading.Lock():
            errors, self._noted = list(self._noted.values()), {}
        if not errors or not apps.ready:
            return
        from sessions_app.actions.activity import take_events
        from sessions_app.reading import give_back

        try:
            take_events(owner=None, events=[event_of(error) for error in errors])
        except Exception as problem:
            logging.getLogger(__name__).warning("errors not kept as events: %s", type(problem).__name__)
        finally:
            give_back()


def is_ours(logger: str) -> bool:
    return any(logger == name or logger.startswith(f"{name}.") for name in OURS)


def noted(record: logging.LogRecord) -> Noted:
    """A record without its values: the words as they are written in the code, the exception by its type and place."""
    told: dict[str, Any] = record.msg if isinstance(record.msg, dict) else {}
    found = record.exc_info or (sys.exc_info() if "exception" in told else None)
    kind, error, trace = found if isinstance(found, tuple) else (None, None, None)
    words = words_of(told.get("event", ""), None) if told else words_of(record.msg, error)
    return Noted(
        logger=record.name,
        critical=record.levelno >= logging.CRITICAL,
        words=words,
        exception=kind.__name__ if kind else "",
        place=place_of(trace) if trace else f"{short(record.pathname)}:{record.lineno}",
        facts=tuple((name, str(told[name])[:80]) for name in FACTS if name in told),
        at=record.created,
    )


def words_of(said: object, error: BaseException | None) -> str:
    """What was said without its values; nothing where that is what an exception says: Django logs the host and the fields
    of a stranger's request so."""
    if not isinstance(said, str) or (str(error or "") and str(error) in said):
        return ""
    words = _VALUES.sub("…", said)
    return words if re.search(r"\w", words) else ""


def place_of(trace: TracebackType) -> str:
    """Where it was raised: the innermost line of our own code, else the innermost of all."""
    inner, own = trace, None
    while True:
        if is_own(inner.tb_frame.f_code.co_filename):
            own = inner
        if inner.tb_next is None:
            break
        inner = inner.tb_next
    found = own or inner
    code = found.tb_frame.f_code
    return f"{short(code.co_filename)}:{found.tb_lineno} in {code.co_name}"


def is_own(path: str) -> bool:
    return path.startswith(str(settings.BASE_DIR)) and "site-packages" not in path


def short(path: str) -> str:
    """A path from the root of the project, or of a package."""
    parts = Path(path).parts
    if "site-packages" in parts:
        return "/".join(parts[parts.index("site-packages") + 1 :])
    return path.removeprefix(f"{settings.BASE_DIR}/") if is_own(path) else "/".join(parts[-2:])


def event_of(error: Noted) -> Any:
    from datetime import UTC, datetime

    from .values import CRITICAL, ERROR, Event, fingerprint

    title = ": ".join(filter(None, [error.exception, error.words])) or f"An error of {error.logger}"
    return Event(
        source="workspace",
        kind="log_error",
        title=title,
        severity=CRITICAL if error.critical else ERROR,
        body=f"{error.logger}, {error.place}",
        data={
            "logger": error.logger,
            "exception": error.exception,
            "place": error.place,
            **dict(error.facts),
        },
        fingerprint=fingerprint(*error.key),
        audience="staff",
        at=datetime.fromtimestamp(error.at, UTC),
        count=error.count,
    )
