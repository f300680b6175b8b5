"""The server itself: routes, pacing, the log, and a thread to run it in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Self

from aiohttp import web

from tests.upstream import rules
from tests.upstream.dialect import Counting, Dialect, Messages
from tests.upstream.embeddings import Embeddings
from tests.upstream.journal import PATIENCE, Entry, Journal
from tests.upstream.scenarios import SEQUENCES, Scenario
from tests.upstream.steps import Cut, Gate, Page, Refuse, Silence, Step
from tests.upstream.tokens import PromptCache

DEFAULT_KEY = "sk-ant-test-key"
TITLE_WORDS = "title for this conversation"
SUMMARY_WORDS = "summary of this conversation"

_MARKER = re.compile(r"\[\[scenario:([a-z0-9_,]+)\]\]")
_KEYLESS = Refuse(401, "authentication_error", "invalid x-api-key")
_EVERYTHING = 256 * 1024 * 1024

Spec = Scenario | str | Mapping[str, Any]


class Upstream:
    """`with Upstream() as up:` runs it on its own thread and loop at `up.url`; all methods may be called from any."""

    def __init__(
        self,
        key: str = DEFAULT_KEY,
        default: Spec = "words",
        host: str = "127.0.0.1",
        port: int = 0,
        dialect: Dialect | None = None,
    ) -> None:
        self.key = key
        self.dialect = dialect or Messages()
        self.url = ""
        self._host, self._port = host, port
        self._releases = 0
        self._default = self._scripted(default)
        self._title = self._scripted("title")
        self._summary = self._scripted("words")
        self.counted: list[dict[str, Any]] = []
        self.embeddings = Embeddings()
        self._queue: deque[tuple[Scenario, int]] = deque()
        self._turns: dict[str, int] = {}
        self._cache = PromptCache()
        self._journal = Journal()
        self._gates: set[asyncio.Event] = set()
        self._open: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._finish: asyncio.Event | None = None

    # ------------------------------------------------------------ what a test uses

    @property
    def log(self) -> list[Entry]:
        """Every request, oldest first."""
        return list(self._journal.entries)

    @property
    def replies(self) -> list[Entry]:
        """The requests that are for no title or summary."""
        return [entry for entry in self.log if entry.purpose == "reply"]

    def script(self, *specs: Spec) -> None:
        """The next requests (but titles and summaries) take these, one each; then the default again."""
        self._queue.extend(self._scripted(spec) for spec in specs)

    def set_default(self, spec: Spec) -> None:
        self._default = self._scripted(spec)

    def set_title(self, spec: Spec) -> None:
        self._title = self._scripted(spec)

    def set_summary(self, spec: Spec) -> None:
        self._summary = self._scripted(spec)

    def release(self) -> None:
        """Let every stream that waits at a gate go on, and every scripted one that has not come to its gate yet."""
        self._releases += 1
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._open_gates)

    def wait_for(self, condition: Callable[[Entry], bool], seconds: float = PATIENCE) -> Entry:
        """The first entry of which this is true, as soon as there is one. Blocks: use a thread in async tests."""
        return self._journal.wait_for(condition, seconds)

    def reset(self) -> None:
        """Forget the log, the script, the prompt cache and the counts of markers."""
        self._journal.entries.clear()
        self._queue.clear()
        self._turns.clear()
        self._cache = PromptCache()
        self._default, self._title = self._scripted("words"), self._scripted("title")
        self._summary, self.counted = self._scripted("words"), []
        self.embeddings.reset()

    def _scripted(self, spec: Spec) -> tuple[Scenario, int]:
        """With how many releases there had been by now."""
        return Scenario.of(spec), self._releases

    # ------------------------------------------------------------ running

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self.serve()), daemon=True, name="upstream"
        )
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise RuntimeError("the upstream did not start")
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._finish is not None:
            self._loop.call_soon_threadsafe(self._finish.set)
        if self._thread is not None:
            self._thread.join(PATIENCE)

    async def serve(self, announce: Callable[[str], None] = lambda url: None) -> None:
        """Serve until `__exit__` (or for ever)."""
        self._loop, self._finish = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=_EVERYTHING)
        app.router.add_post(self.dialect.path, self._messages)
        app.router.add_get(self.dialect.models_path, self._models)
        if isinstance(self.dialect, Counting):
            app.router.add_post(self.dialect.counting_path, partial(self._count, self.dialect.count))
        app.router.add_post("/v1/embeddings", self._embeddings)
        app.router.add_get("/log", self._show_log)
        app.router.add_post("/scenario", self._take_scenario)
        app.router.add_post("/release", self._take_release)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port, backlog=2048)
        await site.start()
        address = runner.addresses[0]
        self.url = f"http://{address[0]}:{address[1]}"
        announce(self.url)
        self._ready.set()
        await self._finish.wait()
        for task in list(self._open):
            task.cancel()
        await runner.cleanup()

    def _open_gates(self) -> None:
        for gate in self._gates:
            gate.set()

    # ------------------------------------------------------------ control from another process

    async def _show_log(self, request: web.Request) -> web.Response:
        return web.json_response([entry.as_json() for entry in self.log])

    async def _take_scenario(self, request: web.Request) -> web.Response:
        """`{"clear": true, "default": spec, "title": spec, "queue": [spec, …]}`, all optional."""
        wanted = await request.json()
        try:
            if wanted.get("clear"):
                self.reset()
            if "default" in wanted:
                self.set_default(wanted["default"])
            if "title" in wanted:
                self.set_title(wanted["title"])
            self.script(*wanted.get("queue", ()))
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"queued": len(self._queue)})

    async def _take_release(self, request: web.Request) -> web.Response:
        self.release()
        return web.json_response({})

    # ------------------------------------------------------------ the API

    async def _models(self, request: web.Request) -> web.Response:
        names = ("x-api-key", "x-goog-api-key", "authorization")
        given = next((request.headers[name] for name in names if name in request.headers), "")
        if self.key and given.removeprefix("Bearer ") != self.key:
            return web.json_response(self.dialect.error(_KEYLESS, "req_models"), status=401)
        return web.json_response(self.dialect.models())

    async def _embeddings(self, request: web.Request) -> web.Response:
        """No request of the log: `embeddings` has them."""
        return await self.embeddings.answer(request, self.key)

    async def _count(self, count: Callable[[dict[str, Any]], int], request: web.Request) -> web.Response:
        """No request of the log: `counted` has their bodies."""
        self.counted.append(json.loads(await request.read()))
        if self.key not in " ".join(request.headers.values()):
            return web.json_response(self.dialect.error(_KEYLESS, "req_count"), status=401)
        tokens = count(self.counted[-1])
        return web.json_response({"input_tokens": tokens, "totalTokens": tokens})

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        data = await request.read()
        try:
            body = json.loads(data)
        except ValueError:
            body = None
        if isinstance(body, dict):  # one protocol names the model in its path
            body = {**request.match_info, **body}
        peer = request.transport.get_extra_info("peername") if request.transport else None
        entry = self._journal.add(headers, body if isinstance(body, dict) else {}, peer[1] if peer else 0)
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            if len(data) > rules.MAX_BODY:
                refused: Refuse | None = Refuse(413, "request_too_large", "Request exceeds the maximum size")
            else:
                refused = self.dialect.refusal(body, headers, self.key)
            return _refusal(refused, entry, self.dialect) if refused else await self._answer(request, entry)
        except _Severed:
            return web.Response()
        except ConnectionError:
            entry.disconnected_at = time.time()
            return web.Response()
        except asyncio.CancelledError:
            entry.disconnected_at = time.time()
            raise
        finally:
            self._open.discard(task)
            entry.ended_at = time.time()
            self._journal.changed()

    async def _answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        scenario, scripted_at = self._choose(entry)
        entry.scenario = scenario.name
        answer = self.dialect.answer(entry, self._cache)
        if not entry.body.get("stream"):
            return _in_one_piece(scenario.steps(answer), entry, self.dialect)
        pass_gate = partial(self._pass_gate, scripted_at)
        delivery = _Delivery(request, entry, scenario, self._journal, pass_gate, self.dialect)
        return await delivery.run(scenario.steps(answer))

    async def _pass_gate(self, scripted_at: int) -> None:
        """Wait until a `release()` that came after the scenario was scripted."""
        if self._releases > scripted_at:
            return
        gate = asyncio.Event()
        self._gates.add(gate)
        self._journal.changed()
        try:
            await gate.wait()
        finally:
            self._gates.discard(gate)

    def _choose(self, entry: Entry) -> tuple[Scenario, int]:
        """What is played, and how many releases there had been when it was scripted."""
        if TITLE_WORDS in self.dialect.system(entry.body):
            entry.purpose = "title"
            return self._title
        if SUMMARY_WORDS in self.dialect.system(entry.body):
            entry.purpose = "summary"
            return self._summary
        found = _MARKER.findall(self.dialect.last_text(entry.body))
        if found:
            names = SEQUENCES.get(found[-1], found[-1].split(","))
            turn = self._turns[found[-1]] = self._turns.get(found[-1], -1) + 1
            return self._scripted(names[min(turn, len(names) - 1)])
        return self._queue.popleft() if self._queue else self._default


class _Severed(Exception):
    """The scenario itself broke the connection, so nothing more can be answered."""


class _Delivery:
    """Sends the steps of one answer at their pace, and writes down what was sent."""

    def __init__(
        self,
        request: web.Request,
        entry: Entry,
        scenario: Scenario,
        journal: Journal,
        pass_gate: Callable[[], Awaitable[None]],
        dialect: Dialect,
    ) -> None:
        self._dialect = dialect
        self._request, self._entry, self._scenario = request, entry, scenario
        self._journal, self._pass_gate = journal, pass_gate
        self._response = web.StreamResponse(
            headers={"content-type": "text/event-stream; charset=utf-8", dialect.request_id: entry.request_id}
        )
        self._due = 0.0

    async def run(self, steps: Any) -> web.StreamResponse:
        first = next(steps)
        if isinstance(first, Refuse):
            return _refusal(first, self._entry, self._dialect)
        if isinstance(first, Page):
            self._entry.status = 200
            return web.Response(body=first.body, content_type=first.content_type)
        if not isinstance(first, Silence | Cut):
            self._entry.status = 200
            await self._response.prepare(self._request)
        if self._scenario.first:
            await asyncio.sleep(self._scenario.first)
        self._due = time.monotonic()
        await self._step(first)
        for step in steps:
            await self._step(step)
        with contextlib.suppress(ConnectionError):
            await self._response.write_eof()
        return self._response

    async def _step(self, step: Step) -> None:
        match step:
            case dict():
                await self._send(step)
            case list():
                for event in step:
                    await self._send(event)
            case bytes():
                await self._write(step)
            case Gate():
                await self._pass_gate()
                self._due = time.monotonic()
            case Silence():
                await self._be_silent(step.ping_every)
            case Cut():
                self._cut(step)

    async def _send(self, event: dict[str, Any]) -> None:
        if self._scenario.rate and self._dialect.is_delta(event):
            self._due += 1 / self._scenario.rate
            await asyncio.sleep(max(0.0, self._due - time.monotonic()))
        last = self._dialect.is_last(event)
        if last:  # whoever reads it may look at the log at once
            self._dialect.note(self._entry, event)
        await self._write(self._dialect.encode(event))
        if not last:
            self._dialect.note(self._entry, event)
        self._journal.changed()

    async def _write(self, data: bytes) -> None:
        if data:
            await self._response.write(data)
            self._entry.sent += data

    async def _be_silent(self, ping_every: float) -> None:
        while True:
            await asyncio.sleep(ping_every or 3600)
            await self._write(self._dialect.ping)

    def _cut(self, cut: Cut) -> None:
        transport = self._request.transport
        if transport is not None and cut.how == "rst":
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        elif transport is not None:
            transport.close()
        raise _Severed


def _refusal(refused: Refuse, entry: Entry, dialect: Dialect) -> web.Response:
    entry.status = refused.status
    headers = {dialect.request_id: entry.request_id, "x-should-retry": "true", **refused.headers}
    if not refused.kind:
        return web.Response(
            status=refused.status, headers=headers, text=refused.message, content_type="text/html"
        )
    body = dialect.error(refused, entry.request_id)
    return web.json_response(body, status=refused.status, headers=headers)


def _in_one_piece(steps: Any, entry: Entry, dialect: Dialect) -> web.Response:
    """`"stream": false`: the same answer as one message."""
    message: dict[str, Any] = {}
    texts: dict[int, list[str]] = {}
    for step in steps:
        if isinstance(step, Refuse):
            return _refusal(step, entry, dialect)
        if not isinstance(step, dict):
            continue
        dialect.note(entry, step)
        match step["type"]:
            case "message_start":
                message = step["message"]
            case "content_block_start":
                message["content"].append(dict(step["content_block"]))
            case "content_block_delta":
                delta = dict(step["delta"])
                delta.pop("type")
                texts.setdefault(step["index"], []).extend(delta.values())
            case "message_delta":
                message |= step["delta"]
                message["usage"] |= step["usage"]
    for index, pieces in texts.items():
        block = message["content"][index]
        if block["type"] == "tool_use":
            block["input"] = json.loads("".join(pieces) or "{}")
        elif block["type"] == "text":
            block["text"] = "".join(pieces)
        else:
            block["thinking"], block["signature"] = "".join(pieces[:-1]), pieces[-1]
    entry.status = 200
    return web.json_response(message, headers={"request-id": entry.request_id})
