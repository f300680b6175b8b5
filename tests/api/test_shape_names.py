"""Shapes become components by their names: two of one name would hide each other in the description."""

from __future__ import annotations

from typing import Any

from sessions_app.api.describing import defined

from .test_access_matrix import OPERATIONS


def shapes() -> list[tuple[Any, str]]:
    found = []
    for _, _, what in OPERATIONS.values():
        assert what is not None
        found += [(gives.shape, "serialization") for gives in what.gives.values()]
        found += [(each, "validation") for each in (what.takes, what.query)]
    return [(shape, mode) for shape, mode in found if isinstance(shape, type) or hasattr(shape, "__origin__")]


def test_no_two_shapes_have_one_name() -> None:
    known: dict[str, Any] = {}
    for shape, mode in shapes():
        for name, schema in defined(shape, mode)[1].items():
            assert known.setdefault(name, schema) == schema, name


def test_bounds_of_queries_are_described() -> None:
    limits = [
        defined(what.query, "validation")[1][f"{what.query.__name__}Body"]["properties"].get("limit")
        for _, _, what in OPERATIONS.values()
        if what is not None and what.query is not None
    ]
    assert [each for each in limits if each and not {"minimum", "maximum"} <= each.keys()] == []
