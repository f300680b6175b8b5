from __future__ import annotations

import pytest

from sessions_app.agent.loop import CallStarted, Failed, Finished, Limits, LoopEvent, Retrying
from sessions_app.agent.sentences import duration
from sessions_app.agent.tools import Toolbox, ToolContext, tool
from sessions_app.providers.base import (
    Counts,
    KeyRefused,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFault,
    StreamCut,
    TextDelta,
    ThinkingDelta,
)
from tests.agent.scripted import (
    ACCEPTED,
    ScriptedProvider,
    StillClock,
    asks,
    call,
    calls_of,
    play,
    says,
    text_of,
)


def failed(events: list[LoopEvent]) -> Failed:
    last = events[-1]
    assert isinstance(last, Failed)
    return last


async def test_an_overloaded_provider_is_asked_again_before_anything_is_shown() -> None:
    time = StillClock()
    events = await play(ScriptedProvider([Overloaded(status=529)], says("Yes")), clock=time.clock())
    assert text_of(events) == "Yes"
    assert events[-1] == Finished("end", "")
    refused, worked = calls_of(events)
    assert (refused.ok, refused.status, refused.error_type, refused.counts) == (
        False,
        529,
        "overloaded",
        Counts(),
    )
    assert refused.counts_source == "reported"
    assert (worked.ok, worked.attempt, worked.turn) == (True, 2, 1)
    assert Retrying(1, 2, 1000, "overloaded", "Anthropic is overloaded. Waiting, try 2 of 3.") in events


async def test_the_pause_doubles_and_stays_under_its_cap() -> None:
    time = StillClock()
    await play(
        ScriptedProvider([ServerFault()]), limits=Limits(attempts=5, retry_cap=3.0), clock=time.clock()
    )
    assert time.slept == [1.0, 2.0, 3.0, 3.0]


async def test_three_tries_in_vain_end_in_one_plain_sentence() -> None:
    time = StillClock()
    last = failed(await play(ScriptedProvider([Overloaded()]), clock=time.clock()))
    assert (last.attempts, last.seconds, last.shown) == (3, 3.0, False)
    assert last.error.kind == "overloaded"
    assert last.error.sentence == (
        "Anthropic is overloaded. We tried three times in 3 s. Your message is kept, and nothing was charged."
    )


async def test_a_wrong_key_is_not_tried_again() -> None:
    events = await play(ScriptedProvider([KeyRefused(status=401, request_id="r9")]))
    assert len(calls_of(events)) == 1
    assert calls_of(events)[0].request_id == "r9"
    last = failed(events)
    assert isinstance(last.error, KeyRefused)
    assert last.error.status == 401
    assert last.error.sentence.startswith("The key was refused.")


async def test_a_short_retry_after_is_waited_for() -> None:
    time = StillClock()
    events = await play(ScriptedProvider([RateLimited(retry_after=12)], says("Yes")), clock=time.clock())
    assert time.slept == [12]
    assert events[-1] == Finished("end", "")


async def test_a_very_long_retry_after_gives_up_at_once_and_says_when() -> None:
    time = StillClock()
    last = failed(await play(ScriptedProvider([RateLimited(retry_after=600)]), clock=time.clock()))
    assert time.slept == []
    assert last.attempts == 1
    assert "It can be tried again in 10 minutes." in last.error.sentence


@pytest.mark.parametrize("shown", [TextDelta("Well"), ThinkingDelta("Hm")])
async def test_nothing_is_tried_again_once_something_was_shown(shown: TextDelta | ThinkingDelta) -> None:
    provider = ScriptedProvider([ACCEPTED, shown, StreamCut()])
    events = await play(provider)
    assert len(provider.requests) == 1
    last = failed(events)
    assert last.shown
    assert last.error.sentence.endswith("The text is kept; 11 tokens were counted.")


async def test_an_accepted_call_that_broke_before_its_first_word_is_charged_and_tried_again() -> None:
    events = await play(ScriptedProvider([ACCEPTED, Overloaded(status=200)], says("Yes")))
    assert [ended.counts for ended in calls_of(events)] == [Counts(input=10), Counts(input=10, output=5)]
    assert calls_of(events)[0].counts_source == "estimated"


async def test_nothing_is_said_to_be_free_when_an_attempt_was_charged() -> None:
    last = failed(await play(ScriptedProvider([ACCEPTED, Overloaded()])))
    assert "nothing was charged" not in last.error.sentence
    assert "Your message is kept; 30 tokens were counted." in last.error.sentence


@tool(label="Echo")
async def echo(context: ToolContext) -> str:
    """Says something."""
    return "x"


async def test_a_later_turn_has_its_own_attempts() -> None:
    provider = ScriptedProvider(
        [Overloaded()], asks(call("echo")), [Overloaded()], [Overloaded()], says("Yes")
    )
    events = await play(provider, Toolbox.of(echo))
    started = [(event.turn, event.attempt) for event in events if isinstance(event, CallStarted)]
    assert started == [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)]
    assert events[-1] == Finished("end", "")


async def test_a_call_that_broke_off_after_a_whole_tool_call_does_not_run_the_tool() -> None:
    provider = ScriptedProvider([ACCEPTED, call("echo"), StreamCut()], says("Yes"))
    events = await play(provider, Toolbox.of(echo))
    assert len(provider.requests[1].turns) == 1
    assert text_of(events) == "Yes"


async def test_every_call_that_starts_is_settled_once() -> None:
    faults: list[ProviderError] = [Overloaded(), RateLimited(), ServerFault()]
    events = await play(ScriptedProvider(*([fault] for fault in faults)))
    assert len([event for event in events if isinstance(event, CallStarted)]) == len(calls_of(events)) == 3


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 s"), (8.2, "9 s"), (100, "2 minutes"), (3600, "60 minutes"), (9000, "3 hours")],
)
def test_a_duration_is_rounded_up_to_whole_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words
