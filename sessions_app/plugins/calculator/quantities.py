"""Numbers with a dimension, and what can be done with them: exact as long as it can be. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from fractions import Fraction

from .units import NONE, Dims, Number, Unit, symbols, words

BITS, POWER, FACTORIAL = 20_000, 2_000, 500
DIGITS, SHOWN_DIGITS = 12, 60


class Wrong(Exception):
    """Why something cannot be worked out, in a sentence."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` in base units; `unit` is the one it was written in, as long as it still makes sense."""

    value: Number
    dims: Dims = NONE
    unit: Unit | None = None

    @property
    def on_scale(self) -> bool:
        """A point on a scale such as °C, which is no amount."""
        return self.unit is not None and self.unit.offset != 0


def checked(value: Number) -> Number:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Wrong("The result is too large, or no number.")
        return value
    if value.numerator.bit_length() > BITS or value.denominator.bit_length() > BITS:
        raise Wrong("The numbers get too large.")
    return value


def made(value: Number, dims: Dims, unit: Unit | None = None) -> Quantity:
    return Quantity(checked(value), dims, unit)


def of_unit(number: Fraction, unit: Unit) -> Quantity:
    return made(number * unit.factor + unit.offset, unit.dims, unit)


def amount(quantity: Quantity) -> Quantity:
    """Refuses a point on a scale: twice 20 °C is nothing anybody means."""
    if quantity.on_scale:
        raise Wrong("A temperature in °C or °F can only be converted: write differences in K.")
    return quantity


def add(left: Quantity, right: Quantity, sign: int = 1) -> Quantity:
    left, right = amount(left), amount(right)
    if left.dims != right.dims:
        verb = "added to" if sign == 1 else "taken from"
        first, second = (left, right) if sign == 1 else (right, left)
        raise Wrong(f"{words(first.dims).capitalize()} cannot be {verb} {words(second.dims)}.")
    return made(left.value + sign * right.value, left.dims, left.unit or right.unit)


def negative(quantity: Quantity) -> Quantity:
    offset = quantity.unit.offset if quantity.unit else Fraction(0)
    return replace(quantity, value=2 * offset - quantity.value)


def times(left: Quantity, right: Quantity) -> Quantity:
    left, right = amount(left), amount(right)
    plain = left.unit if right.dims == NONE else right.unit if left.dims == NONE else None
    return made(left.value * right.value, _sum(left.dims, right.dims, 1), plain)


def over(left: Quantity, right: Quantity) -> Quantity:
    left, right = amount(left), amount(right)
    if right.value == 0:
        raise Wrong("Nothing can be divided by zero.")
    plain = left.unit if right.dims == NONE else None
    return made(left.value / right.value, _sum(left.dims, right.dims, -1), plain)


def remainder(left: Quantity, right: Quantity) -> Quantity:
    left, right = amount(left), amount(right)
    if left.dims != right.dims:
        raise Wrong(f"There is no remainder of {words(left.dims)} by {words(right.dims)}.")
    if right.value == 0:
        raise Wrong("Nothing can be divided by zero.")
    return made(left.value % right.value, left.dims, left.unit)


def power(base: Quantity, exponent: Quantity) -> Quantity:
    base = amount(base)
    if exponent.dims != NONE:
        raise Wrong("An exponent must be a plain number.")
    of = exponent.value
    if isinstance(of, Fraction) and of.denominator == 1:
        return whole_power(base, int(of))
    if base.value < 0:
        raise Wrong("A negative number has no such power among the real ones.")
    if isinstance(of, Fraction) and of.denominator == 2:
        return whole_power(root(base, 2), of.numerator)
    if base.dims != NONE:
        raise Wrong("Only whole and half powers can be taken of something with a unit.")
    return made(real(lambda: float(base.value) ** float(of)), NONE)


