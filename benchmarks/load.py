"""The load generator, as a process: so many open pages, each with its own person, session and socket.

Each keeps the socket's contract as a page does: resume on open, frames that do not fit are refused, `seen` once a
second. Prints an Observation as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import re
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from benchmarks.figures import SPREAD, Observation, Stream
from benchmarks.processes import cpu_seconds
from benchmarks.upstream import request_text
from tests.upstream.scenarios import numbered

PATIENCE = 90.0
CSRF = "benchmarkbenchmarkbenchmark12345"  # any 32 letters and digits: cookie and header only have to agree
_CURSOR = re.compile(
    r'<i id="cursor"[^>]*data-version="(\d+)" data-reply="([^"]*)" data-from="(\d*)" data-seq="(\d+)"'
)
_NEWEST = re.compile(r".*\bw(\d+)\b", re.DOTALL)
_ENDED = re.compile(r'data-role="assistant" data-status="(complete|failed|stopped|interrupted)"')
_SOURCE = re.compile(r'<textarea class="message__source"[^>]*>(.*?)</textarea>', re.DOTALL)


class Page:
    """One open page that asks once and watches the answer grow."""

    def __init__(
        self, client: aiohttp.ClientSession, address: str, person: dict[str, str], words: int
    ) -> None:
        self.stream = Stream(person["name"])
        self._client, self._address, self._chat, self._words = client, address, person["chat"], words
        self._headers = {"Cookie": f"sessionid={person['login']}; csrftoken={CSRF}", "Origin": address}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._version, self._reply, self._seq = 0, "", 0
        self._frames = self._acknowledged = 0
        self._resumed = 0.0
        self._ended = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Connect, and say what the page shows."""
        async with self._client.get(f"{self._address}/healthz", headers=self._headers) as answer:
            answer.raise_for_status()  # the connection is kept for the POST, as a browser keeps that of the page
        url = f"{self._address}/ws/sessions/{self._chat}/"
        self._socket = await self._client.ws_connect(url, headers=self._headers)
        await self._resume()
        self._tasks = [
            asyncio.create_task(self._read(self._socket)),
            asyncio.create_task(self._acknowledge()),
        ]

    async def ask(self) -> None:
        """Send the message and wait until the whole answer is shown."""
        self.stream.asked = time.time()
        data = {"content": request_text(self.stream.name, self._words), "client_id": self.stream.name}
        headers = self._headers | {"HX-Request": "true", "X-CSRFToken": CSRF}
        url = f"{self._address}/sessions/{self._chat}/messages/"
        try:
            async with self._client.post(url, data=data, headers=headers) as answer:
                if answer.status != 204:
                    self.stream.problem = f"refused with {answer.status}"
                    return
            async with asyncio.timeout(PATIENCE):
                await self._ended.wait()
        except TimeoutError:
            self.stream.problem = f"unfinished after {PATIENCE:.0f} s at word {len(self.stream.received)}"
        except aiohttp.ClientError as error:
            self.stream.problem = type(error).__name__

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._socket is not None:
            await self._socket.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            await self._take(message.data, time.time())
        if not self._ended.is_set():
            self.stream.problem = f"socket closed with {socket.close_code}"
            self._ended.set()

    async def _take(self, text: str, now: float) -> None:
        self._frames += 1
        cursor = _CURSOR.match(text)
        if cursor is None:
            return
        version, reply, start, seq = cursor.groups()
        if start and (reply != self._reply or int(start) != self._seq):
            if now - self._resumed > 1:
                await self._resume()
            return
        self._version, self._reply, self._seq = int(version), reply, int(seq)
        if newest := _NEWEST.match(text):
            self.stream.received += [now] * (int(newest[1]) - len(self.stream.received))
        if ended := _ENDED.search(text):
            self.stream.problem = self._difference(text) if ended[1] == "complete" else ended[1]
            self._ended.set()

    def _difference(self, text: str) -> str:
        """What is wrong with the finished article: the page and its source must hold the text that was sent."""
        sent = "".join(numbered(self._words))
        article = text[text.index('data-role="assistant"') :]
        source = _SOURCE.search(article)
        if source is None:
            return "no source beside the answer"
        shown = re.findall(r"\bw\d+\b", article[: source.start()])
        if shown != sent.split() or html.unescape(source[1]).strip() != sent.strip():
            return "another text than was sent"
        return "" if len(self.stream.received) == self._words else "words without a moment"

    async def _resume(self) -> None:
        self._resumed = time.time()
        await self._send(
            {"type": "resume", "version": self._version, "reply": self._reply or None, "seq": self._seq}
        )

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(1)
            if self._frames != self._acknowledged:
                self._acknowledged = self._frames
                await self._send({"type": "seen", "n": self._frames})

    async def _send(self, frame: dict[str, Any]) -> None:
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_str(json.dumps(frame))


class Client(Protocol):
    """One that asks, of whatever kind."""

    stream: Stream

    async def open(self) -> None: ...
    async def ask(self) -> None: ...
    async def close(self) -> None: ...


Kind = Callable[[aiohttp.ClientSession, str, dict[str, str], int], Client]


async def together(
    kind: Kind, address: str, people: list[dict[str, str]], words: int, server: int
) -> Observation:
    """Open all, then ask, starts spread evenly over a second; CPU is the server's from then to the last end."""
    connector = aiohttp.TCPConnector(limit=0)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as client:
        clients = [kind(client, address, person, words) for person in people]
        await asyncio.gather(*(each.open() for each in clients))
        await asyncio.sleep(0.3)
        before = cpu_seconds(server)
        await asyncio.gather(*(ask_later(each, n * SPREAD / len(clients)) for n, each in enumerate(clients)))
        spent = cpu_seconds(server) - before
        await asyncio.gather(*(each.close() for each in clients))
    return Observation([each.stream for each in clients], spent)


async def ask_later(client: Client, wait: float) -> None:
    await asyncio.sleep(wait)
    await client.ask()


async def run(address: str, people: list[dict[str, str]], words: int, server: int) -> Observation:
    return await together(Page, address, people, words, server)


def main(run: Callable[..., Coroutine[Any, Any, Observation]], about: str | None) -> None:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("address")
    parser.add_argument("people", type=Path, help="JSON: a list of {name, login, token, chat}")
    parser.add_argument("--words", type=int, required=True)
    parser.add_argument("--server", type=int, required=True, help="process id")
    given = parser.parse_args()
    people = json.loads(given.people.read_text())
    print(json.dumps(asyncio.run(run(given.address, people, given.words, given.server)).as_json()))


if __name__ == "__main__":
    main(run, __doc__)
