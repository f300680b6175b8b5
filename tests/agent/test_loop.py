from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.agent import prompts
from sessions_app.agent.history import StoredMessage, turns
from sessions_app.agent.loop import (
    CallAccepted,
    CallEnded,
    CallStarted,
    Failed,
    Finished,
    Limits,
    LoopEvent,
    TextAdded,
    ThinkingAdded,
    ThinkingEnded,
    ToolBegan,
    ToolEnded,
    run,
)
from sessions_app.agent.sizes import size_of
from sessions_app.agent.tools import Toolbox, ToolContext, as_told, tool
from sessions_app.providers.base import (
    Accepted,
    Counts,
    End,
    Raw,
    Request,
    Text,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolResult,
    ToolUse,
    Turn,
)
from tests.agent.rules import broken_rules
from tests.agent.scripted import (
    ACCEPTED,
    QUESTION,
    ScriptedProvider,
    asks,
    call,
    calls_of,
    play,
    says,
    text_of,
)


@tool(label="Echo")
async def echo(context: ToolContext, *, word: str = "") -> dict[str, str]:
    """Says it again."""
    return {"word": word}


TOOLS = Toolbox.of(echo)


async def test_an_answer_is_text_one_settled_call_and_a_proper_end() -> None:
    events = await play(ScriptedProvider(says("Good ", "day")))
    assert [type(event) for event in events] == [
        CallStarted,
        CallAccepted,
        TextAdded,
        TextAdded,
        CallEnded,
        Finished,
    ]
    assert text_of(events) == "Good day"
    assert events[-1] == Finished("end", "")
    ended = calls_of(events)[0]
    assert (ended.ok, ended.counts, ended.counts_source, ended.stop_reason, ended.request_id) == (
        True,
        Counts(input=10, output=5),
        "reported",
        "end",
        "req-1",
    )


async def test_the_request_leaves_only_when_the_consumer_has_written_its_ledger_row() -> None:
    provider = ScriptedProvider(says("x"))
    events = run(QUESTION, provider, TOOLS.bound(ToolContext(1)), Limits())
    assert await anext(events) == CallStarted(1, 1)
    assert provider.requests == []
    await anext(events)
    assert len(provider.requests) == 1
    await events.aclose()


async def test_each_further_request_is_the_same_one_with_turns_appended() -> None:
    provider = ScriptedProvider(asks(call("echo", word="a"), text="Looking."), says("Done"))
    events = await play(provider, TOOLS)
    first, second = provider.requests
    assert second.turns[: len(first.turns)] == first.turns
    assert second.turns[len(first.turns) :] == (
        Turn("assistant", (Text("Looking."), ToolUse("t1", "echo", {"word": "a"}))),
        Turn("user", (ToolResult("t1", '{"word": "a"}'),)),
    )
    grown = [event.grown for event in events if isinstance(event, CallStarted)]
    assert grown == [0, sum(size_of(turn.parts) for turn in second.turns[len(first.turns) :])]
    assert events[-1] == Finished("end", "")


async def test_signed_thinking_goes_back_byte_for_byte_and_in_its_place() -> None:
    raw = Raw("scripted", "m", {"type": "thinking", "thinking": "hm", "signature": "s=="})
    script = [ACCEPTED, ThinkingDelta("hm"), ThinkingDone(raw), *asks(call("echo"), text="So.")[1:]]
    provider = ScriptedProvider(script, says("Done"))
    events = await play(provider, TOOLS)
    assert [event for event in events if isinstance(event, ThinkingAdded | ThinkingEnded)] == [
        ThinkingAdded(1, "hm"),
        ThinkingEnded(1, raw),
    ]
    assert provider.requests[1].turns[1].parts == (raw, Text("So."), ToolUse("t1", "echo", {}))


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_endless_tool_calls_stop_at_the_limit_with_a_reason(limit: int) -> None:
    scripts = [asks(call("echo", id=f"t{number}")) for number in range(limit)]
    events = await play(ScriptedProvider(*scripts), TOOLS, Limits(max_turns=limit))
    assert len(calls_of(events)) == limit
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.stop_reason, f"its {limit} turn" in last.sentence) == ("turn_limit", True)


async def test_a_paused_answer_is_resumed_by_itself_with_the_same_history_and_what_it_said() -> None:
    provider = ScriptedProvider(says("One, ", stop="pause"), says("two, ", stop="pause"), says("three"))
    events = await play(provider)
    assert text_of(events) == "One, two, three"
    go_on = Turn("user", (Text(prompts.read("continue")),))
    first = (*QUESTION.turns, Turn("assistant", (Text("One, "),)), go_on)
    assert provider.requests[1].turns == first
    assert provider.requests[2].turns == (*first, Turn("assistant", (Text("two, "),)), go_on)


async def test_an_answer_that_pauses_for_ever_ends_at_the_turn_limit() -> None:
    events = await play(ScriptedProvider(says("…", stop="pause")), limits=Limits(max_turns=4))
    assert len(calls_of(events)) == 4
    assert isinstance(events[-1], Finished)
    assert events[-1].stop_reason == "turn_limit"


@pytest.mark.parametrize(
    ("stop", "reason", "words"),
    [
        ("max_tokens", "max_tokens", "length limit"),
        ("refusal", "refusal", "declined"),
        ("solar_flare", "end", "solar_flare"),
        ("tool_use", "end", "named none"),
    ],
)
async def test_every_other_stop_is_named_in_words(stop: str, reason: str, words: str) -> None:
    last = (await play(ScriptedProvider(says("Some text", stop=stop))))[-1]
    assert isinstance(last, Finished)
    assert last.stop_reason == reason
    assert words in last.sentence


