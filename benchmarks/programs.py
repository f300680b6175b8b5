"""The load generator of programs, as a process: so many answers asked for over REST and read as server-sent events.

Each has a token and a session of its own, and says with every chunk that what it reads has no gap. Prints an
Observation as JSON.
"""

from __future__ import annotations

import asyncio
import re
import time

import aiohttp
import orjson

from benchmarks.figures import Observation, Stream
from benchmarks.load import PATIENCE, main, together
from benchmarks.upstream import request_text
from tests.upstream.scenarios import numbered

_NEWEST = re.compile(r".*\bw(\d+)\b", re.DOTALL)


class Program:
    """One that asks once and reads the answer as it grows."""

    def __init__(
        self, client: aiohttp.ClientSession, address: str, person: dict[str, str], words: int
    ) -> None:
        self.stream = Stream(person["name"])
        self._client, self._address, self._chat, self._words = client, address, person["chat"], words
        self._headers = {"Authorization": f"Bearer {person['token']}", "Accept": "text/event-stream"}
        self._text, self._seq = "", 0
        self._status = ""

    async def open(self) -> None:
        """A connection is kept, as programs do that ask more than once."""
        async with self._client.get(f"{self._address}/healthz") as answer:
            answer.raise_for_status()

    async def ask(self) -> None:
        self.stream.asked = time.time()
        url = f"{self._address}/api/chat/sessions/{self._chat}/messages"
        body = {"content": request_text(self.stream.name, self._words), "client_id": self.stream.name}
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._client.post(url, json=body, headers=self._headers) as answer,
            ):
                if answer.status != 200:
                    self.stream.problem = f"refused with {answer.status}"
                    return
                async for line in answer.content:
                    if line.startswith(b"data: "):
                        self._take(orjson.loads(line[6:]), time.time())
            self.stream.problem = self._difference()
        except TimeoutError:
            self.stream.problem = f"unfinished after {PATIENCE:.0f} s at word {len(self.stream.received)}"
        except aiohttp.ClientError as error:
            self.stream.problem = type(error).__name__

    async def close(self) -> None:
        pass

    def _take(self, chunk: dict[str, object], now: float) -> None:
        if "replace" not in chunk and chunk["seq"] != self._seq + 1:
            self.stream.problem = f"{chunk['seq']} after {self._seq}"
        self._seq = int(str(chunk["seq"]))
        data = chunk["data"]
        if chunk["type"] == "content":
            self._text = str(data) if "replace" in chunk else self._text + str(data)
            if newest := _NEWEST.match(str(data)):
                self.stream.received += [now] * (int(newest[1]) - len(self.stream.received))
        elif chunk["type"] == "metadata" and isinstance(data, dict):
            self._status = str(data["status"])

    def _difference(self) -> str:
        """What is wrong with what was read: nothing, where it is the text that was sent, to its end."""
        if self.stream.problem or self._status != "complete":
            return self.stream.problem or f"ended {self._status}"
        if self._text.strip() != "".join(numbered(self._words)).strip():
            return "another text than was sent"
        return "" if len(self.stream.received) == self._words else "words without a moment"


async def run(address: str, people: list[dict[str, str]], words: int, server: int) -> Observation:
    return await together(Program, address, people, words, server)


if __name__ == "__main__":
    main(run, __doc__)
