from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.providers.base import Text, ToolSpec, Turn
from sessions_app.providers.offline.choosing import choose

from . import questions
from .conversation import SPECS, TODAY, answer, asked, calls, wanted, words
from .shapes import ACTIVE, COSTS, ENGAGEMENT, HEALTH, METRICS, SEARCH, TOKENS

ONE_SPAN = [
    (tool, *row)
    for tool, rows in (
        (METRICS, questions.METRICS_QUESTIONS),
        (ACTIVE, questions.ACTIVE_QUESTIONS),
        (ENGAGEMENT, questions.ENGAGEMENT_QUESTIONS),
        (COSTS, questions.COSTS_QUESTIONS),
    )
    for row in rows
]


def scoped(scope: str, **arguments: Any) -> dict[str, Any]:
    return arguments if scope == "own" else {**arguments, "scope": scope}


@pytest.mark.parametrize(("tool", "question", "time_range", "scope"), ONE_SPAN)
async def test_a_question_chooses_its_tool_period_and_scope(
    tool: str, question: str, time_range: str, scope: str
) -> None:
    assert await calls(question) == [(tool, scoped(scope, time_range=time_range))]


@pytest.mark.parametrize(("question", "time_range", "group_by", "scope"), questions.TOKENS_QUESTIONS)
async def test_a_question_about_tokens_names_their_grouping(
    question: str, time_range: str, group_by: str, scope: str
) -> None:
    assert await calls(question) == [(TOKENS, scoped(scope, time_range=time_range, group_by=group_by))]


@pytest.mark.parametrize(("question", "query", "time_range"), questions.SEARCH_QUESTIONS)
async def test_a_question_about_messages_searches_for_its_subject(
    question: str, query: str, time_range: str
) -> None:
    [(tool, given)] = await calls(question)
    assert tool == SEARCH
    assert given is not None
    assert (given["query"], given["time_range"]) == (query, time_range)


@pytest.mark.parametrize("question", questions.HEALTH_QUESTIONS)
async def test_a_question_about_health_checks_the_system(question: str) -> None:
    assert await calls(question) == [(HEALTH, {})]


@pytest.mark.parametrize("question", questions.ABOUT_SOMETHING_ELSE)
async def test_a_question_about_something_else_is_not_answered_by_figures(question: str) -> None:
    events = await answer(asked(question))
    assert wanted(events) == []
    assert "I can look things up" in words(events) or "What should I look for?" in words(events)


# ---------------------------------------------------------------- periods


@pytest.mark.parametrize(
    ("said", "time_range", "remark"),
    [
        ("today", "today", ""),
        ("this morning", "today", ""),
        ("this week", "week", ""),
        ("in the last 7 days", "week", ""),
        ("over the past week", "week", ""),
        ("this month", "month", ""),
        ("in November", "month", ""),
        ("of all time", "all", ""),
        ("this month so far", "month", ""),
        ("yesterday", "week", "“yesterday”"),
        ("since Monday", "week", "“since Monday”"),
        ("last week", "week", "“last week”"),
        ("in the last 3 days", "week", "“the last 3 days”"),
        ("in the last two weeks", "month", "“the last two weeks”"),
        ("last month", "month", "“last month”"),
        ("in October", "all", "“October”"),
        ("in November 2025", "all", "“November 2025”"),
        ("this year", "all", "“this year”"),
        ("since the 3rd", "all", "“since the 3rd”"),
        ("in the last 24 hours", "today", "“the last 24 hours”"),
    ],
)
async def test_a_span_it_does_not_have_becomes_the_nearest_with_a_word_about_it(
    said: str, time_range: str, remark: str
) -> None:
    events = await answer(asked(f"How many messages did I write {said}?"))
    assert wanted(events) == [(METRICS, {"time_range": time_range})]
    assert remark in words(events)
    assert ("the nearest I have is" in words(events)) is bool(remark)


async def test_yesterdays_tokens_are_shown_among_the_days() -> None:
    events = await answer(asked("How many tokens did we burn through yesterday?"))
    assert wanted(events) == [(TOKENS, {"time_range": "week", "group_by": "day"})]
    assert "Yesterday is one of the rows" in words(events)


async def test_this_week_against_last_week_is_one_call_for_tools_compare_by_themselves() -> None:
    events = await answer(asked("Compare my tokens this week with last week"))
    assert wanted(events) == [(TOKENS, {"time_range": "week", "group_by": "model"})]
    assert "nearest" not in words(events)


