"""Sums of model calls as programs get them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from analytics_app.queries.ledger import DayKey
from analytics_app.queries.tokens import TokenSums, grouped
from analytics_app.tools.asking import plain
from sessions_app.api.shapes import Money

Key = TypeVar("Key")
Known = Annotated[Money | None, Field(description="null where no call has a known price.")]


class SumsShape(TypedDict):
    """Tokens by kind and their exact cost, without the calls of unknown price; `input` is what was not cached."""

    calls: int
    input: int
    cache_read: int
    cache_write: int
    output: int
    cost: Known
    unpriced_calls: int


class ModelSumsShape(SumsShape):
    provider: str
    model: str


class PurposeSumsShape(SumsShape):
    purpose: Annotated[str, Field(description="reply, title and what else models are called for.")]


class DaySumsShape(SumsShape):
    day: date
    by_model: list[ModelSumsShape]


class UsageSumsShape(TypedDict):
    """The model calls of the period, added up in several ways: each is the same total."""

    total: SumsShape
    by_model: list[ModelSumsShape]
    by_purpose: list[PurposeSumsShape]
    by_day: list[DaySumsShape]


def sums_shape(sums: TokenSums) -> SumsShape:
    return {
        "calls": sums.calls,
        "input": sums.input,
        "cache_read": sums.cache_read,
        "cache_write": sums.cache_write,
        "output": sums.output,
        "cost": plain(sums.known_cost),
        "unpriced_calls": sums.unpriced_calls,
    }


def model_sums(provider: str, model: str, sums: TokenSums) -> ModelSumsShape:
    return {"provider": provider, "model": model, **sums_shape(sums)}


def purpose_sums(purpose: str, sums: TokenSums) -> PurposeSumsShape:
    return {"purpose": purpose, **sums_shape(sums)}


def usage_sums(rows: Mapping[DayKey, TokenSums]) -> UsageSumsShape:
    """Of rows by day, provider, model and purpose. Days in their order, others from most tokens down."""
    models = grouped(((provider, model), sums) for (_, provider, model, _), sums in rows.items())
    purposes = grouped((purpose, sums) for (*_, purpose), sums in rows.items())
    days = grouped(((day, provider, model), sums) for (day, provider, model, _), sums in rows.items())
    by_day: dict[date, list[tuple[tuple[str, str], TokenSums]]] = {}
    for (day, provider, model), sums in sorted(days.items(), key=lambda each: each[0]):
        by_day.setdefault(day, []).append(((provider, model), sums))
    return {
        "total": sums_shape(_all(rows.values())),
        "by_model": [model_sums(*key, sums) for key, sums in _most_first(models.items())],
        "by_purpose": [purpose_sums(key, sums) for key, sums in _most_first(purposes.items())],
        "by_day": [_day(day, found) for day, found in by_day.items()],
    }


def _day(day: date, found: list[tuple[tuple[str, str], TokenSums]]) -> DaySumsShape:
    by_model = [model_sums(*key, sums) for key, sums in _most_first(found)]
    return {"day": day, **sums_shape(_all(sums for _, sums in found)), "by_model": by_model}


def _all(found: Iterable[TokenSums]) -> TokenSums:
    return grouped((None, sums) for sums in found).get(None, TokenSums())


def _most_first(found: Iterable[tuple[Key, TokenSums]]) -> list[tuple[Key, TokenSums]]:
    return sorted(found, key=lambda each: (-each[1].total, str(each[0])))
