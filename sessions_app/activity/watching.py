"""Files looked at again and again: what is there, what changed, and how it is told. Knows no database.

By `scandir` and the time and size of files, so that it works on every file system, and in bounded memory. Symbolic links
are not followed: they lead out of the folder, and in circles.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from .values import INFO, TITLE, Event, fingerprint, line

IGNORED = (".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", "*.swp", "*~", ".DS_Store")
MOST_FILES = 50_000
MOST_TOLD = 50  # changes of one look that are told one by one

What = Literal["created", "changed", "deleted"]
Stamp = tuple[int, int]  # mtime in nanoseconds, size
State = dict[str, Stamp]


@dataclass(frozen=True, slots=True)
class Change:
    what: What
    path: str
    at: datetime | None = None
    size: int | None = None


@dataclass(slots=True)
class Watched:
    """Some files and folders. `crowded` says that there are more files in them than are watched."""

    roots: Sequence[Path]
    ignored: Sequence[str] = IGNORED
    most: int = MOST_FILES
    crowded: bool = field(default=False)

    def look(self) -> State:
        """The files as they are now."""
        found: State = {}
        self.crowded = False
        for path, stamp in self._files():
            if len(found) >= self.most and path not in found:
                self.crowded = True
                break
            found[path] = stamp
        return found

    def _files(self) -> Iterator[tuple[str, Stamp]]:
        """Files of a folder by their names, then those of the folders in it: the same ones each time."""
        left = [str(root) for root in reversed(self.roots)]
        while left:
            place = left.pop()
            here = stamp_of(place)
            if here is not None:
                yield place, here
                continue
            entries = entries_of(place)
            left += [entry.path for entry in reversed(entries) if self._is_folder(entry)]
            for entry in entries:
                stamp = None if self._is_ignored(entry.name) else stamp_of(entry.path)
                if stamp is not None:
                    yield entry.path, stamp

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return not self._is_ignored(entry.name) and entry.is_dir(follow_symlinks=False)
        except OSError:
            return False

    def _is_ignored(self, name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in self.ignored)


def stamp_of(path: str) -> Stamp | None:
    """Of a plain file; None for what is none, or gone."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else None


def entries_of(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder, by name; nothing of one that is a link, is gone or may not be read."""
    if os.path.islink(folder):
        return []
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def changes(before: Mapping[str, Stamp], after: Mapping[str, Stamp]) -> list[Change]:
    """What became of the files between two looks, by their paths."""
    found = [
        Change("changed" if path in before else "created", path, moment(stamp), stamp[1])
        for path, stamp in after.items()
        if before.get(path) != stamp
    ]
    found += [Change("deleted", path) for path in before.keys() - after.keys()]
    return sorted(found, key=lambda change: change.path)


def moment(stamp: Stamp) -> datetime | None:
    """When the file was written, by its own account; None for times that no calendar has."""
    try:
        return datetime.fromtimestamp(stamp[0] / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def events(found: Sequence[Change], source: str, now: datetime) -> list[Event]:
    """Changes as events, the first ones of many by themselves and the rest as one."""
    told = [event_of(change, source, now) for change in found[:MOST_TOLD]]
    rest = found[MOST_TOLD:]
    return [*told, summary(rest, source, now)] if rest else told


def event_of(change: Change, source: str, now: datetime) -> Event:
    name = shown(change.path)
    own = shown(os.path.basename(change.path))[: TITLE - len(" created")]
    data: dict[str, object] = {"path": name, "change": change.what}
    if change.size is not None:
        data["size"] = change.size
    return Event(
        source=source,
        kind="file_change",
        title=f"{own or name} {change.what}",
        severity=INFO,
        body=name,
        data=data,
        fingerprint=fingerprint(change.what, change.path),
        at=now,
    )


def summary(rest: Iterable[Change], source: str, now: datetime) -> Event:
    counts: dict[str, int] = {}
    for change in rest:
        counts[change.what] = counts.get(change.what, 0) + 1
    words = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
    return Event(
        source=source,
        kind="file_change",
        title=f"More files: {words}",
        severity=INFO,
        data=dict(counts),
        at=now,
    )


def shown(path: str) -> str:
    """A path as text: names are bytes, and may be no text at all."""
    return line(os.fsencode(path).decode("utf-8", "replace"), 1_000)
