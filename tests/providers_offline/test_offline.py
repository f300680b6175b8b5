from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sessions_app.agent import prompts
from sessions_app.agent.loop import Finished, Limits, TextAdded, ToolBegan, run
from sessions_app.agent.tools import Toolbox, ToolContext, tool
from sessions_app.providers.base import (
    Accepted,
    End,
    Event,
    Request,
    Text,
    TextDelta,
    ToolCallRequested,
    ToolResult,
    ToolSpec,
    ToolUse,
    Turn,
)
from sessions_app.providers.offline import OfflineProvider
from sessions_app.providers.offline_intents import WHAT_I_AM

TOKENS, SEARCH = "analyze_token_usage", "search_session_messages"
BOTH = tuple(ToolSpec(name, "", {}) for name in (TOKENS, SEARCH))

USAGE: dict[str, Any] = {
    "period": "last 7 days",
    "group_by": "model",
    "input_tokens": 1000,
    "cache_read_tokens": 300,
    "cache_write_tokens": 40,
    "output_tokens": 200,
    "total_tokens": 1540,
    "total_cost": "0.0123",
    "calls": 3,
    "unpriced_calls": 1,
    "rows": [{"name": "claude|x", "total_tokens": 1540, "calls": 3, "total_cost": "0.0123"}],
}


async def answer(*turns: Turn, tools: tuple[ToolSpec, ...] = BOTH, **values: Any) -> list[Event]:
    request = Request(model="offline", turns=turns, tools=tools, **values)
    return [event async for event in OfflineProvider(delay=0).stream(request)]


def asked(question: str) -> Turn:
    return Turn("user", (Text(question),))


