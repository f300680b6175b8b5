"""How long every export format takes, what memory and how many bytes: `python -m benchmarks.exporting`.

`--messages 50,1000 --formats html,pdf`. Each format is made in a process of its own, from the same database, and
written nowhere. A session is as people have them: questions of a few lines, answers of prose, lists, tables and code,
a tool call on every tenth answer.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.processes import command

LENGTHS = "50,1000"
MODULE = "benchmarks.exporting"
MB = 1_000_000

QUESTIONS = (
    "Which of the two retry policies costs less when the upstream is overloaded for an hour? "
    "We have 40 workers, and each of them waits at most 30 s.",
    "Can you write that as a function? It should take `attempts` and a base delay, and never wait longer "
    "than a minute.\n\nThe caller handles the last error.",
    "Compare the three plans in a table, with what is included in each.",
    "Why does the second query read the whole table?",
)
PROSE = (
    "The short answer is that **waiting longer between attempts** costs less in every case we looked at. A worker that "
    "retries at once adds its own request to those that already fail, and the upstream answers `529` to all of them. "
    "With a growing delay the same forty workers send a tenth of the requests, and the first of them succeeds as soon "
    "as the upstream has room again.\n\n"
    "There are two things to keep in mind:\n\n"
    "- The delay needs *jitter*: without it all workers come back in the same moment.\n"
    "- The sum of all delays must stay below the time-out of whoever waits for the answer.\n"
    "  - That is 60 s here, so five attempts are the most.\n"
    "- What was not charged is not counted.\n\n"
    "See [the description of the header](https://docs.example.org/retry-after) for the exact rules."
)
CODE = '''Here is the function. It gives the delays one after the other, so that the caller decides how to wait:

```python
import random
from collections.abc import Iterator


def delays(attempts: int, base: float = 0.5, most: float = 60.0) -> Iterator[float]:
    """Seconds to wait before each further attempt, doubled each time and never more than `most`."""
    for attempt in range(attempts - 1):
        delay = min(most, base * 2**attempt)
        yield delay * random.uniform(0.5, 1.0)  # all of them at once would help nobody


for delay in delays(5):
    print(f"waiting {delay:.2f} s")
```

The loop ends after the last attempt, and the caller sees the last error.
'''
TABLE = """## What each plan includes

| Plan | Messages a day | Files | Price a month |
| --- | ---: | --- | ---: |
| Starter | 50 | 5 MB each | $0 |
| Team | 1,000 | 20 MB each, pictures too | $24 |
| Company | no limit | 100 MB each, pictures and PDF | $96 |

The middle one is enough for **forty people**: they send about 620 messages on a usual day. What goes beyond the limit
waits until midnight, it is not lost.

1. Begin with *Team*.
2. Look at the dashboard after a week.
3. Change the plan at the end of the month, not before.
"""
QUERY = """The condition is on `lower(title)`, and the index is on `title`. The database cannot use it, so it reads every row:

```sql
SELECT id, title FROM session WHERE lower(title) LIKE 'weekly%' ORDER BY last_activity_at DESC LIMIT 50;
-- an index on the expression is used again
CREATE INDEX session_title_lower ON session (lower(title) text_pattern_ops);
```

> An index holds what was indexed, not what can be derived from it.

