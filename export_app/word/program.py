"""Runs alone, as a process of its own: makes a Word file of the document that lies in its folder.

    python -I program.py < {"root": "…", "head": {…}, "options": {…}, "limits": {…}}

`entries.jsonl` has a message a line, pictures are files beside it; the file it makes is `made.docx`. It writes one JSON
object: `{"made": "made.docx"}`, or `{"refused": "sentence"}`.
"""

from __future__ import annotations

import errno
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from export_app.word.message import Told
    from export_app.word.opening import Facts

ENTRIES, BODY, MADE = "entries.jsonl", "body.xml", "made.docx"
TOO_LARGE = (
    "The Word file would be larger than one export may be. Choose fewer messages, or leave out tool results."
)


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


def make(asked: dict[str, Any]) -> dict[str, Any]:
    from export_app.word import opening, package, wml
    from export_app.word.flow import Flow
    from export_app.word.message import Messages
    from export_app.word.parts import Parts
    from export_app.words import EMPTY

    options, place = asked["options"], Path.cwd()
    parts = Parts(place)
    width, height = package.measures(options["paper"])
    messages = Messages(parts, Flow(parts, width, height), times=options["times"])
    with (place / BODY).open("w", encoding="utf-8") as body:
        for told in entries(place / ENTRIES):
            body.writelines(messages.message(told))
        if not asked["head"]["messages"]:
            body.write(wml.told(EMPTY, "Receipt"))
    facts = facts_of(asked["head"], options)
    front = opening.title_block(facts, width) if options["metadata"] else ""
    front += opening.contents(messages.chapters) if options["contents"] else ""
    package.write(place / MADE, facts, options["paper"], parts, front, place / BODY)
    return {"made": MADE}


def entries(path: Path) -> Iterator[Told]:
    """The messages of the file, one at a time."""
    from dataclasses import replace
    from datetime import datetime

    from export_app.word.message import Told
    from export_app.written import entry_from

    with path.open(encoding="ascii") as lines:
        for line in lines:
            data = json.loads(line)
            entry = replace(
                entry_from(data["entry"]), speaker=data["speaker"], version=tuple(data["version"])
            )
            yield Told(entry, datetime.fromisoformat(data["at"]), data["pictures"])


def facts_of(head: dict[str, Any], options: dict[str, Any]) -> Facts:
    from datetime import datetime
    from decimal import Decimal

    from export_app.word.opening import Facts

    return Facts(
        **{name: head[name] for name in ("title", "owner", "model", "messages", "tokens")},
        tags=tuple(head["tags"]),
        created_at=datetime.fromisoformat(head["created_at"]),
        last_activity_at=datetime.fromisoformat(head["last_activity_at"]),
        cost=None if head["cost"] is None else Decimal(head["cost"]),
        part=tuple(head["part"]),
        times=options["times"],
        usage=options["usage"],
    )


def main() -> None:
    asked = json.load(sys.stdin)
    confine(asked["limits"])
    sys.path.insert(0, asked["root"])
    try:
        found = make(asked)
    except MemoryError:
        found = {"refused": TOO_LARGE}
    except OSError as error:
        if error.errno not in (errno.EFBIG, errno.ENOSPC):
            raise
        found = {"refused": TOO_LARGE}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
