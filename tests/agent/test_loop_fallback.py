"""Another model answers where one cannot: when the loop asks for it, and when never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sessions_app.agent.loop import Failed, FellBack, Finished, Limits, LoopEvent, Other, Retrying, run
from sessions_app.agent.tools import Toolbox, ToolContext
from sessions_app.providers.base import (
    BadRequest,
    BillingProblem,
    KeyRefused,
    ModelMissing,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFault,
    TextDelta,
    TimedOut,
    TooLong,
    Unreachable,
)
from tests.agent.scripted import ACCEPTED, QUESTION, ScriptedProvider, StillClock, calls_of, says, text_of

SENTENCE = "The first cannot be reached; the second answers instead."


class Succession:
    """Hands out these providers one after the other, and remembers what it was asked with."""

    def __init__(self, *others: ScriptedProvider) -> None:
        self.others = list(others)
        self.asked: list[tuple[str, bool]] = []

    async def __call__(self, error: ProviderError, last: bool) -> Other | None:
        self.asked.append((error.kind, last))
        if not self.others:
            return None
        request = replace(QUESTION, model=f"other-{len(self.asked)}")
        return Other(request, self.others.pop(0), SENTENCE)


async def play(
    first: ScriptedProvider, succession: Succession, time: StillClock | None = None, first_turn: int = 1
) -> list[LoopEvent]:
    clock, box = (time or StillClock()).clock(), Toolbox.of().bound(ToolContext(1))
    made = run(QUESTION, first, box, Limits(), clock, first_turn=first_turn, next_plan=succession)
    return [event async for event in made]


def fell(events: list[LoopEvent]) -> list[FellBack]:
    return [event for event in events if isinstance(event, FellBack)]


async def test_one_that_fails_is_tried_once_more_then_another_answers() -> None:
    first, second = ScriptedProvider([Unreachable()]), ScriptedProvider(says("Here"))
    events = await play(first, Succession(second))
    assert text_of(events) == "Here"
    assert events[-1] == Finished("end", "")
    assert [(call.attempt, call.ok) for call in calls_of(events)] == [(1, False), (2, False), (3, True)]
    (event,) = fell(events)
    assert (event.left, event.taken, event.sentence) == (QUESTION.model, "other-1", SENTENCE)
    assert second.requests[0].model == "other-1"


@pytest.mark.parametrize(
    "error", [KeyRefused(), BillingProblem(), ModelMissing(), RateLimited(retry_after=20)]
)
async def test_what_will_not_be_better_soon_is_not_tried_again(error: ProviderError) -> None:
    first = ScriptedProvider([error])
    events = await play(first, Succession(ScriptedProvider(says("Here"))))
    assert (text_of(events), len(first.requests)) == ("Here", 1)


async def test_one_that_was_silent_for_long_is_not_waited_for_twice() -> None:
    time = StillClock()

    class Slow(ScriptedProvider):
        async def stream(self, request):  # type: ignore[no-untyped-def]
            time.time += 60
            async for event in super().stream(request):
                yield event

    first = Slow([TimedOut()])
    events = await play(first, Succession(ScriptedProvider(says("Here"))), time)
    assert (text_of(events), len(first.requests)) == ("Here", 1)


async def test_others_may_fail_too_and_the_last_one_says_why() -> None:
    succession = Succession(ScriptedProvider([ServerFault()]), ScriptedProvider([KeyRefused()]))
    events = await play(ScriptedProvider([Overloaded()]), succession)
    assert len(fell(events)) == 2
    last = events[-1]
    assert isinstance(last, Failed)
    assert (last.error.kind, last.attempts) == ("authentication", 1)
    assert [call.attempt for call in calls_of(events)] == [1, 2, 3, 4, 5]


async def test_with_nobody_else_it_has_all_its_tries() -> None:
    succession = Succession()
    events = await play(ScriptedProvider([Overloaded()]), succession)
    assert succession.asked == [("overloaded", False), ("overloaded", True)]
    assert len([event for event in events if isinstance(event, Retrying)]) == 2
    assert isinstance(events[-1], Failed)


@pytest.mark.parametrize("error", [BadRequest(), TooLong()])
async def test_a_request_that_nobody_would_take_is_nobody_elses(error: ProviderError) -> None:
    succession = Succession(ScriptedProvider(says("Here")))
    assert isinstance((await play(ScriptedProvider([error]), succession))[-1], Failed)
    assert succession.asked == []


@pytest.mark.parametrize(
    "play_one",
    [
        lambda others: play(ScriptedProvider([ACCEPTED, TextDelta("So"), Overloaded()]), others),
        lambda others: play(ScriptedProvider([KeyRefused()]), others, first_turn=2),
    ],
    ids=["after a word", "in a later turn"],
)
async def test_never_once_something_was_shown(play_one: Callable[[Succession], object]) -> None:
    succession = Succession(ScriptedProvider(says("Here")))
    events = await play_one(succession)  # type: ignore[misc]
    assert isinstance(events[-1], Failed)
    assert succession.asked == []