With the second statement the same query takes 3 ms instead of 480 ms on a table of two million rows. Nothing else has
to change, and the old index can go as soon as no other query uses it.
"""
ANSWERS = (PROSE, CODE, TABLE, QUERY)
FOUND = {
    "rows": [{"model": f"model-{n}", "tokens": 12_345 * n, "cost": "0.0512"} for n in range(1, 9)],
    "checked": "1,204 calls",
}


# ---------------------------------------------------------------- inside Django


def fill(count: int) -> str:
    """A session of so many messages; its key."""
    from sessions_app.actions.sessions import create_session
    from sessions_app.models import User

    owner = User.objects.create(username=f"writer-{count}")
    chat = create_session(owner=owner)
    type(chat).objects.filter(pk=chat.pk).update(title="Retry policy and plans", message_count=count)
    write_messages(chat, count)
    return str(chat.pk)


def write_messages(chat: Any, count: int) -> None:
    """Questions and answers in turn, with what hangs on them, and their HTML as the product stores it."""
    from datetime import timedelta
    from decimal import Decimal

    from django.utils import timezone

    from sessions_app.models import Message, Reply, TokenUsage, ToolCall
    from tests.histories import OFFLINE, message

    price: Any = Decimal("0.0087")
    began, above = timezone.now() - timedelta(minutes=count), None
    rows: list[Any] = []
    calls: list[Any] = []
    for number in range(count):
        above = message(chat, above, began + timedelta(minutes=number))
        calls += worded(above, number)
        rows.append(above)
    answers = [row for row in rows if row.role == "assistant"]
    Message.objects.bulk_create(rows, batch_size=1000)
    ToolCall.objects.bulk_create([ToolCall(**values) for values in calls], batch_size=1000)
    Reply.objects.bulk_create(
        [Reply(message=row, session=chat, status="complete", model_config=OFFLINE) for row in answers],
        batch_size=1000,
    )
    TokenUsage.objects.bulk_create(
        [
            TokenUsage(
                user=chat.owner, session=chat, session_key=chat.pk, message=row, provider="offline", model="offline",
                input=1_200, output=340, cost=price, ok=True, at=row.created_at, settled_at=row.created_at,
            )
            for row in answers
        ],
        batch_size=1000,
    )  # fmt: skip


def worded(row: Any, number: int) -> list[dict[str, Any]]:
    """Gives a row its words; the tool call it has, if any."""
    from uuid import uuid4

    from sessions_app.rendering import render_person
    from sessions_app.rendering.body import finished_body

    at = number // 2
    if row.role == "user":
        row.content = f"{QUESTIONS[at % len(QUESTIONS)]} (question {at + 1})"
        row.parts = [{"kind": "text", "turn": 0, "text": row.content}]
        row.html = render_person(row.content)
        return []
    row.content = f"{ANSWERS[at % len(ANSWERS)]}\n\nThis was answer {at + 1}."
    row.parts = [{"kind": "text", "turn": 1, "text": row.content}]
    calls: list[dict[str, Any]] = []
    if at % 10 == 5:
        key, asked = uuid4(), {"time_range": "week", "group_by": "model"}
        row.parts.insert(
            0, {"kind": "tool_call", "turn": 1, "id": str(key), "name": "list_calls", "input": asked}
        )
        calls.append(
            {
                "pk": key, "message": row, "turn": 1, "tool_name": "list_calls", "tool_use_id": "use-1",
                "status": "success", "input": asked, "result": FOUND, "duration_ms": 12,
            }
        )  # fmt: skip
    row.html = finished_body(row.pk, row.parts, {})
    return calls


def make(name: str, key: str) -> dict[str, float]:
    """Make a file and count its bytes; milliseconds, CPU seconds, MB this process and its largest child took, MB written. Volumes
    are made one after the other."""
    from export_app.renderers import formats
    from export_app.transcript import Transcript
    from sessions_app.models import ChatSession

    renderer = formats()[name]
    chat = ChatSession.objects.select_related("owner").get(pk=key)
    options = renderer.chosen({})
    for piece in renderer.render(Transcript(chat).first(2), options):  # modules are loaded
        assert piece is not None
    before, used, began = peak(resource.RUSAGE_SELF), cpu(), time.perf_counter()
    told = renderer.transcript(Transcript(chat), options)
    parts = renderer.volumes(told)
    size = sum(len(piece) for part in parts for piece in renderer.render(part, options))
    return {
        "ms": 1000 * (time.perf_counter() - began),
        "cpu": cpu() - used,
        "files": len(parts),
        "size": size / MB,
        "grown": peak(resource.RUSAGE_SELF) - before,
        "child": peak(resource.RUSAGE_CHILDREN),
    }


def cpu() -> float:
    """Seconds of this process and its ended children."""
    return sum(
        found.ru_utime + found.ru_stime
        for found in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def peak(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss * 1024 / MB


def names() -> list[str]:
    from export_app.renderers import formats

    return list(formats())


# ---------------------------------------------------------------- outside


def measure(folder: Path, lengths: list[int], wanted: list[str]) -> str:
    database = folder / "exports.sqlite3"
    processes.make_database(database)
    env = {**processes.environment(database), "VAR_DIR": str(folder)}
    inside = command("-m", MODULE, "inside")
    lines = []
    for length in lengths:
        key = processes.ask([*inside, "fill", str(length)], env)
        for name in wanted or processes.ask([*inside, "names"], env):
            lines.append(told(name, length, processes.ask([*inside, "make", name, key], env)))
    return "\n".join(lines)


def told(name: str, length: int, found: dict[str, float]) -> str:
    files = f" in {found['files']:.0f} files" if found["files"] > 1 else ""
    child = f", child {found['child']:.0f} MB" if found["child"] else ""
    return (
        f"{name:<10} {length:>6,} messages {found['ms']:>9,.0f} ms {found['cpu']:>7.2f} s CPU {found['size']:>8.2f} MB{files}, "
        f"memory +{found['grown']:.0f} MB{child}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the export formats.")
    parser.add_argument("--messages", default=LENGTHS)
    parser.add_argument("--formats", default="")
    asked = parser.parse_args()
    lengths = [int(each) for each in asked.messages.split(",")]
    processes.told(
        lambda folder: measure(folder, lengths, [each for each in asked.formats.split(",") if each])
    )


def inside(what: str, *words: str) -> Any:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    django.setup()
    match what:
        case "fill":
            from django.db import transaction

            with transaction.atomic():
                return fill(int(words[0]))
        case "names":
            return names()
        case _:
            return make(*words)


if __name__ == "__main__":
    if sys.argv[1:2] == ["inside"]:
        print(json.dumps(inside(*sys.argv[2:])))
    else:
        main()
