"""One round of the fault campaign: replies stream, the server is killed, started again, and must owe nobody anything."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .page import words_of
from .person import Person, Reader
from .processes import Site, new_tag

RATE = 50.0  # words a second of each stream
WORDS = 220
SPREAD = 0.8  # seconds over which the streams start
SETTLED_WITHIN = 60.0
SENDERS = 3


@dataclass
class Stream:
    """One chat whose reply runs when the server is killed."""

    chat: str
    tag: str
    reader: Reader
    sent: int = 0  # status of the POST; 0 where nobody answered
    seen: int = 0  # words its reader had seen


@dataclass
class Sender:
    """A chat in which somebody sends again and again while the server dies."""

    chat: str
    tag: str
    answered: list[str] = field(default_factory=list)
    unanswered: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Outcome:
    """What a round measured, and every promise that was broken."""

    violations: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)  # text older than a second that was not kept
    cut: int = 0
    repeated: int = 0
    lost_ms: list[float] = field(default_factory=list)  # sent by the upstream, not stored
    unkept_ms: list[float] = field(default_factory=list)  # seen by a reader, not stored
    restart: float = 0.0
    settled: float = 0.0

    @property
    def broken(self) -> list[str]:
        """Everything a campaign must not see."""
        return self.violations + self.late

    def expect(self, true: bool, sentence: str) -> None:
        if not true:
            self.violations.append(sentence)


async def play(site: Site, *, streams: int, chance: random.Random) -> Outcome:
    """One round on a server that runs; it runs again afterwards."""
    outcome = Outcome()
    site.upstream.tell(clear=True, default={"name": "words", "words": WORDS, "rate": RATE, "first": 0.1})
    async with Person(site.server.url) as person:
        running = [await opened(person) for _ in range(streams)]
        senders = [Sender(await person.new_chat(), new_tag()) for _ in range(SENDERS)]
        starts = [start(person, each, chance.uniform(0, SPREAD)) for each in running]
        work = [asyncio.create_task(each) for each in starts]
        work += [asyncio.create_task(keep_sending(person, each)) for each in senders]
        await asyncio.sleep(chance.uniform(0.2, WORDS / RATE))
        site.server.kill()
        await asyncio.gather(*work)
        for stream in running:
            await stream.reader.until_closed()
            stream.seen = len(stream.reader.page.words())
    await recover(site, outcome)
    async with Person(site.server.url, person.jar) as person:
        await look(site, person, running, senders, outcome)
        await go_on(site, person, running, outcome)
    outcome.violations += site.inside.ask("findings")
    return outcome


# ------------------------------------------------------------ until the kill


async def opened(person: Person) -> Stream:
    chat = await person.new_chat()
    return Stream(chat, new_tag(), await person.watch(chat))


async def start(person: Person, stream: Stream, after: float) -> None:
    await asyncio.sleep(after)
    try:
        stream.sent = await person.send(stream.chat, f"{stream.tag} go", stream.tag)
    except aiohttp.ClientError:
        stream.sent = 0


async def keep_sending(person: Person, sender: Sender) -> None:
    """Short questions, one after the other, until nobody answers."""
    for number in range(1000):
        client_id, content = f"{sender.tag}-{number}", f"{sender.tag} [[scenario:title]] question {number}"
        try:
            status = await person.send(sender.chat, content, client_id)
        except (aiohttp.ClientError, OSError):
            sender.unanswered.append((client_id, content))
            return
        assert status == 204, status
        sender.answered.append(client_id)
        await asyncio.sleep(0.1)


async def recover(site: Site, outcome: Outcome) -> None:
    """Start again and wait until nothing runs."""
    site.upstream.tell(default={"name": "words", "words": 12})
    outcome.restart = site.server.start()
    began = time.monotonic()
    while site.inside.ask("unfinished"):
        if time.monotonic() - began > SETTLED_WITHIN:
            outcome.violations.append("I1: something still runs after 60 s")
            break
        await asyncio.sleep(0.05)
    outcome.settled = time.monotonic() - began


# ------------------------------------------------------------ what must hold


async def look(
    site: Site, person: Person, running: list[Stream], senders: list[Sender], outcome: Outcome
) -> None:
    """Compare what was sent, seen and stored."""
    # The log first: a title may be asked for meanwhile, and its row comes before its request.
    log = site.upstream.log()
    stored = site.inside.ask("chats", keys=[each.chat for each in running])
    for stream in running:
        requests = [entry for entry in log if stream.tag in str(entry["body"].get("messages"))]
        compare(stream, stored[stream.chat], requests, outcome)
        await read_again(person, stream, stored[stream.chat], outcome)
    for sender in senders:
        for client_id, content in sender.unanswered:
            status = await person.send(sender.chat, content, client_id)
            outcome.expect(status == 204, f"a repeated send was answered with {status}")
            outcome.repeated += 1
        everything = [*sender.answered, *(client_id for client_id, _ in sender.unanswered)]
        outcome.violations += [f"I2: {each}" for each in site.inside.ask("doubled", client_ids=everything)]


def compare(stream: Stream, chat: dict[str, Any], requests: list[dict[str, Any]], outcome: Outcome) -> None:
    """One stream: message once, text a prefix, not more than a second missing, one ledger row a request."""
    asked = [row for row in chat["messages"] if row["role"] == "user"]
    answers = [row for row in chat["messages"] if row["role"] == "assistant"]
    outcome.expect(stream.sent in (0, 204), f"a send was answered with {stream.sent}")
    if stream.sent == 0 and not asked:
        return
    outcome.expect(len(asked) == len(answers) == 1, f"I2: {len(asked)} messages, {len(answers)} answers")
    answer = answers[0]
    calls = [entry for entry in requests if entry["purpose"] == "reply"]
    outcome.expect(len(calls) <= 1, f"{len(calls)} model calls for one reply")
    sent = calls[0]["text"] if calls else ""
    outcome.expect(sent.startswith(answer["content"]), f"I3: stored text is no prefix in {stream.chat}")
    outcome.expect(answer["status"] in ("interrupted", "complete"), f"I1: {answer['status']}")
    kept = len(words_of(answer["content"]))
    if answer["status"] == "interrupted":
        outcome.cut += 1
        outcome.lost_ms.append((len(words_of(sent)) - kept) / RATE * 1000)
    else:
        outcome.expect(answer["content"] == sent, "a complete answer lacks text")
    outcome.unkept_ms.append(max(0, stream.seen - kept) / RATE * 1000)
    missing = max(outcome.unkept_ms[-1], outcome.lost_ms[-1] if outcome.lost_ms else 0)
    if missing > 1000:
        outcome.late.append(f"I3: {missing:.0f} ms of text are missing in {stream.chat}")
    compare_ledger(chat["calls"], requests, kept, outcome)


def compare_ledger(
    calls: list[dict[str, Any]], requests: list[dict[str, Any]], kept: int, outcome: Outcome
) -> None:
    """A row is written before its request leaves: at most one row stands for a request that never arrived."""
    for purpose in ("reply", "title"):
        rows = [call for call in calls if call["purpose"] == purpose]
        settled = all(call["settled"] for call in rows)
        outcome.expect(settled or purpose == "title", "I4: a call is still open")  # titles come afterwards
        arrived = [entry for entry in requests if entry["purpose"] == purpose]
        unheard = purpose == "title" or not any(entry["usage"] for entry in arrived)
        outcome.expect(
            len(arrived) <= len(rows) <= len(arrived) + unheard,
            f"I4: {len(rows)} rows for {len(arrived)} requests ({purpose})",
        )
        for row, entry in zip(rows, arrived, strict=False):
            outcome.expect(not entry["usage"] or row["input"] > 0, "I4: a call without tokens")
            if purpose == "reply" and kept:
                reported = sum(count for kind, count in entry["usage"].items() if "input" in kind)
                outcome.expect(row["input"] == reported, f"I4: input {row['input']}, not {reported}")
                outcome.expect(row["output"] > 0, "I4: text was kept, but no output was counted")


async def read_again(person: Person, stream: Stream, chat: dict[str, Any], outcome: Outcome) -> None:
    """The page shows what is stored."""
    if not chat["messages"]:
        return
    reader = await person.watch(stream.chat)
    answer = chat["messages"][-1]
    outcome.expect(reader.page.status() == answer["status"], "the page shows another state")
    outcome.expect(reader.page.words() == words_of(answer["content"]), "the page shows another text")
    await reader.leave()


async def go_on(site: Site, person: Person, running: list[Stream], outcome: Outcome) -> None:
    """Continue, Retry and the next message work: one of them in each chat, in turn."""
    stored = site.inside.ask("chats", keys=[each.chat for each in running])
    asked: dict[str, str] = {}
    for number, stream in enumerate(running):
        answers = [row for row in stored[stream.chat]["messages"] if row["role"] == "assistant"]
        cut = answers[-1] if answers and answers[-1]["status"] == "interrupted" else None
        verb = "send"
        if cut and number % 3:
            verb = "continue" if number % 3 == 1 and cut["content"] else "retry"
        asked[stream.chat] = verb
        status = (
            await person.send(stream.chat, f"{stream.tag} and now?")
            if verb == "send"
            else await person.act(stream.chat, (cut or {})["id"], verb)
        )
        outcome.expect(status == 204, f"I7: {verb} was answered with {status}")
    await until_idle(site, outcome)
    after = site.inside.ask("chats", keys=list(asked))
    for chat, verb in asked.items():
        newest = [row for row in after[chat]["messages"] if row["role"] == "assistant"][-1]
        outcome.expect(newest["status"] == "complete", f"I7: {verb} ended {newest['status']}")
        if verb == "continue":
            kept = [row["content"] for row in stored[chat]["messages"] if row["status"] == "interrupted"][-1]
            outcome.expect(newest["content"].startswith(kept), "Continue does not begin with the kept text")
            outcome.expect(len(newest["content"]) > len(kept), "Continue added nothing")


async def until_idle(site: Site, outcome: Outcome) -> None:
    until = time.monotonic() + SETTLED_WITHIN
    while site.inside.ask("unfinished"):
        if time.monotonic() > until:
            outcome.violations.append("I7: replies do not end")
            return
        await asyncio.sleep(0.05)
