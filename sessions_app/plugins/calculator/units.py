"""Units by their names, as exact factors of the base units. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

Number = Fraction | float
Dims = tuple[int, ...]  # powers of BASE
BASE = ("m", "kg", "s", "A", "K", "mol", "cd", "bit")
QUANTITIES = ("length", "mass", "time", "current", "temperature", "amount", "light", "data")
NONE: Dims = (0,) * len(BASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """`factor` of the base units; of a temperature scale that begins elsewhere, `offset` in K."""

    name: str
    factor: Number
    dims: Dims
    offset: Fraction = Fraction(0)


def dims(**powers: int) -> Dims:
    return tuple(powers.get(name, 0) for name in BASE)


LENGTH, MASS, TIME, DATA = dims(m=1), dims(kg=1), dims(s=1), dims(bit=1)
FORCE, ENERGY, POWER, PRESSURE = (
    dims(kg=1, m=1, s=-2),
    dims(kg=1, m=2, s=-2),
    dims(kg=1, m=2, s=-3),
    dims(kg=1, m=-1, s=-2),
)
AREA, VOLUME, SPEED, HEAT = dims(m=2), dims(m=3), dims(m=1, s=-1), dims(K=1)
# Names (the first is shown), factor, dims. Those of PREFIXED take prefixes: short ones before the first name, long ones
# before those of more than three letters.
PREFIXED: list[tuple[str, str | float, Dims]] = [
    ("m meter meters metre metres", "1", LENGTH),
    ("g gram grams gramme grammes", "1/1000", MASS),
    ("s second seconds sec secs", "1", TIME),
    ("A ampere amperes amp amps", "1", dims(A=1)),
    ("K kelvin kelvins", "1", HEAT),
    ("mol mole moles", "1", dims(mol=1)),
    ("cd candela", "1", dims(cd=1)),
    ("Hz hertz", "1", dims(s=-1)),
    ("N newton newtons", "1", FORCE),
    ("Pa pascal pascals", "1", PRESSURE),
    ("J joule joules", "1", ENERGY),
    ("W watt watts", "1", POWER),
    ("Wh watthour watthours", "3600", ENERGY),
    ("coulomb coulombs", "1", dims(A=1, s=1)),
    ("V volt volts", "1", dims(kg=1, m=2, s=-3, A=-1)),
    ("ohm ohms Ω", "1", dims(kg=1, m=2, s=-3, A=-2)),
    ("farad farads", "1", dims(kg=-1, m=-2, s=4, A=2)),
    ("L liter liters litre litres", "1/1000", VOLUME),
    ("l", "1/1000", VOLUME),  # ml as well as mL
    ("cal calorie calories", "4.184", ENERGY),
    ("eV electronvolt electronvolts", "1.602176634e-19", ENERGY),
    ("bar bars", "100000", PRESSURE),
    ("B byte bytes", "8", DATA),
    ("bit bits", "1", DATA),
]
PLAIN: list[tuple[str, str | float, Dims]] = [
    ("in inch inches", "0.0254", LENGTH),
    ("ft foot feet", "0.3048", LENGTH),
    ("yd yard yards", "0.9144", LENGTH),
    ("mi mile miles", "1609.344", LENGTH),
    ("nmi nauticalmile nauticalmiles", "1852", LENGTH),
    ("au", "149597870700", LENGTH),
    ("ly lightyear lightyears", "9460730472580800", LENGTH),
    ("t tonne tonnes", "1000", MASS),
    ("lb lbs pound pounds", "0.45359237", MASS),
    ("oz ounce ounces", "0.028349523125", MASS),
    ("stone stones st", "6.35029318", MASS),
    ("min minute minutes mins", "60", TIME),
    ("h hour hours hr hrs", "3600", TIME),
    ("d day days", "86400", TIME),
    ("week weeks wk", "604800", TIME),
    ("year years yr", "31557600", TIME),
    ("ha hectare hectares", "10000", AREA),
    ("acre acres", "4046.8564224", AREA),
    ("gal gallon gallons", "0.003785411784", VOLUME),
    ("quart quarts qt", "0.000946352946", VOLUME),
    ("pint pints pt", "0.000473176473", VOLUME),
    ("cup cups", "0.0002365882365", VOLUME),
    ("floz", "0.0000295735295625", VOLUME),
    ("tbsp", "0.00001478676478125", VOLUME),
    ("tsp", "0.00000492892159375", VOLUME),
    ("mph", "0.44704", SPEED),
    ("kph", "5/18", SPEED),
    ("kn knot knots", "463/900", SPEED),
    ("psi", "6894.757293168361", PRESSURE),
    ("atm", "101325", PRESSURE),
    ("mmHg", "133.322387415", PRESSURE),
    ("lbf", "4.4482216152605", FORCE),
    ("hp", "745.69987158227022", POWER),
    ("rad radian radians", "1", NONE),
    ("deg degree degrees °", math.pi / 180, NONE),
    ("rpm", "1/60", dims(s=-1)),
]
SHORT = {"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1, "c": -2,
         "m": -3, "µ": -6, "μ": -6, "u": -6, "n": -9, "p": -12, "f": -15}  # fmt: skip
LONG = {"tera": 12, "giga": 9, "mega": 6, "kilo": 3, "hecto": 2, "deci": -1, "centi": -2, "milli": -3, "micro": -6,
        "nano": -9, "pico": -12}  # fmt: skip
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
ZERO = Fraction("273.15")
SCALES = [
    Unit("°C", Fraction(1), HEAT, ZERO),
    Unit("°F", Fraction(5, 9), HEAT, ZERO - Fraction(160, 9)),
]
SCALE_NAMES = {
    "°C": 0, "C": 0, "degC": 0, "celsius": 0, "°F": 1, "F": 1, "degF": 1, "fahrenheit": 1,
}  # fmt: skip
SHOWN = {
    dims_: name.split()[0] for name, factor, dims_ in PREFIXED if factor == "1" and sum(map(abs, dims_)) > 1
}


def exact(factor: str | float) -> Number:
    return Fraction(factor) if isinstance(factor, str) else factor


@cache
def _known() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for names, factor, of in PREFIXED:
        short, *others = names.split()
        for letters, power in SHORT.items():
            _put(found, letters + short, letters + short, exact(factor) * Fraction(10) ** power, of)
        for name in [short, *others]:
            for letters, power in LONG.items() if len(name) > 3 else ():
                _put(found, letters + name, letters + name, exact(factor) * Fraction(10) ** power, of)
        if of == DATA:
            for letters, power in BINARY.items():
                _put(found, letters + short, letters + short, exact(factor) * 2**power, of)
    for names, factor, of in [
        *PREFIXED,
        *PLAIN,
    ]:  # after those with prefixes: `min` is no thousandth of an inch
        short = names.split()[0]
        for name in names.split():
            found[name] = Unit(short, exact(factor), of)
    for name, number in SCALE_NAMES.items():
        found[name] = SCALES[number]
    return found


def _put(found: dict[str, Unit], name: str, shown: str, factor: Number, of: Dims) -> None:
    found.setdefault(name, Unit(shown, factor, of))


def unit(name: str) -> Unit | None:
    """By its name; long names in whatever case."""
    return _known().get(name) or (_known().get(name.lower()) if len(name) > 3 else None)


def words(of: Dims) -> str:
    """A dimension for people: "length", "length / time^2"."""
    over = [_power(name, power) for name, power in zip(QUANTITIES, of, strict=True) if power > 0]
    below = [_power(name, -power) for name, power in zip(QUANTITIES, of, strict=True) if power < 0]
    if not over and not below:
        return "a plain number"
    return " / ".join([" · ".join(over) or "1", *below])


def symbols(of: Dims) -> str:
    """The unit a value without a wish is shown in."""
    if of in SHOWN:
        return SHOWN[of]
    over = [_power(name, power) for name, power in zip(BASE, of, strict=True) if power > 0]
    below = [_power(name, -power) for name, power in zip(BASE, of, strict=True) if power < 0]
    return "/".join(["·".join(over) or "1", *below]) if over or below else ""


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"