def words(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def wanted(events: list[Event]) -> list[tuple[str, Any]]:
    return [(event.name, event.input) for event in events if isinstance(event, ToolCallRequested)]


async def told(tool: str, content: str, is_error: bool = False) -> str:
    """What is said when this came back from the tool."""
    return words(
        await answer(
            asked("Well?"),
            Turn("assistant", (ToolUse("t1", tool, {}),)),
            Turn("user", (ToolResult("t1", content, is_error),)),
        )
    )


@pytest.mark.parametrize(
    ("question", "time_range", "group_by"),
    [
        ("How many tokens did I use this week?", "week", "model"),
        ("Where did this month's tokens go?", "month", "model"),
        ("what has each model cost today", "today", "model"),
        ("How much have I spent overall?", "all", "model"),
        ("Show my usage day by day for the past 30 days", "month", "day"),
        ("Token usage by provider, all time", "all", "provider"),
        ("Is this expensive?", "week", "model"),
    ],
)
async def test_a_question_about_tokens_asks_for_the_ledger(
    question: str, time_range: str, group_by: str
) -> None:
    events = await answer(asked(question))
    assert wanted(events) == [(TOKENS, {"time_range": time_range, "group_by": group_by})]
    assert isinstance(events[-1], End)
    assert events[-1].stop_reason == "tool_use"


@pytest.mark.parametrize(
    ("question", "query", "time_range"),
    [
        ("Find messages about invoices", "invoices", "all"),
        ("What did we say about the release yesterday?", "release", "week"),
        ('Search for "token budget"', "token budget", "all"),
        ("please find my old messages on the parser from this month", "parser", "month"),
        ("When did I mention Kubernetes?", "Kubernetes", "all"),
        ("show me chats about the cost of paper", "cost of paper", "all"),
        ("search my chats for quarterly numbers please", "quarterly numbers", "all"),
        ("Did we ever discuss retries?", "retries", "all"),
    ],
)
async def test_a_question_about_messages_searches_for_its_subject(
    question: str, query: str, time_range: str
) -> None:
    assert wanted(await answer(asked(question))) == [(SEARCH, {"query": query, "time_range": time_range})]


@pytest.mark.parametrize("question", ["How many tokens today?", "Find messages about invoices"])
async def test_without_its_tool_it_says_that_it_cannot(question: str) -> None:
    events = await answer(asked(question), tools=())
    assert wanted(events) == []
    assert "I cannot look up" in words(events)
    assert isinstance(events[-1], End)
    assert events[-1].stop_reason == "end"


@pytest.mark.parametrize(
    "question", ["Hello!", "hey there", "Who are you?", "Are you Claude?", "What is the capital?"]
)
async def test_it_says_what_it_is(question: str) -> None:
    events = await answer(asked(question))
    assert WHAT_I_AM in words(events)
    assert wanted(events) == []


@pytest.mark.parametrize("question", ["help", "What can you do?", "what can I ask here"])
async def test_it_says_what_can_be_asked(question: str) -> None:
    assert "Tokens and costs" in words(await answer(asked(question)))


async def test_every_figure_of_the_answer_comes_from_the_result() -> None:
    said = await told(TOKENS, json.dumps(USAGE))
    assert said.startswith(
        "You used **1,540 tokens** in 3 model calls in the last 7 days: 1,000 in, 300 read"
    )
    assert "They cost **$0.0123**. 1 call without a known price" in said
    assert "| claude\\|x | 1,540 | 3 | $0.0123 |" in said


@pytest.mark.parametrize(
    "key", ["input_tokens", "output_tokens", "total_tokens", "total_cost", "calls", "period"]
)
async def test_another_figure_makes_another_sentence(key: str) -> None:
    changed = {**USAGE, key: "7.5" if key in {"total_cost", "period"} else 77}
    assert await told(TOKENS, json.dumps(changed)) != await told(TOKENS, json.dumps(USAGE))


async def test_an_unknown_price_is_never_told_as_nothing() -> None:
    said = await told(TOKENS, json.dumps({**USAGE, "total_cost": None, "rows": []}))
    assert "The price of these calls is unknown." in said
    assert "$" not in said


async def test_no_calls_are_told_as_such() -> None:
    assert "No model calls in the last 7 days" in await told(
        TOKENS, json.dumps({**USAGE, "calls": 0, "rows": []})
    )


async def test_found_messages_are_listed_with_links_and_their_markdown_is_harmless() -> None:
    hit = {
        "session": "Plan [x](http://evil)",
        "when": "2026-11-20 09:00",
        "by": "you",
        "snippet": "a **bold** ![p](http://evil/p.png)",
        "link": "/sessions/1/#message-2",
    }
    result = {"period": "all time", "query": "plan", "total_found": 3, "messages": [hit]}
    said = await told(SEARCH, json.dumps(result))
    assert "I found **3 messages** with “plan” in all time. The newest of them (1):" in said
    assert "(/sessions/1/#message-2), 2026-11-20 09:00, you: a \\*\\*bold\\*\\*" in said
    assert re.search(r"(?<!\\)\]\(http", said) is None


async def test_a_search_that_found_nothing_says_so() -> None:
    said = await told(
        SEARCH, json.dumps({"period": "today", "query": "plan", "total_found": 0, "messages": []})
    )
    assert said == "No message of yours holds “plan” today."


@pytest.mark.parametrize("content", ["not json", "[1]", "null"])
async def test_a_result_it_cannot_read_is_named(content: str) -> None:
    assert "cannot read" in await told(TOKENS, content)


async def test_an_error_of_the_tool_is_passed_on_in_its_words() -> None:
    assert (
        await told(TOKENS, "It took too long.", is_error=True)
        == "I could not look that up. It took too long."
    )


async def test_the_text_comes_a_word_at_a_time_and_is_counted() -> None:
    events = await answer(asked("hello"))
    assert isinstance(events[0], Accepted)
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert all(len(piece.split()) == 1 for piece in pieces)
    end = events[-1]
    assert isinstance(end, End)
    assert end.counts.input == events[0].counts.input > 0
    assert end.counts.output == -(-len("".join(pieces).encode()) // 4)


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Hello, can you help me to write a parser for CSV files in Python?", "Write a parser for CSV files"),
        ("How many tokens did I use this week?", "How many tokens did I use"),
        ("hi", "Hi"),
        ("# Release notes\nand more", "Release notes"),
        ("", "New session"),
    ],
)
async def test_a_title_is_at_most_six_words_of_the_first_message(message: str, title: str) -> None:
    events = await answer(asked(message), tools=(), system=prompts.read("title"), purpose="title")
    assert words(events) == title


async def test_asked_to_go_on_it_says_that_it_cannot() -> None:
    said = words(
        await answer(asked("tokens?"), Turn("assistant", (Text("You us"),)), asked(prompts.read("continue")))
    )
    assert "cannot pick up a text in the middle" in said


async def test_an_earlier_question_is_not_answered_again() -> None:
    events = await answer(asked("tokens?"), Turn("assistant", (Text("1,540."),)), asked("thanks"))
    assert words(events) == "You are welcome."


async def test_through_the_loop_the_tools_figures_become_the_answer() -> None:
    @tool(label="Token usage")
    async def analyze_token_usage(context: ToolContext, *, time_range: str, group_by: str) -> dict[str, Any]:
        """Gives what the test wrote."""
        return {**USAGE, "total_tokens": 4711, "period": time_range}

    box = Toolbox.of(analyze_token_usage).bound(ToolContext(1))
    request = Request(model="offline", turns=(asked("How many tokens this week?"),), tools=box.specs())
    events = [event async for event in run(request, OfflineProvider(delay=0), box, Limits())]
    assert [event.name for event in events if isinstance(event, ToolBegan)] == [TOKENS]
    assert "4,711 tokens" in "".join(event.text for event in events if isinstance(event, TextAdded))
    assert events[-1] == Finished("end", "")