# ---------------------------------------------------------------- several at once


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "How are my metrics and costs this week?",
            [(METRICS, {"time_range": "week"}), (COSTS, {"time_range": "week"})],
        ),
        (
            "Compare tokens this week and this month",
            [
                (TOKENS, {"time_range": "week", "group_by": "model"}),
                (TOKENS, {"time_range": "month", "group_by": "model"}),
            ],
        ),
        (
            "How many tokens today, and what will next week cost?",
            [(TOKENS, {"time_range": "today", "group_by": "model"}), (COSTS, {"time_range": "month"})],
        ),
        (
            "How are my metrics this week and my costs this month?",
            [(METRICS, {"time_range": "week"}), (COSTS, {"time_range": "month"})],
        ),
        (
            "How is engagement, and what did it cost this week?",
            [(ENGAGEMENT, {"time_range": "week"}), (COSTS, {"time_range": "week"})],
        ),
        (
            "Who is online and is the system healthy?",
            [(ACTIVE, {"time_range": "today", "scope": "everyone"}), (HEALTH, {})],
        ),
        (
            "Find messages about invoices and show my costs today",
            [(SEARCH, {"query": "invoices", "time_range": "all"}), (COSTS, {"time_range": "today"})],
        ),
    ],
)
async def test_several_questions_at_once_are_asked_in_one_turn(
    question: str, expected: list[tuple[str, dict[str, Any]]]
) -> None:
    assert await calls(question) == expected


async def test_a_part_that_is_about_something_else_is_named() -> None:
    events = await answer(asked("How many tokens today? And what is the capital of France?"))
    assert [name for name, _ in wanted(events)] == [TOKENS]
    assert "I can answer only the part" in words(events)


@pytest.mark.parametrize(
    ("follow_up", "given"),
    [
        ("And this month?", {"time_range": "month", "group_by": "model"}),
        ("by day?", {"time_range": "week", "group_by": "day"}),
        ("What about everyone?", {"time_range": "week", "group_by": "model", "scope": "everyone"}),
    ],
)
async def test_a_bare_follow_up_is_about_the_question_before(follow_up: str, given: dict[str, Any]) -> None:
    said = Turn("assistant", (Text("1,540 tokens."),))
    events = await answer(asked("How many tokens did I use this week?"), said, asked(follow_up))
    assert wanted(events) == [(TOKENS, given)]


# ---------------------------------------------------------------- what is offered


@pytest.mark.parametrize(
    "question",
    [
        "How are my metrics?",
        "How many tokens today?",
        "Find messages about invoices",
        "Who is online?",
        "What are my peak hours?",
        "Is everything working?",
        "What will next week cost?",
    ],
)
async def test_without_its_tool_it_says_that_it_cannot(question: str) -> None:
    events = await answer(asked(question), tools=())
    assert wanted(events) == []
    assert "I cannot look up" in words(events)


async def test_without_the_tool_for_costs_the_ledger_tells_what_was_spent_but_not_what_will_be() -> None:
    ledger = tuple(spec for spec in SPECS if spec.name == TOKENS)
    assert await calls("What did I spend this week by provider?", tools=ledger) == [
        (TOKENS, {"time_range": "week", "group_by": "provider"})
    ]
    assert await calls("What will next week cost?", tools=ledger) == []


async def test_arguments_a_tool_does_not_take_are_left_out_and_named() -> None:
    plain = ToolSpec(TOKENS, "", {"properties": {"time_range": {}, "group_by": {"enum": ["model"]}}})
    events = await answer(asked("How many tokens did each user use today?"), tools=(plain,))
    assert wanted(events) == [(TOKENS, {"time_range": "today"})]
    assert "not at everyone's" in words(events)
    assert "I cannot split this by user." in words(events)


async def test_one_session_by_itself_is_said_to_be_out_of_reach() -> None:
    events = await answer(asked("How many tokens did this conversation use?"))
    assert "I cannot count one session by itself" in words(events)


@pytest.mark.parametrize("question", ["Search", "find messages", "Find messages about …"])
async def test_a_search_for_nothing_asks_what_to_look_for(question: str) -> None:
    events = await answer(asked(question))
    assert wanted(events) == []
    assert words(events).startswith("What should I look for?")


@given(st.text())
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    for wish in choose([text, f"How many tokens {text}?"], SPECS, TODAY).wishes:
        assert wish.family.tool


@pytest.mark.parametrize(
    ("piece", "times"),
    [("find ", 3000), ("did ", 3000), ("how many ", 2000), ("the ", 4000), ("a", 16000), ("last ", 3000)],
)
async def test_a_long_text_ends_in_an_answer(piece: str, times: int) -> None:
    assert words(await answer(asked(piece * times)))
