"""Drawings: their words, their sizes, and shapes at the edges of what can be drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.agent.labels.views import Bar, Bars, Chart, Columns, Heat, Line, Projection
from sessions_app.rendering.charts import chart_html, drawn
from sessions_app.rendering.plots import Axis, amount

VALUES = st.lists(st.floats(0, 1e15), max_size=130)


def names(html: str) -> list[str]:
    """The accessible names of a chart's drawings."""
    return [
        str(each.get("aria-label"))
        for each in ElementTree.fromstring(html).iter("svg")
        if each.get("role") == "img"
    ]


def shares(html: str) -> list[float]:
    """Every number that is a place or a size."""
    found = [
        value
        for each in ElementTree.fromstring(html).iter()
        for key, value in each.items()
        if key in ("x", "y", "width", "height", "cx", "cy", "x1", "x2", "y1", "y2")
    ]
    return [float(value.rstrip("%")) for value in found]


def columns(values: list[float], missing: frozenset[int] = frozenset()) -> Columns:
    labels = tuple(f"{at + 1} November" for at in range(len(values)))
    return Columns(
        "Messages by day",
        ("Messages",),
        labels,
        tuple((value,) for value in values),
        noun="message",
        missing=missing,
    )


def line(values: list[float | None], projection: Projection | None = None) -> Line:
    labels = tuple(f"{at + 1} November" for at in range(len(values)))
    return Line("Cost by day", labels, tuple(values), "$", frozenset({0} if values else ()), projection)


def test_columns_tell_sum_most_and_least() -> None:
    assert names(chart_html(columns([3, 9, 1]))) == [
        "Messages by day, 1 November to 3 November: 13 messages in all, most 9 (2 November), least 1 (3 November)."
    ]


def test_one_day_all_zeros_and_missing_days_are_told() -> None:
    assert names(chart_html(columns([7]))) == ["Messages by day: 7 messages, 1 November."]
    assert names(chart_html(columns([0, 0]))) == ["Messages by day, 1 November to 2 November: none."]
    (told,) = names(chart_html(columns([4, 0, 2], frozenset({1}))))
    assert told.endswith("least 2 (3 November). Nothing is known of 1 of 3.")


def test_a_line_tells_its_projection() -> None:
    (told,) = names(chart_html(line([1.5, 2.5], Projection("30 November", 9, 3.0, 2.0, 4.0))))
    assert told.endswith("Then likely $3.0000 a day until 30 November, between $2.0000 and $4.0000.")


def test_a_gap_breaks_the_line_and_a_day_alone_is_a_dot() -> None:
    html = chart_html(line([1, 2, None, 3, None, 4, 5]))
    assert html.count('class="chart__area"') == 2
    assert html.count("chart__line--dot") == 1


def test_of_many_points_the_highest_and_the_lowest_stay() -> None:
    values: list[float | None] = [10.0] * 400
    values[123], values[321] = 99.0, 1.0
    html = chart_html(line(values))
    assert len(re.findall(r"\d,\d", html)) < 300
    assert "$99.00" in html
    assert "$1.00" in html
    path = re.findall(r'chart__line" d="M([^"]+)"', html)[0].split("L")
    heights = [float(point.partition(",")[2]) for point in path]
    assert (heights.count(min(heights)), heights.count(max(heights))) == (1, 1)


def test_beyond_five_series_the_rest_is_other() -> None:
    bars = Bars("Cost", tuple("ABCDEFG"), (Bar("x", (1, 2, 3, 4, 5, 6, 7), "28"),), "series")
    html = chart_html(bars)
    assert "Other" in html
    assert "<li>" in html
    drawn = ElementTree.fromstring(html)
    kinds = [each.get("class") for each in drawn.iter("rect")]
    assert kinds == [f"series--{number}" for number in range(1, 6)]
    widths = [float(str(each.get("width")).rstrip("%")) for each in drawn.iter("rect")]
    assert widths[3] == pytest.approx(100 * 18 / 28, abs=0.01)


def test_long_and_strange_names_are_cut_by_style_with_the_whole_as_title() -> None:
    name = 'Überlänge "<script>" ' * 20
    (row,) = [
        each
        for each in ElementTree.fromstring(chart_html(Bars("Cost", ("Cost",), (Bar(name, (1,)),)))).iter(
            "span"
        )
        if each.get("class") == "bars__label"
    ]
    assert row.text == row.get("title") == name


