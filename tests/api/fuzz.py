"""Generated calls to every operation, held against the description: schemathesis over the application itself.

Alice asks, with a token of every scope. Where an address or a body names something, most calls name what is really
there (`things` of `tests/api/lines`, made anew again and again), so that they reach more than a 404. A runtime of its
own answers what is sent.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from schemathesis import hooks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import events, from_schema
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.transport.wsgi import WSGI_TRANSPORT

from chatproject.description import written
from export_app.models import ExportJob, ImportJob
from sessions_app.actions.tokens import make_token
from sessions_app.models import ApiToken, ChatSession, SessionTemplate, User
from sessions_app.realtime import feed, runtime
from sessions_app.transactions import write

from .test_access_matrix import AREAS, LINES, OPERATIONS, filled

# What is refused though it fits the schema, by what only the workspace knows: the models it offers, the settings a
# model takes, what is in a file, how long it is, what fits a budget.
REFUSED_THOUGH_RIGHT = ["2xx", "3xx", "401", "403", "404", "409", "412", "413", "416", "422", "429", "503"]
ASKING = {"time_range", "period", "from", "until", "scope", "user", "creator_id", "panels"}
# The same, where it is a 400: what it may name. A schema looks at each field by itself, and these go with others only
# (a name for oneself is the key of the request, too) or come from another answer (cursors). Of a form, generated parts
# have no file's name, which makes them files.
WRONG_TOGETHER = {
    "analytics": ASKING,
    "list_rows": ASKING | {"purpose", "error", "tool", "unpriced", "session", "sort"},
    "session_analytics": {"before"},
    "search": {"q", "from", "to"},  # beside: nothing to look for, a day of another millennium
    "search_videos": {"videos"},  # keys with commas between them
    "send_message": {"Idempotency-Key"},
    "edit_message": {"Idempotency-Key"},
    "replace_message": {"Idempotency-Key"},
    "take_files": {"file"},
    "import_file": {"file"},
}
OF_SOCKETS = ("max_redirects", "verify", "cert", "proxies")
RENEW_AFTER = 25  # calls, between two times that things are made anew
REALLY_THERE = 4  # of 5 calls; of a sample all


@dataclass
class Found:
    """One kind of finding at one operation, with a call that shows it."""

    operation: str
    check: str
    message: str
    call: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.check}\n{self.message}\n{self.call}\n"


@dataclass
class Report:
    calls: int = 0
    by_status: Counter[int] = field(default_factory=Counter)
    called: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)  # operations that answered as they say where all is well
    operations: set[str] = field(default_factory=set)
    found: list[Found] = field(default_factory=list)

    def __str__(self) -> str:
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.by_status.items()))
        never = ", ".join(sorted(self.operations - self.reached)) or "none"
        lines = [
            f"{self.calls} calls to {len(self.operations)} operations: {len(self.found)} findings",
            f"by status: {statuses}",
            f"operations that never did what they are for: {never}",
        ]
        return "\n".join([*lines, "", *map(str, self.found)])


class World:
    """Alice, who is staff here, her token, and what her addresses name."""

    def __init__(self, alice: User, there: int) -> None:
        self.alice, self.there = alice, there
        alice.is_staff = True  # or `health` never says anything
        alice.save(update_fields=["is_staff"])
        token, self.secret = make_token(user=alice, name="fuzz", scopes=ApiToken.SCOPES)
        self.token = ApiToken.objects.filter(pk=token.pk)
        self.token_row = self.token.get()
        self.keys: dict[str, str] = {}
        self._calls = itertools.count()
        self._renewed = -RENEW_AFTER
        self.renew(0)

    def renew(self, calls: int) -> None:
        if calls - self._renewed < RENEW_AFTER:
            return
        self._renewed = calls
        self._make()

    def _make(self) -> None:
        with write():  # before a runner can take what is queued in between
            for rows in (SessionTemplate, ImportJob, ExportJob):  # of which one may have so many
                rows.objects.filter(owner=self.alice).delete()
            chat = ChatSession.objects.create(owner=self.alice, model="offline", provider="offline")
            for area in AREAS:
                if hasattr(area, "things"):
                    self.keys |= area.things(self.alice, chat)

    def let_in_again(self) -> None:
        """Whatever was done to Alice or her token."""
        User.objects.filter(pk=self.alice.pk).update(is_active=True)
        if not self.token.exists():
            self.token_row.save(force_insert=True)

    def names(self, case: Any) -> None:
        """Put the keys of what is there into most calls."""
        name = case.operation.definition.raw.get("operationId")
        line = LINES.get(name)
        if line is None or next(self._calls) % 5 >= self.there or case.meta is None:
            return
        if case.meta.phase.name.value == "stateful":  # its keys come from other answers
            return
        if "{pending}" in line.path:  # until the running answer has ended
            self._make()
        if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH):
            for parameter, value in in_path(case.operation.path, line.path).items():
                if parameter in case.path_parameters:
                    case.path_parameters[parameter] = value.format(**self.keys)
        if isinstance(case.body, dict) and not case.meta.is_negative_at(ParameterLocation.BODY):
            for place, value in (line.body or {}).items() if isinstance(line.body, dict) else ():
                if "{" in str(value) and place in case.body:
                    case.body[place] = filled(value, self.keys)
        if case.query and not case.meta.is_negative_at(ParameterLocation.QUERY):
            for place, value in parse_qsl(line.path.partition("?")[2]):
                if "{" in value and place in case.query:
                    case.query[place] = value.format(**self.keys)


def in_path(template: str, path: str) -> dict[str, str]:
    """What stands in a line's path for each parameter of the description's."""
    theirs, ours = template.removeprefix("/api/").split("/"), path.split("?")[0].strip("/").split("/")
    ours = ours[1:] if path.startswith("/api/") else ours
    return {
        part.strip("{}"): ours[at]
        for at, part in enumerate(theirs)
        if part.startswith("{") and at < len(ours) and "{" in ours[at]
    }


@contextmanager
def answering() -> Iterator[None]:
    """A runtime on an event loop of its own: what is sent is answered."""
    started, ended = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await runtime.start()
        started.set()
        await ended.wait()
        await runtime.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="fuzz-runtime")
    thread.start()
    assert started.wait(20)
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(ended.set)
        thread.join(30)
        feed.reopen()


@contextmanager
def registered(hook: Any) -> Iterator[None]:
    """Clear up afterwards. Probes without a token bring what concerns sockets, which its WSGI client does not take."""
    send = WSGI_TRANSPORT.send

    def without_sockets(case: Any, **kwargs: Any) -> Any:
        return send(case, **{name: value for name, value in kwargs.items() if name not in OF_SOCKETS})

    WSGI_TRANSPORT.send = without_sockets  # type: ignore[method-assign]
    try:
        yield
    finally:
        WSGI_TRANSPORT.send = send  # type: ignore[method-assign]
        hooks.unregister(hook)


def configured(secret: str, examples: int, *, thorough: bool, seed: int) -> SchemathesisConfig:
    generation = {"max-examples": examples, "database": "none", "no-shrink": not thorough}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "continue-on-failure": True,
            "workers": 1,
            "request-timeout": 20,
            "auth": {"openapi": {"token": {"bearer": secret}}},
            "generation": generation,
            "checks": {"positive_data_acceptance": {"expected-statuses": REFUSED_THOUGH_RIGHT}},
            "phases": {  # what others answered varies: a sample is the same each time
                "examples": {"extra-data-sources": {"responses": thorough}},
                "fuzzing": {"extra-data-sources": {"responses": thorough}},
                "coverage": {"enabled": thorough},
                "stateful": {"enabled": thorough},
            },
        }
    )


def run(alice: User, *, examples: int, thorough: bool, seed: int = 1, only: str = "") -> Report:
    """Call everything, or the operations whose ids match `only`. `thorough`: every edge of every schema, and operations
    that follow from others' answers, too."""
    chosen = {name for name, (_, _, what) in OPERATIONS.items() if what and re.search(only, name)}
    world, report = World(alice, REALLY_THERE if thorough else 5), Report(operations=chosen)
    whole = schemathesis.openapi.from_dict(
        json.loads(written("json")), config=configured(world.secret, examples, thorough=thorough, seed=seed)
    )
    whole.app = WSGIHandler()
    schema = whole.include(operation_id=sorted(chosen))

    @schemathesis.hook  # of this kind there are none of one schema
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        world.renew(report.calls)
        world.names(case)

    @schema.hook
    def after_call(context: Any, case: Any, response: Any) -> None:
        report.calls += 1
        report.called.add(case.operation.definition.raw["operationId"])
        report.by_status[response.status_code] += 1
        if response.status_code < 300:
            report.reached.add(case.operation.definition.raw["operationId"])
        if response.status_code == 401:
            world.let_in_again()

    @schema.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        return not (isinstance(failure, RejectedPositiveData) and is_of_sense(case, response))

    seen: set[tuple[str, str]] = set()
    with answering(), registered(before_call):
        for event in from_schema(schema).execute():
            for found in findings(event):
                if (found.operation, found.message.splitlines()[0]) not in seen:
                    seen.add((found.operation, found.message.splitlines()[0]))
                    report.found.append(found)
    close_old_connections()
    return report


def is_of_sense(case: Any, response: Any) -> bool:
    """Whether a refusal names only what no schema can say."""
    allowed = WRONG_TOGETHER.get(case.operation.definition.raw["operationId"], set()) | {"cursor"}
    named = response.json().get("fields")
    return response.status_code == 400 and bool(named) and set(named) <= allowed


def findings(event: Any) -> Iterator[Found]:
    if isinstance(event, events.NonFatalError):
        yield Found(event.label, "error", str(event.value)[:2000], "")
    if isinstance(event, events.FatalError):
        raise event.exception
    if isinstance(event, events.ScenarioFinished):
        for key, checks in event.recorder.checks.items():
            answer = event.recorder.find_response(case_id=key)
            for check in checks:
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    message = f"{failure.title}: {failure.message[:1500]}"
                    yield Found(
                        failure.operation or event.recorder.label,
                        check.name,
                        message,
                        f"{check.failure_info.code_sample}\n{answer.text[:500] if answer else ''}",
                    )
