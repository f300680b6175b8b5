"""One reply, a reader whose connection breaks again and again, and what the reader shows in the end."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from .person import Person, Reader
from .processes import Site, new_tag

RATE = 50.0
BETWEEN = 0.15  # seconds between two cuts, on average


@dataclass
class Cuts:
    """What came of it."""

    made: int = 0
    words: int = 0
    refused: int = 0
    violations: list[str] = field(default_factory=list)


async def follow_through_cuts(site: Site, count: int, chance: random.Random) -> Cuts:
    """Reset the connection `count` times while one reply streams; every look must show a prefix, the last one all."""
    found = Cuts(words=round(count * BETWEEN * 6 * RATE) + 100)
    site.upstream.tell(clear=True, default={"name": "words", "words": found.words, "rate": RATE})
    async with Person(site.server.url) as person:
        chat, tag = await person.new_chat(), new_tag()
        reader = await person.watch(chat, returns=True)
        await person.send(chat, f"{tag} go", tag)
        await reader.wait_for(lambda page: bool(page.words()))
        while found.made < count and reader.page.status() == "running":
            await asyncio.sleep(chance.uniform(0, 2 * BETWEEN))
            found.made += await reader.cut()
            check(reader, found)
        await reader.wait_for(lambda page: page.status() == "complete", found.words / RATE + 30)
        check(reader, found)
        late = await person.watch(chat)
        for each in (reader, late):
            if each.page.words() != words(found.words):
                found.violations.append(f"at the end {len(each.page.words())} of {found.words} words")
    if found.made < count:
        found.violations.append(f"only {found.made} of {count} cuts met an open connection")
    found.refused = reader.page.refused
    return found


def check(reader: Reader, found: Cuts) -> None:
    """What the page shows now: a prefix, nothing twice, nothing without a place."""
    shown = reader.page.words()
    if shown != words(len(shown)):
        found.violations.append(f"after {found.made} cuts the page shows no prefix: {shown[-3:]}")
    if reader.page.doubled_ids():
        found.violations.append(f"ids stand there twice: {reader.page.doubled_ids()[:3]}")
    if reader.page.missing:
        found.violations.append(f"elements had no place: {reader.page.missing[:3]}")


def words(count: int) -> list[str]:
    return [f"w{number}" for number in range(1, count + 1)]
