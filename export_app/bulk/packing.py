"""Many files in one ZIP: names no two of which are the same on any system, a list of what is in it, and its bytes."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from export_app.naming import file_name
from sessions_app.spreadsheets import lines

PIECE = 256 * 1024
LONGEST = 70  # letters of a title that gets a number


@dataclass(frozen=True, slots=True)
class Packed:
    """One file on its way into the ZIP."""

    name: str
    path: Path
    at: datetime


class Names:
    """Gives each file a name of its own, in whatever case. One a ZIP."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._tried: dict[str, int] = defaultdict(int)

    def given(self, folder: str, title: str, extension: str, volumes: int) -> list[str]:
        """The names of a session's volumes in one format; "weekly-cost-review-2.md" for the second of this title."""
        first = f"{folder}{file_name(title, extension)}".casefold()
        while True:
            self._tried[first] += 1
            number = self._tried[first]
            called = title if number == 1 else f"{title[:LONGEST]} {number}"
            parts = [(part, volumes) for part in range(1, volumes + 1)]
            found = [f"{folder}{file_name(called, extension, part=part)}" for part in parts]
            if not self._taken & {name.casefold() for name in found}:
                self._taken |= {name.casefold() for name in found}
                return found


def contents(rows: Iterable[Sequence[object]]) -> bytes:
    """A table of what is in the ZIP, for a spreadsheet: no cell of it calculates."""
    head = ("Title", "Session", "Messages", "Begun", "Last activity", "Format", "File", "Left out")
    return b"\xef\xbb\xbf" + lines([head, *rows]).encode()


def pack(
    target: Path, files: Iterable[Packed], texts: Iterable[tuple[str, bytes]], look: Callable[[], None]
) -> None:
    """Write the ZIP, a piece at a time, `look` between them. Over 4 GB it becomes ZIP64."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as whole:
        for file in files:
            with (
                file.path.open("rb") as source,
                whole.open(_info(file.name, file.at), "w", force_zip64=True) as member,
            ):
                while piece := source.read(PIECE):
                    member.write(piece)
                    look()
        for name, data in texts:
            whole.writestr(_info(name, datetime.now()), data)


def _info(name: str, at: datetime) -> zipfile.ZipInfo:
    when = max(at.replace(tzinfo=None), datetime(1980, 1, 1))
    info = zipfile.ZipInfo(name, when.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
