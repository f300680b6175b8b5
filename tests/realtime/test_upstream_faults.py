"""Every way the upstream answers or fails: status, words, ledger, journal, and the next message works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sessions_app.models import Reply
from sessions_app.realtime import connections
from tests.upstream import Scenario

from .stage import PATIENT, Stage, check_goes_on

THREE = "w1 w2 w3 "


@dataclass(frozen=True)
class Row:
    """What one scenario must come to. `says` is part of the notice, `kind` the error's or the stop reason."""

    scenario: Scenario
    status: str
    kind: str
    says: str = ""
    text: str = ""
    calls: int = 1


def row(name: str, status: str, kind: str, says: str = "", text: str = "", calls: int = 1) -> Row:
    return Row(Scenario(name, after=3, words=3), status, kind, says, text, calls)


FAILED = [
    row("rate_limited", "failed", "rate_limit", "rate limit", calls=3),
    row("overloaded", "failed", "overloaded", "overloaded", calls=3),
    row("server_error", "failed", "server", "three times", calls=3),
    row("bad_gateway", "failed", "server", "three times", calls=3),
    row("unauthorized", "failed", "authentication", "key was refused"),
    row("forbidden", "failed", "permission", "may not use"),
    row("billing", "failed", "billing", "billing"),
    row("no_credit", "failed", "billing", "billing"),
    row("bad_request", "failed", "bad_request", "did not accept"),
    row("too_long", "failed", "too_long", "too long"),
    row("missing", "failed", "not_found", "does not know this model"),
    row("too_large", "failed", "too_long", "too long"),
    row("error_event", "failed", "overloaded", "text is kept", THREE),
    row("rate_event", "failed", "rate_limit", "text is kept", THREE),
    row("api_event", "failed", "server", "text is kept", THREE),
    row("cut_rst", "failed", "stream_cut", "text is kept", THREE),
    row("cut_fin", "failed", "stream_cut", "text is kept", THREE),
    row("cut_json", "failed", "stream_cut", "text is kept", THREE),
    row("no_stop", "failed", "stream_cut", "text is kept", THREE),
    row("no_delta_stop", "failed", "stream_cut", "text is kept", THREE),
    row("cut_early", "failed", "connection", "could not be reached", calls=3),
    row("garbage_json", "failed", "garbled", "could not be read", THREE),
    row("garbage_utf8", "failed", "garbled", "could not be read", THREE),
    row("garbage_shape", "failed", "garbled", "could not be read", THREE),
    row("html", "failed", "garbled", "could not be read", calls=3),
]
SILENT = [
    row("stall", "failed", "timeout", "in time", THREE),
    row("stall_pings", "failed", "timeout", "in time", THREE),
    row("hang", "failed", "timeout", "in time", calls=3),
    row("silence_pings", "failed", "timeout", "in time", calls=3),
]
COMPLETE = [
    row("words", "complete", "end", "", THREE),
    row("unknown_events", "complete", "end", "", THREE),
    row("emoji_split", "complete", "end", "", "smile \U0001f600 done"),
    row("surrogates", "complete", "end", "", "a\ufffdb\ufffdc"),
    row("nul", "complete", "end", "", "a\ufffdb"),
    row("refusal", "complete", "refusal", "declined", THREE),
    row("max_tokens", "complete", "max_tokens", "Continue", THREE),
    row("context_window", "complete", "max_tokens", "Continue", THREE),
    row("stop_sequence", "complete", "end", "", THREE),
    row("unknown_stop", "complete", "end", "out_of_ink", THREE),
    row("empty", "complete", "end", "without an answer"),
    row("thinking", "complete", "end", "", THREE),
    row("redacted", "complete", "end", "", THREE),
    row("tool", "complete", "end", "", f"Let me look. \n\n{THREE}", calls=2),
    row("two_tools", "complete", "end", "", f"Let me look. \n\n{THREE}", calls=2),
    row("thinking_tool", "complete", "end", "", THREE, calls=2),
    row("unknown_tool", "complete", "end", "", f"Let me look. \n\n{THREE}", calls=2),
    row("broken_tool", "complete", "end", "", THREE, calls=2),
    row("list_tool", "complete", "end", "", THREE, calls=2),
    row("cut_tool", "complete", "max_tokens", "length limit"),
    row("big_delta", "complete", "end", "", "x" * 1_000_000),
]


@pytest.mark.parametrize("row", FAILED + COMPLETE, ids=lambda row: row.scenario.name)
async def test_each_answer_and_failure_ends_right_and_the_next_message_works(stage: Stage, row: Row) -> None:
    await check_goes_on(stage, await answered(stage, row))


@pytest.mark.parametrize("row", SILENT, ids=lambda row: row.scenario.name)
async def test_silence_is_given_up_and_the_next_message_works(
    stage: Stage, row: Row, hasty: None, settings: Any
) -> None:
    reply = await answered(stage, row)
    settings.ANTHROPIC_SILENCE_TIMEOUT = PATIENT
    await connections.close()
    await check_goes_on(stage, reply)


