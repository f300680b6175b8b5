"""A plugin that goes wrong, in each hook and each way, in the real runner: replies go on, and staff see it."""

from __future__ import annotations

from typing import Any

import pytest

from sessions_app.actions.plugins import resume_plugin, switch_plugin
from sessions_app.models import ActivityEvent, ChatSession, Message, PluginChoice, PluginState, ToolCall, User
from sessions_app.plugins import hooks
from sessions_app.plugins.running import lane
from tests.plugins import faulty
from tests.realtime.stage import Stage, check_sound, stored
from tests.upstream import Scenario

HOOKS = {
    "bad-before-send": "before_send",
    "bad-context": "The context context",
    "bad-tools": "The tool bad_tool",
    "bad-after-reply": "after_reply",
    "bad-sources": "The source bad_source",
}
SAYS = {
    "raises": "raised ValueError (faulty.py, line",
    "exits": "raised SystemExit",
    "recurses": "raised RecursionError",
    "sleeps": "took longer than",
    "sleeps in a coroutine": "took longer than",
    "garbage": "",
    "other garbage": " gave ",
    "floods": "more than",
}


@pytest.fixture(autouse=True)
def soon(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PLUGINS = faulty.ALL
    settings.PLUGIN_SECONDS = 0.4
    settings.TOOL_TIMEOUT = 1.5
    monkeypatch.setattr(hooks, "AT_ONCE", 0.4)


def switch_on(actor: User) -> None:
    for name in HOOKS:
        switch_plugin(name=name, enabled=True, actor=actor)


# What a hook gives to nobody cannot be garbage, and there is nothing to flood.
UNSEEN = {("bad-after-reply", "garbage"), ("bad-after-reply", "other garbage"), ("bad-after-reply", "floods")}


@pytest.mark.parametrize("fault", list(SAYS))
async def test_replies_go_on_and_staff_see_it(stage: Stage, staff: User, fault: str) -> None:
    await stored(lambda: switch_on(staff))
    faulty.fault = fault
    reply = await stage.answer(Scenario("tool", tools=({"name": "bad_tool", "input": {}},)), "Hello")
    await hooks.watch()
    assert (reply.status, reply.message.content.endswith("w20 ")) == ("complete", True)
    states = await stored(lambda: {row.name: row for row in PluginState.objects.all()})
    for name in HOOKS:
        state = states[name]
        if (name, fault) in UNSEEN:
            assert state.failures == 0, state.last_error
            continue
        assert (name, state.failures) == (name, 1)
        assert state.last_error.startswith(HOOKS[name])
        assert SAYS[fault] in state.last_error
        assert faulty.PROMPT_WORDS not in state.last_error
    call = await stored(lambda: ToolCall.objects.get(message=reply.pk))
    assert (call.status, call.error_message.split()[:2]) == ("error", ["Bad", "tool"])
    told = ActivityEvent.objects.filter(source__startswith="plugin")
    assert await stored(told.count) == (100 if fault == "floods" else 0)
    await stored(lambda: check_sound(stage.chat))


async def test_a_flood_of_cards_is_cut(stage: Stage, staff: User) -> None:
    await stored(lambda: switch_on(staff))
    faulty.fault = "floods"
    reply = await stage.answer(Scenario("words", words=3), "Hello")
    parts = await stored(lambda: Message.objects.get(children=reply.pk).parts)
    cards = [part for part in parts if part["kind"] == "card"]
    assert len(cards) == 10  # five of each plugin
    assert max(len(card["text"]) for card in cards) == 20_000


async def test_others_are_answered_while_a_plugin_sleeps(
    stage: Stage, bob: User, staff: User, settings: Any
) -> None:
    settings.PLUGIN_SECONDS = 30
    await stored(lambda: switch_on(staff))
    await stored(
        lambda: PluginChoice.objects.bulk_create(
            PluginChoice(user=bob, plugin=name, enabled=False) for name in HOOKS
        )
    )
    faulty.fault = "sleeps in a coroutine"
    held = await stage.begin(Scenario("words", words=3), "Hello")
    await stage.growing(held, "")

    def other() -> ChatSession:
        return ChatSession.objects.create(
            owner=bob, model="claude-sonnet-5-5", provider="anthropic", title="B", title_source="person"
        )

    stage.chat = await stored(other)
    quick = await stage.begin(Scenario("words", words=3), "Hello")
    await stage.growing(quick, "")
    await stage.runner.runs[quick.pk].task
    assert (await stage.fresh(quick)).status == "complete"
    assert (await stage.fresh(held)).status == "running"
    faulty.release.set()
    assert (await stage.ended(held)).status == "complete"


async def test_what_fails_five_times_is_left_out_and_staff_can_resume_it(stage: Stage, staff: User) -> None:
    await stored(lambda: switch_on(staff))
    faulty.fault = "raises"
    for _ in range(6):
        await stage.answer(Scenario("words", words=1), "Hello")
    state = await stored(lambda: PluginState.objects.get(name="bad-context"))
    assert state.failures == 5
    assert state.paused_until is not None
    await stored(lambda: resume_plugin(name="bad-context", actor=staff))
    await stage.answer(Scenario("words", words=1), "Hello")
    assert (await stored(lambda: PluginState.objects.get(name="bad-context"))).failures == 6


async def test_threads_that_never_return_are_few(stage: Stage, staff: User, settings: Any) -> None:
    settings.PLUGIN_SECONDS = 0.05
    await stored(lambda: switch_on(staff))
    faulty.fault = "sleeps"
    for _ in range(5):
        await stage.answer(Scenario("words", words=1), "Hello")
    state = await stored(lambda: PluginState.objects.get(name="bad-context"))
    assert "4 earlier calls have not returned" in state.last_error
    assert lane("bad-context").hanging == 4
    faulty.release.set()
