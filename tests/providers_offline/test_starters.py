from __future__ import annotations

from typing import Any

import pytest

from sessions_app.views.starters import ABOUT, STARTERS, Starter, starters

from .conversation import answer, asked, wanted, words
from .shapes import SEARCH, SEVEN, TOKENS


@pytest.mark.parametrize(("tool", "starter"), STARTERS)
async def test_a_starter_is_answered_by_the_tool_it_looks_like(tool: str, starter: Starter) -> None:
    """The one that ends with … waits in the message box for its subject."""
    text = starter.text.replace("…", "invoices")
    assert [name for name, _ in wanted(await answer(asked(text)))] == [tool]


def test_there_is_one_for_each_tool() -> None:
    assert sorted(tool for tool, _ in STARTERS) == sorted(SEVEN)


async def test_the_last_one_tells_what_can_be_asked() -> None:
    assert "I can look things up" in words(await answer(asked(ABOUT.text)))


def test_only_tools_that_are_there_are_offered(settings: Any) -> None:
    settings.AGENT_TOOLS = [f"analytics_app.tools.{name}" for name in (TOKENS, SEARCH)]
    assert [starter.tool for starter in starters()] == ["token-usage", "message-search", "other"]
