"""What panels of one page read together."""

from __future__ import annotations

from dataclasses import dataclass

from .question import Question


@dataclass(frozen=True, slots=True)
class Reads:
    question: Question
