"""What servers do that only speak like OpenAI. What all promise is in test_every_provider.py."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.providers import base
from sessions_app.providers.base import (
    Counts,
    Document,
    End,
    Picture,
    StreamCut,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallRequested,
    ToolResult,
    ToolUse,
)
from sessions_app.providers.compatible import CompatibleProvider
from sessions_app.providers.compatible_request import build
from sessions_app.providers.compatible_stream import Reading, counts_of
from sessions_app.providers.text import valid_text
from tests.providers.asking import (
    CALENDAR,
    CLOCK,
    ask,
    assistant,
    events_of,
    failure_of,
    parts_of,
    text_of,
    user,
)
from tests.upstream import Upstream
from tests.upstream.compatible import KEY, Completions

MODEL = "den/llama3.2"
TOOLS = (CLOCK, CALENDAR)


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    with Upstream("", dialect=Completions()) as upstream:
        yield upstream


@pytest.fixture
def upstream(running: Upstream) -> Upstream:
    running.reset()
    return running


@pytest_asyncio.fixture
async def provider(upstream: Upstream) -> AsyncIterator[CompatibleProvider]:
    provider = CompatibleProvider("den", f"{upstream.url}/v1", label="Den")
    yield provider
    await provider.aclose()


def calls_of(events: list[Any]) -> list[ToolCallRequested]:
    return [event for event in events if isinstance(event, ToolCallRequested)]


# ---------------------------------------------------------------- the request


async def test_a_server_without_a_key_gets_none_and_nothing_of_openais(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "secret-of-openai")
    provider = CompatibleProvider("den", f"{upstream.url}/v1")
    assert text_of(await events_of(provider, ask(model=MODEL))) == upstream.log[0].text
    await provider.list_models()
    await provider.aclose()
    assert "secret-of-openai" not in str(upstream.log[0].headers)


async def test_the_server_sees_its_own_name_of_the_model(
    upstream: Upstream, provider: CompatibleProvider
) -> None:
    await events_of(provider, ask(model=MODEL, temperature=0.3))
    assert upstream.log[0].body["model"] == "llama3.2"
    assert upstream.log[0].body["temperature"] == 0.3


def test_words_go_as_plain_text_and_only_pictures_as_parts() -> None:
    picture = Picture("cat.png", "image/png", lambda: b"\x89PNG")
    plain, parts = (
        build(ask(user(*each)), "m")["messages"][0]["content"] for each in (("a", "b"), ("a", picture))
    )
    assert plain == "a\n\nb"
    assert [part["type"] for part in parts] == ["text", "image_url"]


def test_a_pdf_goes_as_its_words_or_is_told_of() -> None:
    read, scanned = Document("a.pdf", lambda: b"", text="Buy milk."), Document("b.pdf", lambda: b"")
    (message,) = build(ask(user(read, scanned)), "m")["messages"]
    assert "File “a.pdf”:\n```\nBuy milk.\n```" in message["content"]
    assert "“b.pdf” is a PDF" in message["content"]


def test_results_come_before_what_a_person_said_and_a_call_has_content() -> None:
    turns = (user("When?"), assistant(ToolUse("c1", "clock", {"a": 1})), user("And?", ToolResult("c1", " ")))
    messages = build(ask(*turns), "m")["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "user"]
    assert messages[1]["content"] == ""
    assert json.loads(messages[1]["tool_calls"][0]["function"]["arguments"]) == {"a": 1}
    assert messages[2]["content"] == "(nothing)"


def test_a_small_server_is_not_asked_for_more_than_it_gives() -> None:
    info = base.ModelInfo(MODEL, "den", "Llama", 4_096, 512)
    assert build(ask(info=info), "m")["max_tokens"] == 512


# ---------------------------------------------------------------- the answer


async def test_whole_calls_without_ids_or_index_are_told_apart_and_answered(
    upstream: Upstream, provider: CompatibleProvider
) -> None:
    upstream.set_default("whole_calls")
    first = await events_of(provider, ask(user("When?"), model=MODEL, tools=TOOLS))
    calls = calls_of(first)
    assert [(call.name, call.input) for call in calls] == [
        ("clock", {"zone": "x"}),
        ("clock", {"zone": "y"}),
        ("calendar", {"deep": [1]}),
    ]
    assert len({call.id for call in calls}) == 3
    assert isinstance(first[-1], End)
    assert first[-1].stop_reason == "tool_use"
    results = user(*(ToolResult(call.id, "noon") for call in calls))
    history = (user("When?"), assistant(*parts_of(first)), results)
    second = await events_of(provider, ask(*history, model=MODEL, tools=TOOLS))
    assert text_of(second) == upstream.log[1].text


async def test_ids_that_a_server_counts_from_0_each_time_stay_apart(
    upstream: Upstream, provider: CompatibleProvider
) -> None:
    upstream.set_default("counting_ids")
    turns, ids = [user("When?")], set()
    for _ in range(3):
        events = await events_of(provider, ask(*turns, model=MODEL, tools=TOOLS))
        (call,) = calls_of(events)
        ids.add(call.id)
        turns += [assistant(*parts_of(events)), user(ToolResult(call.id, "noon"))]
    assert len(ids) == 3
    assert [entry.status for entry in upstream.log] == [200] * 3


@pytest.mark.parametrize("scenario", ["without_usage", "without_mark"])
async def test_an_answer_without_counts_is_whole_and_says_that_nobody_counted(
    upstream: Upstream, provider: CompatibleProvider, scenario: str
) -> None:
    upstream.script(scenario)
    events = await events_of(provider, ask(model=MODEL))
    assert text_of(events) == "w1 w2 w3 "
    assert events[-1] == End("end", Counts(), counted=False)


async def test_thinking_in_either_field_is_told_apart(
    upstream: Upstream, provider: CompatibleProvider
) -> None:
    upstream.script("other_field")
    events = await events_of(provider, ask(model=MODEL))
    kinds = [type(event) for event in events if isinstance(event, ThinkingDelta | ThinkingDone | TextDelta)]
    assert kinds == [ThinkingDelta] * 3 + [ThinkingDone] + [TextDelta] * 3


def chunk(text: str = "", reason: str | None = None) -> bytes:
    return json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": reason}]}).encode()


@given(
    pieces=st.lists(
        st.text(alphabet=st.sampled_from(["a", "ä", "\x00", "\ud83d", "\ude00"]), max_size=4), max_size=9
    )
)
def test_text_is_the_clean_sum_of_its_deltas_however_pairs_are_split(pieces: list[str]) -> None:
    reading = Reading("Den")
    events = [event for piece in pieces for event in reading.read(chunk(piece))]
    events += [*reading.read(chunk(reason="stop")), *reading.read(b"[DONE]")]
    assert text_of(events) == valid_text("".join(pieces))
    assert reading.ended


def test_a_mark_of_the_end_without_a_reason_is_no_end() -> None:
    reading = Reading("Den")
    reading.read(chunk("Half an ans"))
    with pytest.raises(StreamCut, match="Den"):
        reading.read(b"[DONE]")


@pytest.mark.parametrize("cuts", [1, 2, 5, 100])
def test_pieces_of_two_calls_come_together_by_their_index(cuts: int) -> None:
    reading, source = Reading("Den"), '{"zone": "Europe/Zürich"}'
    pieces = [source[n : n + cuts] for n in range(0, len(source), cuts)]
    heads = [{"index": n, "id": f"id_{n}", "function": {"name": "clock", "arguments": ""}} for n in (0, 1)]
    deltas = [{"index": n, "function": {"arguments": piece}} for piece in pieces for n in (1, 0)]
    for call in [*heads, *deltas]:
        reading.read(json.dumps({"choices": [{"delta": {"tool_calls": [call]}}]}).encode())
    reading.read(chunk(reason="tool_calls"))
    assert [(call.id, call.input) for call in calls_of(reading.closed())] == [
        (f"id_{n}", {"zone": "Europe/Zürich"}) for n in (0, 1)
    ]


def test_cached_tokens_are_counted_once() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}
    assert counts_of(usage) == Counts(input=5, cache_read=4, output=3)
    assert counts_of({"prompt_tokens": 9, "prompt_tokens_details": None}) == Counts(input=9)


async def test_a_list_tells_windows_where_the_server_does(provider: CompatibleProvider) -> None:
    models = {model.id: model for model in await provider.list_models()}
    assert set(models) == {"den/llama3.2", "den/qwen3"}
    assert (models["den/qwen3"].context_window, models["den/qwen3"].note) == (8_192, "")
    assert "guess" in models["den/llama3.2"].note


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("scenario", "kind", "words"),
    [
        ("takes_no_tools", base.BadRequest, "takes no tools"),
        ("takes_no_tools_flag", base.BadRequest, "takes no tools"),
        ("takes_no_usage", base.BadRequest, "Den does not take `stream_options`"),
        ("window_words", base.TooLong, "too long"),
        ("no_such_page", base.BadRequest, "The address set for Den"),
        ("overloaded_object", base.Overloaded, "Den is overloaded"),
    ],
)
async def test_what_a_server_cannot_do_is_said_plainly(
    upstream: Upstream,
    provider: CompatibleProvider,
    scenario: str,
    kind: type[base.ProviderError],
    words: str,
) -> None:
    upstream.script(scenario)
    error = (await failure_of(provider, ask(model=MODEL, tools=TOOLS)))[1]
    assert type(error) is kind
    assert words in error.sentence


async def test_a_model_that_was_not_pulled_is_missing(
    upstream: Upstream, provider: CompatibleProvider
) -> None:
    assert type((await failure_of(provider, ask(model="den/none")))[1]) is base.ModelMissing


async def test_a_server_that_wants_a_key_after_all_refuses(upstream: Upstream) -> None:
    with Upstream(KEY, dialect=Completions()) as locked:
        provider = CompatibleProvider("den", f"{locked.url}/v1", label="Den")
        error = (await failure_of(provider, ask(model=MODEL)))[1]
        await provider.aclose()
    assert type(error) is base.KeyRefused
