"""Where things are kept: the database, and the disk it and the files lie on."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Max, Sum

from sessions_app.models import Attachment

from .parts import Component, Status, size_words

LITTLE, TOO_LITTLE = 1_000_000_000, 200_000_000  # bytes left
LITTLE_SHARE = 0.05
SLOW = 250  # ms of one round trip


def database() -> Component:
    """One round trip."""
    began = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as problem:
        detail = f"The database does not answer ({type(problem).__name__}). Nothing new can be sent."
        return Component("Database", "down", detail, key="database")
    took = max(0.1, round((time.perf_counter() - began) * 1000, 1))
    slow = took > SLOW
    detail = f"The database {'is slow: it ' if slow else ''}answered in {took:g} ms."
    return Component("Database", "degraded" if slow else "ok", detail, took, key="database")


def storage() -> Component:
    """What is left on the disk of the workspace's own files, and what they take."""
    folder = Path(settings.VAR_DIR)
    try:
        disk = shutil.disk_usage(folder)
    except OSError as problem:
        detail = f"The folder of the workspace's files cannot be read ({type(problem).__name__})."
        return Component("Storage", "down", detail, unit="bytes", key="storage")
    return judged_storage(disk.free, disk.total, figures=(*database_size(), *files_size()))


def judged_storage(free: int, whole: int, figures: tuple[tuple[str, str], ...] = ()) -> Component:
    """`free` of `whole` bytes are left."""
    little = free < LITTLE or free < LITTLE_SHARE * whole
    status: Status = "down" if free < TOO_LITTLE else "degraded" if little else "ok"
    detail = f"{size_words(free)} of {size_words(whole)} are free."
    if status != "ok":
        detail += " When the disk is full, nothing more can be kept: make room."
    return Component("Storage", status, detail, free, "bytes", key="storage", figures=figures)


def database_size() -> tuple[tuple[str, str], ...]:
    """SQLite with its log; a server's database by what it says."""
    if connection.vendor == "sqlite":
        name = Path(str(connection.settings_dict["NAME"]))
        parts = (name, name.with_name(name.name + "-wal"))
        size = sum(part.stat().st_size for part in parts if part.is_file())
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = int(cursor.fetchone()[0])
    return (("Database", size_words(size)),) if size else ()


def files_size() -> tuple[tuple[str, str], ...]:
    """Files of messages; copies share one."""
    once = Attachment.objects.order_by().values("stored").annotate(size_once=Max("size"))
    size = once.aggregate(whole=Sum("size_once"))["whole"] or 0
    return (("Files", size_words(size)),) if size else ()
