"""The example of docs/tools.md is a tool that works."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from sessions_app.agent.tools import Toolbox, ToolContext, load_tools

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "tools.md"


@pytest.fixture
def example() -> Iterator[Toolbox]:
    """The first block of the document, as the module its first line names, loaded by the path of the second."""
    code, setting = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.S)[:2]
    path = re.findall(r'"([\w.]+)"', setting)[0]
    name = path.rpartition(".")[0]
    assert name.replace(".", "/") + ".py" in code
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(code, name, "exec"), module.__dict__)
    yield load_tools([path]).bound(ToolContext(1))
    del sys.modules[name]


async def test_it_answers_checks_its_arguments_and_tells_problems_in_words(example: Toolbox) -> None:
    assert (await example.call("get_weather", {"city": "Lisbon"})).result == {
        "city": "Lisbon",
        "degrees": 24,
        "unit": "celsius",
    }
    warm = await example.call("get_weather", {"city": "Oslo", "unit": "fahrenheit"})
    assert warm.result["degrees"] == 37
    assert (
        await example.call("get_weather", {"city": "Atlantis"})
    ).error == "There is no forecast for Atlantis."
    assert "unit" in (await example.call("get_weather", {"city": "Oslo", "unit": "kelvin"})).error


def test_the_model_is_told_of_it_by_its_docstring_and_types(example: Toolbox) -> None:
    [spec] = example.specs()
    assert spec.description.startswith("Tomorrow's highest temperature in a city.")
    assert spec.schema["required"] == ["city"]
    assert spec.schema["properties"]["unit"]["enum"] == ["celsius", "fahrenheit"]


@pytest.mark.parametrize("setting", ["TOOL_TIMEOUT", "MAX_TOOL_CALLS", "MAX_TURNS", "MAX_REPLY_COST"])
def test_the_limits_it_names_are_settings_with_these_values(setting: str) -> None:
    from django.conf import settings

    said = re.search(rf"`{setting}` \((\d+)", DOCUMENT.read_text())
    assert said is not None
    assert int(said[1]) == getattr(settings, setting)
