"""Lines with their areas: extremes, unusual places, where they are heading, a limit across."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sessions_app.agent.labels.views import Line, Projection
from sessions_app.rendering.plots import (
    Axis,
    amount,
    brief,
    drawing,
    month_ticks,
    percent,
    said,
    text_at,
    tick,
    ticks,
)

from .parts import Drawn

MOST_POINTS = 120


def line(chart: Line, height: int) -> Drawn:
    ahead, limit = chart.projection, chart.limit
    known = [value for value in chart.values if value is not None]
    axis = Axis.of(
        max([*known, ahead.high if ahead else 0.0, limit[0] if limit else 0.0]), height, chart.unit
    )
    count = len(chart.values) + (ahead.steps if ahead else 0)
    places = [at / (count - 1) * 100 if count > 1 else 50.0 for at in range(count)]
    grows = ahead is not None and ahead.sums
    curve = "".join(_run(run, chart.values, places, axis) for run in _runs(_kept(chart.values), chart.values))
    wide = (
        f'<svg viewBox="0 0 1000 {axis.whole}" preserveAspectRatio="none" width="100%" height="{axis.whole}">'
    )
    inner = (
        f"{axis.grid()}{wide}{curve}{_ahead_curve(chart, places, axis)}</svg>{_limit(limit, axis)}"
        f"{_dots(chart, places, axis)}{_end(chart, places, axis) if grows else _extremes(chart.values, places, axis)}"
        f"{_line_ticks(chart, places, axis)}"
    )
    kind = "chart chart--grows" if grows else "chart"
    drawn = axis.scale() + drawing(_words(chart), axis.whole, inner)
    return Drawn(_legend(chart), f'<div class="{kind}">{drawn}</div>')


def _legend(chart: Line) -> str:
    if not chart.unusual:
        return ""
    return '<ul class="legend"><li><span class="swatch series--warn"></span>Unusual</li></ul>'


def _words(chart: Line) -> str:
    ahead, limit = chart.projection, chart.limit
    across = f" {limit[1]}." if limit else ""
    if ahead is None or not ahead.sums:
        told = said(chart.title, chart.labels, chart.values, chart.unit, "")
        return told + _ahead_words(ahead, chart) + across
    low, expected, high = (amount(value, chart.unit) for value in (ahead.low, ahead.expected, ahead.high))
    last = next((value for value in reversed(chart.values) if value is not None), 0.0)
    day = f", {chart.labels[-1]}" if chart.labels else ""
    so_far = f"{chart.title}: {amount(last, chart.unit)} so far{day}."
    return f"{so_far} Likely {expected} on {ahead.label}, between {low} and {high}.{across}"


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


def _ahead_curve(chart: Line, places: Sequence[float], axis: Axis) -> str:
    """A band and a dashed line: level for what each step is likely to be, widening for a sum that grows."""
    ahead = chart.projection
    if ahead is None:
        return ""
    start, end = places[max(0, len(places) - ahead.steps - 1)] * 10, places[-1] * 10
    high, low, middle = (axis.y(value) for value in (ahead.high, ahead.low, ahead.expected))
    last = next((value for value in reversed(chart.values) if value is not None), 0.0)
    from_high, from_low, from_middle = (axis.y(last),) * 3 if ahead.sums else (high, low, middle)
    return (
        f'<path class="chart__band" d="M{start:.1f},{from_high:.1f}L{end:.1f},{high:.1f}L{end:.1f},{low:.1f}'
        f'L{start:.1f},{from_low:.1f}Z"/>'
        f'<path class="chart__line chart__line--ahead" d="M{start:.1f},{from_middle:.1f}L{end:.1f},{middle:.1f}" '
        'vector-effect="non-scaling-stroke"/>'
    )


def _limit(limit: tuple[float, str] | None, axis: Axis) -> str:
    if limit is None:
        return ""
    y = axis.y(limit[0])
    return (
        f'<line class="chart__limit" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="chart__note" x="6" y="{y - 6:.1f}">{escape(limit[1])}</text>'
    )


def _end(chart: Line, places: Sequence[float], axis: Axis) -> str:
    """A dot where the line stands today."""
    known = [at for at, value in enumerate(chart.values) if value is not None]
    if not known:
        return ""
    at = known[-1]
    y = axis.y(chart.values[at] or 0.0)
    return f'<circle class="chart__end" cx="{percent(places[at])}" cy="{y:.1f}" r="3.5"/>'


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
        text_at(places[at], axis.y(values[at] or 0.0) + off, brief(values[at] or 0.0, axis), "chart__value")
        for at, off in shown
    )


def _line_ticks(chart: Line, places: Sequence[float], axis: Axis) -> str:
    """Before a projection no label comes near that of its end."""
    y = axis.whole - 5
    if chart.projection is None:
        return ticks(chart.labels, places, y)
    if chart.projection.sums:
        return month_ticks(_month(chart), places, y, (1, 10, 20))
    days = (*chart.labels, *("",) * (chart.projection.steps - 1), chart.projection.label)
    last = text_at(100, y, tick(chart.projection.label))
    return ticks([label if at < 85 else "" for label, at in zip(days, places, strict=True)], places, y) + last


def _month(chart: Line) -> list[str]:
    """The days of the line and those after it, up to its end: "1 November" ... "30 November"."""
    ahead = chart.projection
    day, _, month = (ahead.label if ahead else "").partition(" ")
    if ahead is None or not day.isdigit():
        return list(chart.labels)
    coming = [f"{int(day) - back} {month}" for back in range(ahead.steps - 1, -1, -1)]
    return [*chart.labels, *coming]