@pytest.mark.parametrize("texts", [(), ("",), (" \n",)])
async def test_an_empty_answer_is_named_in_words(texts: tuple[str, ...]) -> None:
    last = (await play(ScriptedProvider(says(*texts))))[-1]
    assert isinstance(last, Finished)
    assert "without an answer" in last.sentence


async def test_what_comes_after_the_end_is_not_part_of_the_answer() -> None:
    events = await play(ScriptedProvider([*says("All"), TextDelta(" and more")]))
    assert text_of(events) == "All"


async def test_a_stream_without_its_end_is_never_a_complete_answer() -> None:
    events = await play(ScriptedProvider([ACCEPTED, TextDelta("Half an ans")]))
    ended = calls_of(events)[0]
    assert (ended.ok, ended.error_type, ended.stop_reason) == (False, "stream_cut", "")
    assert (ended.counts, ended.counts_source) == (Counts(input=10, output=3), "estimated")
    assert isinstance(events[-1], Failed)


async def test_a_provider_that_counts_only_at_the_end_is_estimated_until_it_does() -> None:
    uncounted = Accepted(Counts(), "req-1", counted=False)
    cut = calls_of(await play(ScriptedProvider([uncounted, TextDelta("Half an ans")])))[0]
    assert (cut.counts, cut.counts_source) == (Counts(input=2, output=3), "estimated")
    told = End("end", Counts(input=7, output=1))
    whole = calls_of(await play(ScriptedProvider([uncounted, TextDelta("All"), told])))[0]
    assert (whole.counts, whole.counts_source) == (told.counts, "reported")


async def test_a_whole_answer_that_nobody_counted_is_estimated() -> None:
    uncounted = Accepted(Counts(), "req-1", counted=False)
    end = End("end", Counts(), counted=False)
    ended = calls_of(await play(ScriptedProvider([uncounted, TextDelta("All of it"), end])))[0]
    assert ended.ok
    assert (ended.counts, ended.counts_source) == (Counts(input=2, output=3), "estimated")


async def test_a_fault_in_a_providers_code_ends_the_reply_in_words_and_keeps_its_cause() -> None:
    fault = KeyError("secret")
    events = await play(ScriptedProvider([ACCEPTED, TextDelta("Well"), fault]))
    assert calls_of(events)[0].error_type == "internal"
    last = events[-1]
    assert isinstance(last, Failed)
    assert last.error.__cause__ is fault
    assert "secret" not in last.error.sentence


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["", " ", "Text"]),
        st.lists(st.sampled_from(["echo", "nothing"]), max_size=3),
        st.sampled_from(["tool_use", "pause", "tool_use"]),
    ),
    max_size=5,
)


@given(TURNS)
async def test_every_request_of_a_reply_keeps_the_rules_and_begins_with_the_one_before(
    plan: list[tuple[str, list[str], str]],
) -> None:
    scripts = [
        asks(*(call(name, id=f"t{turn}-{at}") for at, name in enumerate(names)), text=text, stop=stop)
        for turn, (text, names, stop) in enumerate(plan)
    ]
    provider = ScriptedProvider(*scripts, says("Done"))
    await play(provider, TOOLS)
    before: list[object] = []
    for request in provider.requests:
        assert broken_rules(request.turns, "scripted", "m") == []
        parts = _parts(request)
        assert parts[: len(before)] == before
        before = parts


def _parts(request: Request) -> list[object]:
    return [part for turn in request.turns for part in turn.parts]


def stored(events: list[LoopEvent], shuffled: bool) -> StoredMessage:
    """A reply as it is kept; `shuffled` stands for a database that keeps JSON keys in another order."""
    parts: list[dict[str, Any]] = []
    results = {}
    for event in events:
        match event:
            case TextAdded(turn, text):
                if parts and parts[-1]["kind"] == "text" and parts[-1]["turn"] == turn:
                    parts[-1]["text"] += text
                else:
                    parts.append({"kind": "text", "turn": turn, "text": text})
            case ThinkingEnded(turn, Raw(provider, model, block)):
                raw = {"provider": provider, "model": model, "block": block}
                parts.append({"kind": "thinking", "turn": turn, "text": "", "raw": raw})
            case ToolBegan(turn, tool_use_id, name, given):
                kept = dict(reversed(list(given.items()))) if shuffled else dict(given)
                call = {"tool_use_id": tool_use_id, "name": name, "input": kept}
                parts.append({"kind": "tool_call", "turn": turn, **call})
            case ToolEnded(status=status, result=result, error=error, tool_use_id=tool_use_id):
                good = status == "success"
                results[tool_use_id] = (as_told(result) if good else error, not good)
    return StoredMessage("assistant", parts, results)


@pytest.mark.parametrize("shuffled", [False, True])
async def test_the_next_question_finds_the_prefix_that_this_reply_left_in_the_cache(shuffled: bool) -> None:
    raw = Raw("scripted", "m", {"type": "thinking", "thinking": "hm", "signature": "s=="})
    provider = ScriptedProvider(
        [ACCEPTED, ThinkingDone(raw), *asks(call("echo", word="a", extra={"b": 1, "a": 2}), text="Look")[1:]],
        asks(call("echo", id="t2", word="b"), call("nothing", id="t3"), text="And"),
        says("Done"),
    )
    reply = stored(await play(provider, TOOLS), shuffled)
    asked = [
        StoredMessage("user", [{"kind": "text", "turn": 1, "text": text}]) for text in ("Question", "Next")
    ]
    next_turns = turns([asked[0], reply, asked[1]], provider="scripted", model="m")
    sent = provider.requests[-1].turns
    assert repr(next_turns[: len(sent)]) == repr(sent)
