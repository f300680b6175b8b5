"""Functions that may be called in a calculation. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from . import quantities as q
from .quantities import FACTORIAL, Quantity, Wrong
from .units import NONE, words

Function = Callable[[list[Quantity]], Quantity]


def taking(least: int, most: int, work: Callable[..., Quantity]) -> Function:
    def call(arguments: list[Quantity]) -> Quantity:
        if not least <= len(arguments) <= most:
            raise Wrong(f"That function takes {least}{f' to {most}' if most > least else ''} value(s).")
        return work(*arguments)

    return call


def plain(quantity: Quantity) -> float | Fraction:
    if quantity.dims != NONE:
        raise Wrong(f"That function takes a plain number, not {words(quantity.dims)}.")
    return quantity.value


def whole(quantity: Quantity) -> int:
    value = plain(quantity)
    if not isinstance(value, Fraction) or value.denominator != 1:
        raise Wrong("That function takes a whole number.")
    return int(value)


def real(work: Callable[[float], float]) -> Function:
    def call(quantity: Quantity) -> Quantity:
        value = plain(quantity)
        return Quantity(q.real(lambda: work(float(value))))

    return taking(1, 1, call)


def log(quantity: Quantity, base: Quantity | None = None) -> Quantity:
    value, of = float(plain(quantity)), float(plain(base)) if base else 10.0
    return Quantity(q.real(lambda: math.log10(value) if of == 10 else math.log(value, of)))


def stepped(work: Callable[[Fraction | float], int]) -> Callable[[Quantity], Quantity]:
    """A rounding of what stands before the unit."""

    def call(quantity: Quantity) -> Quantity:
        quantity = q.amount(quantity)
        factor = quantity.unit.factor if quantity.unit else Fraction(1)
        return q.made(work(quantity.value / factor) * factor, quantity.dims, quantity.unit)

    return call


def rounded(quantity: Quantity, places: Quantity | None = None) -> Quantity:
    digits = whole(places) if places else 0
    if abs(digits) > 30:
        raise Wrong("Rounding goes to 30 places.")
    scale = Fraction(10) ** digits
    quantity = q.amount(quantity)
    factor = quantity.unit.factor if quantity.unit else Fraction(1)
    steps = math.floor(abs(Fraction(quantity.value / factor)) * scale + Fraction(1, 2))
    sign = -1 if quantity.value < 0 else 1
    return q.made(sign * steps / scale * factor, quantity.dims, quantity.unit)


def extreme(pick: Any) -> Function:
    def call(*arguments: Quantity) -> Quantity:
        if len({each.dims for each in map(q.amount, arguments)}) > 1:
            raise Wrong("Only values of one kind can be compared.")
        found: Quantity = pick(arguments, key=lambda each: each.value)
        return found

    return taking(1, 50, call)


def absolute(quantity: Quantity) -> Quantity:
    value = q.amount(quantity).value
    return q.made(value if value >= 0 else -value, quantity.dims, quantity.unit)


def factorial(quantity: Quantity) -> Quantity:
    number = whole(quantity)
    if not 0 <= number <= FACTORIAL:
        raise Wrong(f"Factorials go from 0 to {FACTORIAL}.")
    return q.made(Fraction(math.factorial(number)), NONE)


FUNCTIONS: dict[str, Function] = {
    "sqrt": taking(1, 1, lambda value: q.root(value, 2)),
    "cbrt": taking(1, 1, lambda value: q.root(value, 3)),
    "abs": taking(1, 1, absolute),
    "round": taking(1, 2, rounded),
    "floor": taking(1, 1, stepped(math.floor)),
    "ceil": taking(1, 1, stepped(math.ceil)),
    "min": extreme(min),
    "max": extreme(max),
    "factorial": taking(1, 1, factorial),
    "gcd": taking(2, 2, lambda one, two: Quantity(Fraction(math.gcd(whole(one), whole(two))))),
    "lcm": taking(2, 2, lambda one, two: Quantity(Fraction(math.lcm(whole(one), whole(two))))),
    "ln": real(math.log),
    "log": taking(1, 2, log),
    "log2": real(math.log2),
    "log10": real(math.log10),
    "exp": real(math.exp),
    "sin": real(math.sin),
    "cos": real(math.cos),
    "tan": real(math.tan),
    "asin": real(math.asin),
    "acos": real(math.acos),
    "atan": real(math.atan),
}
