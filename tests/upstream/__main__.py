"""`python -m tests.upstream --port 0 --rate 50 --words 300`: serve until ended; the one line printed is the port."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from tests.upstream import DEFAULT_KEY, SCENARIOS, Scenario, Upstream
from tests.upstream.compatible import Completions
from tests.upstream.dialect import Dialect, Messages
from tests.upstream.openai import Responses

DIALECTS: dict[str, type[Dialect]] = {
    "anthropic": Messages,
    "openai": Responses,
    "compatible": Completions,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dialect", default="anthropic", choices=sorted(DIALECTS))
    parser.add_argument("--key", default=DEFAULT_KEY)
    parser.add_argument("--scenario", default="words", choices=sorted(SCENARIOS))
    parser.add_argument("--rate", type=float, default=0, help="deltas a second; 0: as fast as it goes")
    parser.add_argument("--words", type=int, default=20)
    parser.add_argument("--first", type=float, default=0, help="seconds before the first token")
    options = parser.parse_args()
    default = Scenario(options.scenario, words=options.words, rate=options.rate, first=options.first)
    upstream = Upstream(options.key, default, options.host, options.port, DIALECTS[options.dialect]())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(upstream.serve(lambda url: print(url.rsplit(":", 1)[1], flush=True)))


if __name__ == "__main__":
    main()
