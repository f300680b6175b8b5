"""The tools a session names are the tools its replies have: the first time, and when they go on."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from sessions_app.agent.context import offered_tools, own_tools, plan, toolbox, tools_of
from sessions_app.models import ChatSession, Reply
from sessions_app.providers.anthropic_request import build
from sessions_app.providers.base import Request, Text, ToolResult, ToolUse, Turn
from tests.actions.steps import end, send

COSTS, HEALTH = "analyze_costs", "check_system_health"


def reply_of(chat: ChatSession, content: str = "Hello") -> Reply:
    sent = send(chat, content)
    assert sent.reply is not None
    rows = Reply.objects.select_related("session__owner", "message__parent__author")
    return rows.get(pk=sent.reply.pk)


def test_without_a_choice_all_tools_are_there(chat: ChatSession) -> None:
    made = plan(reply_of(chat))
    assert [spec.name for spec in made.request.tools] == list(offered_tools().tools)


@pytest.mark.parametrize("names", [[COSTS], [HEALTH, COSTS], []])
def test_a_reply_is_offered_only_the_tools_its_session_names(make_chat: Any, names: list[str]) -> None:
    made = plan(reply_of(make_chat(settings={"tools": names})))
    assert {spec.name for spec in made.request.tools} == set(names)
    assert set(made.tools.tools) == set(names)


def test_a_tool_that_is_not_named_is_not_run_either(make_chat: Any) -> None:
    box, _payer = tools_of(reply_of(make_chat(settings={"tools": [HEALTH]})))
    outcome = async_to_sync(box.call)(COSTS, {}, allowed=True)
    assert (outcome.status, "no tool named" in outcome.error) == ("error", True)
    assert box.get(HEALTH) is not None


def test_the_choice_holds_for_replies_that_go_on(make_chat: Any) -> None:
    chat = make_chat(settings={"tools": [HEALTH]})
    reply = reply_of(chat)
    ChatSession.objects.filter(pk=chat.pk).update(settings={"tools": [COSTS]})
    again = Reply.objects.select_related("session__owner", "message__parent__author").get(pk=reply.pk)
    assert set(tools_of(again)[0].tools) == {COSTS}
    end(reply)


def test_a_name_that_is_gone_is_passed_over(make_chat: Any) -> None:
    chat = make_chat()
    assert set(toolbox(chat.owner, chat.pk, ["removed_since", COSTS]).tools) == {COSTS}


def test_a_history_with_calls_still_defines_its_tools_when_all_are_switched_off(db: None) -> None:
    turns = (
        Turn("user", (Text("How much?"),)),
        Turn("assistant", (ToolUse("t1", COSTS, {}),)),
        Turn("user", (ToolResult("t1", "4"), Text("And now?"))),
    )
    made = build(Request("claude-opus-4-8", turns))
    assert [tool["name"] for tool in made["tools"]] == [COSTS]
    assert made["tool_choice"] == {"type": "none"}
    assert "tool_choice" not in build(Request("claude-opus-4-8", turns, tools=own_tools().specs()))
    assert "tools" not in build(Request("claude-opus-4-8", turns[:1]))
