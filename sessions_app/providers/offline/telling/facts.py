"""Reading a result whose shape nobody warrants: every getter gives what is there, or that it is not known."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

PRICE_UNKNOWN = "price unknown"
MOST_USD = Decimal(10) ** 15
MOST_NUMBER = 10**18
FIGURE = re.compile(r"–|-?\$?[\d,]+(?:\.\d+)?(?: (?:%|s|ms|replies))?|under \$0\.0001|price unknown")
SITE_LINK = re.compile(r"/(?![/\\])[\w/#?&=%.,:+-]*")


@dataclass(frozen=True, slots=True)
class Facts:
    values: Mapping[str, Any] = field(default_factory=dict)

    def number(self, key: str) -> int | None:
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return round(value) if math.isfinite(value) and abs(value) < MOST_NUMBER else None

    def real(self, key: str) -> float | None:
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if abs(value) < MOST_NUMBER else None

    def amount(self, key: str) -> Decimal | None:
        return amount_of(self.values.get(key))

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return plain(value) if isinstance(value, str) else ""

    def truth(self, key: str) -> bool:
        return self.values.get(key) is True

    def facts(self, key: str) -> Facts:
        value = self.values.get(key)
        return Facts(value) if isinstance(value, Mapping) else Facts()

    def rows(self, key: str) -> list[Facts]:
        value = self.values.get(key)
        return [Facts(row) for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []

    def __contains__(self, key: str) -> bool:
        return key in self.values

    @property
    def everyone(self) -> bool:
        return self.values.get("scope") == "everyone"


# ---------------------------------------------------------------- words of figures


def amount_of(value: Any) -> Decimal | None:
    """USD, or None where no price is known."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < MOST_USD else None


def money(value: Any) -> str:
    """USD with four decimals; no price is not a price of 0, and a real one is never shown as 0."""
    amount = amount_of(value)
    if amount is None:
        return PRICE_UNKNOWN
    return "under $0.0001" if 0 < amount < Decimal("0.00005") else f"${amount:,.4f}"


def counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:,.0f} %"


def seconds(ms: int | None) -> str:
    if ms is None:
        return ""
    return f"{ms:,} ms" if ms < 1000 else f"{ms / 1000:,.1f} s"


def change(result: Facts, name: str) -> str:
    """“12 % more than the 7 days before”; empty where nothing is compared."""
    before = result.facts("before")
    period, share = before.text("period"), result.facts("change").real(name)
    if not period:
        return ""
    if share is None:
        return f"after none in {period}" if before.amount(name) == 0 and _is_some(result, name) else ""
    if abs(share) < 0.005:
        return f"as in {period}"
    return f"{percent(abs(share))} {'more' if share > 0 else 'less'} than {period}"


def _is_some(result: Facts, name: str) -> bool:
    return (result.amount(name) or 0) > 0


def compared(result: Facts, name: str) -> str:
    words = change(result, name)
    return f", {words}" if words else ""


def span(result: Facts) -> str:
    """The period as a sentence has it: “in the last 7 days”, “today”."""
    period = result.text("period")
    if period.startswith("last "):
        return f"in the {period}"
    return {"all time": "in all time", "": "in this period"}.get(period, period)


# ---------------------------------------------------------------- Markdown


def plain(text: Any) -> str:
    """Text of the data on one line, shown as it is: its own Markdown and addresses must not become ours."""
    flat = " ".join(str(text).split())
    flat = re.sub(r"([\\`*_\[\]<>#|~$&!^=])", r"\\\1", flat)
    flat = re.sub(r"(?<=\w):(?=//)|(?<=www)\.|(?<=\w)@(?=\w)", lambda hit: f"\\{hit[0]}", flat, flags=re.I)
    return re.sub(r"^(\d{1,9})([.)])|^([-+])", r"\1\\\2\3", flat)


def linked(words: str, result: Facts, key: str = "link") -> str:
    """`words` (already plain) as a link to a page of this site, where the result names one."""
    link = result.values.get(key)
    return f"[{words}]({link})" if isinstance(link, str) and SITE_LINK.fullmatch(link) else words


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of figures stand right-aligned. Empty without rows; cells must be plain."""
    if not rows:
        return ""
    marks = ["---:" if all(FIGURE.fullmatch(row[at]) for row in rows) else "---" for at in range(len(head))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, marks, *rows))


def cell(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def sentence(*pieces: str) -> str:
    return " ".join(piece for piece in pieces if piece)


def paragraphs(*pieces: str) -> str:
    return "\n\n".join(piece for piece in pieces if piece)


def either(result: Facts, own: str, everyone: str) -> str:
    return everyone if result.everyone else own
