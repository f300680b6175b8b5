"""Runs alone, as a process of its own: reads one large session of a file, and writes it down in pieces that are small.

    python -I program.py < {"root": "…", "source": "…", "line": 1, "column": 1, "alone": true, "settings": {…}, "limits": {…}}

`assets.json` has the files of the ZIP that messages may name. It writes `entries.jsonl`, a message a line, and `contents`,
the bytes of their files one behind the other, and one JSON object: source, head, key and notes; nothing but the source
where it is no session; `{"bad": […]}` with sentence, line and place where it cannot be read.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from export_app.document import File
    from export_app.importers.base import Parsed
    from export_app.importers.parsing import Element

ENTRIES, CONTENTS, ASSETS = "entries.jsonl", "contents", "assets.json"
MOST_MESSAGES = 100_000
MOST_WORDS = 50_000_000  # bytes of all messages, without the contents of files
MOST_MESSAGE, MOST_VALUES = 25_000_000, 100_000  # bytes and values of one, and of what stands above them
TOO_MUCH = "It is too large: reading it takes more memory than one session may."


def confine(limits: dict[str, int]) -> None:
    """From here on no more than so much memory, time and disk; no dump."""
    for what, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_FSIZE, limits["written"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(5)


def read(asked: dict[str, Any]) -> dict[str, Any]:
    from export_app.importers import sources
    from export_app.importers.base import BadFile
    from export_app.importers.parsing import Element

    data = Path(asked["source"]).read_bytes()
    element = Element(1, 0, len(data), asked["line"], asked["column"], data, alone=asked["alone"])
    try:
        source, parsed = sources.here(element, in_zip(json.loads(Path(ASSETS).read_bytes())))
        if parsed is None:
            return {"source": source}
        return {"source": source, **written(parsed, element)}
    except BadFile as bad:
        return {"bad": [bad.sentence, bad.line, bad.place]}


def in_zip(names: dict[str, Any]) -> Callable[[str], Any]:
    """The file of the ZIP with this id; its contents are left where they are."""
    from export_app.importers.containers import Asset, Member, asset_key

    def asset(named: str) -> Asset | None:
        found = names.get(asset_key(named))
        return Asset(found[0], found[1], Member(found[2])) if found else None

    return asset


def written(parsed: Parsed, element: Element) -> dict[str, Any]:
    """Raises BadFile where a message, or all of them, are more than the server takes."""
    from export_app.importers.base import BadFile
    from export_app.written import entry_data, head_data

    place, count, words = "", 0, 0
    try:
        head = head_data(parsed.head)
        line_of(head)
        with open(ENTRIES, "wb") as entries, open(CONTENTS, "wb") as contents:
            for count, entry in enumerate(parsed.walked(), 1):
                place = f"message {count:,}"
                if count > MOST_MESSAGES:
                    raise TooLarge(f"It has more than {MOST_MESSAGES:,} messages.")
                data = entry_data(entry)
                for file, told in zip(entry.files, data["files"], strict=True):
                    told["from"] = kept(file, contents)
                line = line_of(data)
                words += len(line)
                if words > MOST_WORDS:
                    raise TooLarge(
                        "It is too large: without the contents of files it may have "
                        f"{MOST_WORDS // 1_000_000} MB."
                    )
                entries.write(line)
    except TooLarge as large:
        raise BadFile(str(large), element.line, place) from None
    except OverflowError:
        raise BadFile("A time lies outside of all calendars.", element.line, place) from None
    return {"head": head, "key": parsed.key, "notes": parsed.notes}


class TooLarge(Exception):
    """With a sentence."""


def line_of(data: dict[str, Any]) -> bytes:
    line = json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
    if len(line) > MOST_MESSAGE:
        raise TooLarge(
            f"This is too large: it has {len(line) // 1_000_000:,} MB without the contents of its files, "
            f"at most {MOST_MESSAGE // 1_000_000} MB are read."
        )
    if sum(1 for _ in values(data)) > MOST_VALUES:
        raise TooLarge(f"This holds more than {MOST_VALUES:,} values.")
    return line


def values(data: Any) -> Iterator[Any]:
    """All that is in it, and itself."""
    waiting = [data]
    while waiting:
        yield (at := waiting.pop())
        if isinstance(at, dict):
            waiting += at.values()
        elif isinstance(at, list | tuple):
            waiting += at


def kept(file: File, contents: IO[bytes]) -> Any:
    """Where its contents are: the name of a file of the ZIP, or place and length; None where there are none, false where
    they cannot be read."""
    from export_app.importers.containers import Member

    if isinstance(file.read, Member):
        return file.read.name
    if file.read is None:
        return None
    begins = contents.tell()
    try:
        for piece in file.read():
            contents.write(piece)
    except ValueError:
        contents.seek(begins)
        contents.truncate()
        return False
    return [begins, contents.tell() - begins]


def main() -> None:
    asked = json.load(sys.stdin.buffer)
    confine(asked["limits"])
    told, sys.stdout = sys.stdout, sys.stderr  # what is logged is not what is told
    os.environ["TZ"] = "UTC"
    time.tzset()
    sys.path.insert(0, asked["root"])
    from django.conf import settings

    settings.configure(USE_TZ=True, **asked["settings"])
    try:
        found = read(asked)
    except MemoryError:
        found = {"bad": [TOO_MUCH, asked["line"], ""]}
    except OSError as error:
        if error.errno not in (errno.EFBIG, errno.ENOSPC):
            raise
        found = {"bad": [TOO_MUCH, asked["line"], ""]}
    told.write(json.dumps(found))
    told.flush()
    os._exit(0)  # what was read is not taken apart value by value


if __name__ == "__main__":
    main()
