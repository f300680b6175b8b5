"""A calculator with units: `/calc 5 km in miles`, and a tool for the model, which is bad at sums."""

from __future__ import annotations

from typing import Any

from sessions_app.plugins import Plugin, PluginContext, Problem, Said, Typed, command, tool

from .quantities import Wrong
from .reading import told


@command(argument="SUM", description="Calculate, with units: 5 km in miles", icon="calculator")
def calc(typed: Typed) -> Said:
    return Said(str(answer(typed.argument)["text"]))


@tool(label="Calculator", icon="calculator")
def calculate(context: PluginContext, *, expression: str) -> dict[str, Any]:
    """Calculate exactly, with units. Use it for every sum that is not trivial and for conversions. The expression has
    + - * / ^ %, parentheses, functions (sqrt, round, min, max, ln, log, sin ...), constants (pi, e) and units, and may
    end with the unit that is wanted: "12 kg * 9.81 m/s^2 in N", "5 km in miles", "3 h 20 min in s", "20 °C in °F",
    "1.5 GiB in MB". Decimal point, no thousands separators."""
    return answer(expression)


def answer(expression: str) -> dict[str, Any]:
    try:
        return told(expression)
    except Wrong as problem:
        raise Problem(str(problem)) from None


class Calculator(Plugin):
    name = "calculator"
    version = "1.0"
    label = "Calculator"
    description = "Sums and conversions with units, exact where they can be."
    commands = (calc,)
    tools = (calculate,)
