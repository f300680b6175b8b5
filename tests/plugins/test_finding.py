"""What is installed and cannot be loaded is told, and the others are there all the same."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from sessions_app.agent.tools import tool as loop_tool
from sessions_app.plugins import Plugin, PluginContext, Typed, command, finding, tool
from sessions_app.plugins.finding import shelf

pytestmark = pytest.mark.sqlite
HERE = "tests.plugins.test_finding."
GOOD = "sessions_app.plugins.calculator.Calculator"


class Nested(BaseModel):
    inner: dict[str, int] = {}


class Unnamed(Plugin):
    pass


class Clash(Plugin):
    name = "calculator"


class OddSettings(Plugin):
    name = "odd-settings"
    Settings = Nested


class OddCommand(Plugin):
    name = "odd-command"
    commands: ClassVar[Any] = [print]


class Exits(Plugin):
    name = "exits"

    def __init__(self) -> None:
        sys.exit(1)


@tool(needs_approval=True)
def calculate(context: PluginContext) -> str:
    """A name the workspace's calculator has."""
    return ""


@command(icon="no-such-icon")
def go(typed: Typed) -> str:
    """Goes"""
    return "gone"


@tool()
def plugin_twice_calculate(context: PluginContext) -> str:
    """The name the other one would get."""
    return ""


class Twice(Plugin):
    name = "twice"
    tools = (plugin_twice_calculate, calculate)


class Second(Plugin):
    name = "second"
    label = "Second\nline\x00"
    tools = (calculate,)
    commands = (go,)


NOT_A_PLUGIN = loop_tool()(calculate.function)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("no.such.module.Plugin", "ModuleNotFoundError"),
        (HERE + "NOT_A_PLUGIN", "no subclass"),
        (HERE + "Unnamed", "Its name must be"),
        (HERE + "Clash", "has the name calculator already"),
        (HERE + "OddSettings", "inner must be a text"),
        (HERE + "Twice", "has a name that is taken"),
        (HERE + "OddCommand", "not made by its decorator"),
        (HERE + "Exits", "SystemExit"),
        ("tests.plugins.stuck.Stuck", "took longer than"),
    ],
)
def test_what_is_wrong_is_told_and_stops_nobody(
    settings: Any, monkeypatch: pytest.MonkeyPatch, path: str, says: str
) -> None:
    settings.PLUGINS = [GOOD, path]
    monkeypatch.setattr(finding, "LOADING", 0.3 if "stuck" in path else 10)
    found = shelf()
    assert list(found.installed) == ["calculator"]
    assert [each.origin for each in found.broken] == [path]
    assert says in found.broken[0].error


def test_a_tool_whose_name_is_taken_gets_another(settings: Any) -> None:
    settings.PLUGINS = [GOOD, HERE + "Second"]
    second = shelf().installed["second"]
    assert [each.name for each in second.tools] == ["plugin_second_calculate"]
    assert second.label == "Second line"
    assert second.tools[0].needs_approval
    assert second.commands["go"].icon == "puzzle-piece"
