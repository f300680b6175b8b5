"""The change against the period before, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .reading import table_of, text
from .tables import cell


def changes(result: Mapping[str, Any], told: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    """ "Messages +12 % (from 187), cost −3 % (from $2.1000) against the 7 days before." for the fields `told`.

    `told` gives the name and kind of a field. A field without a change is left out; with none there is no sentence.
    """
    before, change = table_of(result.get("before")), table_of(result.get("change"))
    parts = [
        f"{name} {_signed(float(change[key]))} (from {cell(kind, before.get(key)).text})"
        for key, (name, kind) in told.items()
        if key in before and _is_fraction(change.get(key))
    ]
    if not parts:
        return ()
    words = ", ".join([parts[0], *(part[:1].lower() + part[1:] for part in parts[1:])])
    return (f"{words} against {text(before.get('period'), 60) or 'the period before'}.",)


def _is_fraction(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1 <= value < 1e6


def _signed(fraction: float) -> str:
    percent = round(fraction * 100)
    sign = "+" if percent > 0 else "−" if percent < 0 else "±"
    return f"{sign}{abs(percent):,}\u00a0%"