def test_heat_is_told_in_words_and_steps() -> None:
    html = chart_html(
        Heat("Messages by weekday", ("",), ("Monday", "Tuesday", "Sunday"), ((10, 5, 0),), "message")
    )
    assert names(html) == [
        "Messages by weekday, Monday to Sunday: 15 messages in all, most 10 (Monday), least 0 (Sunday)."
    ]
    assert re.findall(r'rect class="(heat--\d)"', html) == ["heat--5", "heat--3", "heat--0"]


def test_heat_of_a_week_of_hours_has_a_square_for_each() -> None:
    hours = tuple(f"{hour:02d}:00" for hour in range(24))
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    html = chart_html(
        Heat("Busy hours", days, hours, tuple(tuple(float(at) for at in range(24)) for _ in days), "message")
    )
    assert html.count("<rect") == 168
    assert "least 0 (Monday 00:00)" in names(html)[0]


@given(VALUES, st.integers(0, 130))
def test_any_values_make_a_drawing_within_its_box(values: list[float], hole: int) -> None:
    gaps = [None if at == hole else value for at, value in enumerate(values)]
    drawn: list[Chart] = [
        columns(values),
        line([*gaps]),
        line([*gaps], Projection("30 November", 9, 1.0, 0.0, 1e9)),
    ]
    for chart in drawn:
        html = chart_html(chart)
        assert "style=" not in html
        assert "nan" not in html
        assert all(-1 <= each <= 1001 for each in shares(html))


@given(st.floats(0, 1e15), st.sampled_from([52, 104]))
def test_an_axis_has_at_most_five_lines_and_reaches_its_highest_value(most: float, height: int) -> None:
    for unit in ("", "$"):
        axis = Axis.of(most, height, unit)
        assert len(axis.lines()) <= 5
        assert axis.top >= most * 0.999
        assert axis.top <= max(most * 2.6, 4)


@pytest.mark.parametrize(
    ("value", "unit", "step", "words"),
    [
        (8.0, "$", 2.0, "$8"),
        (0.5, "$", 0.25, "$0.50"),
        (0.004, "$", 0.001, "$0.004"),
        (0.05, "$", 0.025, "$0.050"),
        (0.0, "$", 2.0, "$0"),
        (20_000.0, "", 5_000.0, "20.0 K"),
    ],
)
def test_ticks_have_the_decimals_their_steps_need(value: float, unit: str, step: float, words: str) -> None:
    assert amount(value, unit, step).replace("\u00a0", " ") == words  # type: ignore[arg-type]


def test_marks_have_their_sentence_and_days_to_come_are_dashes() -> None:
    html = chart_html(
        replace(
            columns([3, 9, 1, 0, 0]),
            notes={1: "Unusual: one long session"},
            until=2,
            missing=frozenset({3, 4}),
        )
    )
    (told,) = names(html)
    assert "3 November: 13 messages in all" in told
    assert told.endswith("2 November: Unusual: one long session.")
    assert html.count('class="chart__missing"') == 2
    assert html.count('class="chart__unusual"') == 1
    assert ">Unusual: one long session</text>" in html
    assert re.findall(r'class="chart__tick" [^>]*>(\d+)<', html) == ["1", "5"]


def test_a_growing_sum_goes_on_to_its_range_below_a_limit() -> None:
    grows = replace(
        line([1.0, 2.5, 4.0], Projection("5 November", 2, 7.0, 6.0, 8.0, sums=True)),
        limit=(6.5, "Budget $6.50"), unusual=frozenset(),
    )  # fmt: skip
    html = chart_html(grows)
    assert names(html) == [
        "Cost by day: $4.0000 so far, 3 November. Likely $7.0000 on 5 November, between $6.0000 and $8.0000. "
        "Budget $6.50."
    ]
    assert ">Budget $6.50</text>" in html
    assert html.count('class="chart__end"') == 1
    assert re.findall(r'class="chart__tick" [^>]*>(\d+)<', html) == ["1", "5"]


def test_a_legend_of_money_tells_money() -> None:
    assert re.findall(
        r'legend__sum">([^<]*)<',
        drawn(Columns("Cost", ("A", "B"), ("1", "2"), ((1, 0.5), (2, 0)), "$")).legend,
    ) == [
        "$3.00",
        "$0.50",
    ]
