"""Which colour a model has in charts: always the same one, whatever the period and whoever is asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analytics_app.savings import label
from sessions_app.providers import catalog

PLACES = ("1", "2", "3", "5")
GREY = "4"
FIRST = ("Opus", "Sonnet", "Haiku")
OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Series:
    """`place` is its colour of the palette, `models` whose figures are added up in it."""

    name: str
    place: str
    models: frozenset[str]


def _families() -> tuple[str, ...]:
    """The makes of the catalog: three in their usual order, then those that come after them there."""
    names = (info.label.split()[1] for info in catalog.models() if info.provider == "anthropic")
    return tuple(dict.fromkeys([*FIRST, *names]))[: len(PLACES)]


FAMILIES = _families()


def arranged(models: Iterable[str]) -> tuple[Series, ...]:
    """In the order of places. Each family of the catalog has a place of its own, which its models share; the places
    that are left go to other models in the order of their names, and grey is all that has none."""
    families: dict[str, set[str]] = {}
    others = []
    for model in sorted(set(models)):
        if found := family(model):
            families.setdefault(found, set()).add(model)
        else:
            others.append(model)
    taken = {PLACES[FAMILIES.index(name)]: _of_family(name, members) for name, members in families.items()}
    free = [place for place in PLACES if place not in taken]
    taken |= {
        place: Series(label(model), place, frozenset({model}))
        for place, model in zip(free, others, strict=False)
    }
    if rest := others[len(free) :]:
        name = OTHER if len(rest) > 1 else label(rest[0])
        taken[GREY] = Series(name, GREY, frozenset(rest))
    return tuple(taken[place] for place in sorted(taken))


def family(model: str) -> str:
    """Empty for a model of no make that is known."""
    words = model.lower()
    return next((name for name in FAMILIES if "claude" in words and name.lower() in words), "")


def _of_family(name: str, models: set[str]) -> Series:
    told = label(next(iter(models))) if len(models) == 1 else f"Claude {name}, {len(models)} models"
    return Series(told, PLACES[FAMILIES.index(name)], frozenset(models))
