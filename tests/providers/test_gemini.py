"""What is Google's own: signatures, levels, keys that are missing, ends without words, waits in the details."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from google.genai import types

from sessions_app.providers import base, gemini_errors
from sessions_app.providers.base import (
    Accepted,
    Counts,
    Document,
    End,
    FileText,
    Picture,
    Raw,
    ToolCallRequested,
    ToolResult,
    ToolUse,
)
from sessions_app.providers.gemini import GeminiProvider
from sessions_app.providers.gemini_request import STAND_IN, build
from sessions_app.providers.gemini_stream import UNREADABLE_CALL, Reading
from tests.providers.asking import (
    CALENDAR,
    CLOCK,
    ask,
    assistant,
    events_of,
    failure_of,
    parts_of,
    results_of,
    text_of,
    user,
)
from tests.providers.suite import PDF, PNG
from tests.upstream import Upstream
from tests.upstream.gemini import GEMINI_KEY, Gemini

FLASH = "gemini-3.8-flash"
LITE = "gemini-3.5-flash-lite"
TOOLS = (CLOCK, CALENDAR)
SIGNED = Raw("gemini", FLASH, {"call": "a", "thoughtSignature": "c2lnbmVk"})


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    with Upstream(GEMINI_KEY, dialect=Gemini()) as upstream:
        yield upstream


@pytest.fixture
def upstream(running: Upstream) -> Upstream:
    running.reset()
    return running


@pytest_asyncio.fixture
async def gemini(upstream: Upstream) -> AsyncIterator[GeminiProvider]:
    provider = GeminiProvider(GEMINI_KEY, upstream.url)
    yield provider
    await provider.aclose()


def calls_in(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The calls of a request, each with its signature."""
    return [
        (part["functionCall"]["name"], part.get("thoughtSignature"))
        for content in body["contents"]
        for part in content["parts"]
        if "functionCall" in part
    ]


# ---------------------------------------------------------------- signatures


def test_a_signature_goes_back_with_the_call_it_came_with() -> None:
    calls = (ToolUse("a", "clock", {}), ToolUse("b", "calendar", {}))
    turns = (
        user("When?"),
        assistant(SIGNED, "I look.", *calls),
        user(ToolResult("a", "1"), ToolResult("b", "2")),
    )
    body = build(ask(*turns, model=FLASH, tools=TOOLS))
    assert calls_in(body) == [("clock", "c2lnbmVk"), ("calendar", None)]
    assert [next(iter(part)) for part in body["contents"][1]["parts"]] == [
        "text",
        "functionCall",
        "functionCall",
    ]


@pytest.mark.parametrize(
    "raw", [SIGNED, Raw("anthropic", "claude", {"type": "thinking", "signature": "x"}), None]
)
def test_the_first_call_of_another_model_gets_the_stand_in_that_google_names(raw: Raw | None) -> None:
    said = assistant(*([raw] if raw else []), ToolUse("a", "clock", {}), ToolUse("b", "clock", {}))
    turns = (user("When?"), said, user(ToolResult("a", "1"), ToolResult("b", "2")))
    assert calls_in(build(ask(*turns, model=LITE))) == [("clock", STAND_IN), ("clock", None)]


async def test_a_reply_of_three_steps_keeps_every_signature(
    upstream: Upstream, gemini: GeminiProvider
) -> None:
    upstream.script("thinking_tool", "endless_tools", "words")
    history = [user("When?")]
    for _ in range(2):
        events = await events_of(gemini, ask(*history, model=FLASH, tools=TOOLS, thinking=True))
        history += [assistant(*parts_of(events)), user(*results_of(events))]
    events = await events_of(gemini, ask(*history, model=FLASH, tools=TOOLS, thinking=True))
    assert [entry.status for entry in upstream.log] == [200, 200, 200]
    signatures = [signature for _, signature in calls_in(upstream.log[2].body)]
    assert all(signatures)
    assert STAND_IN not in signatures


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("model", "thinking", "expected"),
    [
        (FLASH, True, {"includeThoughts": True}),
        (FLASH, False, {"thinkingLevel": "LOW"}),
        (LITE, False, {"thinkingLevel": "MINIMAL"}),
        ("gemini-5-neon", True, None),
    ],
)
def test_thinking_is_asked_for_in_the_way_of_the_model(
    model: str, thinking: bool, expected: dict[str, Any] | None
) -> None:
    assert build(ask(model=model, thinking=thinking))["generationConfig"].get("thinkingConfig") == expected


