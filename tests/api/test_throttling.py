"""How often somebody may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from sessions_app.api import throttling
from sessions_app.models import User

from .program import Program, problem


@pytest.fixture(autouse=True)
def few(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.RATE_LIMITS = True
    monkeypatch.setattr(throttling, "READS", 3)
    monkeypatch.setattr(throttling, "WRITES", 2)
    monkeypatch.setattr(throttling, "NOBODYS", 3)
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)  # minutes do not end here
    cache.clear()
    yield
    cache.clear()


def test_too_many_reads_are_refused_until_the_minute_is_over(alices: Program, bobs: Program) -> None:
    told = [alices.get("chat/sessions") for _ in range(4)]
    assert [each.status_code for each in told] == [200, 200, 200, 429]
    assert problem(told[-1]) == "throttled"
    assert 1 <= int(told[-1]["Retry-After"]) <= 60
    assert alices.post("chat/sessions", {}).status_code == 201
    assert bobs.get("chat/sessions").status_code == 200


def test_all_tokens_of_a_person_count_together(with_token: Callable[..., Program], alice: User) -> None:
    programs = [with_token(alice), with_token(alice), with_token(alice)]
    assert [each.post("chat/sessions", {}).status_code for each in programs] == [201, 201, 429]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
def test_who_guesses_is_counted_by_address(db: None, headers: dict[str, str]) -> None:
    told = [Client(headers=headers).get("/api/chat/sessions").status_code for _ in range(5)]
    assert told == [401, 401, 401, 429, 429]


def test_refusals_for_a_scope_are_counted(with_token: Callable[..., Program], alice: User) -> None:
    program = with_token(alice, "read")
    assert [program.post("chat/sessions", {}).status_code for _ in range(3)] == [403, 403, 429]


def test_a_body_of_thousands_of_mistakes_is_refused_in_one_word(alices: Program) -> None:
    answer = alices.post("chat/sessions", {f"field-{number}": 1 for number in range(2000)})
    assert (answer.status_code, answer.json()["fields"]) == (400, {"body": ["More than 50 mistakes."]})
