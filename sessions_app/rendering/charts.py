"""Charts as inline SVG. Attributes only, colours by class: the page's policy allows no inline style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from sessions_app.agent.labels.views import Bar, Bars, Chart, Columns, Heat, Line, Palette, Projection
from sessions_app.agent.labels.words import short

from .plots import Axis, amount, drawing, percent, said, text_at, tick, ticks

MOST_SERIES = 5
MOST_POINTS = 120
HEIGHT, LOW = 104, 52
_PALETTES: dict[Palette, tuple[str, ...]] = {
    "tool": ("tool", "tool-ink", "tool-soft"),
    "tokens": ("tool", "cached", "tool-ink"),
    "mood": ("well", "other", "failing"),
    "series": ("1", "2", "3", "4", "5"),
}
HEAT_ROW, HEAT_GAP = 20, 3


def chart_html(chart: Chart) -> str:
    """A chart with its title and legend."""
    match chart:
        case Bars():
            return _bars(_five_bars(chart))
        case Columns():
            return _columns(_five_columns(chart))
        case Line():
            return _line(chart)
        case Heat():
            return _heat(chart)


def _figure(title: str, legend: str, inner: str, kind: str = "chart") -> str:
    shown = "" if legend and kind == "bars" else f"<span>{escape(title)}</span>"
    return (
        f'<figure class="{kind}-figure"><figcaption class="tool-card__label">{shown}{legend}</figcaption>'
        f'<div class="{kind}">{inner}</div></figure>'
    )


def _classes(palette: Palette, count: int) -> tuple[str, ...]:
    found = _PALETTES[palette]
    return found if count <= len(found) else _PALETTES["series"]


def _legend(series: Sequence[str], palette: Palette, sums: Sequence[float] = ()) -> str:
    """The names of several series, each with its sum."""
    if len(series) < 2:
        return ""
    told = [f' <span class="legend__sum">{short(each)}</span>' for each in sums] or [""] * len(series)
    items = "".join(
        f'<li><span class="swatch series--{kind}"></span>{escape(name)}{words}</li>'
        for name, kind, words in zip(series, _classes(palette, len(series)), told, strict=False)
    )
    return f'<ul class="legend">{items}</ul>'


def _merged(values: tuple[float, ...]) -> tuple[float, ...]:
    """The fourth place is grey: what is beyond five stands there together."""
    kept = MOST_SERIES - 1
    return (*values[:3], sum(values[kept:]), values[3]) if len(values) > MOST_SERIES else values


def _five(series: tuple[str, ...]) -> tuple[str, ...]:
    return (*series[:3], "Other", series[3]) if len(series) > MOST_SERIES else series


def _five_bars(chart: Bars) -> Bars:
    rows = tuple(replace(row, parts=_merged(row.parts)) for row in chart.rows)
    return replace(chart, series=_five(chart.series), rows=rows)


def _five_columns(chart: Columns) -> Columns:
    return replace(chart, series=_five(chart.series), values=tuple(map(_merged, chart.values)))


# ---------------------------------------------------------------- bars


def _bars(chart: Bars) -> str:
    top = max((sum(row.parts) for row in chart.rows), default=0) or 1.0
    classes = _classes(chart.palette, len(chart.series))
    inner = "".join(_bar(row, top, classes) for row in chart.rows)
    return _figure(chart.title, _legend(chart.series, chart.palette), inner, "bars")


def _bar(row: Bar, top: float, classes: tuple[str, ...]) -> str:
    at = 0.0
    parts: list[str] = []
    for value, kind in zip(row.parts, classes, strict=False):
        width = value / top * 100
        if value:
            parts.append(_part(kind, at, width))
        at += width
    label = escape(row.label)
    told = (
        f'<span class="bars__told" title="{escape(row.told)}"><span class="bars__whole">{escape(row.told)}</span>'
        f'<span class="bars__short">{_shortened(row)}</span></span>'
    )
    return (
        f'<div class="bars__row"><span class="bars__label" title="{label}">{label}</span>'
        f'<svg class="bars__bar" width="100%" height="10" role="img" aria-label="{escape(row.name or row.label)}">'
        f"{''.join(parts)}</svg>{told if row.told else '<span></span>'}"
        f'<strong class="bars__cost">{escape(row.cost)}</strong></div>'
    )


def _shortened(row: Bar) -> str:
    """On a phone "5.09 M"; words stay as they are."""
    return escape(short(sum(row.parts)) if row.told.replace(",", "").isdigit() else row.told)


def _part(kind: str, at: float, width: float) -> str:
    y, height = (0.75, 8.5) if kind == "cached" else (0, 10)
    return (
        f'<rect class="series--{kind}" x="{percent(at)}" y="{y}" width="{percent(max(width, 0.2))}" '
        f'height="{height}" rx="1.5"/>'
    )


# ---------------------------------------------------------------- columns


def _columns(chart: Columns) -> str:
    sums = [sum(each) for each in chart.values]
    axis = Axis.of(max(sums, default=0), LOW if chart.low else HEIGHT, chart.unit)
    slot = 100 / max(1, len(sums))
    drawn = "".join(_column(chart, axis, at, slot) for at in range(len(sums)))
    middles = [slot * (at + 0.5) for at in range(len(sums))]
    inner = axis.grid() + drawn + _most(sums, middles, axis) + ticks(chart.labels, middles, axis.whole - 5)
    known = [None if at in chart.missing else value for at, value in enumerate(sums)]
    name = said(chart.title, chart.labels, known, chart.unit, chart.noun)
    by_series = [sum(each) for each in zip(*chart.values, strict=True)]
    legend = _legend(chart.series, chart.palette, by_series)
    return _figure(chart.title, legend, axis.scale() + drawing(name, axis.whole, inner))


def _column(chart: Columns, axis: Axis, at: int, slot: float) -> str:
    if at in chart.missing:
        y = f"{axis.y(0):.1f}"
        x1, x2 = percent(slot * (at + 0.2)), percent(slot * (at + 0.8))
        return f'<line class="chart__missing" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}"/>'
    width = min(slot * 0.82, 12.0)
    x, floor = percent(slot * (at + 0.5) - width / 2), axis.y(0)
    parts: list[str] = []
    for value, kind in zip(chart.values[at], _classes(chart.palette, len(chart.series)), strict=False):
        tall = max(1.0, value / axis.top * axis.height) if value else 0.0
        if tall:
            drawn = tall - 1.5 if tall > 3 and parts else tall
            edge = 0.75 if kind == "cached" and drawn > 2 else 0
            parts.append(
                f'<rect class="series--{kind}" x="{x}" y="{floor - drawn + edge:.1f}" width="{percent(width)}" '
                f'height="{drawn - 2 * edge:.1f}" rx="1.5"/>'
            )
            floor -= tall
    return f"<g><title>{escape(_told(chart, at))}</title>{''.join(parts)}</g>"


def _told(chart: Columns, at: int) -> str:
    named = [
        f"{amount(value, chart.unit)} {name.lower()}"
        for name, value in zip(chart.series, chart.values[at], strict=False)
    ]
    return f"{chart.labels[at]}: {', '.join(named)}"


def _most(values: Sequence[float], places: Sequence[float], axis: Axis) -> str:
    """The highest value, written where it is."""
    if not any(values):
        return ""
    at = max(range(len(values)), key=values.__getitem__)
    return text_at(places[at], axis.y(values[at]) - 4, _brief(values[at], axis), "chart__value")


def _brief(value: float, axis: Axis) -> str:
    if axis.unit == "$":
        return f"${value:,.2f}" if value >= 0.01 or not value else amount(value, "$")
    return short(value) if value >= 10_000 else amount(value, "")


# ---------------------------------------------------------------- line


def _line(chart: Line) -> str:
    ahead = chart.projection
    known = [value for value in chart.values if value is not None]
    axis = Axis.of(max([*known, ahead.high if ahead else 0.0]), HEIGHT, chart.unit)
    count = len(chart.values) + (ahead.steps if ahead else 0)
    places = [at / (count - 1) * 100 if count > 1 else 50.0 for at in range(count)]
    kept = _kept(chart.values)
    curve = "".join(_run(run, chart.values, places, axis) for run in _runs(kept, chart.values))
    wide = (
        f'<svg viewBox="0 0 1000 {axis.whole}" preserveAspectRatio="none" width="100%" height="{axis.whole}">'
    )
    inner = (
        f"{axis.grid()}{wide}{curve}{_ahead_curve(ahead, places, axis)}</svg>"
        f"{_dots(chart, places, axis)}{_extremes(chart.values, places, axis)}"
        f"{_line_ticks(chart, places, axis)}"
    )
    name = said(chart.title, chart.labels, chart.values, chart.unit, "") + _ahead_words(ahead, chart)
    legend = (
        '<ul class="legend"><li><span class="swatch series--warn"></span>Unusual</li></ul>'
        if chart.unusual
        else ""
    )
    return _figure(chart.title, legend, axis.scale() + drawing(name, axis.whole, inner))


def _kept(values: Sequence[float | None]) -> list[int]:
    """The places to draw: of many, the lowest and the highest of each stretch, and the holes."""
    size = -(-len(values) // (MOST_POINTS // 2)) if len(values) > MOST_POINTS else 1
    if size == 1:
        return list(range(len(values)))
    kept: set[int] = {0, len(values) - 1}
    for start in range(0, len(values), size):
        stretch = [at for at in range(start, min(start + size, len(values))) if values[at] is not None]
        if len(stretch) < size:
            kept.update(at for at in range(start, min(start + size, len(values))) if values[at] is None)
        if stretch:
            kept.update(
                (
                    min(stretch, key=lambda at: values[at] or 0.0),
                    max(stretch, key=lambda at: values[at] or 0.0),
                )
            )
    return sorted(kept)


def _runs(kept: Sequence[int], values: Sequence[float | None]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for at in kept:
        if values[at] is None:
            runs.append([])
        else:
            runs[-1].append(at)
    return [run for run in runs if run]


def _run(run: list[int], values: Sequence[float | None], places: Sequence[float], axis: Axis) -> str:
    points = [f"{places[at] * 10:.1f},{axis.y(values[at] or 0.0):.1f}" for at in run]
    if len(points) == 1:  # a line of no length with round ends is a dot, however the drawing is stretched
        return f'<path class="chart__line chart__line--dot" d="M{points[0]}h0" vector-effect="non-scaling-stroke"/>'
    first, last, floor = places[run[0]] * 10, places[run[-1]] * 10, axis.y(0)
    return (
        f'<path class="chart__area" d="M{first:.1f},{floor}L{"L".join(points)}L{last:.1f},{floor}Z"/>'
        f'<path class="chart__line" d="M{"L".join(points)}" vector-effect="non-scaling-stroke"/>'
    )


def _ahead_curve(ahead: Projection | None, places: Sequence[float], axis: Axis) -> str:
    if ahead is None:
        return ""
    start, end = places[len(places) - ahead.steps - 1] * 10, places[-1] * 10
    high, low, middle = (axis.y(value) for value in (ahead.high, ahead.low, ahead.expected))
    return (
        f'<path class="chart__band" d="M{start:.1f},{high:.1f}L{end:.1f},{high:.1f}L{end:.1f},{low:.1f}L{start:.1f},{low:.1f}Z"/>'
        f'<path class="chart__line chart__line--ahead" d="M{start:.1f},{middle:.1f}L{end:.1f},{middle:.1f}" '
        'vector-effect="non-scaling-stroke"/>'
    )


def _ahead_words(ahead: Projection | None, chart: Line) -> str:
    if ahead is None:
        return ""
    low, expected, high = (amount(value, chart.unit) for value in (ahead.low, ahead.expected, ahead.high))
    return f" Then likely {expected} a day until {ahead.label}, between {low} and {high}."


def _dots(chart: Line, places: Sequence[float], axis: Axis) -> str:
    return "".join(
        f'<circle class="chart__unusual" cx="{percent(places[at])}" cy="{axis.y(value):.1f}" r="4">'
        f"<title>{escape(chart.labels[at])}: {amount(value, chart.unit)}</title></circle>"
        for at in sorted(chart.unusual)
        if (value := chart.values[at]) is not None
    )


def _extremes(values: Sequence[float | None], places: Sequence[float], axis: Axis) -> str:
    """The highest and the lowest value, written where they are."""
    known = [at for at, value in enumerate(values) if value is not None]
    if not any(values[at] for at in known):
        return ""
    most = max(known, key=lambda at: values[at] or 0.0)
    least = min(known, key=lambda at: values[at] or 0.0)
    shown = [(most, -7.0)]
    if values[least] != values[most] and abs(places[most] - places[least]) > 12:
        low = axis.y(values[least] or 0.0)
        shown.append((least, 14.0 if low + 16 < axis.y(0) else -7.0))
    return "".join(
        text_at(places[at], axis.y(values[at] or 0.0) + off, _brief(values[at] or 0.0, axis), "chart__value")
        for at, off in shown
    )


def _line_ticks(chart: Line, places: Sequence[float], axis: Axis) -> str:
    """Before a projection no label comes near that of its end."""
    y = axis.whole - 5
    if chart.projection is None:
        return ticks(chart.labels, places, y)
    days = (*chart.labels, *("",) * (chart.projection.steps - 1), chart.projection.label)
    last = text_at(100, y, tick(chart.projection.label))
    return ticks([label if at < 85 else "" for label, at in zip(days, places, strict=True)], places, y) + last


# ---------------------------------------------------------------- heat


def _heat(chart: Heat) -> str:
    most = max((value for row in chart.values for value in row), default=0.0) or 1.0
    rows, slot = len(chart.values), 100 / max(1, len(chart.columns))
    height = rows * (HEAT_ROW + HEAT_GAP) + (34 if rows == 1 else 18)
    squares = "".join(
        _square(chart, row, at, slot, most) for row in range(rows) for at in range(len(chart.values[row]))
    )
    names = "".join(_heat_tick(chart, at, slot, rows) for at in range(len(chart.columns)))
    legend = "".join(f'<span class="swatch heat--{step}"></span>' for step in range(6))
    shown = f'<span class="legend legend--heat">0 {legend} {amount(most, "")}</span>'
    return _figure(
        chart.title, shown, _heat_rows(chart) + drawing(_heat_words(chart), height, squares + names)
    )


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
    step = max(1, -(-len(chart.columns) // 8))
    if at % step:
        return ""
    x, y = percent(slot * (at + 0.475)), rows * (HEAT_ROW + HEAT_GAP) + 11
    name = f'<text class="chart__tick" x="{x}" y="{y}" text-anchor="middle">{escape(chart.columns[at][:3])}</text>'
    if rows > 1:
        return name
    told = short(chart.values[0][at])
    return f'{name}<text class="chart__value" x="{x}" y="{y + 16}" text-anchor="middle">{told}</text>'


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
