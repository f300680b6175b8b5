"""What charts have in common: which series stands in which colour, the legend, five series at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from sessions_app.agent.labels.views import Palette, Unit
from sessions_app.agent.labels.words import estimate, short

MOST_SERIES = 5
HEIGHT, LOW = 104, 52
_PALETTES: dict[Palette, tuple[str, ...]] = {
    "tool": ("tool", "tool-ink", "tool-soft"),
    "tokens": ("tool", "cached", "tool-ink"),
    "mood": ("well", "other", "failing"),
    "series": ("1", "2", "3", "4", "5"),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """HTML. `legend` is empty where one series needs none; `kind` is the class of the plot."""

    legend: str
    plot: str
    kind: str = "chart"

    @classmethod
    def of(cls, legend: str, inner: str, kind: str = "chart") -> Drawn:
        return cls(legend, f'<div class="{kind}">{inner}</div>', kind)


def classes(palette: Palette, count: int) -> tuple[str, ...]:
    found = _PALETTES[palette]
    return found if count <= len(found) else _PALETTES["series"]


def legend(series: Sequence[str], colours: Sequence[str], sums: Sequence[float] = (), unit: Unit = "") -> str:
    """The names of several series, each with its sum."""
    if len(series) < 2:
        return ""
    words = [estimate(each) if unit == "$" else short(each) for each in sums]
    told = [f' <span class="legend__sum">{each}</span>' for each in words] or [""] * len(series)
    items = "".join(
        f'<li><span class="swatch series--{kind}"></span>{escape(name)}{words}</li>'
        for name, kind, words in zip(series, colours, told, strict=False)
    )
    return f'<ul class="legend">{items}</ul>'


def merged(values: tuple[float, ...]) -> tuple[float, ...]:
    """The fourth place is grey: what is beyond five stands there together."""
    kept = MOST_SERIES - 1
    return (*values[:3], sum(values[kept:]), values[3]) if len(values) > MOST_SERIES else values


def five(series: tuple[str, ...]) -> tuple[str, ...]:
    return (*series[:3], "Other", series[3]) if len(series) > MOST_SERIES else series
