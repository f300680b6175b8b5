from __future__ import annotations

from typing import Any

import pytest

from sessions_app.agent import labels
from sessions_app.agent.labels import Look
from sessions_app.agent.labels.days import MOST_COLUMNS, day_columns
from sessions_app.agent.labels.messages import marks
from sessions_app.agent.labels.reading import own_path
from sessions_app.agent.labels.views import Bars, Columns, Line
from sessions_app.agent.labels.words import day_words, estimate, share, short, span
from tests.rendering import results


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("analyze_token_usage", {}, "by model, last 7 days"),
        ("analyze_token_usage", {"group_by": "day", "timeRange": "month"}, "by day, this month"),
        ("analyze_token_usage", {"groupBy": "user", "scope": "everyone"}, "by user, last 7 days, everyone"),
        ("search_session_messages", {"query": "parser"}, "“parser”, all time"),
        ("search_session_messages", {"query": "parser", "time_range": "today"}, "“parser”, today"),
        ("search_session_messages", {"query": ["no", "text"]}, "all time"),
        ("analyze_costs", {"time_range": "all"}, "all time"),
        ("analyze_costs", {}, "this month"),
        ("get_active_sessions", {}, "today"),
        ("check_system_health", {}, "last hour"),
        ("web_search", {"query": "tower hours"}, "“tower hours”"),
        ("read_repair_guide", {"guide_id": 3}, "no. 3"),
        ("check_the_weather", {"city": "Bern", "days": 3}, "city Bern, days 3"),
    ],
)
def test_a_card_says_what_its_call_looks_at(name: str, given: dict[str, Any], words: str) -> None:
    assert labels.what(name, given) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("analyze_session_metrics", "10 active sessions, 214 messages"),
        ("analyze_token_usage", "10,129,950 tokens, $23.9412"),
        ("search_session_messages", "14 messages"),
        ("get_active_sessions", "4 active sessions, 1 running"),
        ("analyze_engagement", "214 messages, busiest at 13:00"),
        ("check_system_health", "Providers degraded, Replies down"),
        ("analyze_costs", "10,129,950 tokens, $71.6000"),
        ("web_search", "1 result"),
        ("read_web_page", "31 characters"),
        ("search_repair_guides", "1 guide"),
        ("read_repair_guide", "12 steps"),
        ("list_tickets", ""),
    ],
)
def test_a_card_says_the_one_figure_of_its_result(name: str, words: str) -> None:
    assert labels.total(name, results.RESULTS[name]) == words


def test_a_workspace_without_ailing_components_is_all_well() -> None:
    well = {"status": "ok", "components": [{"name": "Database", "status": "ok"}]}
    assert labels.total("check_system_health", well) == "all well"


@pytest.mark.parametrize("result", [None, "cut", [1], {"rows": "x"}, {"rows": [3]}])
def test_a_result_of_an_unknown_shape_makes_an_empty_card(result: Any) -> None:
    for name in (*labels.LOOKS, "other"):
        shown = labels.contents(name, result)
        assert (shown.charts, shown.tables, shown.timeline) == ((), (), ())


def test_tokens_by_model_are_bars_with_what_was_written_to_the_cache_as_input() -> None:
    (bars,) = labels.contents("analyze_token_usage", results.tokens()).charts
    assert isinstance(bars, Bars)
    assert [row.label for row in bars.rows] == [
        "Claude Sonnet 5.5", "Claude Opus 5.5", "Claude Haiku 4.5", "gpt-5-mini",
    ]  # fmt: skip
    assert bars.rows[0].parts == (1_500_000, 3_200_000, 385_280)
    assert (bars.rows[0].told, bars.rows[3].cost) == ("5,085,280", "price unknown")


def test_tokens_by_day_are_columns_of_a_part_for_each_kind() -> None:
    (columns,) = labels.contents("analyze_token_usage", results.tokens("day")).charts
    assert isinstance(columns, Columns)
    assert (columns.labels[0], columns.series) == ("15 November", ("Input", "Cached", "Output"))
    assert columns.values[0] == (209_000, 600_000, 80_000)


def test_a_changed_period_is_told_with_its_former_figure() -> None:
    (sentence,) = labels.contents("analyze_token_usage", results.tokens()).said
    assert sentence.replace("\u00a0", " ") == (
        "Tokens +9 % (from 10,129,950), cost +12 % (from $23.9412) against the 7 days before."
    )
    assert labels.contents("analyze_token_usage", {**results.tokens(), "before": None}).said == ()


