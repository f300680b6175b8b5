"""One upstream and one database for this folder; the server runs when a test begins, whatever the last one did to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from .person import Person
from .processes import Site


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(prepared: Site) -> Site:
    """A server that is ready, and an upstream that writes 50 words a second for longer than any test looks."""
    prepared.upstream.tell(clear=True, default={"name": "words", "words": 4000, "rate": 50})
    prepared.server.ensure()
    return prepared


@pytest.fixture
async def person(site: Site) -> AsyncIterator[Person]:
    async with Person(site.server.url) as person:
        yield person
