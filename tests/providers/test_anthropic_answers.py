"""Whole answers of the local upstream, read by the real provider through the real SDK."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from sessions_app.providers import catalog
from sessions_app.providers.anthropic import AnthropicProvider
from sessions_app.providers.base import (
    Accepted,
    Counts,
    End,
    Event,
    ThinkingDelta,
    ThinkingDone,
    ToolCallRequested,
)
from tests.providers.asking import (
    CALENDAR,
    CLOCK,
    ask,
    assistant,
    events_of,
    parts_of,
    results_of,
    text_of,
    user,
)
from tests.upstream import DEFAULT_KEY, Entry, Scenario, Upstream


def counts_in_log(entry: Entry) -> Counts:
    usage = entry.usage
    return Counts(
        input=usage["input_tokens"],
        cache_read=usage["cache_read_input_tokens"],
        cache_write_5m=usage["cache_creation_input_tokens"],
        output=usage["output_tokens"],
    )


def end_of(events: list[Event]) -> End:
    assert isinstance(events[-1], End)
    return events[-1]


@pytest.mark.parametrize(
    "scenario", ["words", "markdown", "tiny_deltas", "big_delta", "unknown_events", "empty"]
)
async def test_an_answer_arrives_whole_and_its_counts_equal_the_upstreams(
    upstream: Upstream, provider: AnthropicProvider, scenario: str
) -> None:
    upstream.script(Scenario(scenario, words=200))
    events = await events_of(provider, ask(user("one"), assistant("two"), user("three"), system="Be kind."))
    entry = upstream.log[0]
    assert text_of(events) == entry.text
    assert end_of(events) == End("end", counts_in_log(entry))
    assert isinstance(events[0], Accepted)
    assert events[0].request_id == entry.request_id
    assert events[0].counts.input == entry.usage["input_tokens"]


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("stop_sequence", "end"),
        ("max_tokens", "max_tokens"),
        ("context_window", "max_tokens"),
        ("refusal", "refusal"),
        ("pause", "pause"),
        ("unknown_stop", "out_of_ink"),
        ("tool", "tool_use"),
    ],
)
async def test_every_stop_reason_is_named(
    upstream: Upstream, provider: AnthropicProvider, scenario: str, reason: str
) -> None:
    upstream.script(scenario)
    assert end_of(await events_of(provider, ask(tools=(CLOCK,)))).stop_reason == reason


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        ("emoji_split", "smile 😀 done"),
        ("surrogates", "a\ufffdb\ufffdc"),
        ("nul", "a\ufffdb"),
    ],
)
async def test_text_is_always_valid_unicode(
    upstream: Upstream, provider: AnthropicProvider, scenario: str, text: str
) -> None:
    upstream.script(scenario)
    assert text_of(await events_of(provider, ask())) == text


async def test_both_ways_to_show_the_key_are_used(upstream: Upstream, provider: AnthropicProvider) -> None:
    await events_of(provider, ask())
    headers = upstream.log[0].headers
    assert headers["x-api-key"] == DEFAULT_KEY
    assert headers["authorization"] == f"Bearer {DEFAULT_KEY}"


async def test_the_api_version_is_a_setting(upstream: Upstream) -> None:
    provider = AnthropicProvider(DEFAULT_KEY, upstream.url, version="2023-06-01")
    await events_of(provider, ask())
    await provider.aclose()
    assert upstream.log[0].headers["anthropic-version"] == "2023-06-01"


async def test_a_temperature_reaches_a_model_that_takes_it(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    await events_of(provider, ask(model="claude-haiku-4-5", temperature=0.3))
    assert upstream.log[0].status == 200
    assert upstream.log[0].body["temperature"] == 0.3


@pytest.mark.parametrize("thinking", [True, False])
@pytest.mark.parametrize(
    "model", [info.id for info in catalog.models() if info.provider == "anthropic"], ids=str
)
async def test_no_model_refuses_how_it_is_asked(
    upstream: Upstream, provider: AnthropicProvider, model: str, thinking: bool
) -> None:
    request = ask(model=model, thinking=thinking, temperature=0.5, max_tokens=200_000, tools=(CLOCK,))
    assert end_of(await events_of(provider, request)).stop_reason == "end"


async def test_titles_do_not_take_the_scripted_answer(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    upstream.script("overloaded")
    title = ask(system="Write a title for this conversation.", model=catalog.title_model("anthropic").id)
    assert text_of(await events_of(provider, title)) == "A plain title"
    assert upstream.replies == []


# ---------------------------------------------------------------- thinking and tools


async def test_signed_thinking_survives_byte_for_byte(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    upstream.script("thinking")
    events = await events_of(provider, ask(thinking=True))
    thought = "".join(event.text for event in events if isinstance(event, ThinkingDelta))
    (done,) = [event for event in events if isinstance(event, ThinkingDone)]
    assert done.raw is not None
    assert done.raw.block["thinking"] == thought == "Let me see: “ä” "
    assert done.raw.block["signature"].encode() in upstream.log[0].sent


async def test_sealed_thinking_is_kept_as_it_came(upstream: Upstream, provider: AnthropicProvider) -> None:
    upstream.script("redacted")
    (done,) = [event for event in await events_of(provider, ask()) if isinstance(event, ThinkingDone)]
    assert done.raw is not None
    assert done.raw.block == {"type": "redacted_thinking", "data": "sealed-1=="}


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-haiku-4-5"])
@pytest.mark.parametrize(
    "scenario", ["thinking_tool", "tool", "two_tools", "unknown_tool", "broken_tool", "list_tool"]
)
async def test_a_tool_round_goes_on_with_a_history_that_the_api_accepts(
    upstream: Upstream, provider: AnthropicProvider, scenario: str, model: str
) -> None:
    upstream.script(scenario)
    tools = (CLOCK, CALENDAR)
    first = await events_of(provider, ask(user("When?"), tools=tools, thinking=True, model=model))
    history = (user("When?"), assistant(*parts_of(first)), user(*results_of(first)))
    second = await events_of(provider, ask(*history, tools=tools, thinking=True, model=model))
    assert end_of(second).stop_reason == "end"
    assert upstream.log[1].status == 200


async def test_a_history_whose_beginning_was_dropped_is_accepted_after_thinking(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    upstream.script("thinking")
    first = await events_of(provider, ask(user("old"), assistant("older"), user("now"), thinking=True))
    later = ask(user("now"), assistant(*parts_of(first)), user("next"), thinking=True)
    assert end_of(await events_of(provider, later)).stop_reason == "end"


async def test_parallel_calls_come_in_order_with_their_input(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    wanted: tuple[dict[str, Any], ...] = (
        {"name": "clock", "input": {"zone": "Europe/Zürich", "deep": {"list": [1, 2.5, None, True]}}},
        {"name": "calendar", "input": {}},
    )
    upstream.script(Scenario("two_tools", tools=wanted))
    calls = (await events_of(provider, ask(tools=(CLOCK, CALENDAR))))[-3:-1]
    assert [(call.name, call.input) for call in calls if isinstance(call, ToolCallRequested)] == [
        (call["name"], call["input"]) for call in wanted
    ]


@pytest.mark.parametrize("scenario", ["broken_tool", "cut_tool", "list_tool"])
async def test_tool_json_that_is_no_object_is_told_and_not_repaired(
    upstream: Upstream, provider: AnthropicProvider, scenario: str
) -> None:
    upstream.script(scenario)
    events = await events_of(provider, ask(tools=(CLOCK,)))
    (call,) = [event for event in events if isinstance(event, ToolCallRequested)]
    assert call.input is None
    assert call.problem


# ---------------------------------------------------------------- caching


async def test_a_long_conversation_reads_its_beginning_from_the_cache(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    turns = [user("question 0")]
    for n in range(1, 5):
        events = await events_of(provider, ask(*turns, system="Be kind. " * 50, tools=(CLOCK,)))
        turns += [assistant(text_of(events)), user(f"question {n}")]
    usages = [entry.usage for entry in upstream.log]
    for before, after in pairwise(usages):
        assert after["cache_read_input_tokens"] == (
            before["cache_read_input_tokens"] + before["cache_creation_input_tokens"]
        )
        assert after["input_tokens"] == 0


async def test_changing_the_system_prompt_reads_nothing_from_the_cache(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    for system in ("One.", "Two."):
        await events_of(provider, ask(system=system))
    assert upstream.log[1].usage["cache_read_input_tokens"] == 0
