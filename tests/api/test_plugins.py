"""Plugins by REST: those that are on, and what one chooses and sets for oneself."""

from __future__ import annotations

from typing import Any

import pytest

from sessions_app.actions.plugins import switch_plugin
from sessions_app.api.plugins import PluginShape
from sessions_app.models import PluginChoice, User

from .held import fits
from .program import Program, problem


@pytest.fixture(autouse=True)
def plugins(settings: Any, staff: User) -> None:
    settings.PLUGINS = ["sessions_app.plugins.calculator.Calculator", "tests.commands.test_plugin.Speaker"]
    switch_plugin(name="speaker", enabled=True, actor=staff)


def test_programs_list_choose_and_set(alices: Program, alice: User) -> None:
    (row,) = alices.get("plugins").json()["results"]
    assert fits(PluginShape, row)
    assert (row["name"], row["used"], row["commands"]) == ("speaker", True, ["say", "help"])
    values = {"count": 4, "lines": ["a"], "key": "hush-hush"}
    changed = alices.patch("plugins/speaker", {"enabled": False, "values": values})
    assert changed.status_code == 200
    assert "hush" not in changed.content.decode()
    assert changed.json()["values"] == {"count": 4, "lines": ["a"]}
    assert (changed.json()["secrets"], changed.json()["used"]) == (["key"], False)
    alices.patch("plugins/speaker", {"values": {"key": None, "count": None}})
    assert PluginChoice.objects.get(user=alice).values == {"lines": ["a"]}


def test_their_tools_are_among_the_tools(alices: Program, staff: User) -> None:
    switch_plugin(name="calculator", enabled=True, actor=staff)
    found = {row["name"]: row for row in alices.get("chat/tools").json()["results"]}
    assert (found["calculate"]["label"], found["calculate"]["source"]) == ("Calculator", "plugin")
    alices.patch("plugins/calculator", {"enabled": False})
    assert "calculate" not in {row["name"] for row in alices.get("chat/tools").json()["results"]}


def test_what_does_not_fit_and_what_is_off_is_refused(alices: Program) -> None:
    refused = alices.patch("plugins/speaker", {"values": {"count": 0, "nothing": 1}})
    assert (refused.status_code, problem(refused)) == (422, "bad_setting")
    assert alices.patch("plugins/calculator", {"enabled": True}).status_code == 404
    assert alices.patch("plugins/speaker", {"values": 5}).status_code == 400
