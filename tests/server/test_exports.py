"""Exports of a real server: made beside its pages, kept over its end, taken up after a kill."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from typing import Any

import pytest

from .person import Person
from .processes import Site

pytestmark = pytest.mark.server
TALKS, MESSAGES = 40, 100


@pytest.fixture(scope="module")
def talks(prepared: Site) -> Site:
    prepared.inside.ask("talks", count=TALKS, messages=MESSAGES)
    return prepared


@pytest.fixture
def filled(talks: Site, site: Site) -> Site:
    return site


async def begin(person: Person) -> None:
    answer = await person.post("/exports/new/", which="starred", format="json")
    assert (answer.status, answer.headers["Location"]) == (303, "/exports/")


async def until(site: Site, wanted: Any, patience: float = 90.0) -> dict[str, Any]:
    """The newest export, once it is as wanted."""
    async with asyncio.timeout(patience):
        while True:
            row: dict[str, Any] = (await asyncio.to_thread(site.inside.ask, "exports"))[-1]
            if wanted(row):
                return row
            await asyncio.sleep(0.05)


async def whole(person: Person) -> zipfile.ZipFile:
    """What the news of this person lead to."""
    async with person._http.get(f"{person.url}/exports/news/") as answer:
        link = (await answer.json())["ended"][-1]["link"]
    async with person._http.get(f"{person.url}{link}") as answer:
        assert answer.status == 200
        return zipfile.ZipFile(io.BytesIO(await answer.read()))


async def test_an_export_goes_on_after_an_orderly_end(filled: Site) -> None:
    async with Person(filled.server.url) as person:
        await begin(person)
        await until(filled, lambda row: row["status"] == "running" and row["done"] > 0)
        filled.server.terminate()
        began = time.monotonic()
        assert filled.server.child is not None
        await asyncio.to_thread(filled.server.child.wait)
        assert time.monotonic() - began < 8  # the guard would end it after 9.5
        left = await until(filled, lambda row: True)
        assert (left["status"], left["attempt"]) == ("queued", 0)
        filled.server.ensure()
        done = await until(filled, lambda row: row["status"] in ("done", "failed"))
        assert (done["status"], done["attempt"], done["left_out"]) == ("done", 1, [])
        files = await whole(person)
        assert files.testzip() is None
        assert len(files.namelist()) == TALKS + 1


@pytest.mark.thorough
async def test_an_export_of_a_killed_server_is_taken_up_by_the_next(filled: Site) -> None:
    async with Person(filled.server.url) as person:
        await person.post("/exports/news/")
        await begin(person)
        before = await until(filled, lambda row: row["status"] == "running" and row["done"] > 0)
        filled.server.kill()
        assert (await until(filled, lambda row: True))["status"] == "running"
        filled.server.ensure()
        done = await until(filled, lambda row: row["status"] in ("done", "failed"))
        assert (done["status"], done["attempt"]) == ("done", before["attempt"] + 1)
        assert len((await whole(person)).namelist()) == TALKS + 1
