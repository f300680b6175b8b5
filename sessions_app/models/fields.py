"""Columns with a meaning of their own."""

from __future__ import annotations

import os
import time
import uuid
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    BigInteger = models.BigIntegerField[Any, Any]
else:
    BigInteger = models.BigIntegerField

MONEY_SCALE = (
    10_000_000_000  # integers of 1e-10 USD: SQLite keeps decimals as floats, and their sums go wrong
)
MONEY_STEP = Decimal(1) / MONEY_SCALE


def uuid7() -> uuid.UUID:
    """A UUID that sorts by the time it was made (RFC 9562, version 7); Python 3.11 has none."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp << 80) | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return uuid.UUID(int=value)


class MoneyField(BigInteger):
    """USD: a Decimal in Python, an integer of 1e-10 USD in the database, rounded half-even once, on the way in."""

    description = "Money in USD"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)) * MONEY_STEP

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, float):
            raise ValidationError("Money is never a float.")
        return Decimal(value)

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        amount = self.to_python(value)
        assert amount is not None
        return int((amount * MONEY_SCALE).to_integral_value(rounding=ROUND_HALF_EVEN))

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        from django import forms

        return forms.DecimalField(
            label=kwargs.get("label"), required=not self.blank, max_digits=18, decimal_places=10
        )


def this_moment() -> datetime:
    """Now, for a default that may be set otherwise."""
    return timezone.now()
