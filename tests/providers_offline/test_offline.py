from __future__ import annotations

from typing import Any

import pytest

from sessions_app.agent import prompts
from sessions_app.agent.loop import Finished, Limits, TextAdded, ToolBegan, ToolEnded, run
from sessions_app.agent.tools import Tool, Toolbox, ToolContext, ToolRefused, tool
from sessions_app.providers.base import Accepted, End, Request, Text, TextDelta, Turn
from sessions_app.providers.offline import OfflineProvider
from sessions_app.providers.offline.talk import CAN, WHAT_I_AM

from .conversation import SPECS, answer, asked, wanted, words
from .shapes import ACTIVE, COSTS, METRICS, RESULTS, TOKENS


@pytest.mark.parametrize(
    "question",
    [
        "Hello!",
        "hey there",
        "Who are you?",
        "Are you Claude?",
        "Are you a language model?",
        "What is the capital?",
    ],
)
async def test_it_says_what_it_is(question: str) -> None:
    events = await answer(asked(question))
    assert WHAT_I_AM in words(events)
    assert wanted(events) == []


@pytest.mark.parametrize(
    "question", ["help", "What can you do?", "what can I ask here", "What can you do here?", "help me"]
)
async def test_it_says_what_can_be_asked(question: str) -> None:
    said = words(await answer(asked(question)))
    assert [line for line in CAN.values() if line not in said] == []


async def test_it_says_only_what_its_tools_can() -> None:
    ledger = tuple(spec for spec in SPECS if spec.name == TOKENS)
    said = words(await answer(asked("help"), tools=ledger))
    assert [name for name, line in CAN.items() if line in said] == [TOKENS]
    assert "cannot look anything up" in words(await answer(asked("help"), tools=()))


@pytest.mark.parametrize("line", CAN.values())
async def test_each_example_it_gives_is_one_it_answers(line: str) -> None:
    for example in (piece.split("”")[0] for piece in line.split("“")[1:]):
        assert wanted(await answer(asked(example))), example


async def test_the_text_comes_a_word_at_a_time_and_is_counted() -> None:
    events = await answer(asked("hello"))
    assert isinstance(events[0], Accepted)
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert all(len(piece.split()) == 1 for piece in pieces)
    end = events[-1]
    assert isinstance(end, End)
    assert end.stop_reason == "end"
    assert end.counts.input == events[0].counts.input > 0
    assert end.counts.output == -(-len("".join(pieces).encode()) // 4)


async def test_a_turn_with_calls_ends_as_one() -> None:
    end = (await answer(asked("How many tokens today?")))[-1]
    assert isinstance(end, End)
    assert end.stop_reason == "tool_use"


@pytest.mark.parametrize(
    ("message", "title"),
    [
        (
            '<workspace-data kind="notification" source="ci">\nDeploy failed\nLog\n</workspace-data>',
            "Deploy failed",
        ),
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


# ---------------------------------------------------------------- through the loop

FOR_STAFF = "Only staff may see everyone's figures. One's own are there without that."


def tools_of(staff: bool) -> Toolbox:
    """Tools that answer the samples, and refuse everyone's figures to a member."""

    def made(name: str) -> Tool:
        async def function(
            context: ToolContext, *, time_range: str = "week", scope: str = "own", group_by: str = "model"
        ) -> dict[str, Any]:
            if scope == "everyone" and not staff:
                raise ToolRefused(FOR_STAFF)
            return {
                **RESULTS[name],
                "scope": scope,
                "period": {"week": "last 7 days"}.get(time_range, time_range),
            }

        function.__name__ = name
        return tool()(function)

    return Toolbox.of(*(made(name) for name in (METRICS, TOKENS, ACTIVE, COSTS))).bound(ToolContext(1))


async def talk(question: str, *, staff: bool = False) -> tuple[str, list[tuple[str, str, str]]]:
    """What is said, and the calls: (tool, scope, how it ended)."""
    box = tools_of(staff)
    request = Request(model="offline", turns=(asked(question),), tools=box.specs())
    events = [event async for event in run(request, OfflineProvider(delay=0), box, Limits())]
    assert events[-1] == Finished("end", "")
    begun = [event.input.get("scope", "own") for event in events if isinstance(event, ToolBegan)]
    ended = [(event.name, event.status) for event in events if isinstance(event, ToolEnded)]
    said = "".join(event.text for event in events if isinstance(event, TextAdded))
    return said, [(name, scope, status) for scope, (name, status) in zip(begun, ended, strict=True)]


async def test_the_tools_figures_become_the_answer() -> None:
    said, calls = await talk("How many tokens did I use this week?")
    assert calls == [(TOKENS, "own", "success")]
    assert "You used **1,540 tokens**" in said


async def test_two_things_asked_at_once_are_one_answer() -> None:
    said, calls = await talk("How are my metrics and costs this week?")
    assert calls == [(METRICS, "own", "success"), (COSTS, "own", "success")]
    assert "### Session metrics, last 7 days" in said
    assert "### Costs, last 7 days" in said


async def test_staff_who_ask_who_is_online_are_told_of_everyone() -> None:
    said, calls = await talk("Who is online?", staff=True)
    assert calls == [(ACTIVE, "everyone", "success")]
    assert "**3 people have a page open** now." in said


async def test_a_member_who_asks_who_is_online_is_told_that_only_staff_see_that_and_of_themselves() -> None:
    said, calls = await talk("Who is online?")
    assert calls == [(ACTIVE, "everyone", "denied"), (ACTIVE, "own", "success")]
    assert "Only staff may see everyone, so I look at what is yours." in said
    assert "You have a page open now." in said
    assert "could not look that up" not in said


async def test_a_member_who_says_everyone_is_refused_and_not_told_something_else() -> None:
    said, calls = await talk("How many tokens did everyone use this week?")
    assert calls == [(TOKENS, "everyone", "denied")]
    assert "I could not look that up. Only staff may see everyone's figures." in said


async def test_a_refusal_of_one_leaves_the_answer_of_the_other() -> None:
    said, calls = await talk("Who is online, and how many tokens did I use this week?")
    assert calls == [
        (ACTIVE, "everyone", "denied"),
        (TOKENS, "own", "success"),
        (ACTIVE, "own", "success"),
    ]
    assert said.count("You used **1,540 tokens**") == 1
    assert "You have a page open now." in said
