"""Servers A and B on a database and a Redis of their own. Only where the tests run on PostgreSQL."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.server.person import Person
from tests.server.processes import Inside, Server, UpstreamProcess, environment

from .redis import Redis

POSTGRES = os.environ.get("DATABASE_URL", "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite there are no two servers to test: these are left out, not skipped."""
    if POSTGRES.startswith("postgres"):
        return
    left_out = [item for item in items if item.get_closest_marker("scale")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="package")
def database() -> Iterator[str]:
    """The address of a new database; it is dropped in the end."""
    import psycopg

    name = f"scale_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@dataclass
class Pair:
    """Two servers, and what they share."""

    a: Server
    b: Server
    redis: Redis
    upstream: UpstreamProcess
    inside: Inside


@pytest.fixture(scope="package")
def built(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    place = tmp_path_factory.mktemp("pair")
    redis, upstream = Redis(), UpstreamProcess(place)
    env = environment(place, upstream.url, DATABASE_URL=database, REDIS_URL=redis.url)
    inside = Inside(place, env)
    a, b = Server(place, env, "a"), Server(place, env, "b")
    try:
        redis.start()
        inside.ask("prepare")
        yield Pair(a, b, redis, upstream, inside)
    finally:
        for server in (a, b):
            server.stop()
        inside.end()
        upstream.end()
        redis.stop()


@pytest.fixture
def pair(built: Pair) -> Pair:
    """Both servers and Redis run, whatever the last test did to them; an answer lasts longer than any test looks."""
    built.upstream.tell(clear=True, default={"name": "words", "words": 4000, "rate": 50})
    if built.redis.stopped:
        built.redis.start()
    for server in (built.a, built.b):
        server.ensure()
    return built


@pytest.fixture
async def at_a(pair: Pair) -> AsyncIterator[Person]:
    async with Person(pair.a.url) as person:
        yield person


@pytest.fixture
async def at_b(pair: Pair, at_a: Person) -> AsyncIterator[Person]:
    """The same person, logged in once, at the other server."""
    async with Person(pair.b.url, at_a.jar) as person:
        yield person
