from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from sessions_app.agent import prompts
from sessions_app.agent.tools import (
    RESULT_LIMIT,
    Toolbox,
    ToolContext,
    ToolProblem,
    ToolRefused,
    load_tools,
    tool,
)

OWN = ToolContext(1)


@tool(label="Sample", view="table")
async def sample(
    context: ToolContext,
    *,
    time_range: Annotated[Literal["today", "week"], Field(description="which days")] = "week",
    limit: Annotated[int, Field(ge=1, le=5)] = 3,
) -> dict[str, Any]:
    """Shows what it
    was given."""
    return {"user": context.user_id, "time_range": time_range, "limit": limit}


def giving(result: Any) -> Toolbox:
    @tool(label="Giver")
    async def giver(context: ToolContext) -> Any:
        """Gives."""
        if isinstance(result, Exception):
            raise result
        return result

    return Toolbox.of(giver).bound(OWN)


def test_the_schema_comes_from_the_signature_and_refuses_anything_else() -> None:
    assert sample.spec.description == "Shows what it was given."
    assert sample.schema == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "time_range": {
                "type": "string",
                "enum": ["today", "week"],
                "default": "week",
                "description": "which days",
            },
            "limit": {"type": "integer", "minimum": 1, "maximum": 5, "default": 3},
        },
    }


@pytest.mark.parametrize("name", ["time_range", "timeRange"])
async def test_an_argument_is_understood_in_both_spellings(name: str) -> None:
    outcome = await Toolbox.of(sample).bound(OWN).call("sample", {name: "today"})
    assert outcome.result == {"user": 1, "time_range": "today", "limit": 3}


@pytest.mark.parametrize(
    "given",
    [{"limit": "3"}, {"limit": 9}, {"time_range": "year"}, {"extra": 1}, {"limit": None}, {"limit": 1.5}],
)
async def test_a_wrong_input_is_named_without_its_value(given: dict[str, Any]) -> None:
    outcome = await Toolbox.of(sample).bound(OWN).call("sample", given)
    assert outcome.status == "error"
    assert next(iter(given)) in outcome.error
    assert "year" not in outcome.error


async def test_a_huge_input_is_refused_before_it_is_read() -> None:
    outcome = await Toolbox.of(sample).bound(OWN).call("sample", {"time_range": "x" * 50_000})
    assert outcome.error == "The input of sample is too large."


async def test_figures_and_dates_of_a_result_become_json() -> None:
    outcome = await giving({"cost": Decimal("0.10"), "day": date(2026, 11, 21), "odd": float("nan")}).call(
        "giver", {}
    )
    assert json.loads(outcome.content) == {"cost": "0.10", "day": "2026-11-21", "odd": None}


@pytest.mark.parametrize(
    ("fault", "status"), [(ToolProblem("Not today."), "error"), (ToolRefused("Not today."), "denied")]
)
async def test_a_tools_own_sentence_reaches_the_person_and_the_model(fault: Exception, status: str) -> None:
    outcome = await giving(fault).call("giver", {})
    assert (outcome.status, outcome.error, outcome.content) == (status, "Not today.", "Not today.")


async def test_a_premium_tool_is_denied_to_the_free_plan_and_open_to_premium() -> None:
    @tool(label="Gold", requires_premium=True)
    async def gold(context: ToolContext) -> str:
        """Glitters."""
        return "au"

    box = Toolbox.of(gold)
    assert (await box.bound(OWN).call("gold", {})).status == "denied"
    assert (await box.bound(ToolContext(1, premium=True)).call("gold", {})).result == "au"


async def test_a_tool_that_needs_an_approval_never_runs_without_one() -> None:
    @tool(label="Door", needs_approval=True)
    async def door(context: ToolContext) -> str:
        """Opens."""
        return "open"

    assert (await Toolbox.of(door).bound(OWN).call("door", {})).status == "denied"


async def test_an_unbound_toolbox_refuses_to_run_anything() -> None:
    with pytest.raises(RuntimeError):
        await Toolbox.of(sample).call("sample", {})


async def test_a_long_result_loses_the_end_of_its_longest_list_and_says_so() -> None:
    rows = [{"name": f"row {number}", "text": "é" * 50} for number in range(500)]
    outcome = await giving({"total": 500, "few": [1], "rows": rows}).call("giver", {})
    assert len(outcome.content.encode()) <= RESULT_LIMIT
    assert outcome.result["total"] == 500
    assert outcome.result["rows"] == rows[: len(outcome.result["rows"])]
    assert len(outcome.result["rows"]) > 50
    assert outcome.result["note"] == f"Cut: the first {len(outcome.result['rows'])} of 500 entries in rows."


@pytest.mark.parametrize(
    "result", ["é" * 40_000, {"text": '"' * 40_000}, [[1, 2]] * 9_000, {"a": [["x" * 30_000]]}]
)
async def test_a_long_result_of_another_shape_is_cut_as_text(result: Any) -> None:
    outcome = await giving(result).call("giver", {})
    assert len(outcome.content.encode()) <= RESULT_LIMIT
    assert "Cut" in outcome.result["note"]


def test_a_path_in_the_settings_that_is_no_tool_is_named() -> None:
    with pytest.raises(ImportError, match=r"tools\.Tool, which is no tool"):
        load_tools(["sessions_app.agent.tools.Tool"])


def test_a_positional_argument_is_refused_where_the_tool_is_made() -> None:
    with pytest.raises(TypeError, match="keyword-only"):

        @tool(label="Loose")
        async def loose(context: ToolContext, word: str) -> str:
            """Loose."""
            return word


def test_prompts_say_what_others_look_for_in_them() -> None:
    assert "title for this conversation" in prompts.read("title")
    assert "Your last answer was cut off" in prompts.read("continue")
    assert len(prompts.read("system")) > 200
