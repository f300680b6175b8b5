"""Figures of the dashboard in words, and how panels share a row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_app.dashboard.panel import Change, Column, Headline, Kind, Sheet, Value
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.sheets import sheet_html
from analytics_app.dashboard.showing import spans
from analytics_app.dashboard.telling import days_words, figure, told
from analytics_app.queries.periods import between
from sessions_app.models import User

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("value", "kind", "text", "title"),
    [
        (None, "money", "price unknown", "Not known"),
        (None, "ms", "–", "Not known"),
        (Decimal("71.834999"), "money", "$71.83", "$71.834999"),
        (Decimal("0.0000000001"), "money", "under $0.01", "$0.0000000001"),
        (Decimal(0), "money", "$0.00", "$0.00"),
        (Decimal("1E+3"), "money", "$1,000.00", "$1,000.00"),
        (640, "ms", "0.64\u00a0s", "640\u00a0ms"),
        (0.99, "share", "99.0\u00a0%", ""),
        (1.0, "share", "100\u00a0%", ""),
        (30_412_118, "count", "30,412,118", ""),
        ("2026-11-03", "day", "3 November", "3 November 2026"),
        (date(2026, 11, 3), "day", "3 November", "3 November 2026"),
        ("no day", "day", "no day", ""),
    ],
)
def test_a_value_is_told_by_the_kind_of_its_column(value: Value, kind: Kind, text: str, title: str) -> None:
    assert (told(value, kind).text, told(value, kind).title) == (text, title)


def test_shares_that_are_shown_alike_did_not_move() -> None:
    shown = figure(
        Headline("tool_success", "Tool success", "share", 0.9786, Change(0.9794, -0.0008, True))
    ).moved
    assert shown is not None
    assert (shown.direction, shown.kind, shown.text) == ("same", "", "0.0\u00a0pt")


def test_nothing_is_compared_with_nothing() -> None:
    assert (
        figure(Headline("cost", "Cost", "money", Decimal(2), Change(Decimal(0), None, False))).moved is None
    )


def test_a_long_count_is_short_in_the_strip_and_whole_on_hover() -> None:
    shown = figure(Headline("tokens", "Tokens", "count", 30_412_118, Change(27_900_000, 0.09)))
    assert (shown.value.text, shown.value.title) == ("30.4\u00a0M", "30,412,118")
    assert shown.moved is not None
    assert (shown.moved.text, shown.moved.before, shown.moved.kind) == ("+9\u00a0%", "27.9\u00a0M", "")


@pytest.mark.parametrize(
    ("share", "better", "kind"),
    [(0.12, False, "ill"), (-0.12, False, "well"), (0.12, True, "well"), (-0.12, True, "ill"), (0.12, None, ""),
     (0.0001, False, "")],
)  # fmt: skip
def test_better_and_worse_are_coloured_only_where_they_are_certain(
    share: float, better: bool | None, kind: str
) -> None:
    shown = figure(Headline("cost", "Cost", "money", Decimal(2), Change(Decimal(1), share, better)))
    assert shown.moved is not None
    assert shown.moved.kind == kind


def test_shares_move_in_points_and_nothing_is_compared_with_nothing() -> None:
    shown = figure(Headline("success", "Success", "share", 0.99, Change(0.981, 0.009, True)))
    assert shown.moved is not None
    assert (shown.moved.text, shown.moved.before) == ("+0.9\u00a0pt", "98.1\u00a0%")
    assert figure(Headline("success", "Success", "share", 0.99, Change(None, None, True))).moved is None


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 1), date(2026, 11, 20), "1 to 20 November"),
        (date(2026, 11, 20), date(2026, 11, 20), "20 November"),
        (date(2026, 10, 28), date(2026, 11, 3), "28 October to 3 November"),
        (date(2025, 12, 28), date(2026, 1, 3), "28 December 2025 to 3 January"),
        (date(2025, 3, 1), date(2025, 3, 2), "1 to 2 March 2025"),
    ],
)
def test_a_span_of_days_in_words(first: date, last: date, words: str) -> None:
    assert days_words(between(first, last, UTC).days, TODAY) == words


def test_all_time_has_no_days() -> None:
    assert days_words((), TODAY) == "All time"


@given(st.lists(st.booleans(), max_size=30))
def test_rows_of_panels_are_full_and_keep_their_order(wide: list[bool]) -> None:
    found = spans(wide)
    assert len(found) == len(wide)
    row = 0
    for size, each in zip(found, wide, strict=True):
        assert size in (4, 6, 8, 12)
        assert size >= (8 if each else 4)
        row = (row + size) % 12 if row + size <= 12 else -1
        assert row >= 0, "a panel would not fit in its row"
    assert row == 0


def test_tables_escape_mark_tools_and_link() -> None:
    columns = (Column("name", "Tool"), Column("runs", "Runs", "count"), Column("tool", "Called"))
    sheet = Sheet(
        columns, (("Token usage", 3, "analyze_token_usage"), ("<i>", 1, "<i>")), {0: '/rows/?a=1&b="'},
        total=("All", 4, None), cells={(1, 1): "/one/"},
    )  # fmt: skip
    html = sheet_html(sheet, "Tools & more")
    assert 'class="tool-badge tool--token-usage"' in html
    assert '<a href="/rows/?a=1&amp;b=&quot;">' in html
    assert '<a href="/one/">1</a>' in html
    assert "Called" not in html
    assert "<i>" not in html
    assert "<tfoot>" in html


def test_of_a_long_table_the_page_shows_the_first_rows() -> None:
    html = sheet_html(Sheet((Column("n", "Number", "count"),), tuple((at,) for at in range(100))), "Numbers")
    assert html.count("<tr>") == 61
    assert "And 40 more rows; the CSV has all of them." in html


def test_a_question_writes_itself_into_an_address_and_reads_it_back() -> None:
    span = between(TODAY - timedelta(days=3), TODAY, UTC)
    asked = Question(User(username="alice"), UTC, datetime(2026, 11, 20, tzinfo=UTC), span, model="a b&c")
    assert asked.query() == "time_range=dates&from=2026-11-17&until=2026-11-20&model=a+b%26c"