def test_an_answer_has_room_beside_thinking_that_nobody_asked_for() -> None:
    """A title of 60 tokens would come empty: thinking is taken from the same ones."""
    assert build(ask(model=LITE, max_tokens=60))["generationConfig"]["maxOutputTokens"] == 1_024
    assert build(ask(model=LITE, max_tokens=9_999_999))["generationConfig"]["maxOutputTokens"] == 65_536


def test_a_temperature_is_not_sent_where_it_would_be_ignored_or_harm() -> None:
    assert "temperature" not in build(ask(model=FLASH, temperature=0.2))["generationConfig"]


def test_tools_that_are_off_by_now_are_told_and_cannot_be_called() -> None:
    turns = (
        user("When?"),
        assistant(ToolUse("a", "odd name!", {})),
        user(ToolResult("a", "", is_error=True)),
    )
    body = build(ask(*turns, model=FLASH))
    (declared,) = body["tools"][0]["functionDeclarations"]
    answer = body["contents"][2]["parts"][0]["functionResponse"]
    assert declared["name"] == answer["name"] == body["contents"][1]["parts"][0]["functionCall"]["name"]
    assert answer["response"] == {"error": "(nothing)"}
    assert body["toolConfig"] == {"functionCallingConfig": {"mode": "NONE"}}


@pytest.mark.parametrize("tools", [TOOLS, ()])
def test_the_body_is_named_as_googles_own_types_name_it(tools: tuple[base.ToolSpec, ...]) -> None:
    """They take no field that they do not know."""
    files = (Picture("p.png", "image/png", lambda: PNG), Document("d.pdf", lambda: PDF))
    turns = (
        user(*files, "Look"),
        assistant(SIGNED, ToolUse("a", "clock", {})),
        user(ToolResult("a", "noon")),
    )
    body = build(ask(*turns, model=FLASH, tools=tools, system="Be kind.", thinking=True))
    for content in (*body["contents"], body["systemInstruction"]):
        types.Content.model_validate(content)
    types.GenerationConfig.model_validate(body["generationConfig"])
    types.ToolConfig.model_validate(body.get("toolConfig", {}))
    assert [types.Tool.model_validate(tool) for tool in body["tools"]]
    known = {"contents", "systemInstruction", "generationConfig", "toolConfig", "tools"}
    assert set(body) <= known


def test_a_gif_is_told_of_in_words() -> None:
    parts = build(ask(user(Picture("cat.gif", "image/gif", lambda: b"GIF8"), "Look"), model=FLASH))
    told = parts["contents"][0]["parts"]
    assert told[0] == {"text": "(The picture “cat.gif” is not shown: this model does not take GIF.)"}


def test_results_stand_before_what_is_said_with_them() -> None:
    turns = (
        user("When?"),
        assistant(ToolUse("a", "clock", {})),
        user("Well?", ToolResult("a", "1"), FileText("n", "t")),
    )
    kinds = [next(iter(part)) for part in build(ask(*turns, model=FLASH))["contents"][2]["parts"]]
    assert kinds == ["functionResponse", "text", "text"]


# ---------------------------------------------------------------- what comes


@pytest.mark.parametrize("scenario", ["late_counts", "blocked_prompt"])
async def test_counts_are_the_last_ones_told(
    upstream: Upstream, gemini: GeminiProvider, scenario: str
) -> None:
    upstream.script(scenario)
    events = await events_of(gemini, ask(model=LITE))
    usage = upstream.log[0].usage
    refused = scenario == "blocked_prompt"
    counts = Counts(input=usage["promptTokenCount"], output=usage.get("candidatesTokenCount", 0))
    assert events[-1] == End("refusal" if refused else "end", counts)
    assert text_of(events) == upstream.log[0].text


async def test_an_answer_that_tells_no_counts_says_so(upstream: Upstream, gemini: GeminiProvider) -> None:
    upstream.script("no_counts")
    events = await events_of(gemini, ask(model=LITE))
    assert (events[0], events[-1]) == (
        Accepted(Counts(), upstream.log[0].request_id, counted=False),
        End("end", Counts(), counted=False),
    )


