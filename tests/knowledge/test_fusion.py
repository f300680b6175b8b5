"""Reciprocal rank fusion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.knowledge.fusion import fused

RANKINGS = st.lists(st.lists(st.integers(0, 20), unique=True), max_size=3)


def test_what_both_rank_comes_before_what_one_ranks_first() -> None:
    assert [item for item, _ in fused([["a", "b", "c"], ["d", "b", "e"]])] == ["b", "a", "d", "c", "e"]


def test_scores_are_sums_of_reciprocal_ranks() -> None:
    assert fused([["a"], ["b", "a"]], k=60) == [("a", 1 / 61 + 1 / 62), ("b", 1 / 61)]


def test_of_equals_the_earlier_ranking_comes_first() -> None:
    assert [item for item, _ in fused([["a", "b"], ["c", "d"]])] == ["a", "c", "b", "d"]
    assert [item for item, _ in fused([["c", "d"], ["a", "b"]])] == ["c", "a", "d", "b"]


def test_what_stands_twice_counts_where_it_stands_first() -> None:
    assert fused([["a", "b", "a"]]) == [("a", 1 / 61), ("b", pytest.approx(1 / 62))]


def test_nothing_is_fused_to_nothing() -> None:
    assert fused([]) == fused([[], []]) == []


@given(st.lists(st.integers(0, 20), unique=True))
def test_one_ranking_stays_as_it_is(ranking: list[int]) -> None:
    assert [item for item, _ in fused([ranking])] == [item for item, _ in fused([ranking, []])] == ranking


@given(RANKINGS)
def test_all_that_is_ranked_is_there_once_best_first(rankings: list[list[int]]) -> None:
    found = fused(rankings)
    assert sorted(item for item, _ in found) == sorted({item for ranking in rankings for item in ranking})
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert found == fused(rankings)
