"""Programs of the people every test knows, and a runtime that makes replies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from django.test import AsyncClient, Client

from sessions_app.actions.tokens import make_token
from sessions_app.models import User
from sessions_app.realtime import feed, runtime
from sessions_app.realtime.runtime import Runtime

from .program import Program


@pytest.fixture
def alices(as_alice: Client) -> Program:
    return Program(as_alice)


@pytest.fixture
def bobs(as_bob: Client) -> Program:
    return Program(as_bob)


@pytest.fixture
def nobodys(db: None) -> Program:
    return Program(Client())


@pytest.fixture
def with_token() -> Callable[..., Program]:
    """A program of this person with a token of these scopes."""

    def make(user: User, *scopes: str) -> Program:
        secret = make_token(user=user, scopes=scopes or ("read", "write", "chat"))[1]
        return Program(Client(headers={"Authorization": f"Bearer {secret}"}))

    return make


@pytest.fixture
def media(settings: Any, tmp_path: Any) -> None:
    """Files of this test lie where nobody else's do."""
    settings.ATTACHMENTS_DIR = tmp_path
    settings.EXPORTS_DIR = tmp_path / "exports"
    settings.IMPORTS_DIR = tmp_path / "imports"


@pytest.fixture
def alice_waits(alice: User) -> AsyncClient:
    """A client on the event loop of the test, for answers that wait or stream."""
    client = AsyncClient()
    client.force_login(alice)
    return client


@pytest.fixture
async def process(transactional_db: None) -> AsyncIterator[Runtime]:
    """This process's runtime: what is sent gets answered."""
    yield await runtime.start()
    await runtime.close()
    feed.reopen()  # a process that ended refuses sends for good; the next test is another one
