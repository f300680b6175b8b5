"""The calculator: right, exact where it can be, and never more than a sentence where it cannot."""

from __future__ import annotations

import time
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.plugins.calculator import units
from sessions_app.plugins.calculator.quantities import Wrong
from sessions_app.plugins.calculator.reading import calculate, told

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    ("asked", "result"),
    [
        ("5 km in miles", "≈ 3.10685596119 mi"),
        ("3 h 20 min in s", "= 12000 s"),
        ("12 kg * 9.81 m/s^2 in N", "= 117.72 N"),
        ("12 kg * 9.81 m/s^2", "= 117.72 N"),
        ("20 °C in °F", "= 68 °F"),
        ("-40 C in F", "= -40 °F"),
        ("300 K in °C", "= 26.85 °C"),
        ("1.5 GiB in MB", "= 1610.612736 MB"),
        ("100 Mbit/s in MB/s", "= 12.5 MB/s"),
        ("5 in in cm", "= 12.7 cm"),
        ("6 ft 2 in in cm", "= 187.96 cm"),
        ("(3 ft)^2 in yd^2", "= 1 yd^2"),
        ("1 J in N m", "= 1 N·m"),
        ("5 m² in cm²", "= 50000 cm^2"),
        ("250 ml in cL", "= 25 cL"),
        ("5 km + 300 m", "= 5.3 km"),
        ("0.1 + 0.2", "= 0.3"),
        ("1/3 + 1/6", "= 0.5"),
        ("1/3", "≈ 0.333333333333"),
        ("10 % 3", "= 1"),
        ("20% of 50", "= 10"),
        ("2 + 3 * 4 ^ 2", "= 50"),
        ("-2^2", "= -4"),
        ("2^3^2", "= 512"),
        ("2^100", "= 1267650600228229401496703205376"),
        ("(1 + 2) × 3 =", "= 9"),
        ("sqrt(16 m^2)", "= 4 m"),
        ("sqrt(2)^2", "≈ 2"),
        ("sin(30 deg)", "≈ 0.5"),
        ("round(2.5)", "= 3"),
        ("round(-1.236 m, 2)", "= -1.24 m"),
        ("max(1 m, 20 cm)", "= 1 m"),
        ("factorial(20)", "= 2432902008176640000"),
        ("5 kWh in MJ", "= 18 MJ"),
        ("10 J / 2 N", "= 5 m"),
        ("9e300 * 9e300", "≈ 8.1e601"),
    ],
)
def test_it_comes_to_what_it_should(asked: str, result: str) -> None:
    assert str(told(asked)["text"]).endswith(result)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("5 km + 3 s", "Length cannot be added to time."),
        ("5 kg - 2 m", "Length cannot be taken from mass."),
        ("100 km in h", "Length cannot be given in time."),
        ("20 °C + 5 °C", "only be converted"),
        ("2 * 20 °C", "only be converted"),
        ("2 ^ (3 m)", "An exponent must be a plain number."),
        ("sqrt(2 m)", "There is no root of length."),
        ("sin(2 m)", "takes a plain number, not length"),
        ("1/0", "divided by zero"),
        ("5 % 0", "divided by zero"),
        ("0^-1", "divided by zero"),
        ("sqrt(-1)", "no square root"),
        ("5 foo", "“foo” is no unit"),
        ("__import__('os')", "nothing that can be calculated with"),
        ("bar(1)", "no function “bar”"),
        ("3 4", "something is missing"),
        ("(1", "closing parenthesis"),
        ("2 *", "was expected"),
        ("1 2 3 )", "missing"),
        ("1,000", "was not expected"),
        ("", "nothing to calculate"),
        ("10^10^10", "Exponents go to"),
        ("1e999", "powers of ten"),
        ("((" * 300, "too"),
        ("9^9 " * 200, "too long"),
        ("2^2000 * pi * 2^2000", "too large"),
        ("exp(10000)", "too large"),
    ],
)
def test_what_cannot_be_worked_out_is_said_in_words(asked: str, says: str) -> None:
    with pytest.raises(
        Wrong, match="(?i)" + says.replace("(", r"\(").replace(")", r"\)").replace("^", r"\^")
    ):
        told(asked)


PIECES = ["1", "2.5", "0", "1e300", "km", "s", "°C", "in", "to", "of", "pi", "sqrt", "factorial", "min", "log", "(", ")", ",",
          "+", "-", "*", "/", "^", "%", "²", "9999999", "B", "e", "deg", "mod", "\N{SNOWMAN}", "_"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_whatever_is_typed_is_answered_or_refused_at_once(pieces: list[str]) -> None:
    began = time.perf_counter()
    with suppress(Wrong):
        assert told(" ".join(pieces))["result"]
    assert time.perf_counter() - began < 2


@given(st.fractions(-(10**9), 10**9, max_denominator=10**6), st.sampled_from(sorted(units._known())))
def test_a_unit_and_back_is_the_same(number: Fraction, name: str) -> None:
    unit = units.unit(name)
    assert unit is not None
    top = f"({number.numerator} / {number.denominator})"
    if not unit.offset and isinstance(unit.factor, Fraction) and name != "in":
        assert calculate(f"{top} {name} in {name}").value == number * unit.factor


def test_names_of_units_do_not_hide_each_other() -> None:
    assert [units._known()[name].name for name in ("min", "mi", "m", "h", "cd", "d", "t", "ft", "pt")] == [
        "min", "mi", "m", "h", "cd", "d", "t", "ft", "pint",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", ["5 in cm", "2/3 in %", "5 in in s"])
def test_a_plain_number_in_a_unit_is_no_area(asked: str) -> None:
    with pytest.raises(Wrong):
        told(asked)
