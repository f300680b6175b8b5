"""What every provider promises, over real HTTP against a server that speaks its protocol (see suite.py)."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from itertools import pairwise
from traceback import format_exception
from typing import Any

import pytest
import pytest_asyncio

from sessions_app.providers import base
from sessions_app.providers.base import (
    Accepted,
    Document,
    End,
    Event,
    FileText,
    Picture,
    ProviderError,
    Raw,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallRequested,
    ToolResult,
    ToolUse,
)
from tests.providers import asking
from tests.providers.asking import (
    CALENDAR,
    CLOCK,
    assistant,
    events_of,
    failure_of,
    parts_of,
    results_of,
    text_of,
    user,
)
from tests.providers.suite import PDF, PNG, SPEAKERS, Speaker
from tests.upstream import Entry, Scenario

TOOLS = (CLOCK, CALENDAR)
ALL = {speaker.name: speaker for speaker in SPEAKERS}


@pytest.fixture(params=list(ALL), scope="module")
def speaker(request: pytest.FixtureRequest) -> Speaker:
    return ALL[request.param]


@pytest.fixture(scope="module")
def running(speaker: Speaker) -> Iterator[Any]:
    with speaker.upstream() as upstream:
        yield upstream


@pytest.fixture
def upstream(running: Any) -> Any:
    running.reset()
    return running


@pytest_asyncio.fixture
async def provider(speaker: Speaker, upstream: Any) -> AsyncIterator[Any]:
    provider = speaker.provider(upstream.url, speaker.key, drain_timeout=30)
    yield provider
    await provider.aclose()


@pytest_asyncio.fixture
async def hasty(speaker: Speaker, upstream: Any) -> AsyncIterator[Any]:
    provider = speaker.provider(upstream.url, speaker.key, first_byte_timeout=0.3, content_timeout=0.3)
    yield provider
    await provider.aclose()


def ask(speaker: Speaker, *turns: base.Turn, thinks: bool = False, **fields: Any) -> base.Request:
    return asking.ask(*turns, model=speaker.thinker if thinks else speaker.model, thinking=thinks, **fields)


def end_of(events: list[Event]) -> End:
    assert isinstance(events[-1], End)
    return events[-1]


def calls_of(events: list[Event]) -> list[ToolCallRequested]:
    return [event for event in events if isinstance(event, ToolCallRequested)]


# ---------------------------------------------------------------- whole answers


@pytest.mark.parametrize("scenario", ["words", "tiny_deltas", "big_delta", "unknown_events", "empty"])
async def test_an_answer_arrives_whole_with_the_counts_that_were_reported(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str
) -> None:
    upstream.script(Scenario(scenario, words=50))
    turns = (user("one"), assistant("two"), user("three"))
    events = await events_of(provider, ask(speaker, *turns, system="Be kind."))
    entry = upstream.log[0]
    assert text_of(events) == entry.text
    assert end_of(events) == End("end", speaker.counts(entry))
    assert isinstance(events[0], Accepted)
    assert events[0].request_id == entry.request_id
    assert events[0].counted is speaker.early_counts


async def test_the_system_prompt_and_every_turn_reach_the_server(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    turns = (user("first question"), assistant("first answer"), user("second question"))
    await events_of(provider, ask(speaker, *turns, system="Speak like a pirate."))
    sent = str(upstream.log[0].body)
    places = [sent.index(text) for text in ("first question", "first answer", "second question")]
    assert places == sorted(places)
    assert "Speak like a pirate." in sent


async def test_cached_tokens_are_counted_once(speaker: Speaker, upstream: Any, provider: Any) -> None:
    turns = [user("question 0 " * 200)]
    for n in range(1, 4):
        events = await events_of(provider, ask(speaker, *turns, system="Be kind. " * 500))
        counts = end_of(events).counts
        assert counts == speaker.counts(upstream.log[-1])
        turns += [assistant(text_of(events)), user(f"question {n}")]
    assert counts.cache_read > 0


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("max_tokens", "max_tokens"),
        ("refusal", "refusal"),
        ("unknown_stop", "out_of_ink"),
        ("tool", "tool_use"),
    ],
)
async def test_every_stop_reason_is_named(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str, reason: str
) -> None:
    upstream.script(scenario)
    assert end_of(await events_of(provider, ask(speaker, tools=TOOLS))).stop_reason == reason


@pytest.mark.parametrize(
    ("scenario", "text"),
    [("emoji_split", "smile 😀 done"), ("surrogates", "a\ufffdb\ufffdc"), ("nul", "a\ufffdb")],
)
async def test_text_is_always_valid_unicode(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str, text: str
) -> None:
    upstream.script(scenario)
    assert text_of(await events_of(provider, ask(speaker))) == text


async def test_a_lone_surrogate_in_the_history_does_not_break_the_request(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    turns = (
        user("a\ud83d"),
        assistant(ToolUse("t1", "clock", {"zone": "\ude00"})),
        user(ToolResult("t1", "\ud83d")),
    )
    assert end_of(await events_of(provider, ask(speaker, *turns, tools=TOOLS))).stop_reason == "end"


# ---------------------------------------------------------------- thinking and tools


async def test_thinking_is_told_apart_from_the_answer(speaker: Speaker, upstream: Any, provider: Any) -> None:
    upstream.script("thinking")
    events = await events_of(provider, ask(speaker, thinks=True))
    thought = "".join(event.text for event in events if isinstance(event, ThinkingDelta))
    (done,) = [event for event in events if isinstance(event, ThinkingDone)]
    assert thought == "Let me see: “ä” "
    assert text_of(events) == upstream.log[0].text
    assert (done.raw is not None) is (speaker.keeps_thinking and not speaker.seals_calls)


@pytest.mark.parametrize(
    "scenario", ["thinking_tool", "tool", "two_tools", "unknown_tool", "broken_tool", "list_tool"]
)
async def test_a_tool_round_goes_on_with_a_history_that_the_server_accepts(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str
) -> None:
    upstream.script(scenario)
    first = await events_of(provider, ask(speaker, user("When?"), tools=TOOLS, thinks=True))
    assert calls_of(first)
    history = (user("When?"), assistant(*parts_of(first)), user(*results_of(first)))
    second = await events_of(provider, ask(speaker, *history, tools=TOOLS, thinks=True))
    assert end_of(second).stop_reason == "end"
    assert [entry.status for entry in upstream.log] == [200, 200]


async def test_parallel_calls_come_in_order_with_their_input_and_ids_of_their_own(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    wanted: tuple[dict[str, Any], ...] = (
        {"name": "clock", "input": {"zone": "Europe/Zürich", "deep": {"list": [1, 2.5, None, True]}}},
        {"name": "calendar", "input": {}},
    )
    upstream.script(Scenario("two_tools", tools=wanted))
    calls = calls_of(await events_of(provider, ask(speaker, tools=TOOLS)))
    assert [(call.name, call.input) for call in calls] == [(call["name"], call["input"]) for call in wanted]
    assert len({call.id for call in calls}) == 2
    assert all(0 < len(call.id) <= 64 for call in calls)


@pytest.mark.parametrize("scenario", ["broken_tool", "cut_tool", "list_tool"])
async def test_tool_json_that_is_no_object_is_told_and_not_repaired(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str
) -> None:
    upstream.script(scenario)
    (call,) = calls_of(await events_of(provider, ask(speaker, tools=TOOLS)))
    assert call.input is None
    assert call.problem


async def test_a_history_of_another_provider_is_accepted(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    """Its ids, its tools (switched off by now) and its thinking, which is not sent."""
    strange = "functions.look-up:0/" + "9" * 80
    thought = Raw("elsewhere", "model-x", {"type": "thinking", "thinking": "hm", "signature": "secret"})
    history = (
        user("When?"),
        assistant(thought, "I look.", ToolUse(strange, "look_up", {"q": 1}), ToolUse("t2", "clock", {})),
        user(ToolResult(strange, "noon"), ToolResult("t2", "", is_error=True)),
        assistant("At noon."),
        user("Sure?"),
    )
    events = await events_of(provider, ask(speaker, *history))
    assert end_of(events).stop_reason == "end"
    assert "secret" not in str(upstream.log[0].body)


async def test_thinking_goes_back_only_to_the_model_it_came_from(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    upstream.script("thinking_tool", "words", "words")
    first = await events_of(provider, ask(speaker, user("When?"), tools=TOOLS, thinks=True))
    raws = [part for part in parts_of(first) if isinstance(part, Raw)]
    if not speaker.keeps_thinking:
        assert raws == []
        return
    assert [(raw.provider, raw.model) for raw in raws] == [(speaker.name, speaker.thinker)]
    sealed = max((value for value in raws[0].block.values() if isinstance(value, str)), key=len)
    history = (user("When?"), assistant(*parts_of(first)), user(*results_of(first)))
    for thinks in (True, False):
        await events_of(provider, ask(speaker, *history, tools=TOOLS, thinks=thinks))
    assert [sealed in str(entry.body) for entry in upstream.log[1:]] == [
        True,
        speaker.thinker == speaker.model,
    ]


# ---------------------------------------------------------------- files


async def test_pictures_pdfs_and_words_of_files_are_sent(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    files = (
        Picture("cat.png", "image/png", lambda: PNG),
        Document("paper.pdf", lambda: PDF),
        FileText("notes.txt", "Buy milk."),
    )
    events = await events_of(provider, ask(speaker, user(*files, "What is this?")))
    body = upstream.log[0].body
    assert end_of(events).stop_reason == "end"
    assert speaker.has_picture(body)
    assert speaker.has_document(body) if speaker.has_document else "paper.pdf" in str(body)
    assert "Buy milk." in str(body)


async def test_a_file_that_is_gone_is_told_of(speaker: Speaker, upstream: Any, provider: Any) -> None:
    def gone() -> bytes:
        raise FileNotFoundError

    await events_of(provider, ask(speaker, user(Picture("cat.png", "image/png", gone), "What is this?")))
    assert "cat.png” could not be read" in str(upstream.log[0].body)


# ---------------------------------------------------------------- failures

REFUSED = [
    ("bad_request", base.BadRequest, 400),
    ("too_long", base.TooLong, 400),
    ("unauthorized", base.KeyRefused, 401),
    ("billing", base.BillingProblem, None),
    ("forbidden", base.NotAllowed, 403),
    ("missing", base.ModelMissing, 404),
    ("too_large", base.TooLong, 413),
    ("rate_limited", base.RateLimited, 429),
    ("server_error", base.ServerFault, 500),
    ("bad_gateway", base.ServerFault, 502),
    ("overloaded", base.Overloaded, None),
]

IN_MID_STREAM = [
    ("error_event", base.Overloaded),
    ("rate_event", base.RateLimited),
    ("api_event", base.ServerFault),
    ("strange_event", base.ServerFault),
    ("cut_rst", base.StreamCut),
    ("cut_fin", base.StreamCut),
    ("cut_json", base.StreamCut),
    ("no_stop", base.StreamCut),
    ("garbage_json", base.StreamGarbled),
    ("garbage_utf8", base.StreamGarbled),
    ("garbage_shape", base.StreamGarbled),
]


@pytest.mark.parametrize(("scenario", "kind", "status"), REFUSED, ids=[name for name, *_ in REFUSED])
async def test_a_refused_call_fails_once_with_its_own_error(
    speaker: Speaker,
    upstream: Any,
    provider: Any,
    scenario: str,
    kind: type[ProviderError],
    status: int | None,
) -> None:
    upstream.script(scenario)
    events, error = await failure_of(provider, ask(speaker))
    assert (events, type(error)) == ([], kind)
    assert status in (None, error.status)
    assert error.request_id == upstream.log[0].request_id
    assert len(upstream.log) == 1
    told(speaker, error)


@pytest.mark.parametrize(("scenario", "kind"), IN_MID_STREAM, ids=[name for name, _ in IN_MID_STREAM])
async def test_a_failure_in_mid_answer_keeps_what_came_before_it(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str, kind: type[ProviderError]
) -> None:
    upstream.script(scenario)
    events, error = await failure_of(provider, ask(speaker))
    assert type(error) is kind
    assert isinstance(events[0], Accepted)
    assert upstream.log[0].text.startswith(text_of(events))
    assert not any(isinstance(event, End) for event in events)
    told(speaker, error)


def told(speaker: Speaker, error: ProviderError) -> None:
    """The sentence names nobody else, and nothing of what the server said hangs on the error."""
    others = {other.label for other in SPEAKERS} - {speaker.label}
    assert not any(other in error.sentence for other in others)
    assert "{provider}" not in error.sentence
    assert error.__context__ is None


@pytest.mark.parametrize("scenario", ["cut_early", "cut_headers"])
async def test_a_connection_lost_before_the_first_byte_is_unreachable(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str
) -> None:
    upstream.script(scenario)
    error = (await failure_of(provider, ask(speaker)))[1]
    assert type(error) is base.Unreachable
    assert speaker.label in error.sentence


async def test_a_server_that_does_not_listen_is_unreachable(speaker: Speaker) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        provider = speaker.provider(f"http://127.0.0.1:{taken.getsockname()[1]}", speaker.key)
        error = (await failure_of(provider, ask(speaker)))[1]
        with pytest.raises(base.Unreachable):
            await provider.list_models()
        await provider.aclose()
    assert type(error) is base.Unreachable


@pytest.mark.parametrize("scenario", ["hang", "silence", "silence_pings", "stall", "stall_pings"])
async def test_silence_times_out_and_pings_do_not_count(
    speaker: Speaker, upstream: Any, hasty: Any, scenario: str
) -> None:
    upstream.script(scenario)
    started = time.monotonic()
    error = (await failure_of(hasty, ask(speaker)))[1]
    assert type(error) is base.TimedOut
    assert speaker.label in error.sentence
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(("scenario", "kind"), [("html", base.StreamGarbled), ("redirect", base.BadRequest)])
async def test_what_is_no_stream_is_not_read_and_a_redirect_not_followed(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str, kind: type[ProviderError]
) -> None:
    upstream.script(scenario)
    assert type((await failure_of(provider, ask(speaker)))[1]) is kind
    assert len(upstream.log) == 1


async def test_a_wrong_key_is_refused_and_never_named(
    speaker: Speaker, upstream: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider = speaker.provider(upstream.url, "sk-secret-of-alice")
    error = (await failure_of(provider, ask(speaker)))[1]
    with pytest.raises(base.KeyRefused):
        await provider.list_models()
    await provider.aclose()
    assert type(error) is base.KeyRefused
    assert (
        "secret-of-alice" not in "".join(format_exception(error)) + repr(error) + repr(provider) + caplog.text
    )
    assert error.__context__ is None


async def test_a_wrong_address_says_that_the_address_is_wrong(speaker: Speaker, upstream: Any) -> None:
    provider = speaker.provider(upstream.url + "/elsewhere", speaker.key)
    error = (await failure_of(provider, ask(speaker)))[1]
    await provider.aclose()
    assert type(error) is base.BadRequest
    assert "address" in error.sentence
    assert speaker.label in error.sentence


@pytest.mark.parametrize(("header", "seconds"), [("2", 2), ("0.25", 0.25), ("", None)])
async def test_the_wait_that_a_rate_limit_asks_for_is_told(
    speaker: Speaker, upstream: Any, provider: Any, header: str, seconds: float | None
) -> None:
    upstream.script(Scenario("rate_limited", retry_after=header))
    assert (await failure_of(provider, ask(speaker)))[1].retry_after == seconds


async def test_a_failed_call_does_not_spoil_the_next_one(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    upstream.script("cut_json", "overloaded", "html", "words")
    for _ in range(3):
        await failure_of(provider, ask(speaker))
    assert text_of(await events_of(provider, ask(speaker))) == upstream.log[3].text


# ---------------------------------------------------------------- connections


async def closed_upstream(upstream: Any) -> Entry:
    entry: Entry = await asyncio.to_thread(upstream.wait_for, lambda entry: entry.disconnected_at is not None)
    return entry


async def test_closing_the_iterator_closes_the_upstream_at_once(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    upstream.script("stall")
    async with aclosing(provider.stream(ask(speaker))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
        asked = time.time()
    assert ((await closed_upstream(upstream)).disconnected_at or 0) - asked < 5


@pytest.mark.parametrize("scenario", ["hang", "stall"])
async def test_cancelling_the_task_closes_the_upstream_at_once(
    speaker: Speaker, upstream: Any, provider: Any, scenario: str
) -> None:
    upstream.script(scenario)
    task = asyncio.create_task(events_of(provider, ask(speaker)))
    await asyncio.to_thread(upstream.wait_for, lambda entry: scenario != "stall" or len(entry.pieces) == 3)
    asked = time.time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ((await closed_upstream(upstream)).disconnected_at or 0) - asked < 5


async def test_the_next_call_uses_the_same_connection(speaker: Speaker, upstream: Any, provider: Any) -> None:
    for _ in range(3):
        await events_of(provider, ask(speaker))
    assert len({entry.peer_port for entry in upstream.log}) == 1


def test_a_provider_works_on_one_loop_after_another(speaker: Speaker, upstream: Any) -> None:
    provider = speaker.provider(upstream.url, speaker.key)

    async def once() -> str:
        try:
            return text_of(await events_of(provider, ask(speaker)))
        finally:
            await provider.aclose()

    assert asyncio.run(once()) == asyncio.run(once()) == upstream.log[0].text


async def test_it_rests_between_two_reads_as_long_as_it_is_told(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    rests: list[float] = []

    def rest() -> float:
        rests.append(time.monotonic())
        return 0.05

    upstream.script(Scenario("words", words=4, rate=1000))
    await events_of(provider, ask(speaker, rest=rest))
    assert all(later - earlier >= 0.05 for earlier, later in pairwise(rests))
    assert rests


async def test_it_lists_its_models(speaker: Speaker, upstream: Any, provider: Any) -> None:
    models = await provider.list_models()
    assert isinstance(provider, base.Listing)
    assert models
    assert {model.provider for model in models} == {speaker.name}
    assert all(model.context_window > 0 and model.max_output > 0 and model.label for model in models)


async def test_it_counts_a_request_as_its_answer_will_where_it_can(
    speaker: Speaker, upstream: Any, provider: Any
) -> None:
    assert hasattr(provider, "count") is speaker.counts_requests
    if not speaker.counts_requests:
        return
    request = ask(speaker, user("one"), assistant("two"), user("three"), system="Be kind.", tools=TOOLS)
    counts = end_of(await events_of(provider, request)).counts
    assert await provider.count(request) == counts.total - counts.output
    locked = speaker.provider(upstream.url, "sk-other")
    with pytest.raises(base.KeyRefused):
        await locked.count(request)
    await locked.aclose()
