"""`/plugin`, and the commands that plugins bring."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from sessions_app.actions.errors import Refused
from sessions_app.actions.plugins import choose_plugin, note_failure, switch_plugin
from sessions_app.agent.context import toolbox
from sessions_app.commands import registry
from sessions_app.commands.base import Context, Outcome
from sessions_app.commands.registry import typed_command
from sessions_app.models import AuditEntry, PluginChoice, PluginState, User
from sessions_app.plugins import Plugin as Base
from sessions_app.plugins import Typed, command, running
from tests.plugins import faulty
from tests.plugins.test_fields import Model as Everything

pytestmark = pytest.mark.django_db
HERE = "tests.commands.test_plugin."
CALCULATOR = "sessions_app.plugins.calculator.Calculator"


class Own(Everything):
    must: str = "x"


@command(argument="WORDS", complete=lambda typed: ["one", "two"])
def say(typed: Typed) -> str:
    """Says it"""
    return f"{typed.person} says {typed.argument}; {typed.settings.count}, {typed.personal.count}"


@command()
def help(typed: Typed) -> str:
    """A word that is taken"""
    return f"helped in process {os.getpid()}"


class Speaker(Base):
    name = "speaker"
    Settings = Own
    PersonSettings = Own
    commands = (say, help)


@pytest.fixture(autouse=True)
def plugins(settings: Any) -> None:
    settings.PLUGINS = [CALCULATOR, HERE + "Speaker", *faulty.ALL, faulty.HERE + "Settings"]
    settings.PLUGIN_SECONDS = 0.3
    running._lanes.clear()
    faulty.fault = "none"


@pytest.fixture
def setter(staff: User) -> User:
    staff.user_permissions.add(Permission.objects.get(codename="change_pluginstate"))
    return User.objects.get(pk=staff.pk)


def run(user: User, text: str) -> Outcome:
    typed = typed_command(text)
    assert typed is not None
    return registry.run(typed, Context(user, None))


def refusal(user: User, text: str) -> str:
    with pytest.raises(Refused) as refused:
        run(user, text)
    return refused.value.sentence


def completed(user: User, typed: str) -> list[str]:
    found = registry.commands(user)["plugin"].complete(Context(user, None), typed)
    return [each.argument for each in found]


def test_people_use_what_staff_switched_on_and_can_leave_it_out(alice: User, setter: User) -> None:
    assert "no command /calc" in refusal(alice, "/calc 1 + 1")
    assert "no plugin of that name" in refusal(alice, "/plugin enable calculator")
    assert "no plugin of that name" in refusal(alice, "/plugin enable calculator everyone")
    assert run(setter, "/plugin enable calculator everyone").text == "Calculator is on in this workspace."
    assert run(alice, "/calc 5 km in m").text == "5 km in m = 5000 m"
    assert "cannot be added" in refusal(alice, "/calc 5 km + 1 s")
    assert run(alice, "/plugin run calculator calc 2^10").text == "2^10 = 1024"
    assert "/calc SUM" in dict(run(alice, "/help").rows)
    run(alice, "/plugin disable calculator")
    assert "no command /calc" in refusal(alice, "/calc 1 + 1")
    assert "calculate" not in toolbox(alice, "").tools
    assert "calculate" in toolbox(setter, "").tools
    assert "Only staff" in refusal(alice, "/plugin disable calculator everyone")
    run(alice, "/plugin enable calculator")
    assert run(alice, "/calc 1 + 1").text == "1 + 1 = 2"
    run(setter, "/plugin disable calculator everyone")
    assert "no command /calc" in refusal(alice, "/calc 1 + 1")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "switched plugin on", "switched plugin off",
    ]  # fmt: skip


def test_a_paused_one_is_still_known_and_can_be_left_out(alice: User, setter: User) -> None:
    """As on the page of plugins: it is there, and says why it does nothing."""
    run(setter, "/plugin enable calculator everyone")
    note_failure(name="calculator", error="It took too long.", pause=True)
    assert "paused after failures" in dict(run(alice, "/plugin list").rows)["calculator"]
    assert "it is paused" in refusal(alice, "/plugin run calculator calc 1 + 1")
    run(alice, "/plugin disable calculator")
    assert "it failed too often and rests" in run(alice, "/plugin enable calculator").text


def test_staff_set_the_workspace_and_people_themselves(alice: User, setter: User) -> None:
    switch_plugin(name="speaker", enabled=True, actor=setter)
    run(setter, '/plugin config speaker count=7 lines="one;two words" loud=on')
    run(alice, "/plugin config speaker count=2")
    assert run(alice, "/say hello").text == "alice says hello; 7, 2"
    assert run(setter, "/say hello").text == "staff says hello; 7, 3"
    state = PluginState.objects.get(name="speaker")
    assert state.values == {"count": 7, "lines": ["one", "two words"], "loud": True}
    assert "count: none → 7" in AuditEntry.objects.get(action="set plugin").detail
    shown = dict(run(alice, "/plugin config speaker").rows)
    assert shown["count"].startswith("How many: 2.")
    assert "greater than or equal to 1" in refusal(alice, "/plugin config speaker count=0")
    assert "nothing called colourr" in refusal(alice, "/plugin config speaker colourr=red")
    assert "Write key=value" in refusal(alice, "/plugin config speaker count")
    assert PluginChoice.objects.get(user=alice).values == {"count": 2}


@pytest.mark.parametrize(("who", "page"), [("alice", "/plugins/"), ("setter", "/admin/")])
def test_a_secret_is_not_taken_where_it_would_be_kept(
    request: pytest.FixtureRequest, setter: User, who: str, page: str
) -> None:
    switch_plugin(name="speaker", enabled=True, actor=setter)
    said = refusal(request.getfixturevalue(who), "/plugin config speaker key=hush-hush")
    assert page in said
    assert "hush" not in said
    assert PluginState.objects.get(name="speaker").secrets_sealed == ""


def test_it_completes_verbs_names_commands_and_keys(alice: User, setter: User) -> None:
    switch_plugin(name="speaker", enabled=True, actor=setter)
    assert completed(alice, "e") == ["enable"]
    assert completed(alice, "run ") == ["run speaker"]
    assert completed(alice, "run speaker s") == ["run speaker say"]
    assert completed(alice, "run speaker say o") == ["run speaker say one"]
    assert "config speaker loud=" in completed(alice, "config speaker l")
    assert completed(alice, "config speaker pace=f") == ["config speaker pace=fast"]
    assert not any("key=" in each for each in completed(alice, "config speaker "))
    assert completed(alice, "enable speaker ") == []
    assert completed(setter, "enable speaker ") == ["enable speaker everyone"]
    assert completed(alice, "enable calculator") == []


def test_a_plugin_takes_no_word_of_ours_but_can_be_run(alice: User, setter: User) -> None:
    switch_plugin(name="speaker", enabled=True, actor=setter)
    assert run(alice, "/help").text.startswith("Commands.")
    assert run(alice, "/plugin run speaker help").text == f"helped in process {os.getpid()}"
    assert ("/say WORDS", "Says it") in list(run(alice, "/plugin help speaker").rows)
    assert "It has: say, help" in refusal(alice, "/plugin run speaker shout")


@pytest.mark.parametrize("fault", ["raises", "exits", "sleeps", "sleeps in a coroutine", "garbage", "floods"])
def test_a_command_that_goes_wrong_says_so_and_staff_see_it(alice: User, setter: User, fault: str) -> None:
    switch_plugin(name="bad-tools", enabled=True, actor=setter)
    faulty.release.clear()
    faulty.fault = fault
    try:
        assert "failed, and nothing came of it" in refusal(alice, "/bad words")
        command_ = registry.commands(alice)["half"]
        found = command_.complete(Context(alice, None), "x")
    finally:
        faulty.release.set()
    assert len(found) == (50 if fault == "floods" else 0)
    state = PluginState.objects.get(name="bad-tools")
    assert state.failures == (1 if fault == "floods" else 2)
    assert state.last_error


@pytest.mark.parametrize("fault", ["raises", "exits", "sleeps"])
def test_settings_that_go_wrong_while_they_are_looked_at_change_nothing(setter: User, fault: str) -> None:
    switch_plugin(name="bad-settings", enabled=True, actor=setter)
    faulty.release.clear()
    faulty.fault = fault
    said = refusal(setter, "/plugin config bad-settings word=x")
    faulty.release.set()
    state = PluginState.objects.get(name="bad-settings")
    if fault == "raises":  # as validators do
        assert said == f"word: {faulty.PROMPT_WORDS}."
    else:
        assert "Nothing was changed" in said
        assert state.last_error.startswith("Looking at its settings")
    assert state.values == {}


def test_what_somebody_left_out_stays_so_when_it_is_switched_again(alice: User, setter: User) -> None:
    choose_plugin(person=alice, name="calculator", enabled=False)
    switch_plugin(name="calculator", enabled=True, actor=setter)
    assert "no command /calc" in refusal(alice, "/calc 1 + 1")
    (words,) = (words for name, words in run(alice, "/plugin list").rows if name == "calculator")
    assert words.startswith("Calculator 1.0: you do not use it.")
