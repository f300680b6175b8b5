"""The arguments the offline assistant makes are ones the workspace's tools take."""

from __future__ import annotations

import pytest
from django.conf import settings

from sessions_app.agent.tools import Tool, load_tools
from sessions_app.providers.base import ToolSpec
from sessions_app.providers.offline.families import FAMILIES
from sessions_app.providers.offline.families import SEARCH as SEARCH_FAMILY

from . import questions
from .conversation import answer, asked, wanted
from .shapes import ACTIVE, COSTS, ENGAGEMENT, HEALTH, METRICS, SEARCH, SEVEN, TOKENS

NAMES = (METRICS, TOKENS, SEARCH, ACTIVE, ENGAGEMENT, HEALTH, COSTS)
TABLES = (
    questions.METRICS_QUESTIONS,
    questions.TOKENS_QUESTIONS,
    questions.SEARCH_QUESTIONS,
    questions.ACTIVE_QUESTIONS,
    questions.ENGAGEMENT_QUESTIONS,
    questions.COSTS_QUESTIONS,
)
QUESTIONS = [
    *(row[0] for table in TABLES for row in table),
    *questions.HEALTH_QUESTIONS,
    "Find messages from yesterday",
    "Compare tokens this week, this month and of all time",
    "How are everyone's metrics, tokens, costs, engagement and active sessions in October?",
]


def installed(name: str) -> Tool:
    """The workspace's own tool; while it is not in AGENT_TOOLS, the shape that it was promised to have."""
    return load_tools(settings.AGENT_TOOLS).get(name) or SEVEN[name]


def test_it_knows_all_seven_tools() -> None:
    assert {family.tool for family in FAMILIES} | {SEARCH_FAMILY} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_a_tool_accepts_every_call_that_is_made_of_it(name: str) -> None:
    tool = installed(name)
    specs: tuple[ToolSpec, ...] = tuple(installed(each).spec for each in NAMES)
    made = [
        given
        for question in QUESTIONS
        for called, given in wanted(await answer(asked(question), tools=specs))
        if called == name and given is not None
    ]
    assert len(made) >= 10
    for given in made:
        assert set(given) <= set(tool.read(given))
