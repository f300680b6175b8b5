from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sessions_app.agent.loop import Finished, Limits, ToolBegan, ToolEnded, run
from sessions_app.agent.tools import Toolbox, ToolContext, tool
from sessions_app.providers.base import ToolResult
from tests.agent.scripted import QUESTION, ScriptedProvider, asks, call, play, results_of, says


@tool(label="Echo")
async def echo(context: ToolContext, *, word: str = "") -> dict[str, str]:
    """Says it again."""
    return {"word": word}


@tool(label="Sleeper")
async def sleeper(context: ToolContext) -> None:
    """Never comes back."""
    await asyncio.Event().wait()


@tool(label="Breaker")
async def breaker(context: ToolContext) -> None:
    """Breaks."""
    raise ZeroDivisionError("a private detail")


class Meeting:
    """Two tools that only end when both run."""

    def __init__(self) -> None:
        self.barrier = asyncio.Barrier(2)
        barrier = self.barrier

        @tool(label="Left")
        async def left(context: ToolContext) -> str:
            """Waits for right."""
            await barrier.wait()
            return "left"

        @tool(label="Right")
        async def right(context: ToolContext) -> str:
            """Waits for left."""
            await barrier.wait()
            return "right"

        self.tools = Toolbox.of(left, right)


def told(provider: ScriptedProvider) -> list[ToolResult]:
    """The results in the last request, which must all stand in its last turn."""
    return [part for part in provider.requests[-1].turns[-1].parts if isinstance(part, ToolResult)]


async def test_the_calls_of_a_turn_run_at_once_and_go_back_in_their_order() -> None:
    provider = ScriptedProvider(asks(call("right", id="a"), call("left", id="b")), says("Both"))
    events = await play(provider, Meeting().tools)
    assert [result.content for result in told(provider)] == ['"right"', '"left"']
    kinds = [type(event) for event in events if isinstance(event, ToolBegan | ToolEnded)]
    assert kinds == [ToolBegan, ToolBegan, ToolEnded, ToolEnded]


async def test_a_tool_that_hangs_or_breaks_does_not_spoil_the_others() -> None:
    provider = ScriptedProvider(
        asks(call("sleeper", id="a"), call("breaker", id="b"), call("echo", id="c", word="hi")),
        says("Anyway"),
    )
    events = await play(provider, Toolbox.of(sleeper, breaker, echo), Limits(tool_timeout=0.01))
    results = results_of(events)
    assert {id: result.status for id, result in results.items()} == {
        "a": "error",
        "b": "error",
        "c": "success",
    }
    assert "took longer than 0.01 s" in results["a"].error
    assert "private" not in results["b"].error
    assert results["c"].result == {"word": "hi"}
    assert [result.is_error for result in told(provider)] == [True, True, False]
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize(
    ("request_call", "words"),
    [
        (call("nothing"), 'no tool named "nothing"'),
        (call("echo", word=5), "word"),
        (call("echo", wrong="x"), "wrong"),
        (call("echo", problem="The JSON was broken."), "The JSON was broken."),
    ],
)
async def test_a_call_that_cannot_be_run_is_answered_with_an_error_and_the_model_goes_on(
    request_call: Any, words: str
) -> None:
    provider = ScriptedProvider(asks(request_call), says("I see"))
    events = await play(provider, Toolbox.of(echo))
    ended = results_of(events)["t1"]
    assert (ended.status, ended.result, words in ended.error) == ("error", None, True)
    assert told(provider) == [ToolResult("t1", ended.error, is_error=True)]
    assert events[-1] == Finished("end", "")


async def test_a_broken_input_says_so_when_the_call_begins() -> None:
    events = await play(ScriptedProvider(asks(call("echo", problem="Cut.")), says("ok")), Toolbox.of(echo))
    assert ToolBegan(1, "t1", "echo", {}, "Cut.") in events


@pytest.mark.parametrize("stop", ["max_tokens", "refusal", "something_new"])
async def test_calls_of_an_answer_that_stopped_otherwise_are_not_run_but_get_their_end(stop: str) -> None:
    ran = []

    @tool(label="Writer")
    async def writer(context: ToolContext) -> None:
        """Leaves a trace."""
        ran.append(True)

    provider = ScriptedProvider(asks(call("writer"), text="I will", stop=stop))
    events = await play(provider, Toolbox.of(writer))
    assert ran == []
    assert results_of(events)["t1"].status == "error"
    assert len(provider.requests) == 1
    assert isinstance(events[-1], Finished)


async def test_two_tools_then_a_third_in_the_next_turn_end_in_one_answer() -> None:
    provider = ScriptedProvider(
        asks(call("echo", id="a", word="1"), call("echo", id="b", word="2"), text="First."),
        asks(call("echo", id="c", word="3"), text="Then."),
        says("Done."),
    )
    events = await play(provider, Toolbox.of(echo))
    assert [(e.turn, e.tool_use_id) for e in events if isinstance(e, ToolBegan)] == [
        (1, "a"),
        (1, "b"),
        (2, "c"),
    ]
    assert len(provider.requests[2].turns) == 5


async def _until_waiting(events: Any, started: asyncio.Event) -> asyncio.Task[None]:
    async def pull() -> None:
        async for _ in events:
            pass

    task = asyncio.create_task(pull())
    await started.wait()
    return task


@pytest.mark.parametrize("clings", [False, True])
async def test_a_cancel_ends_running_tools_and_is_not_swallowed(clings: bool) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    @tool(label="Long")
    async def long(context: ToolContext) -> None:
        """Runs until it is cancelled; a clinging one takes its time even then."""
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
            if clings:
                await asyncio.Event().wait()

    box = Toolbox.of(long).bound(ToolContext(1))
    task = await _until_waiting(run(QUESTION, ScriptedProvider(asks(call("long"))), box, Limits()), started)
    task.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await task
        await ended.wait()


async def test_a_cancel_closes_the_providers_stream() -> None:
    never = asyncio.Event()
    provider = ScriptedProvider([never])
    events = run(QUESTION, provider, Toolbox.of().bound(ToolContext(1)), Limits())
    await anext(events)
    pulling = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling
    assert provider.closed == 1


async def test_closing_the_loop_in_mid_answer_closes_the_providers_stream_at_once() -> None:
    provider = ScriptedProvider(says("One", "Two"))
    events = run(QUESTION, provider, Toolbox.of().bound(ToolContext(1)), Limits())
    for _ in range(3):
        await anext(events)
    await events.aclose()
    assert provider.closed == 1
