"""What all charts with axes have in common: places in per cent of the width, heights in pixels, ticks, words.

A chart is as wide as its column and its texts keep their size: so widths are per cent, and nothing is scaled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from sessions_app.agent.labels.views import Unit
from sessions_app.agent.labels.words import money, short

TOP, FOOT = 16, 20
"""Pixels above the highest grid line, for a label, and below the lowest, for the ticks."""
MOST_LINES = 4
MOST_TICKS = 8
_DAY = re.compile(r"(\d{1,2}) (\w{3})\w*")
_HOUR = re.compile(r"(\d\d):00")


@dataclass(frozen=True, slots=True)
class Axis:
    """Grid lines at 0, step, 2 step ... top; `height` is the pixels between the first and the last."""

    step: float
    top: float
    height: int
    unit: Unit

    @classmethod
    def of(cls, most: float, height: int, unit: Unit) -> Axis:
        """The roundest step with which `most` needs at most four."""
        lines = MOST_LINES if height > 80 else 2
        least = most / lines or 1.0
        size = 10.0 ** (len(f"{int(least)}") - 1 if least >= 1 else Decimal(least).adjusted())
        factors = (1, 2, 5, 10) if unit == "" and size < 10 else (1, 2, 2.5, 5, 10)
        step = next((size * each for each in factors if size * each >= least * 0.999999), size * 10)
        if unit == "":
            step = max(step, 1.0)
        count = max(1, -int(-most / step * 0.999999 // 1))
        return cls(step, step * count, height, unit)

    def y(self, value: float) -> float:
        """Pixels from the top of the drawing."""
        return TOP + self.height * (1 - min(value, self.top) / self.top)

    @property
    def whole(self) -> int:
        return TOP + self.height + FOOT

    def lines(self) -> list[float]:
        return [self.step * at for at in range(round(self.top / self.step) + 1)]

    def grid(self) -> str:
        return "".join(
            f'<line class="chart__grid" x1="0" x2="100%" y1="{self.y(at):.1f}" y2="{self.y(at):.1f}"/>'
            for at in self.lines()
        )

    def scale(self) -> str:
        """The figures beside the drawing; the drawing's name tells them in words."""
        told = [amount(at, self.unit, self.step) for at in self.lines()]
        width = 8 + 7 * max(map(len, told))
        texts = "".join(
            f'<text x="{width - 8}" y="{self.y(at) + 4:.1f}" text-anchor="end">{escape(words)}</text>'
            for at, words in zip(self.lines(), told, strict=True)
        )
        return f'<svg class="chart__scale" width="{width}" height="{self.whole}" aria-hidden="true">{texts}</svg>'


def amount(value: float, unit: Unit, step: float | None = None) -> str:
    """A value in words; on an axis with as many decimals as its steps need."""
    if unit == "s":
        form = ".10g" if step else ".2f" if value < 10 else ".0f"
        return f"{value:,{form}}\u00a0s"
    if step is None:
        return money(value) if unit == "$" else f"{value:,.10g}"
    if unit == "$":
        places = 0 if step == int(step) else len(f"{step:.6f}".rstrip("0").partition(".")[2])
        return f"${short(value)}" if value >= 10_000 else f"${value:,.{max(2, places) if places else 0}f}"
    return short(value) if value >= 10_000 else f"{value:,.10g}"


def percent(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def text_at(x: float, y: float, words: str, kind: str = "chart__tick") -> str:
    """A text that does not run out of the drawing at either end."""
    anchor = "start" if x < 6 else "end" if x > 94 else "middle"
    return f'<text class="{kind}" x="{percent(x)}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def ticks(labels: Sequence[str], places: Sequence[float], y: float) -> str:
    """Labels below the drawing, evenly chosen; every second one gives way where space is short."""
    chosen = range(0, len(labels), max(1, -(-len(labels) // MOST_TICKS)))
    return "".join(
        text_at(places[at], y, tick(labels[at]), f"chart__tick{' chart__tick--odd' if number % 2 else ''}")
        for number, at in enumerate(chosen)
    )


def month_ticks(
    labels: Sequence[str], places: Sequence[float], y: float, chosen: Sequence[int] = (1, 5, 10, 15, 20, 25)
) -> str:
    """Of the days of one month the first, some, and the last, as bare numbers; else labels as usual."""
    days = [_DAY.match(label) for label in labels]
    if len({found[2] for found in days if found}) != 1 or not all(days):
        return ticks(labels, places, y)
    numbers = [int(found[1]) for found in days if found]
    shown = {at for at, day in enumerate(numbers) if day in chosen} | {0, len(numbers) - 1}
    return "".join(text_at(places[at], y, str(numbers[at])) for at in sorted(shown))


def brief(value: float, axis: Axis) -> str:
    """A value where it is drawn."""
    if axis.unit == "$":
        return f"${value:,.2f}" if value >= 0.01 or not value else amount(value, "$")
    return short(value) if value >= 10_000 and not axis.unit else amount(value, axis.unit)


def tick(label: str) -> str:
    """A day or an hour where space is short: "15 Nov", "06"."""
    if hour := _HOUR.fullmatch(label):
        return hour[1]
    found = _DAY.match(label)
    return f"{found[1]} {found[2]}" if found else label[:12]


def drawing(name: str, height: int, inner: str) -> str:
    return f'<svg class="chart__plot" width="100%" height="{height}" role="img" aria-label="{escape(name)}">{inner}</svg>'


def said(title: str, labels: Sequence[str], values: Sequence[float | None], unit: Unit, noun: str) -> str:
    """The figures of a series in a sentence: its span, its sum, its most and its least."""
    known = [(value, label) for value, label in zip(values, labels, strict=True) if value is not None]
    if not known:
        return f"{title}: nothing is known."
    unknown = len(values) - len(known)
    holes = f" Nothing is known of {unknown} of {len(values)}." if unknown else ""
    words = f" {noun}s" if noun else ""
    if len(known) == 1:
        return f"{title}: {amount(known[0][0], unit)}{words}, {known[0][1]}.{holes}"
    all_of_it = sum(value for value, _ in known)
    if not all_of_it:
        return f"{title}, {labels[0]} to {labels[-1]}: none.{holes}"
    most, least = max(known, key=lambda pair: pair[0]), min(known, key=lambda pair: pair[0])
    together = "" if unit == "s" else f"{amount(all_of_it, unit)}{words} in all, "
    return (
        f"{title}, {labels[0]} to {labels[-1]}: {together}"
        f"most {amount(most[0], unit)} ({most[1]}), least {amount(least[0], unit)} ({least[1]}).{holes}"
    )
