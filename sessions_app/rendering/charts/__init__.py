"""Charts as inline SVG. Attributes only, colours by class: the page's policy allows no inline style."""

from __future__ import annotations

from html import escape

from sessions_app.agent.labels.views import Bars, Chart, Columns, Heat, Line

from .bars import bars
from .columns import columns
from .heat import heat
from .line import line
from .parts import HEIGHT, Drawn

__all__ = ["chart_html", "drawn"]


def drawn(chart: Chart, height: int = HEIGHT) -> Drawn:
    """A chart and its legend, apart; `height` in pixels between the lowest and the highest line of a grid."""
    match chart:
        case Bars():
            return bars(chart)
        case Columns():
            return columns(chart, height)
        case Line():
            return line(chart, height)
        case Heat():
            return heat(chart)


def chart_html(chart: Chart) -> str:
    """A chart with its title and legend."""
    made = drawn(chart)
    shown = "" if made.legend and made.kind == "bars" else f"<span>{escape(chart.title)}</span>"
    return (
        f'<figure class="{made.kind}-figure"><figcaption class="tool-card__label">{shown}{made.legend}</figcaption>'
        f"{made.plot}</figure>"
    )