async def answered(stage: Stage, row: Row) -> Reply:
    """The ended reply, which came to what the row says."""
    reply = await stage.answer(row.scenario)
    assert (reply.status, reply.error_type or reply.stop_reason) == (row.status, row.kind)
    assert row.says in reply.error_message
    assert bool(reply.error_message) == bool(row.says)
    assert reply.message.content == row.text
    tries = [(call.attempt, call.error_type) for call in await stage.ledger(reply)]
    assert (len(tries), len(stage.upstream.replies)) == (row.calls, row.calls), tries
    return reply


async def test_a_paused_answer_is_resumed_by_itself(stage: Stage) -> None:
    stage.upstream.script(Scenario("pause", after=2))
    reply = await stage.answer(Scenario("words", words=2))
    assert (reply.status, reply.message.content) == ("complete", "w1 w2 \n\nw1 w2 ")
    await check_goes_on(stage, reply)


async def test_endless_tools_end_at_the_turn_limit(stage: Stage) -> None:
    reply = await stage.answer("endless_tools")
    assert (reply.status, reply.stop_reason, reply.turns) == ("complete", "turn_limit", 10)
    assert "used all of its 10 turns" in reply.error_message
    assert reply.can_continue
    await check_goes_on(stage, reply)


async def test_twenty_thousand_small_deltas_are_one_answer(stage: Stage) -> None:
    reply = await stage.answer("tiny_deltas")
    assert reply.status == "complete"
    assert reply.message.content == "".join(chr(97 + n % 26) for n in range(20_000))
    await check_goes_on(stage, reply)


async def test_an_overloaded_upstream_is_asked_again_before_anything_is_shown(stage: Stage) -> None:
    stage.upstream.script("overloaded", "overloaded")
    reply = await stage.answer(Scenario("words", words=3))
    assert (reply.status, reply.message.content, reply.error_message) == ("complete", THREE, "")
    rows = await stage.ledger(reply)
    assert [(row.attempt, row.ok, row.error_type, row.total > 0) for row in rows] == [
        (1, False, "overloaded", False),
        (2, False, "overloaded", False),
        (3, True, "", True),
    ]
    chunks = await stage.journal(reply)
    told = [chunk["data"] for chunk in chunks if chunk["data"] and "attempt" in chunk["data"]]
    assert [(data["status"], data["attempt"]) for data in told] == [("retrying", 2), ("retrying", 3)]
    await check_goes_on(stage, reply)


async def test_a_short_retry_after_is_waited_for(stage: Stage) -> None:
    stage.upstream.script(Scenario("rate_limited", retry_after="1"))
    reply = await stage.answer(Scenario("words", words=3))
    first, second = stage.upstream.replies
    assert first.ended_at is not None
    assert second.at - first.ended_at >= 0.95
    assert (reply.status, reply.message.content) == ("complete", THREE)
    await check_goes_on(stage, reply)


async def test_a_very_long_retry_after_gives_up_and_says_until_when(stage: Stage) -> None:
    reply = await stage.answer(Scenario("rate_limited", retry_after="3600"))
    assert (reply.status, reply.error_type, len(stage.upstream.replies)) == ("failed", "rate_limit", 1)
    assert "It can be tried again in 60 minutes." in reply.error_message
    await check_goes_on(stage, reply)


async def test_signed_thinking_goes_back_byte_for_byte_with_its_tool_call(stage: Stage) -> None:
    reply = await stage.answer(Scenario("thinking_tool", words=3))
    second = stage.upstream.replies[1].body["messages"]
    assert [block["type"] for block in second[1]["content"]] == ["thinking", "tool_use"]
    assert second[1]["content"][0]["signature"]
    assert [part["kind"] for part in reply.message.parts] == ["thinking", "tool_call", "text"]
    assert reply.message.parts[0]["raw"]["block"] == second[1]["content"][0]
    await check_goes_on(stage, reply)


async def test_the_error_chunk_comes_before_the_one_terminal_chunk(stage: Stage) -> None:
    reply = await stage.answer("cut_fin")
    error, end = (await stage.journal(reply))[-2:]
    assert error["type"] == "error"
    assert error["data"]["message"] == reply.error_message
    assert (error["data"]["error_type"], error["data"]["retryable"]) == ("stream_cut", True)
    assert end["data"]["status"] == "failed"
    assert end["data"]["message_id"] == str(reply.pk)
    row = (await stage.ledger(reply))[0]
    assert end["data"]["usage"]["cache_write_5m"] == row.cache_write_5m > 0
    assert end["data"]["usage"]["output"] == row.output > 0


async def test_neither_key_nor_raw_error_reaches_the_person(stage: Stage) -> None:
    reply = await stage.answer("unauthorized")
    chunks = await stage.journal(reply)
    for secret in (stage.upstream.key, "invalid x-api-key", "Traceback"):
        assert secret not in reply.error_message
        assert secret not in str(chunks)
