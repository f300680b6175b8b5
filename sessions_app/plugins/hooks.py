"""What plugins do beside a reply: cards before it is asked for, a look at it when it has ended, activity now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sessions_app.actions.plugins import Due, claim_due, take_answer
from sessions_app.agent.cards import Card
from sessions_app.agent.context import asker_of
from sessions_app.agent.parts import text_of
from sessions_app.agent.tools import ToolProblem
from sessions_app.models import Reply
from sessions_app.reading import consult, read

from .calling import asked, note
from .interface import Answer, Event, Poll, Question
from .results import as_cards, as_data, as_events
from .running import Fault, Job
from .state import On, last_known, switched_on, used_by

LONGEST = 20_000  # characters of an answer that plugins are told
AT_ONCE = 30.0  # seconds a source of activity may take


class Cards:
    """What CONTEXT_SOURCES names."""

    def wanted(self, reply: Reply) -> bool:
        return any(plugin.adds for plugin in last_known())

    async def gather(self, reply: Reply) -> list[Card]:
        """All plugins at once, their cards in the order of their names."""
        found = await read(used_by, asker_of(reply))
        calls = [cards_of(on, hook, ask, reply) for on in found for hook, ask in asking(on)]
        return [card for cards in await asyncio.gather(*calls) for card in cards]


SOURCE = Cards()


def asking(on: On) -> list[tuple[str, Callable[[Question], Any]]]:
    """The functions that may add cards."""
    own = [("before_send", on.plugin.plugin.before_send)] if on.plugin.before_send else []
    named = [(f"The context {getattr(each, '__name__', '')[:40]}", each) for each in on.plugin.contexts]
    return [*own, *named]


async def cards_of(on: On, hook: str, ask: Callable[[Question], Any], reply: Reply) -> list[Card]:
    """Those of one function; none where it fails."""
    question = reply.message.parent
    about = about_reply(reply) | {"text": text_of(question.parts) if question else ""}

    def work(job: Job[Any], given: dict[str, Any]) -> tuple[list[Card], bool]:
        return as_cards(job.awaited(ask(Question(**about, **given))), on.plugin.label)

    with suppress(Fault, ToolProblem):
        cards, more = await asked(on, hook, work)
        if more:
            await note(
                on.name, Fault(f"{hook} gave more than 5 cards of 20,000 characters; the rest was cut.")
            )
        return cards
    return []


def about_reply(reply: Reply) -> dict[str, Any]:
    return {
        "session": str(reply.session_id),
        "title": reply.session.title,
        "model": str(reply.model_config.get("model", "")),
    }


# ---------------------------------------------------------------- after a reply


def looks_on() -> bool:
    return any(plugin.after_reply for plugin in last_known())


async def after_reply(reply: Reply, status: str, text: str) -> None:
    """Tell those who want to know. Delays nothing, and may fail quietly."""
    found = await read(used_by, asker_of(reply))
    question = reply.message.parent
    asked_for = text_of(question.parts) if question else ""
    about = about_reply(reply) | {"text": text[:LONGEST], "question": asked_for, "status": status}
    await asyncio.gather(*(tell(on, about) for on in found if on.plugin.after_reply))


async def tell(on: On, about: dict[str, Any]) -> None:
    def work(job: Job[Any], given: dict[str, Any]) -> None:
        job.awaited(on.plugin.plugin.after_reply(Answer(**about, **given)))

    with suppress(Fault, ToolProblem):
        await asked(on, "after_reply", work)


# ---------------------------------------------------------------- activity


async def watch() -> None:
    """A step of the runner: ask the sources of activity that are due, all at once."""
    due = await consult(claim_due)
    if not due:
        return
    on = {each.name: each for each in await consult(switched_on)}
    await asyncio.gather(*(ask_source(on[each.plugin], each) for each in due if each.plugin in on))


async def ask_source(on: On, due: Due) -> None:
    hook = f"The source {due.source.name}"

    def work(job: Job[Any], given: dict[str, Any]) -> tuple[list[Event], bool, dict[str, Any]]:
        poll = Poll(since=due.since, memory=dict(due.memory), **given)
        events, more = as_events(job.awaited(due.source.function(poll)))
        return events, more, as_data(poll.memory)

    with suppress(Fault, ToolProblem):
        events, more, memory = await asked(on, hook, work, AT_ONCE)
        await consult(take_answer, due=due, label=on.plugin.label, events=events, memory=memory)
        if more:
            await note(on.name, Fault(f"{hook} gave more than 100 events at once; the rest was cut."))
