"""Squares in rows and columns."""

from __future__ import annotations

from html import escape

from sessions_app.agent.labels.views import Heat
from sessions_app.agent.labels.words import short
from sessions_app.rendering.plots import amount, drawing, percent, said, tick

from .parts import Drawn

HEAT_ROW, HEAT_GAP = 20, 3


def heat(chart: Heat) -> Drawn:
    most = max((value for row in chart.values for value in row), default=0.0) or 1.0
    rows, slot = len(chart.values), 100 / max(1, len(chart.columns))
    height = rows * (HEAT_ROW + HEAT_GAP) + (34 if rows == 1 else 18)
    squares = "".join(
        _square(chart, row, at, slot, most) for row in range(rows) for at in range(len(chart.values[row]))
    )
    names = "".join(_heat_tick(chart, at, slot, rows) for at in range(len(chart.columns)))
    steps = "".join(f'<span class="swatch heat--{step}"></span>' for step in range(6))
    shown = f'<span class="legend legend--heat">0 {steps} {amount(most, "")}</span>'
    return Drawn.of(shown, _heat_rows(chart) + drawing(_heat_words(chart), height, squares + names))


def _square(chart: Heat, row: int, at: int, slot: float, most: float) -> str:
    value = chart.values[row][at]
    step = min(5, -int(-value / most * 5 // 1)) if value else 0
    where = f"{chart.rows[row]} {chart.columns[at]}".strip()
    return (
        f'<rect class="heat--{step}" x="{percent(slot * at)}" y="{row * (HEAT_ROW + HEAT_GAP)}" '
        f'width="{percent(slot * 0.95)}" height="{HEAT_ROW}" rx="3">'
        f"<title>{escape(where)}: {amount(value, '')}</title></rect>"
    )


def _heat_tick(chart: Heat, at: int, slot: float, rows: int) -> str:
    if not _named(at, len(chart.columns)):
        return ""
    x, y = percent(slot * (at + 0.475)), rows * (HEAT_ROW + HEAT_GAP) + 11
    name = f'<text class="chart__tick" x="{x}" y="{y}" text-anchor="middle">{escape(tick(chart.columns[at])[:3])}</text>'
    if rows > 1:
        return name
    told = short(chart.values[0][at])
    return f'{name}<text class="chart__value" x="{x}" y="{y + 16}" text-anchor="middle">{told}</text>'


def _named(at: int, count: int) -> bool:
    """Whether a column's name is shown; of the hours of a day every sixth, and the last."""
    return at % 6 == 0 or at == 23 if count == 24 else at % max(1, -(-count // 8)) == 0


def _heat_rows(chart: Heat) -> str:
    if not any(chart.rows):
        return "<span></span>"
    texts = "".join(
        f'<text x="0" y="{at * (HEAT_ROW + HEAT_GAP) + 14}">{escape(name[:3])}</text>'
        for at, name in enumerate(chart.rows)
    )
    return f'<svg class="chart__scale" width="32" height="{len(chart.rows) * (HEAT_ROW + HEAT_GAP)}" aria-hidden="true">{texts}</svg>'


def _heat_words(chart: Heat) -> str:
    labels = [f"{row} {column}".strip() for row in chart.rows for column in chart.columns]
    return said(chart.title, labels, [value for row in chart.values for value in row], "", chart.noun)