def whole_power(base: Quantity, exponent: int) -> Quantity:
    if abs(exponent) > POWER:
        raise Wrong(f"Exponents go to {POWER:,}.")
    if base.value == 0 and exponent < 0:
        raise Wrong("Nothing can be divided by zero.")
    if isinstance(base.value, Fraction):
        bits = max(base.value.numerator.bit_length(), base.value.denominator.bit_length())
        if bits * abs(exponent) > BITS:
            raise Wrong("The numbers get too large.")
    value = real(lambda: base.value**exponent)
    return made(value, tuple(each * exponent for each in base.dims), base.unit if exponent == 1 else None)


def root(quantity: Quantity, degree: int) -> Quantity:
    quantity = amount(quantity)
    if quantity.value < 0 and degree == 2:
        raise Wrong("A negative number has no square root among the real ones.")
    if any(each % degree for each in quantity.dims):
        raise Wrong(f"There is no root of {words(quantity.dims)}.")
    dims = tuple(each // degree for each in quantity.dims)
    return made(_root(quantity.value, degree), dims)


def _root(value: Number, degree: int) -> Number:
    if isinstance(value, Fraction):
        top, bottom = _whole_root(abs(value.numerator), degree), _whole_root(value.denominator, degree)
        if top is not None and bottom is not None:
            return Fraction(top, bottom) * (-1 if value < 0 else 1)
    found = real(lambda: math.pow(abs(float(value)), 1 / degree))
    return -found if value < 0 else found


def _whole_root(value: int, degree: int) -> int | None:
    guess = math.isqrt(value) if degree == 2 else round(value ** (1 / degree)) if value < 10**15 else 0
    return guess if guess**degree == value else None


def real(work: Callable[[], Number]) -> Number:
    try:
        value = work()
    except (OverflowError, ValueError, ZeroDivisionError):
        raise Wrong("The result is too large, or no number.") from None
    return checked(value)


def convert(quantity: Quantity, wish: Quantity) -> Quantity:
    """The same in another unit, which `wish` is one of."""
    if quantity.dims != wish.dims:
        raise Wrong(
            f"{words(quantity.dims).capitalize()} cannot be given in {words(wish.dims)}."
            if wish.dims != NONE
            else f"{words(quantity.dims).capitalize()} is no plain number."
        )
    return replace(quantity, unit=wish.unit)


def shown(quantity: Quantity) -> tuple[str, str, bool]:
    """The number, its unit, and whether that is exact."""
    unit = quantity.unit
    value = (quantity.value - unit.offset) / unit.factor if unit else quantity.value
    text, whole = number(value)
    return text, unit.name if unit else symbols(quantity.dims), whole


def _sum(left: Dims, right: Dims, sign: int) -> Dims:
    found = tuple(one + sign * other for one, other in zip(left, right, strict=True))
    if any(abs(each) > 1000 for each in found):
        raise Wrong("The units get too large.")
    return found


def number(value: Number) -> tuple[str, bool]:
    """A number as people write it: all of its digits where it has an end, else twelve."""
    if isinstance(value, Fraction):
        short = value.numerator.bit_length() <= 3 * SHOWN_DIGITS
        if value.denominator == 1 and short:
            return str(value.numerator), True
        ended = _ended(value) if short else None
        if ended is not None:
            return ended, True
        return _plain(_rounded(value)), False
    return _plain(Decimal(repr(value))), False


def _ended(value: Fraction) -> str | None:
    """As a decimal number that ends soon."""
    for places in range(1, 21):
        scaled = value * 10**places
        if scaled.denominator == 1:
            text = str(abs(scaled.numerator)).rjust(places + 1, "0")
            sign = "-" if value < 0 else ""
            return f"{sign}{text[:-places]}.{text[-places:]}" if len(text) <= SHOWN_DIGITS else None
    return None


def _rounded(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = DIGITS
        return Decimal(value.numerator) / Decimal(value.denominator)


def _plain(value: Decimal) -> str:
    with localcontext() as context:
        context.prec = DIGITS
        value = +value
    if value == 0 or -6 <= value.adjusted() < 15:
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, exponent = format(value, "e").lower().partition("e")
    head = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{head}e{int(exponent)}"