@pytest.mark.parametrize(("scenario", "name"), [("broken_tool", "clock"), ("unexpected_call", "calendar")])
async def test_a_call_that_google_could_not_read_is_told_to_the_model_which_goes_on(
    upstream: Upstream, gemini: GeminiProvider, scenario: str, name: str
) -> None:
    upstream.script(scenario, "words")
    events = await events_of(gemini, ask(model=FLASH, tools=TOOLS))
    (call,) = [event for event in events if isinstance(event, ToolCallRequested)]
    assert (call.name, call.input, call.problem) == (name, None, UNREADABLE_CALL)
    assert isinstance(events[-1], End)
    assert events[-1].stop_reason == "tool_use"
    history = (user("Hello"), assistant(*parts_of(events)), user(*results_of(events)))
    assert isinstance((await events_of(gemini, ask(*history, model=FLASH, tools=TOOLS)))[-1], End)


async def test_a_missing_signature_is_a_bad_request(upstream: Upstream, gemini: GeminiProvider) -> None:
    upstream.script("unsigned")
    assert type((await failure_of(gemini, ask(model=FLASH)))[1]) is base.BadRequest


def test_calls_without_a_key_get_one_that_no_other_answer_has() -> None:
    piece = b'{"candidates": [{"content": {"parts": [{"functionCall": {"name": "clock"}}]}}]}'
    made = [
        event.id
        for reading in (Reading(FLASH), Reading(FLASH))
        for _ in range(2)
        for event in reading.read(piece)
        if isinstance(event, ToolCallRequested)
    ]
    assert len(set(made)) == 4


def test_long_numbers_of_a_call_stay_whole() -> None:
    piece = b'{"candidates": [{"content": {"parts": [{"functionCall": {"name": "c", "args": {"id": 12345678901234567890}}}]}}]}'
    assert [e.input for e in Reading(FLASH).read(piece) if isinstance(e, ToolCallRequested)] == [
        {"id": 12345678901234567890}
    ]


# ---------------------------------------------------------------- failures


def error(status: str, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"status": status, "message": message, "details": list(details)}}


RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37.5s"}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("INVALID_ARGUMENT", "?", {"reason": "API_KEY_INVALID"}), base.KeyRefused),
        (400, error("INVALID_ARGUMENT", "API key expired. Please renew the API key."), base.KeyRefused),
        (403, error("PERMISSION_DENIED", "Your API key was reported as leaked."), base.KeyRefused),
        (400, error("FAILED_PRECONDITION", "Please enable billing on your project."), base.BillingProblem),
        (400, error("FAILED_PRECONDITION", "User location is not supported"), base.NotAllowed),
        (400, error("INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."), base.TooLong),
        (400, [error("NOT_FOUND", "models/gemini-0 is not found")], base.ModelMissing),
        (429, error("RESOURCE_EXHAUSTED", "You exceeded your current quota, check your billing details"), base.RateLimited),
        (500, error("UNAVAILABLE", "?"), base.Overloaded),
        (504, error("DEADLINE_EXCEEDED", "?"), base.TimedOut),
        (418, "tea", base.BadRequest),
    ],
)  # fmt: skip
def test_a_refusal_is_named_by_its_reason(status: int, body: object, kind: type[base.ProviderError]) -> None:
    failure = gemini_errors.from_status(status, body, {})
    assert type(failure) is kind
    assert "Anthropic" not in failure.sentence


def test_the_wait_is_read_from_the_details_before_the_header() -> None:
    body = error("RESOURCE_EXHAUSTED", "Slow down", {"@type": "…/google.rpc.Help"}, RETRY)
    assert gemini_errors.from_status(429, body, {"retry-after": "2"}).retry_after == 37.5
    assert (
        gemini_errors.from_status(429, error("RESOURCE_EXHAUSTED", ""), {"retry-after": "2"}).retry_after == 2
    )


async def test_a_wrong_key_is_refused_with_the_status_that_google_gives(upstream: Upstream) -> None:
    provider = GeminiProvider("AIza-wrong", upstream.url)
    failure = (await failure_of(provider, ask(model=LITE)))[1]
    await provider.aclose()
    assert (type(failure), failure.status) == (base.KeyRefused, 400)


async def test_the_list_of_models_holds_what_generates_and_its_limits(gemini: GeminiProvider) -> None:
    found = {info.id: info for info in await gemini.list_models()}
    assert set(found) == {FLASH, "gemini-5-neon"}
    assert (found[FLASH].context_window, found[FLASH].max_output, found[FLASH].thinking) == (
        900_000,
        60_000,
        "adaptive",
    )
    assert (found["gemini-5-neon"].label, found["gemini-5-neon"].context_window) == ("Gemini 5 Neon", 900_000)