def test_costs_head_for_the_rest_of_the_month_and_a_day_without_a_row_is_a_gap() -> None:
    line = labels.contents("analyze_costs", results.costs()).charts[0]
    assert isinstance(line, Line)
    assert line.values[6:9] == (0.8, None, 4.4)
    assert [line.labels[at] for at in line.unusual] == ["12 November"]
    assert line.projection is not None
    assert (line.projection.label, line.projection.steps) == ("30 November", 9)
    assert line.projection.expected == pytest.approx((104.2 - 71.6) / 9)


def test_a_week_of_costs_at_the_end_of_another_month_has_no_projection() -> None:
    other = {
        **results.costs(),
        "projection": {"month": "2026-10", "spent": "1", "expected": "2", "low": "1", "high": "3"},
    }
    line = labels.contents("analyze_costs", other).charts[0]
    assert isinstance(line, Line)
    assert line.projection is None


def test_found_messages_have_their_days_drawn_when_they_are_more_than_five() -> None:
    assert labels.contents("search_session_messages", results.messages(5)).charts == ()
    assert len(labels.contents("search_session_messages", results.messages(6)).charts) == 1


def test_a_title_that_may_not_be_read_is_said_to_be_hidden() -> None:
    events = labels.contents("get_active_sessions", results.activity()).timeline
    assert [event.title for event in events][2] == "Title not shown"
    assert [event.word for event in events] == ["running", "", "", ""]


@pytest.mark.parametrize("count", [1, 2, 31, 400])
def test_days_keep_their_sum_however_many_are_drawn_as_one(count: int) -> None:
    rows = [
        {"day": f"{2024 + at // 365}-{at % 365 // 31 + 1:02d}-{at % 365 % 31 % 28 + 1:02d}", "n": 1}
        for at in range(count)
    ]
    days = len({row["day"] for row in rows})
    (columns,) = day_columns(rows, Columns("Days", ("N",)), "n")
    assert len(columns.labels) <= MOST_COLUMNS
    assert sum(sum(each) for each in columns.values) == days


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ([[0, 3], [5, 9]], ((0, 3), (5, 9))),
        ([[5, 9], [0, 6]], ((0, 6), (6, 9))),
        ([[-4, 2], [8, 99]], ((0, 2), (8, 10))),
        ([[3, 3], [4, 1], ["a", 2], [1], None, [True, 3]], ()),
        ("no list", ()),
    ],
)
def test_highlights_stay_within_the_text_and_apart(found: Any, kept: Any) -> None:
    assert marks(found, 10) == kept


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://evil.example/",
        "",
        None,
        3,
        '/a"b',
        "/a b",
        "/a\n",
    ],
)
def test_only_a_path_of_this_site_is_linked(address: Any) -> None:
    assert own_path(address) == ""
    assert own_path("/sessions/1/#message-2") == "/sessions/1/#message-2"


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ("0", "$0.0000"),
        ("0.00001", "under $0.0001"),
        ("1234.56785", "$1,234.5678"),
        (None, "price unknown"),
        ("NaN", "price unknown"),
        ("1e999", "price unknown"),
    ],
)
def test_money_is_never_shown_as_nothing_when_it_is_something(cost: Any, words: str) -> None:
    assert labels.money(cost) == words


def test_figures_read_as_people_write_them() -> None:
    said = [
        estimate("0.001"),
        share(0.27),
        share(0.005),
        share(None),
        span(340),
        span(125_000),
        short(5_085_280),
        short(999),
        day_words("2026-11-15"),
        day_words("soon"),
    ]
    assert [each.replace("\u00a0", " ") for each in said] == [
        "under $0.01", "27 %", "0.5 %", "", "0.34 s", "2 min 5 s", "5.09 M", "999", "15 November", "soon",
    ]  # fmt: skip


def test_a_tool_nobody_knows_has_a_plain_look() -> None:
    assert labels.look("fetch_web-page") == Look("Fetch web page", "other", "wrench-screwdriver")
    assert labels.look("analyze_costs") == Look("Costs", "costs", "banknotes")


@pytest.mark.parametrize(
    ("status", "error", "word"),
    [
        ("pending", "", "running"),
        ("success", "", "done"),
        ("error", "Costs failed.", "failed"),
        ("error", "Costs took longer than 30 s and was ended.", "timed out"),
        ("denied", "This tool needs the premium plan.", "premium only"),
        ("denied", "Only staff may see everyone's figures.", "refused"),
        ("cancelled", "", "cancelled"),
        ("awaiting_approval", "", "needs you"),
    ],
)
def test_a_status_is_a_word(status: str, error: str, word: str) -> None:
    assert labels.state(status, error) == word
