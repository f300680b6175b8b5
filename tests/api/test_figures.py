"""Figures for programs are what their description says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from analytics_app.api.figures import FiguresShape
from analytics_app.api.health import HealthShape
from analytics_app.api.session import SessionFiguresShape
from sessions_app.actions.messages import send_message
from sessions_app.models import ApiToken, ChatSession, TokenUsage, User
from tests.actions.steps import end

from .held import fits
from .program import Program, problem
from .test_access_matrix import OPERATIONS


@pytest.fixture
def staffs(staff: User) -> Program:
    client = Client()
    client.force_login(staff)
    return Program(client)


@pytest.fixture
def administers(staff: User, with_token: Callable[..., Program]) -> Program:
    """A program of staff whose token has the scope admin."""
    program = with_token(staff, "read")
    ApiToken.objects.filter(user=staff).update(scopes=["read", "admin"])
    return program


@pytest.fixture
def used(chat: ChatSession, alice: User) -> ChatSession:
    """With an answer and a failed one, which have calls."""
    for status in ("complete", "failed"):
        reply = send_message(chat=chat, author=alice, content="Alices question").reply
        end(reply, status, "Alices answer", "error" if status == "failed" else "")
        assert reply is not None
        now = reply.created_at
        TokenUsage.objects.create(
            user=alice, session=chat, session_key=chat.pk, message=reply.message, provider="anthropic",
            model="claude-opus-5-5", at=now, settled_at=now, ok=status == "complete", error_type="", input=9,
        )  # fmt: skip
    return chat


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_examples_are_of_the_shapes_they_stand_for(name: str) -> None:
    what = OPERATIONS[name][2]
    assert what is not None
    for gives in what.gives.values():
        if gives.shape is not None and not isinstance(gives.shape, dict) and gives.example is not None:
            assert fits(gives.shape, gives.example)
    if what.example is not None and isinstance(what.takes, type):
        what.takes.model_validate_json(json.dumps(what.example))


@pytest.mark.parametrize("query", ["", "usage=true&cost_projection=true&period=all", "model=claude-opus-5-5"])
def test_figures_are_as_described(alices: Program, staffs: Program, used: ChatSession, query: str) -> None:
    assert fits(FiguresShape, alices.get(f"chat/analytics?{query}").json())
    assert fits(FiguresShape, staffs.get(f"chat/analytics?scope=everyone&{query}").json())


def test_figures_of_a_session_are_as_described(alices: Program, used: ChatSession) -> None:
    found = alices.get(f"chat/sessions/{used.pk}/analytics")
    assert fits(SessionFiguresShape, found.json())
    assert len(found.json()["timeline"]) == 2
    assert (
        alices.get(f"chat/sessions/{used.pk}/analytics", **{"If-None-Match": found["ETag"]}).status_code
        == 304
    )


@pytest.mark.parametrize("query", ["before=nonsense", "before=2026~x", "colour=red", "before=a&before=b"])
def test_a_place_that_is_none_is_refused(alices: Program, used: ChatSession, query: str) -> None:
    refused = alices.get(f"chat/sessions/{used.pk}/analytics?{query}")
    assert (refused.status_code, problem(refused)) == (400, "invalid")


def test_health_is_as_described_and_for_staff(alices: Program, staffs: Program, administers: Program) -> None:
    assert fits(HealthShape, staffs.get("chat/health").json())
    assert administers.get("chat/health").status_code == 200
    refused: Any = alices.get("chat/health")
    assert (refused.status_code, problem(refused)) == (404, "not_found")
    assert problem(staffs.get("chat/health?x=1")) == "invalid"
