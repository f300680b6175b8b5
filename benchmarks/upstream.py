"""The tests' upstream with one more scenario, as a process: paced words, each with the moment it left written down.

A request says how many words it wants ("load-7: say 300 words"). When a stream ends, its name and its moments are
appended to a file as one line of JSON, so that nothing but the moment itself is taken while it runs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import time
from pathlib import Path

from benchmarks.figures import FIRST_TOKEN, RATE
from tests.upstream import DEFAULT_KEY, SCENARIOS, Scenario, Upstream
from tests.upstream.answer import Answer
from tests.upstream.scenarios import numbered
from tests.upstream.steps import Steps

_WANTED = re.compile(r"(\S+): say (\d+) words")


def request_text(name: str, words: int) -> str:
    """The message that makes this upstream say so many words under this name."""
    return f"{name}: say {words} words"


def serve(moments: Path) -> None:
    """Serve until ended; the one line printed is the port."""

    def stamped(answer: Answer, scenario: Scenario) -> Steps:
        found = _WANTED.search(answer.last_text)
        name, count = (found[1], int(found[2])) if found else ("", scenario.words)
        sent: list[float] = []
        yield answer.start()
        yield from answer.text_block([], close=False)
        for delta in answer.text_deltas(numbered(count)):
            yield delta
            sent.append(time.time())  # asked for the next step: this one has just been written
        with moments.open("a") as log:
            log.write(json.dumps([name, sent]) + "\n")
        yield answer.close_block()
        yield from answer.end("end_turn")

    SCENARIOS["stamped"] = stamped
    default = Scenario("stamped", rate=RATE, first=FIRST_TOKEN - 1 / RATE)  # the first word waits a beat too
    upstream = Upstream(DEFAULT_KEY, default)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(upstream.serve(lambda url: print(url.rsplit(":", 1)[1], flush=True)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("moments", type=Path)
    serve(parser.parse_args().moments)
