from __future__ import annotations

from typing import Any

import pytest

from sessions_app.agent import labels
from sessions_app.agent.labels import Bar, Look

USAGE = {
    "group_by": "model",
    "total_tokens": 10_129_950,
    "total_cost": "23.94123",
    "rows": [
        {
            "name": "claude-sonnet",
            "input_tokens": 1000,
            "cache_read_tokens": 20,
            "cache_write_tokens": 3,
            "output_tokens": 400,
            "total_tokens": 1423,
            "total_cost": None,
            "calls": 2,
        }
    ],
}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("analyze_token_usage", {}, "by model, last 7 days"),
        ("analyze_token_usage", {"group_by": "day", "timeRange": "month"}, "by day, this month"),
        ("search_session_messages", {"query": "parser"}, "“parser”, all time"),
        ("search_session_messages", {"query": "parser", "time_range": "today"}, "“parser”, today"),
        ("analyze_costs", {"time_range": "all"}, "all time"),
        ("check_the_weather", {"city": "Bern", "days": 3}, "city Bern, days 3"),
    ],
)
def test_a_card_says_what_its_call_looks_at(name: str, given: dict[str, Any], words: str) -> None:
    assert labels.what(name, given) == words


def test_a_card_says_the_one_figure_of_its_result() -> None:
    assert labels.total("analyze_token_usage", USAGE) == "10,129,950 tokens, $23.9412"
    assert labels.total("search_session_messages", {"total_found": 1, "messages": []}) == "1 message"
    assert labels.total("check_the_weather", {"sun": True}) == ""


@pytest.mark.parametrize("result", [None, "cut", [1], {"rows": "x"}, {"rows": [3]}])
def test_a_result_of_an_unknown_shape_makes_an_empty_card(result: Any) -> None:
    for name in (*labels.LOOKS, "other"):
        assert labels.bars(name, result) == []
        assert labels.table(name, result) == ([], [])
        assert isinstance(labels.total(name, result), str)


def test_bars_and_table_show_the_rows_of_the_result() -> None:
    assert labels.bars("analyze_token_usage", USAGE) == [
        Bar("claude-sonnet", 1003, 20, 400, 1423, "price unknown")
    ]
    head, rows = labels.table("analyze_token_usage", USAGE)
    assert head[0] == "Model"
    assert rows == [["claude-sonnet", "1,000", "20", "3", "400", "1,423", "2", "price unknown"]]


def test_found_messages_are_a_table() -> None:
    found = {
        "messages": [{"session": "Plan", "when": "2026-11-21 10:00", "by": "you", "snippet": "a parser"}]
    }
    assert labels.table("search_session_messages", found)[1] == [
        ["Plan", "2026-11-21 10:00", "you", "a parser"]
    ]


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ("0", "$0.0000"),
        ("0.00001", "under $0.0001"),
        ("1234.56785", "$1,234.5678"),
        (None, "price unknown"),
        ("NaN", "price unknown"),
    ],
)
def test_money_is_never_shown_as_nothing_when_it_is_something(cost: Any, words: str) -> None:
    assert labels.money(cost) == words


def test_a_tool_nobody_knows_has_a_plain_look() -> None:
    assert labels.look("fetch_web-page") == Look("Fetch web page", "other", "wrench-screwdriver")
    assert labels.look("analyze_costs") == Look("Costs", "costs", "banknotes")
