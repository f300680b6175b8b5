"""Reading "12 kg * 9.81 m/s^2 in N": a parser of its own, which knows numbers, units and a few functions and no more. Pure.

wish     := sum [("in" | "to" | "as" | "->") product]
sum      := product (("+" | "-") product)*
product  := unary (("*" | "/" | "%" | "of") unary)*
unary    := ("-" | "+") unary | power
power    := percent ["^" unary]
percent  := atom "%"*                                  where no operand follows
atom     := number [units] (number units)* | unit | constant | function "(" sum ("," sum)* ")" | "(" sum ")"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from . import quantities as q
from .functions import FUNCTIONS
from .quantities import Quantity, Wrong
from .units import NONE, Unit, unit

LONGEST, DEEPEST, TOKENS, EXPONENT, DIGITS = 500, 40, 200, 300, 60
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "tau": math.tau}
LIGHT = 299_792_458
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>°[CF]?|[^\W\d_²³]+\d*)"
    r"|(?P<sign>\*\*|->|→|[-+*/^%(),×÷·−²³]))"
)
_SAME = {"**": "^", "×": "*", "·": "*", "÷": "/", "−": "-", "→": "->"}
_WISHES = ("in", "to", "as", "->")


def calculate(text: str) -> Quantity:
    """Raises Wrong."""
    if len(text) > LONGEST:
        raise Wrong(f"That is too long: {LONGEST} characters at the most.")
    reader = Reader(tokens(text))
    try:
        found = reader.wish()
    except ArithmeticError:
        raise Wrong("The result is too large, or no number.") from None
    if reader.kind != "end":
        raise Wrong(f"“{reader.word}” was not expected there.")
    return found


def tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, text.rstrip().removesuffix("=").rstrip()
    while at < len(text):
        hit = _TOKEN.match(text, at)
        if hit is None:
            raise Wrong(f"“{text[at:].strip()[:10]}” is nothing that can be calculated with.")
        kind = str(hit.lastgroup)
        word = hit[kind]
        if word in "²³":
            found += [("sign", "^"), ("number", "2" if word == "²" else "3")]
        else:
            found.append((kind, _SAME.get(word, word)))
        at = hit.end()
    if not found:
        raise Wrong("There is nothing to calculate. Write for instance 5 km in miles.")
    if len(found) > TOKENS:
        raise Wrong("That is too long.")
    return [*found, ("end", "")]


class Reader:
    """Goes through the tokens once, working out what it reads."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        self._tokens, self._at, self._depth = found, 0, 0

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def word(self) -> str:
        return self._tokens[self._at][1] or "the end"

    def next(self) -> str:
        word = self._tokens[self._at][1]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return word

    def take(self, *words: str) -> str:
        return self.next() if self.word in words and self.kind in ("sign", "name") else ""

    # ------------------------------------------------------------ the grammar

    def wish(self) -> Quantity:
        found = self.sum()
        if not self.take(*_WISHES):
            return found
        begin = self._at
        wish = self.product()
        used = self._tokens[begin : self._at]
        between = ["·" if one[0] == two[0] == "name" else "" for one, two in pairwise(used)]
        words = "".join(word + sign for (_, word), sign in zip(used, [*between, ""], strict=True))
        if wish.unit is None or wish.value != wish.unit.factor + wish.unit.offset:
            wish = replace(wish, unit=Unit(words[:40], wish.value, wish.dims))
        return q.convert(found, wish)

    def sum(self) -> Quantity:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Wrong("That is nested too deeply.")
        found = self.product()
        while sign := self.take("+", "-"):
            found = q.add(found, self.product(), 1 if sign == "+" else -1)
        self._depth -= 1
        return found

    def product(self) -> Quantity:
        found = self.unary()
        while sign := self.take("*", "/", "%", "of", "mod"):
            step: Callable[[Quantity, Quantity], Quantity] = {"*": q.times, "of": q.times, "/": q.over}.get(
                sign, q.remainder
            )
            found = step(found, self.unary())
        return found

    def unary(self) -> Quantity:
        signs = 0
        while sign := self.take("-", "+"):
            signs += sign == "-"
        found = self.power()
        return q.negative(found) if signs % 2 else found

    def power(self) -> Quantity:
        found = self.percent()
        if not self.take("^"):
            return found
        self._depth += 1
        if self._depth > DEEPEST:
            raise Wrong("That is nested too deeply.")
        found = q.power(found, self.unary())
        self._depth -= 1
        return found

    def percent(self) -> Quantity:
        found = self.atom()
        while self.word == "%" and not self._operand_follows():
            self.next()
            found = q.over(found, Quantity(Fraction(100)))
        return found

    def _operand_follows(self) -> bool:
        kind, word = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        return kind == "number" or word == "(" or (kind == "name" and word not in (*_WISHES, "of", "mod"))

    def _unit_follows(self) -> bool:
        kind, word = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        return word == "%" or (kind == "name" and word not in (*_WISHES, "of", "mod"))

    def atom(self) -> Quantity:
        if self.kind == "number":
            return self.amounts()
        if self.take("("):
            found = self.sum()
            self.close()
            return self.with_units(found)
        if self.kind != "name":
            raise Wrong(f"A number or a unit was expected, not “{self.word}”.")
        name = self.next()
        if self.take("("):
            return self.call(name)
        if name in CONSTANTS and not unit(name):
            return Quantity(CONSTANTS[name])
        return self.with_units(self.in_unit(Fraction(1), name))

    def close(self) -> None:
        if not self.take(")"):
            raise Wrong("A closing parenthesis is missing.")

    def call(self, name: str) -> Quantity:
        if name.lower() not in FUNCTIONS:
            raise Wrong(f"There is no function “{name[:20]}”.")
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        self.close()
        return FUNCTIONS[name.lower()](arguments)

    # ------------------------------------------------------------ numbers and their units

    def amounts(self) -> Quantity:
        """A number with its units, or several as in "3 h 20 min"."""
        found = self.one_amount()
        while self.kind == "number":
            if found.dims == NONE:
                raise Wrong(f"Between two numbers something is missing, before “{self.word}”.")
            found = q.add(found, self.one_amount())
        return found

    def one_amount(self) -> Quantity:
        value = exact(self.next())
        if self.word == "(":
            return q.times(Quantity(value), self.atom())
        if self.kind != "name" or not self._is_unit(after_number=True):
            return Quantity(value)
        return self.with_units(self.in_unit(value, self.next()))

    def with_units(self, found: Quantity) -> Quantity:
        while self.kind == "name" and self._is_unit(after_number=False):
            found = q.times(found, self.in_unit(Fraction(1), self.next()))
        return found

    def _is_unit(self, *, after_number: bool) -> bool:
        """ "in" is an inch right behind a number, but where the unit that is wished for follows it."""
        if self.word in ("of", "mod", "to", "as"):
            return False
        if self.word == "in" and not (after_number and not self._unit_follows()):
            return False
        return self.word in CONSTANTS or unit(self.word) is not None or self.word.lower() not in FUNCTIONS

    def in_unit(self, value: Fraction, name: str) -> Quantity:
        found = unit(name)
        if found is None:
            if name in CONSTANTS:
                return Quantity(q.checked(value * CONSTANTS[name]))
            raise Wrong(f"“{name[:20]}” is no unit that is known here.")
        if not self.take("^"):
            return q.of_unit(value, found)
        sign = -1 if self.take("-") else 1
        if self.kind != "number":
            raise Wrong("The power of a unit must be a whole number.")
        exponent = exact(self.next()) * sign
        raised = q.power(q.amount(q.of_unit(Fraction(1), found)), Quantity(exponent))
        whole = int(exponent) if exponent.denominator == 1 else exponent
        shown = Unit(f"{found.name}^{whole}", raised.value, raised.dims)
        return q.made(value * raised.value, raised.dims, shown)


def exact(text: str) -> Fraction:
    mantissa, _, exponent = text.replace("_", "").lower().partition("e")
    if len(mantissa) > DIGITS or abs(int(exponent or 0)) > EXPONENT:
        raise Wrong(f"Numbers have at most {DIGITS} digits and powers of ten up to {EXPONENT}.")
    return Fraction(mantissa.rstrip(".") or "0") * Fraction(10) ** int(exponent or 0)


def told(text: str) -> dict[str, object]:
    """What was asked, and what it comes to."""
    found = calculate(text)
    try:
        number, name, whole = q.shown(found)
    except ArithmeticError:
        raise Wrong("The result is too large.") from None
    words = f"{number} {name}".strip()
    asked = " ".join(text.split()).removesuffix("=").strip()
    return {
        "expression": asked,
        "result": words,
        "value": number,
        "unit": name,
        "exact": whole,
        "text": f"{asked} {'=' if whole else '≈'} {words}",
    }
